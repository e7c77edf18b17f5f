import Events
import GRDB
import Pipeline

/// Takes records of the view's topics and writes them in batches: the rows and the offsets that they came from in one transaction.
///
/// A record below the view's offset is passed over, so a restart may read too early. After a thrown error the projector must be
/// thrown away: what it had gathered is not in the view.
public final class Projector {
    private let view: CustomerView
    /// As the view's file says.
    private var committed: LogPosition
    private var position: LogPosition
    private var facts: [LoggedFact] = []
    private var touched: Set<LogPosition.Place> = []

    public init(_ view: CustomerView) throws {
        self.view = view
        committed = try view.position()
        position = committed
    }

    /// The next offset wanted of a partition.
    public func next(_ topic: Topic, _ partition: Int32) -> Int64 { position[topic, partition] }

    /// Records gathered since the last commit.
    public var pending: Int { facts.count }

    /// Gathers a record. Throws `CorruptRecord`.
    public func apply(_ topic: Topic, _ record: InputRecord) throws {
        guard record.offset >= position[topic, record.partition] else { return }
        facts.append(try LoggedFact(topic, record))
        move(topic, record.partition, to: record.offset + 1)
    }

    /// All records of the partition before `end` have been applied: offsets up to it that were no records are passed over.
    public func reached(_ topic: Topic, _ partition: Int32, end: Int64) {
        if end > position[topic, partition] { move(topic, partition, to: end) }
    }

    private func move(_ topic: Topic, _ partition: Int32, to offset: Int64) {
        position[topic, partition] = offset
        touched.insert(LogPosition.Place(topic, partition))
    }

    /// Writes what was gathered. Throws `ViewError` where the view was replaced or moved by another.
    public func commit() throws {
        if touched.isEmpty { return }
        let places = touched.sorted()
        try view.queue.write { db in
            if try CustomerView.meta("superseded_by", db) != nil { throw ViewError.superseded(path: view.path) }
            let found = try CustomerView.position(db)
            for place in places where found[place.topic, place.partition] != committed[place.topic, place.partition] {
                throw ViewError.concurrentProjector(
                    topic: place.topic, partition: place.partition, expected: committed[place.topic, place.partition],
                    found: found[place.topic, place.partition])
            }
            try write(db)
            for place in places {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO offsets VALUES (?, ?, ?)",
                    arguments: [place.topic.rawValue, place.partition, position[place.topic, place.partition]])
            }
        }
        committed = position
        facts.removeAll(keepingCapacity: true)
        touched.removeAll(keepingCapacity: true)
    }

    private func write(_ db: Database) throws {
        var activity = try ActivityLog(db)
        var ledger = try UnbilledLedger(db)
        let customers = CustomerWriter(db)
        let billing = BillingWriter(db)
        for fact in facts {
            switch fact.body {
            case .customer(let event): try customers.write(event, atMs: fact.timestampMs, &activity)
            case .rated(let record): try ledger.apply(record, atMs: fact.timestampMs, &activity)
            case .period(let record): try billing.write(record)
            case .invoice(let record): try billing.write(record, &activity)
            }
        }
        try ledger.finish()
        try activity.finish()
    }
}
