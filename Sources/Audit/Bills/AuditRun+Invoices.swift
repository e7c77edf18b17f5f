import Events
import Pipeline
import Quantities

extension AuditRun {
    /// Compares drafts with the periods that they bill.
    mutating func readDrafts() throws {
        var ids = IDTable()
        for partition in cut.partitions(of: .billingDrafts) {
            try readAll(.billingDrafts, partition, as: InvoiceRecord.self) { run, record, draft in
                run.checkID(draft.meta, in: &ids, .billingDrafts, record)
                switch draft.body {
                case .invoice(let invoice): run.take(draft: invoice, record)
                case .moreLines(let more): run.take(more, .billingDrafts, .drafts, \.draft, record)
                case nil: run.findings.add(.readable, .billingDrafts, partition, record.offset, "holds no event that is known")
                }
            }
        }
        for bill in bills.bills { finishDraft(bill) }
    }

    private mutating func take(draft: Invoice, _ record: InputRecord) {
        let key = BillKey(account: draft.account, startMs: draft.periodStartMs)
        guard let bill = bills.bill(key) else {
            findings.add(.drafts, .billingDrafts, record.partition, record.offset, "bills a period that is not in billing.periods")
            return
        }
        if bill.draft.hasHead {
            findings.add(.drafts, .billingDrafts, record.partition, record.offset, "bills a period that offset \(bill.draft.offset) bills already")
            return
        }
        report.drafts += 1
        for fault in Self.faults(of: draft, bill) { findings.add(.drafts, .billingDrafts, record.partition, record.offset, fault) }
        _ = bills.update(key) { bill in
            bill.draft.begin(record.partition, record.offset, lineCount: draft.lineCount, chunkCount: draft.chunkCount)
            bill.draft.add(draft.lines, nil, exact: false)
            bill.draftHead = Self.fullHead(of: draft)
            bill.net = draft.net.amount.nanos
        }
    }

    private static func faults(of draft: Invoice, _ bill: BillIndex.Bill) -> [String] {
        var faults: [String] = []
        if !draft.number.isEmpty { faults.append("has a number, which only the sequencer gives") }
        let head = BillIndex.hash(
            of: draft.terms, [draft.issueDate, draft.periodFirstDay, draft.periodLastDay, draft.issuer, draft.series, draft.seal.text],
            [draft.periodEndMs, Int64(draft.lineCount), Int64(draft.chunkCount)])
        if head != bill.head { faults.append("has other terms, dates, counts or seal than the closed period") }
        let net = draft.net.amount.nanos
        if net + draft.rounding.amount.nanos != bill.total {
            faults.append("has the net \(draft.net.text) and the rounding \(draft.rounding.text), which are not the period's total")
        }
        guard let currency = Currency(bill.currency) else { return faults + ["is in no currency"] }
        let minor = currency.minorUnitNanos
        let tax = Rounding.halfAwayFromZero.divide(net * Int128(draft.terms.taxPercentMicros), by: 100_000_000 * minor) * minor
        if draft.tax.taxable.amount.nanos != net || draft.tax.tax.amount.nanos != tax || draft.tax.percentMicros != draft.terms.taxPercentMicros {
            faults.append("has the tax \(draft.tax.tax.text) on \(draft.tax.taxable.text); \(Amount(nanos: tax).decimal) is due on its net")
        }
        if draft.total.amount.nanos != net + tax { faults.append("has a total that is not its net and its tax") }
        return faults
    }

    private mutating func finishDraft(_ bill: BillIndex.Bill) {
        let period = bill.period
        if !period.isWhole {
            findings.add(.periods, .billingPeriods, period.partition, period.offset, "lacks lines that it counts")
        } else if period.sum != bill.total {
            findings.add(.periods, .billingPeriods, period.partition, period.offset, "has lines that do not add up to its total")
        } else if let discount = bill.discount, discount != period.discount {
            findings.add(.periods, .billingPeriods, period.partition, period.offset, "has lines whose discounts are not those of usage.rated")
        }
        if bill.quantities != nil { quantities.add(billed: period) }
        if period.isWhole, period.hasUnreadable {
            findings.add(.quantities, .billingPeriods, period.partition, period.offset, "has a quantity whose two fields are not of one number")
        } else if period.isWhole, let used = bill.quantities, used != period.quantities {
            findings.add(.quantities, .billingPeriods, period.partition, period.offset, "has lines whose quantities are not those of its usages")
        }
        if bill.isPaid, bill.total != 0 || bill.draft.hasHead {
            findings.add(.drafts, .billingPeriods, period.partition, period.offset, "says that all was prepaid, but something is due, or it has a draft")
        }
        guard bill.draft.hasHead || bill.isPaid else {
            if period.lastOffset < cut.position(of: .invoice, period.partition) {
                findings.add(.drafts, .billingPeriods, period.partition, period.offset, "was read by invoice and has no draft")
            }
            return
        }
        let draft = bill.draft
        guard draft.hasHead else { return }
        if !draft.isWhole {
            if period.lastOffset < cut.position(of: .invoice, period.partition) {
                findings.add(.drafts, .billingDrafts, draft.partition, draft.offset, "lacks lines that it counts")
            }
        } else if draft.hash.finish() != period.hash.finish() {
            findings.add(.drafts, .billingDrafts, draft.partition, draft.offset, "has other lines than the closed period, rounded")
        } else if draft.sum != bill.net {
            findings.add(.drafts, .billingDrafts, draft.partition, draft.offset, "has lines that do not add up to its net")
        }
    }

