import GRDB

/// Counts top-ups and purchases, as they were ordered and as they were carried out.
struct OrderWriter {
    enum Table: String {
        case ordered
        case carriedOut = "carried_out"
    }

    private let add: Statement

    init(_ db: Database, _ table: Table) throws {
        add = try db.cachedStatement(sql: "INSERT INTO \(table.rawValue) VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1")
    }

    /// - Parameter fromMs: of two purchases in one moment the second is carried out from a millisecond later on.
    func count(
        _ account: String, _ kind: CustomerSummary.Ahead.Kind, _ fromMs: Int64, subscription: String = "", what: String = "", amountNanos: Int64 = 0
    ) throws {
        try add.execute(arguments: [account, fromMs, kind.number, subscription, what, String(amountNanos)])
    }
}
