import CRdkafka
import Events
import Logging
import Pipeline

/// Moves a stage's place in its input on purpose, and takes its state along: a partition's entries, its position and the group's offset change in one
/// transaction. For a stage that does not run.
public final class StageReset<S: Stage> {
    /// Where a partition stands.
    public struct Standing: Sendable {
        public var partition: Int32
        /// What the input holds.
        public var held: Range<Int64>
        public var group: Int64?
        public var position: InputPosition?
        /// Entries of the state, removed ones apart.
        public var entries = 0
        /// Their keys, sorted.
        var keys: [[UInt8]] = []

        /// Where it would be read on from; nil where nothing says so.
        public var next: Int64? { position.map { max($0.next, group ?? 0) } ?? group }
    }

    private let configuration: ClientConfiguration
    private let logger: Logger
    private let log: KafkaLog
    /// A tool's transaction may take longer than a worker's: nobody reads the changelog of a stage that does not run.
    private static var transactionTimeoutMs: Int { 300_000 }

    public init(_ configuration: ClientConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        log = KafkaLog(configuration, logger: logger)
    }

    /// What the stage's changelog may hold, as `state.formats` says; nil for the first format.
    public func format() throws -> StageFormat? { try StageFormat.written(of: S.name, log) }

    public func standings() throws -> [Standing] {
        guard let changelog = S.changelog else { return [] }
        let count = try log.partitionCount(of: S.input)
        let committed = try log.committed(S.name, input: S.input, partitions: Array(0..<count))
        return try (0..<count).map { partition in
            var standing = Standing(
                partition: partition, held: try log.offsets(of: S.input, partition: partition), group: committed[partition])
            var live: Set<[UInt8]> = []
            try log.read(changelog, partition: partition, log.offsets(of: changelog, partition: partition)) { record in
                if let position = try InputPosition(changelogRecord: record, of: changelog) {
                    standing.position = position
                } else if record.value == nil {
                    live.remove(Array(record.key))
                } else {
                    live.insert(Array(record.key))
                }
                return true
            }
            standing.entries = live.count
            standing.keys = live.sorted { $0.lexicographicallyPrecedes($1) }
            return standing
        }
    }

    /// The members of the stage's group. A static member that stopped stays one until its session ends.
    public func members() throws -> [String] {
        let admin = try ClientHandle(configuration, .idempotentProducer, logger: logger)
        return try admin.members(of: configuration.namespace.group(of: S.name))
    }

    /// Sets each partition to the offset that `targets` has at its number. Partition by partition: what fails in between can be done again.
    /// - Parameter keepsState: for a place that is known, and that the state stands for.
    public func apply(_ standings: [Standing], targets: [Int64], keepsState: Bool) throws {
        guard let changelog = S.changelog else { return }
        let id = configuration.namespace.qualified("\(S.name.rawValue).reset")
        let producer = try KafkaProducer(configuration, mode: .transactional(id: id, timeoutMs: Self.transactionTimeoutMs), logger: logger)
        try producer.initTransactions()
        let isOfLaterFormat = try S.oldestFormat > .first || format() != nil
        let marks = try lastRecords(before: targets, standings)
        for standing in standings {
            var outbox = Outbox()
            if !keepsState { for key in standing.keys { outbox.put(changelog, partition: standing.partition, key: key, value: nil) } }
            let target = targets[Int(standing.partition)]
            if isOfLaterFormat || standing.position != nil {
                InputPosition(next: target, partitionCount: Int32(standings.count), last: marks[standing.partition])
                    .put(into: &outbox, changelog: changelog, partition: standing.partition)
            }
            do {
                try producer.begin()
                try producer.send(outbox)
                try producer.sendOffsets(
                    TransactionOffsets(
                        [LogPosition(topic: S.input, partition: standing.partition, offset: target)], of: configuration.namespace, group: S.name))
                try producer.commit()
            } catch {
                try? producer.abort()
                throw error
            }
        }
    }

    /// What stands right before the targets, so that the stage finds it again when it starts.
    private func lastRecords(before targets: [Int64], _ standings: [Standing]) throws -> [Int32: RecordMark] {
        let places = standings.filter { $0.held.contains(targets[Int($0.partition)] - 1) }.map {
            LogPosition(topic: S.input, partition: $0.partition, offset: targets[Int($0.partition)] - 1)
        }
        guard !places.isEmpty else { return [:] }
        return try RecordProbe(configuration, logger: logger).marks(at: places).filter { $0.value.offset == targets[Int($0.key)] - 1 }
    }
}

extension ClientHandle {
    /// The members of a consumer group, as their host and client id; empty where there is no such group.
    func members(of group: String) throws -> [String] {
        var list: UnsafePointer<rd_kafka_group_list>?
        try KafkaError.check(rd_kafka_list_groups(rk, group, &list, 15_000), "asking \(servers) for the members of \(group)")
        guard let list else { return [] }
        defer { rd_kafka_group_list_destroy(list) }
        return (0..<Int(list.pointee.group_cnt)).flatMap { index -> [String] in
            let group = list.pointee.groups[index]
            return (0..<Int(group.member_cnt)).map { place in
                let member = group.members[place]
                return String(cString: member.member_id) + " on " + String(cString: member.client_host)
            }
        }
    }
}