    /// Compares invoices with the drafts that they number.
    mutating func readInvoices() throws {
        var ids = IDTable()
        var series = NumberSeries()
        for partition in cut.partitions(of: .billingInvoices) {
            try readAll(.billingInvoices, partition, as: InvoiceRecord.self) { run, record, numbered in
                run.checkID(numbered.meta, in: &ids, .billingInvoices, record)
                switch numbered.body {
                case .invoice(let invoice): run.take(invoice: invoice, record, &series)
                case .moreLines(let more): run.take(more, .billingInvoices, .invoices, \.invoice, record)
                case nil: run.findings.add(.readable, .billingInvoices, partition, record.offset, "holds no event that is known")
                }
            }
        }
        for bill in bills.bills { finishInvoice(bill) }
        for fault in series.faults { findings.add(.numbers, .billingInvoices, fault.partition, fault.offset, fault.what) }
    }

    private mutating func take(invoice: Invoice, _ record: InputRecord, _ series: inout NumberSeries) {
        let key = BillKey(account: invoice.account, startMs: invoice.periodStartMs)
        if let fault = series.add(invoice, record) { findings.add(.numbers, .billingInvoices, record.partition, record.offset, fault) }
        guard let bill = bills.bill(key), bill.draft.hasHead else {
            findings.add(.invoices, .billingInvoices, record.partition, record.offset, "numbers a draft that is not in billing.drafts")
            return
        }
        if bill.invoice.hasHead {
            findings.add(
                .invoices, .billingInvoices, record.partition, record.offset, "numbers a draft that offset \(bill.invoice.offset) numbers already")
            return
        }
        report.invoices += 1
        sums.update(bill.currency) {
            $0.net += invoice.net.amount.nanos
            $0.rounding += invoice.rounding.amount.nanos
            $0.tax += invoice.tax.tax.amount.nanos
            $0.total += invoice.total.amount.nanos
        }
        if Self.fullHead(of: invoice) != bill.draftHead {
            findings.add(.invoices, .billingInvoices, record.partition, record.offset, "has other content than its draft")
        }
        _ = bills.update(key) { bill in
            bill.invoice.begin(record.partition, record.offset, lineCount: invoice.lineCount, chunkCount: invoice.chunkCount)
            bill.invoice.add(invoice.lines, nil, exact: false)
        }
    }

    private mutating func finishInvoice(_ bill: BillIndex.Bill) {
        let draft = bill.draft
        guard draft.hasHead else { return }
        let isDue = draft.lastOffset < cut.position(of: .number, draft.partition)
        guard bill.invoice.hasHead else {
            if isDue { findings.add(.invoices, .billingDrafts, draft.partition, draft.offset, "was read by number and has no invoice") }
            return
        }
        let invoice = bill.invoice
        if !invoice.isWhole {
            if isDue { findings.add(.invoices, .billingInvoices, invoice.partition, invoice.offset, "lacks lines that it counts") }
        } else if invoice.hash.finish() != draft.hash.finish() {
            findings.add(.invoices, .billingInvoices, invoice.partition, invoice.offset, "has other lines than its draft")
        }
    }

    private mutating func take(
        _ more: MoreLines, _ topic: Topic, _ check: AuditCheck, _ lines: WritableKeyPath<BillIndex.Bill, GatheredLines>, _ record: InputRecord
    ) {
        var isNext = false
        let isKnown = bills.update(BillKey(account: more.account, startMs: more.periodStartMs)) { bill in
            isNext = bill[keyPath: lines].add(more, record.offset, nil, exact: false)
        }
        if !isKnown || !isNext { findings.add(check, topic, record.partition, record.offset, "holds more lines of a bill that does not expect them") }
    }

    /// All of an invoice but its lines and its number.
    private static func fullHead(of invoice: Invoice) -> EventID {
        var head = invoice
        head.number = ""
        head.lines = []
        var hash = SipHash128()
        let bytes: [UInt8] = (try? head.serializedBytes()) ?? []
        bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        return hash.finish()
    }
}
