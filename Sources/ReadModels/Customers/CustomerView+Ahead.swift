import Events
import GRDB
import Quantities

extension CustomerSummary.Ahead.Kind {
    /// As the view's tables hold it.
    var number: Int64 {
        switch self {
        case .topUp: 1
        case .purchase: 2
        case .plan: 3
        }
    }
}

extension CustomerView {
    /// The last tick's time; nil before the first.
    static func nowMs(_ db: Database) throws -> Int64? { try Int64.fetchOne(db, sql: "SELECT time_ms FROM clock") }

    /// Orders whose time has not come by the last tick and that were not carried out yet, and plans that are not in force yet. Without a tick nobody knows
    /// the time: what no usage has called for yet is shown.
    static func ahead(_ account: String, _ currency: String, _ db: Database) throws -> [CustomerSummary.Ahead] {
        let nowMs = try nowMs(db)
        // Of purchases in one moment the later ones were carried out some milliseconds later.
        let orders = try Row.fetchAll(
            db,
            sql: """
                SELECT *, count - coalesce((
                    SELECT sum(count) FROM carried_out AS c WHERE c.account = o.account AND c.from_ms BETWEEN o.from_ms AND o.from_ms + 999 AND c.kind = o.kind
                    AND c.subscription = o.subscription AND c.what = o.what AND c.amount_nanos = o.amount_nanos), 0) AS waiting
                FROM ordered AS o WHERE account = ? AND from_ms > ? ORDER BY from_ms, kind, subscription, what, amount_nanos
                """,
            arguments: [account, nowMs ?? Int64.min])
        var all: [CustomerSummary.Ahead] = []
        for row in orders {
            let isTopUp = row["kind"] == CustomerSummary.Ahead.Kind.topUp.number
            let order = CustomerSummary.Ahead(
                from: Timestamp(ms: row["from_ms"]), kind: isTopUp ? .topUp : .purchase, subscription: row["subscription"], offering: row["what"],
                amount: isTopUp ? CurrencyAmount(try Nanos.read(row["amount_nanos"]), currency) : nil)
            all += Array(repeating: order, count: max(0, row["waiting"]))
        }
        guard let nowMs else { return all }
        let plans = try Row.fetchAll(
            db, sql: "SELECT * FROM plans AS p WHERE account = ? AND from_ms > ? AND EXISTS (SELECT 1 FROM plans AS q WHERE q.account = p.account "
                + "AND q.subscription = p.subscription AND q.from_ms < p.from_ms) ORDER BY from_ms", arguments: [account, nowMs])
        all += plans.map {
            .init(from: Timestamp(ms: $0["from_ms"]), kind: .plan, subscription: $0["subscription"], offering: $0["offering"], amount: nil)
        }
        return all.sorted { ($0.from, $0.kind.number) < ($1.from, $1.kind.number) }
    }
}
