import Events
import Pipeline
import Quantities

extension AuditRun {
    /// Compares billing.periods with what usage.rated adds up to, and closes the books of the partition's accounts.
    mutating func readPeriods(_ partition: Int32) throws {
        var ids = IDTable()
        try readAll(.billingPeriods, partition, as: PeriodRecord.self) { run, record, period in
            run.checkID(period.meta, in: &ids, .billingPeriods, record)
            switch period.body {
            case .closed(let closed): run.take(closed, record)
            case .moreLines(let more): run.take(more, record)
            case nil: run.findings.add(.readable, .billingPeriods, partition, record.offset, "holds no event that is known")
            }
        }
        for (key, expected) in bills.unclosed {
            findings.add(
                .periods, .usageRated, partition, expected.offset,
                "ended a period of \(key.account) from \(Timestamp(ms: key.startMs)) that is not in billing.periods")
        }
        for (account, book, lastOffset) in bills.books { balance(account, book, partition, lastOffset) }
    }

    private mutating func take(_ closed: PeriodClosed, _ record: InputRecord) {
        let key = BillKey(account: closed.account, startMs: closed.periodStartMs)
        let total = closed.total.amount.nanos
        var bill = BillIndex.Bill(key: key, currency: closed.total.currencyCode, total: total, isPaid: closed.isPaid, head: Self.head(of: closed))
        bill.period.begin(record.partition, record.offset, lineCount: closed.lineCount, chunkCount: closed.chunkCount)
        bill.period.add(closed.lines, Currency(bill.currency), exact: true)
        guard bills.add(bill) else {
            findings.add(.periods, .billingPeriods, record.partition, record.offset, "closes a period that was closed before")
            return
        }
        report.periods += 1
        if closed.isPaid { report.prepaidPeriods += 1 }
        // Ended after the cut: the next audit looks at it.
        if bills.isLater(key) { return }
        guard let expected = bills[expected: key] else {
            if bills.isComplete {
                findings.add(.periods, .billingPeriods, record.partition, record.offset, "closes a period that usage.rated did not end")
            }
            return
        }
        bills.close(key, total: total)
        // What the seal covers has expired: the seal stands for it.
        if !bills.isComplete, closed.seal.firstOffset < bills.firstNormalizedOffset ?? Int64.max { return }
        let page = expected.page
        if total != page.sum {
            findings.add(
                .periods, .billingPeriods, record.partition, record.offset,
                "has the total \(closed.total.text), but usage.rated adds up to \(Money(Amount(nanos: page.sum), bill.currency).text)")
        }
        _ = bills.update(key) {
            $0.discount = page.discount
            $0.quantities = page.quantities
        }
        if Self.terms(of: closed) != expected.terms {
            findings.add(.periods, .billingPeriods, record.partition, record.offset, "has other terms or dates than the period that ended")
        }
        checkSeal(closed.seal, page, record)
    }

    private mutating func checkSeal(_ seal: Seal, _ page: AccountBook.Page, _ record: InputRecord) {
        if seal.usageCount != page.usages {
            findings.add(.seals, .billingPeriods, record.partition, record.offset, "seals \(seal.usageCount) usages, but there are \(page.usages)")
        } else if Array(seal.usageDigest) != page.digest.bytes {
            findings.add(.seals, .billingPeriods, record.partition, record.offset, "seals other usages than those in usage.rated")
        } else if seal.partition != UInt32(record.partition)
            || (page.usages > 0 && (seal.firstOffset != page.firstOffset || seal.endOffset != page.endOffset))
        {
            findings.add(.seals, .billingPeriods, record.partition, record.offset, "names another cut of the log than its usages lie in")
        }
    }

    private mutating func take(_ more: MoreLines, _ record: InputRecord) {
        let key = BillKey(account: more.account, startMs: more.periodStartMs)
        var isNext = false
        let isKnown = bills.update(key) { bill in
            isNext = bill.period.add(more, record.offset, Currency(bill.currency), exact: true)
        }
        if !isKnown || !isNext {
            findings.add(.periods, .billingPeriods, record.partition, record.offset, "holds more lines of a period that does not expect them")
        }
    }

    private mutating func balance(_ account: String, _ book: AccountBook, _ partition: Int32, _ lastOffset: Int64) {
        report.accounts += 1
        sums.update(book.currency) {
            $0.rated += book.rated
            $0.recurring += book.recurring
            $0.oneTime += book.oneTime
            $0.prepaid += book.prepaid
            $0.toppedUp += book.toppedUp
            $0.expired += book.expired
            $0.balance += book.balance
            $0.closed += book.closed
            $0.unbilled += book.unbilled
        }
        if bills.isComplete { quantities.add(book) }
        let difference = book.rated + book.recurring + book.oneTime - book.prepaid - book.closed - book.unbilled
        if difference != 0, bills.isComplete {
            findings.add(
                .balance, .usageRated, partition, lastOffset,
                "is the last charge of account \(account), whose charges differ from its bills and unbilled usage by \(Amount(nanos: difference).decimal)")
        }
    }

    private static func terms(of closed: PeriodClosed) -> EventID {
        BillIndex.hash(
            of: closed.terms, [closed.issueDate, closed.periodFirstDay, closed.periodLastDay], [closed.periodEndMs, closed.closedAtMs])
    }

    /// What the draft has to repeat.
    private static func head(of closed: PeriodClosed) -> EventID {
        BillIndex.hash(
            of: closed.terms,
            [closed.issueDate, closed.periodFirstDay, closed.periodLastDay, closed.terms.issuer, closed.terms.series, closed.seal.text],
            [closed.periodEndMs, Int64(closed.lineCount), Int64(closed.chunkCount)])
    }
}

extension Seal {
    /// All of it, to be compared.
    var text: String { "\(usageCount) \(Hex.string(usageDigest)) \(partition) \(firstOffset) \(endOffset)" }
}

extension Amount {
    /// A plain decimal, exact.
    var decimal: String { DecimalText.format(nanos, decimals: 9) }
}

extension Money {
    var text: String { amount.decimal + " " + currencyCode }
}
