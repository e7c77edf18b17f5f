import Events
import Logging
import Pipeline

/// The yardstick of the benchmarks: consumes a topic and produces the same keys and values, in transactions with the offsets, through the
/// same client as the stages, and does nothing else.
public final class PlainCopy {
    public struct Result: Sendable {
        public var records = 0
        public var bytes = 0
        /// From the first record to the last commit.
        public var seconds = 0.0
    }

    private let consumer: KafkaConsumer
    private let producer: KafkaProducer
    private let topic: Topic

    /// - Parameters:
    ///   - source: where `topic` is read.
    ///   - target: another namespace, where the topic of the same name is written.
    public init(_ topic: Topic, from source: ClientConfiguration, to target: ClientConfiguration, logger: Logger) throws {
        self.topic = topic
        let group = target.namespace.qualified("copy.\(topic.rawValue)")
        consumer = try KafkaConsumer(source, .groupMember(group: group, instance: group, sessionTimeoutMs: 10_000), logger: logger)
        producer = try KafkaProducer(target, mode: .transactional(id: group), logger: logger)
    }

    /// Copies from the topic's beginning until it has read `expected` records.
    public func run(expecting expected: Int, batchRecords: Int = 10_000) throws -> Result {
        try producer.initTransactions()
        consumer.handle.callbacks.onRebalance = { [unowned self] event, list in
            switch event {
            case .assigned:
                let starts = (0..<Int(list.pointee.cnt)).map { LogPosition(topic: topic, partition: list.pointee.elems[$0].partition, offset: 0) }
                // Where it can't be assigned nothing is read, and `run` reports that.
                try? consumer.assign(starts)
            case .revoked: consumer.unassign()
            }
        }
        defer {
            consumer.handle.callbacks.onRebalance = nil
            consumer.close()
        }
        try consumer.subscribe(topic)
        var result = Result()
        var startedNs: Int64 = 0
        var lastNs = Monotonic.nowNs
        var positions: [Int32: Int64] = [:]
        var inBatch = 0
        while result.records < expected {
            let came = try consumer.poll(timeoutMs: 10) { polled in
                guard !polled.isEnd else { return }
                let record = consumer.record(polled, readsHeaders: false)
                if startedNs == 0 { startedNs = Monotonic.nowNs }
                if inBatch == 0 { try producer.begin() }
                try producer.send(topic, partition: record.partition, key: record.key, value: record.value)
                positions[record.partition] = record.offset + 1
                result.records += 1
                result.bytes += record.key.count + (record.value?.count ?? 0)
                inBatch += 1
            }
            if came { lastNs = Monotonic.nowNs }
            if inBatch >= batchRecords || (inBatch > 0 && (!came || result.records >= expected)) {
                let offsets = positions.keys.sorted().map { LogPosition(topic: topic, partition: $0, offset: positions[$0] ?? 0) }
                try producer.sendOffsets(offsets, of: consumer)
                try producer.commit()
                inBatch = 0
            }
            if Monotonic.nowNs - lastNs > 30_000_000_000 {
                throw TopologyError(problems: ["\(topic.rawValue) gave \(result.records) of \(expected) records to copy and then none for 30 s"])
            }
        }
        result.seconds = Double(Monotonic.nowNs - startedNs) / 1e9
        return result
    }
}
