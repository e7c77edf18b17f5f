import Foundation
import GRDB
import Quantities

extension CustomerView {
    /// The invoices that the filter lets through, the latest period first, then by number.
    public func invoices(_ filter: InvoiceFilter = InvoiceFilter()) throws -> [InvoiceHeader] {
        try queue.read { try Self.invoices(filter, $0) }
    }

    /// The invoice of that number; nil where there is none. Throws `ViewError.ambiguousNumber` where several series have it.
    public func invoice(number: String, account: String? = nil) throws -> InvoiceDetail? {
        try queue.read { db in
            let found = try Self.invoices(InvoiceFilter(account: account, number: number, limit: 2), db)
            if found.count > 1 { throw ViewError.ambiguousNumber(number) }
            return try found.first.flatMap { try Self.invoice($0.account, periodStartMs: $0.periodStart.ms, db) }
        }
    }

    /// The invoice of an account's period; nil where there is none.
    public func invoice(account: String, periodStart: Timestamp) throws -> InvoiceDetail? {
        try queue.read { try Self.invoice(account, periodStartMs: periodStart.ms, $0) }
    }

    static func invoices(_ filter: InvoiceFilter, _ db: Database) throws -> [InvoiceHeader] {
        var conditions: [String] = []
        var arguments = StatementArguments()
        func restrict(_ condition: String, _ value: String?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        restrict("account = ?", filter.account)
        restrict("number = ?", filter.number)
        restrict("issue_date >= ?", filter.issuedFrom)
        restrict("issue_date <= ?", filter.issuedTo)
        let filtered = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        arguments += [filter.limit ?? -1]
        return try Row.fetchAll(
            db, sql: "SELECT * FROM invoices \(filtered) ORDER BY period_end_ms DESC, number, account LIMIT ?", arguments: arguments
        ).map(header)
    }

    private static func header(_ row: Row) throws -> InvoiceHeader {
        let currency: String = row["currency"]
        return InvoiceHeader(
            number: row["number"], account: row["account"], issueDate: row["issue_date"], periodFirstDay: row["period_first_day"],
            periodLastDay: row["period_last_day"], periodStart: Timestamp(ms: row["period_start_ms"]),
            periodEnd: Timestamp(ms: row["period_end_ms"]), net: CurrencyAmount(try Nanos.read(row["net_nanos"]), currency),
            tax: CurrencyAmount(try Nanos.read(row["tax_nanos"]), currency), total: CurrencyAmount(try Nanos.read(row["total_nanos"]), currency))
    }

    private static func invoice(_ account: String, periodStartMs: Int64, _ db: Database) throws -> InvoiceDetail? {
        let key: StatementArguments = [account, periodStartMs]
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM invoices WHERE account = ? AND period_start_ms = ?", arguments: key)
        else { return nil }
        let currency: String = row["currency"]
        let digest: Data = row["usage_digest"]
        return InvoiceDetail(
            header: try header(row), issuer: row["issuer"], series: row["series"], taxCategory: row["tax_category"],
            taxPercent: DecimalText.format(Int128(row["tax_percent_micros"] as Int64), decimals: 6),
            taxable: CurrencyAmount(try Nanos.read(row["taxable_nanos"]), currency),
            rounding: CurrencyAmount(try Nanos.read(row["rounding_nanos"]), currency),
            lines: try Row.fetchAll(
                db, sql: "SELECT * FROM invoice_lines WHERE account = ? AND period_start_ms = ? ORDER BY chunk, line", arguments: key
            ).map { try chargeLine($0, currency: currency) },
            lineCount: row["line_count"],
            seal: InvoiceSeal(
                usageCount: row["usage_count"], usageDigest: Hex.string(digest), partition: row["seal_partition"],
                firstOffset: row["seal_first_offset"], endOffset: row["seal_end_offset"]))
    }
}
