import Events
import GRDB

/// Writes customers.events: who the customer is, and what they have.
struct CustomerWriter {
    private let db: Database

    init(_ db: Database) { self.db = db }

    func write(_ event: CustomerEvent, atMs: Int64, _ activity: inout ActivityLog) throws {
        switch event.body {
        case .accountOpened(let event): try open(event)
        case .subscriptionActivated(let event):
            try run("INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?, NULL)", [event.account, event.subscription, event.offering, event.fromMs])
            for identifier in event.identifiers { try assign(identifier, event.account, event.subscription, event.fromMs) }
        case .subscriptionEnded(let event):
            try run(
                "UPDATE subscriptions SET to_ms = ? WHERE account = ? AND subscription = ?", [event.atMs, event.account, event.subscription])
            try run(
                "UPDATE identifiers SET to_ms = ? WHERE account = ? AND subscription = ? AND to_ms IS NULL",
                [event.atMs, event.account, event.subscription])
        case .identifierAssigned(let event): try assign(event.identifier, event.account, event.subscription, event.fromMs)
        case .identifierReleased(let event):
            // What was released may turn out to have been given up earlier.
            try run(
                """
                UPDATE identifiers SET to_ms = ? WHERE account = ? AND subscription = ? AND identifier = ?
                AND (to_ms IS NULL OR (from_ms <= ? AND ? < to_ms))
                """, [event.atMs, event.account, event.subscription, event.identifier, event.atMs, event.atMs])
        case .commandRefused(let event):
            if event.account.isEmpty { return }
            try activity.append(.refusal(event.reason, event.detail, atMs: atMs), event.account, .customers)
        // Rating says whether it takes effect.
        case .subscriptionSuspended, .subscriptionResumed: break
        case .planChangeOrdered, nil: break
        case .favouritesSet: break
        case .purchaseOrdered(let event):
            try OrderWriter(db, .ordered).count(event.account, .purchase, event.fromMs, subscription: event.subscription, what: event.offering)
        case .topUpOrdered(let event): try OrderWriter(db, .ordered).count(event.account, .topUp, event.fromMs, amountNanos: event.amountNanos)
        case .prepaidSet: break
        }
    }

    private func open(_ event: AccountOpened) throws {
        let terms = event.terms
        try run(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                event.account, terms.currency, terms.timeZone, Int64(terms.billCycleDay), terms.issuer, terms.taxCategory, event.fromMs,
            ])
        if event.hasPerson {
            let person = event.person
            try run(
                "INSERT OR REPLACE INTO persons VALUES (?, ?, ?, ?, ?)", [event.account, person.keyID, person.name, person.email, person.address])
        }
    }

    private func assign(_ identifier: String, _ account: String, _ subscription: String, _ fromMs: Int64) throws {
        try run("INSERT OR REPLACE INTO identifiers VALUES (?, ?, ?, ?, NULL)", [account, subscription, identifier, fromMs])
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
