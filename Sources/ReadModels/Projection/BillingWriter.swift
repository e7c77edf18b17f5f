import Events
import Foundation
import GRDB
import Quantities

/// Writes billing.periods and billing.invoices.
struct BillingWriter {
    private let db: Database

    init(_ db: Database) { self.db = db }

    func write(_ record: PeriodRecord) throws {
        // The lines of a period stand on its invoice.
        guard case .closed(let period) = record.body else { return }
        try run(
            "INSERT OR REPLACE INTO periods VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                period.account, period.periodStartMs, period.periodEndMs, period.closedAtMs, period.total.currencyCode,
                Nanos.text(period.total.amount), Int64(period.lineCount), period.seal.usageCount,
                period.isPaid,
            ])
    }

    func write(_ record: InvoiceRecord, _ activity: inout ActivityLog) throws {
        switch record.body {
        case .invoice(let invoice): try write(invoice, &activity)
        case .moreLines(let more): try write(more.lines, more.account, more.periodStartMs, chunk: more.chunk)
        case nil: break
        }
    }

    private func write(_ invoice: Invoice, _ activity: inout ActivityLog) throws {
        try run(
            "INSERT OR REPLACE INTO invoices VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                invoice.account, invoice.periodStartMs, invoice.periodEndMs, invoice.number, invoice.issuer, invoice.series, invoice.issueDate,
                invoice.periodFirstDay, invoice.periodLastDay, invoice.total.currencyCode, Nanos.text(invoice.net.amount),
                Nanos.text(invoice.rounding.amount), invoice.tax.category, invoice.tax.percentMicros, Nanos.text(invoice.tax.taxable.amount),
                Nanos.text(invoice.tax.tax.amount), Nanos.text(invoice.total.amount), Int64(invoice.lineCount), Int64(invoice.chunkCount),
                invoice.seal.usageCount, invoice.seal.usageDigest, Int64(invoice.seal.partition), invoice.seal.firstOffset,
                invoice.seal.endOffset,
            ])
        try write(invoice.lines, invoice.account, invoice.periodStartMs, chunk: 1)
        try activity.append(
            .init(
                atMs: invoice.periodEndMs, kind: .invoice, what: invoice.number, amountNanos: Nanos.text(invoice.total.amount)),
            invoice.account, .invoices)
    }

    private func write(_ lines: [Line], _ account: String, _ periodStartMs: Int64, chunk: UInt32) throws {
        for (number, line) in lines.enumerated() {
            try run(
                "INSERT OR REPLACE INTO invoice_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    account, periodStartMs, Int64(chunk), number, line.kind.rawValue, line.subscription, line.offering, line.price, line.zone,
                    line.type, line.unit.rawValue, line.count, line.quantityMicros, line.countedMicros, line.allowanceMicros,
                    Nanos.text(line.amount.amount), Nanos.text(line.discount.amount), line.originalPeriodStartMs, line.originalPeriodEndMs,
                    line.wideQuantity, line.wideCounted, line.wideAllowance,
                ])
        }
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
