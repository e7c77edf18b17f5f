import GRDB

/// The last entries of each account and topic, written into rings of slots.
///
/// An entry's slot is its number modulo the ring's size, so the rings hold the same whatever the batches were.
struct ActivityLog {
    static let ringSize = 50

    /// The topic that an entry came from: each has its own ring, for only within a topic do an account's entries have an order.
    enum Source: Int64 {
        case customers = 1
        case rated = 2
        case invoices = 3
    }

    struct Entry {
        var atMs: Int64?
        var kind: ActivityKind
        var subscription = ""
        var what = ""
        var price = ""
        var zone = ""
        var quantityMicros: Int64?
        var unit: Int?
        var amountNanos: String?

        /// The detail says which offering and what of it: without it a reason helps nobody.
        static func refusal(_ reason: String, _ detail: String, subscription: String = "", atMs: Int64?) -> Entry {
            Entry(atMs: atMs, kind: .refusal, subscription: subscription, what: detail.isEmpty ? reason : "\(reason): \(detail)")
        }
    }

    private struct Ring {
        let account: String
        let source: Source
        var count: Int64
        /// When the account's last ended period ended; the ledger keeps it here, to read and write one row an account.
        var endedUntilMs: Int64?
        var entries: [Entry] = []
    }

    private struct Key: Hashable {
        let account: String
        let source: Source
    }

    private var rings: [Ring] = []
    private var index: [Key: Int] = [:]
    private let find: Statement
    private let put: Statement
    private let putProgress: Statement

    init(_ db: Database) throws {
        find = try db.cachedStatement(sql: "SELECT activity_count, ended_until_ms FROM account_progress WHERE account = ? AND source = ?")
        put = try db.cachedStatement(sql: "INSERT OR REPLACE INTO activity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        putProgress = try db.cachedStatement(sql: "INSERT OR REPLACE INTO account_progress VALUES (?, ?, ?, ?)")
    }

    /// The account's ring, loaded at its first use in the batch. Valid until `finish`.
    mutating func ring(_ account: String, _ source: Source) throws -> Int {
        let key = Key(account: account, source: source)
        if let known = index[key] { return known }
        let row = try Row.fetchOne(find, arguments: [account, source.rawValue])
        rings.append(Ring(account: account, source: source, count: row?[0] ?? 0, endedUntilMs: row?[1]))
        index[key] = rings.count - 1
        return rings.count - 1
    }

    mutating func append(_ entry: Entry, to ring: Int) { rings[ring].entries.append(entry) }

    mutating func append(_ entry: Entry, _ account: String, _ source: Source) throws {
        append(entry, to: try ring(account, source))
    }

    /// Up to when the account's periods have ended; nil where none has.
    func endedUntilMs(_ ring: Int) -> Int64? { rings[ring].endedUntilMs }
    mutating func setEnded(untilMs: Int64, _ ring: Int) { rings[ring].endedUntilMs = untilMs }

    /// Writes what fits in the rings.
    mutating func finish() throws {
        for ring in rings {
            let end = ring.count + Int64(ring.entries.count)
            var number = max(ring.count, end - Int64(Self.ringSize))
            for entry in ring.entries.suffix(Self.ringSize) {
                put.setUncheckedArguments([
                    ring.account, ring.source.rawValue, number % Int64(Self.ringSize), entry.atMs, entry.kind.rawValue, entry.subscription,
                    entry.what, entry.price, entry.zone, entry.quantityMicros, entry.unit, entry.amountNanos,
                ])
                try put.execute()
                number += 1
            }
            try putProgress.execute(arguments: [ring.account, ring.source.rawValue, end, ring.endedUntilMs])
        }
        rings.removeAll()
        index.removeAll()
    }
}
