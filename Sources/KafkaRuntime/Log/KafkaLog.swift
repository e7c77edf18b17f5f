import Events
import Logging
import Pipeline
import Synchronization

/// Reads committed records of the log, from any thread. Each read has a consumer of its own while it lasts.
public final class KafkaLog: ReadableLog, Sendable {
    /// Consumers are used by one read at a time: they are taken out of here, and put back.
    private struct Pool: @unchecked Sendable {
        // A KafkaConsumer is not Sendable; in here no one uses it, and `Mutex` hands it to one taker.
        var readers: [KafkaConsumer] = []
        var groups: [StageName: KafkaConsumer] = [:]
        var counts: [String: Int32] = [:]
    }

    private let configuration: ClientConfiguration
    private let logger: Logger
    private let pool = Mutex(Pool())
    /// How long a read waits for an open transaction before it gives up.
    private let blockedTimeoutMs: Int64

    public init(_ configuration: ClientConfiguration, blockedTimeoutMs: Int = 30_000, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        self.blockedTimeoutMs = Int64(blockedTimeoutMs)
    }

    public func partitionCount(of topic: Topic) throws -> Int32 {
        let name = configuration.namespace.name(of: topic)
        if let known = pool.withLock({ $0.counts[name] }) { return known }
        let counts = try withReader { try $0.handle.partitionCounts() }
        pool.withLock { $0.counts = counts }
        guard let count = counts[name] else { throw TopologyError(problems: ["\(name) doesn't exist"]) }
        return count
    }

    /// A topic that the cluster has and can't tell about for now is an error.
    public func has(_ topic: Topic) throws -> Bool {
        let name = configuration.namespace.name(of: topic)
        if pool.withLock({ $0.counts[name] != nil }) { return true }
        return try withReader { try $0.handle.has(topic) }
    }

    /// Up to the last stable offset: what lies behind it belongs to open transactions, or is hidden by one.
    public func offsets(of topic: Topic, partition: Int32) throws -> Range<Int64> {
        try withReader { try $0.handle.offsets(of: topic, partition: partition) }
    }

    public func committed(_ stage: StageName, partition: Int32) throws -> Int64? {
        try committed(stage, input: stage.input, partitions: [partition])[partition]
    }

    /// The committed offsets of a stage; partitions that it has not begun are left out.
    public func committed(_ stage: StageName, input: Topic, partitions: [Int32]) throws -> [Int32: Int64] {
        let consumer = try pool.withLock { pool in
            if let taken = pool.groups.removeValue(forKey: stage) { return Loan(taken) }
            let role = ClientRole.reader(group: configuration.namespace.group(of: stage), isCommittedOnly: true)
            return Loan(try KafkaConsumer(configuration, role, logger: logger))
        }.consumer
        defer { give(consumer) { $0.groups[stage] = $1 } }
        return try consumer.handle.committed(input, partitions: partitions)
    }

    /// What `state.formats` says of a stage; nil where it says nothing, or an older build's namespace has no such topic.
    public func format(of stage: StageName) throws -> StageFormat? {
        do { return try StageFormat.written(of: stage, self) } catch is TopologyError { return nil }
    }

    /// The position in a partition of a stage's changelog; reads all of it.
    public func position(in changelog: Topic, partition: Int32) throws -> InputPosition? {
        var found: InputPosition?
        try read(changelog, partition: partition, offsets(of: changelog, partition: partition)) { record in
            found = try InputPosition(changelogRecord: record, of: changelog) ?? found
            return true
        }
        return found
    }

    public func read(_ topic: Topic, partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool) throws {
        guard !range.isEmpty else { return }
        try withReader { reader in
            let held = try reader.handle.offsets(of: topic, partition: partition)
            guard held.lowerBound <= range.lowerBound else {
                throw LogRangeError.missing(
                    topic: topic, partition: partition, offsets: range.lowerBound..<min(held.lowerBound, range.upperBound))
            }
            try reader.assign([LogPosition(topic: topic, partition: partition, offset: range.lowerBound)])
            defer { reader.unassign() }
            try read(reader, topic, partition, range, body)
        }
    }

    private func read(
        _ reader: KafkaConsumer, _ topic: Topic, _ partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool
    ) throws {
        // Not every offset is a record: the range ends with the partition's end, or with a record behind it, too.
        var position = range.lowerBound
        var wantsMore = true
        var dryPosition = Int64(-1)
        var drySinceMs: Int64 = 0
        while wantsMore && position < range.upperBound {
            let came = try reader.poll(timeoutMs: 100) { polled in
                if polled.isEnd {
                    position = max(position, polled.offset)
                } else {
                    position = polled.offset + 1
                    if polled.offset < range.upperBound { wantsMore = try body(reader.record(polled, readsHeaders: true)) }
                }
            }
            if came { continue }
            if position != dryPosition {
                dryPosition = position
                drySinceMs = Monotonic.nowMs
            } else if Monotonic.nowMs - drySinceMs > blockedTimeoutMs {
                throw LogRangeError.blocked(topic: topic, partition: partition, from: position, to: range.upperBound)
            }
        }
    }

    func withReader<R>(_ body: (KafkaConsumer) throws -> R) throws -> R {
        let reader = try takeReader()
        defer { give(reader) { $0.readers.append($1) } }
        return try body(reader)
    }

    private func takeReader() throws -> KafkaConsumer {
        if let pooled = pool.withLock({ pool in Loan(pool.readers.popLast()) }).pooled { return pooled }
        return try KafkaConsumer(reading: configuration, logger: logger)
    }

    private func give(_ consumer: KafkaConsumer, _ put: (inout Pool, KafkaConsumer) -> Void) {
        let loan = Loan(consumer)
        pool.withLock { pool in put(&pool, loan.consumer) }
    }

    /// Carries a consumer over the lock's boundary. Invariant: who holds the loan is its consumer's only user.
    private struct Loan: @unchecked Sendable {
        let pooled: KafkaConsumer?
        var consumer: KafkaConsumer { pooled! }
        init(_ consumer: KafkaConsumer?) { pooled = consumer }
    }
}
