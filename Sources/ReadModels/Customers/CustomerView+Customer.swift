import Events
import GRDB
import Quantities

extension CustomerView {
    /// The customer of an account; nil where the view knows none. One consistent state of the view.
    public func customer(_ account: String) throws -> CustomerSummary? {
        try queue.read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM accounts WHERE account = ?", arguments: [account]) else { return nil }
            let currency: String = row["currency"]
            let unbilled = try Self.unbilled(account, currency, db)
            let total = unbilled.reduce(Amount.zero) { $0 + $1.total.amount }
            return CustomerSummary(
                account: account, from: Timestamp(ms: row["from_ms"]),
                terms: .init(
                    currency: currency, timeZone: row["time_zone"], billCycleDay: row["bill_cycle_day"], issuer: row["issuer"],
                    taxCategory: row["tax_category"]),
                person: try Row.fetchOne(db, sql: "SELECT * FROM persons WHERE account = ?", arguments: [account]).map {
                    .init(name: $0["name"], email: $0["email"], address: $0["address"])
                },
                subscriptions: try Self.subscriptions(account, db), unbilled: unbilled, unbilledTotal: CurrencyAmount(total, currency),
                balance: try String.fetchOne(db, sql: "SELECT amount_nanos FROM balances WHERE account = ?", arguments: [account]).map {
                    CurrencyAmount(try Nanos.read($0), currency)
                },
                ahead: try Self.ahead(account, currency, db), awaitingInvoice: try Self.awaitingInvoice(account, db),
                invoices: try Self.invoices(InvoiceFilter(account: account), db), recentActivity: try Self.activity(account, currency, db))
        }
    }

    /// The account that holds, or last held, an identifier ("scheme:value"); for finding a customer by number.
    public func account(holding identifier: String) throws -> String? {
        try queue.read {
            try String.fetchOne(
                $0, sql: "SELECT account FROM identifiers WHERE identifier = ? ORDER BY to_ms IS NULL DESC, from_ms DESC LIMIT 1",
                arguments: [identifier])
        }
    }

    private static func subscriptions(_ account: String, _ db: Database) throws -> [CustomerSummary.Subscription] {
        let identifiers = Dictionary(
            grouping: try Row.fetchAll(
                db, sql: "SELECT * FROM identifiers WHERE account = ? ORDER BY from_ms, identifier", arguments: [account])
        ) { $0["subscription"] as String }
        let plans = Dictionary(
            grouping: try Row.fetchAll(db, sql: "SELECT * FROM plans WHERE account = ? ORDER BY from_ms", arguments: [account])
        ) { $0["subscription"] as String }
        let suspensions = Dictionary(
            grouping: try Row.fetchAll(db, sql: "SELECT * FROM suspensions WHERE account = ? ORDER BY from_ms", arguments: [account])
        ) { $0["subscription"] as String }
        let nowMs = try nowMs(db) ?? Int64.max
        return try Row.fetchAll(db, sql: "SELECT * FROM subscriptions WHERE account = ? ORDER BY subscription", arguments: [account]).map {
            let id: String = $0["subscription"]
            let plans = (plans[id] ?? []).map { CustomerSummary.Plan(offering: $0["offering"], from: Timestamp(ms: $0["from_ms"])) }
            return CustomerSummary.Subscription(
                subscription: id, offering: (plans.last { $0.from.ms <= nowMs } ?? plans.first)?.offering ?? $0["offering"], from: Timestamp(ms: $0["from_ms"]),
                to: ($0["to_ms"] as Int64?).map(Timestamp.init(ms:)),
                identifiers: (identifiers[id] ?? []).map {
                    .init(
                        identifier: $0["identifier"], from: Timestamp(ms: $0["from_ms"]), to: ($0["to_ms"] as Int64?).map(Timestamp.init(ms:)))
                },
                plans: plans,
                suspensions: (suspensions[id] ?? []).map {
                    .init(
                        from: Timestamp(ms: $0["from_ms"]), to: ($0["to_ms"] as Int64?).map(Timestamp.init(ms:)),
                        barring: (BarringLevel(rawValue: $0["barring"]) ?? .unspecified).text, reason: $0["reason"])
                })
        }
    }

    private static func unbilled(_ account: String, _ currency: String, _ db: Database) throws -> [CustomerSummary.UnbilledPeriod] {
        var periods: [(startMs: Int64, endMs: Int64?, lines: [ChargeLine])] = []
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT * FROM unbilled WHERE account = ?
                ORDER BY period_start_ms, subscription, kind, offering, price, zone, type, unit, own_period_start_ms
                """,
            arguments: [account])
        while let row = try rows.next() {
            let startMs: Int64 = row["period_start_ms"]
            if periods.last?.startMs != startMs { periods.append((startMs, nil, [])) }
            if row["own_period_start_ms"] == startMs { periods[periods.count - 1].endMs = row["own_period_end_ms"] }
            periods[periods.count - 1].lines.append(try chargeLine(row, currency: currency))
        }
        return periods.map { period in
            let total = period.lines.reduce(Amount.zero) { $0 + $1.amount.amount }
            return .init(
                start: Timestamp(ms: period.startMs), end: period.endMs.map(Timestamp.init(ms:)), lines: period.lines,
                total: CurrencyAmount(total, currency))
        }
    }

    private static func awaitingInvoice(_ account: String, _ db: Database) throws -> [CustomerSummary.ClosedPeriod] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM periods WHERE account = ? AND is_paid = 0 AND period_start_ms NOT IN (SELECT period_start_ms FROM invoices WHERE account = ?)
                ORDER BY period_start_ms
                """,
            arguments: [account, account]
        ).map {
            .init(
                start: Timestamp(ms: $0["period_start_ms"]), end: Timestamp(ms: $0["period_end_ms"]),
                closedAt: Timestamp(ms: $0["closed_at_ms"]), total: CurrencyAmount(try Nanos.read($0["total_nanos"]), $0["currency"]))
        }
    }

    private static func activity(_ account: String, _ currency: String, _ db: Database) throws -> [CustomerSummary.Activity] {
        // Slots wrap around, so an entry's age within its topic follows from how many there were.
        try Row.fetchAll(
            db,
            sql: """
                SELECT activity.*, (account_progress.activity_count - 1 - slot) % \(ActivityLog.ringSize) AS age FROM activity
                JOIN account_progress USING (account, source) WHERE account = ?
                ORDER BY at_ms DESC NULLS LAST, source DESC, age LIMIT \(ActivityLog.ringSize)
                """,
            arguments: [account]
        ).map { row in
            let unit: Int? = row["unit"]
            return .init(
                time: (row["at_ms"] as Int64?).map(Timestamp.init(ms:)), kind: ActivityKind(rawValue: row["kind"]) ?? .refusal,
                subscription: row["subscription"], what: row["what"], price: row["price"], zone: row["zone"],
                quantity: unit.map { Quantity(micros: Int128(row["quantity_micros"] as Int64), unit: $0) },
                amount: try (row["amount_nanos"] as String?).map { CurrencyAmount(try Nanos.read($0), currency) })
        }
    }

    private static func discount(_ row: Row, currency: String) throws -> CurrencyAmount? {
        let amount = try Nanos.read(row["discount_nanos"])
        return amount.nanos == 0 ? nil : CurrencyAmount(amount, currency)
    }

    /// A row of `unbilled` or `invoice_lines`.
    static func chargeLine(_ row: Row, currency: String) throws -> ChargeLine {
        let kind = ChargeKind(rawValue: row["kind"]) ?? .other
        let isUsage = [.usage, .lateUsage, .correctedUsage].contains(kind)
        let isLate = [.lateUsage, .lateRecurring, .lateOneTime, .correctedUsage, .correctedRecurring].contains(kind)
        func quantity(_ column: String) throws -> Quantity? {
            isUsage ? Quantity(micros: try WideColumn.read(row[column + "_micros"], row["wide_" + column]), unit: row["unit"]) : nil
        }
        return ChargeLine(
            kind: kind, subscription: row["subscription"], offering: row["offering"], price: row["price"], zone: row["zone"],
            type: row["type"], count: row["count"], quantity: try quantity("quantity"), counted: try quantity("counted"),
            allowance: try quantity("allowance"), amount: CurrencyAmount(try Nanos.read(row["amount_nanos"]), currency),
            discount: try discount(row, currency: currency), originalPeriodStart: isLate ? Timestamp(ms: row["own_period_start_ms"]) : nil,
            originalPeriodEnd: isLate ? Timestamp(ms: row["own_period_end_ms"]) : nil)
    }
}
