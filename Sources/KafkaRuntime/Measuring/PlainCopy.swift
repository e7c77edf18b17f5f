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
        /// What the process used of the processors meanwhile.
        public var cpuSeconds = 0.0
    }

    private let consumer: KafkaConsumer
    private let producer: KafkaProducer
    private let topic: Topic

    /// - Parameters:
    ///   - source: where `topic` is read.
    ///   - target: another namespace, where the topic of the same name is written.
    ///   - name: keeps several copies of one topic apart.
    public init(_ topic: Topic, from source: ClientConfiguration, to target: ClientConfiguration, name: String, logger: Logger) throws {
        self.topic = topic
        let group = target.namespace.qualified("\(name).\(topic.rawValue)")
        consumer = try KafkaConsumer(source, .groupMember(group: group, instance: group, sessionTimeoutMs: 10_000), logger: logger)
        producer = try KafkaProducer(target, mode: .transactional(id: group), logger: logger)
    }

    /// Copies each partition from its offset in `begin`, or from its first, to the end that it has now.
    public func run(from begin: [Int64] = [], batchRecords: Int = 10_000) throws -> Result {
        let partitionCount = try consumer.handle.partitionCounts()[consumer.handle.namespace.name(of: topic)] ?? 0
        var unfinished: [Int32: Int64] = [:]
        var starts: [Int32: Int64] = [:]
        for partition in 0..<partitionCount {
            let held = try consumer.handle.offsets(of: topic, partition: partition)
            let start = begin.indices.contains(Int(partition)) ? begin[Int(partition)] : held.lowerBound
            starts[partition] = start
            if start < held.upperBound { unfinished[partition] = held.upperBound }
        }
        try producer.initTransactions()
        consumer.handle.callbacks.onRebalance = { [unowned self] event, list in
            switch event {
            case .assigned:
                let positions = (0..<Int(list.pointee.cnt)).map { index in
                    let partition = list.pointee.elems[index].partition
                    return LogPosition(topic: topic, partition: partition, offset: starts[partition] ?? 0)
                }
                // Where it can't be assigned nothing is read, and `run` reports that.
                try? consumer.assign(positions)
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
        var startedCPUNs: Int64 = 0
        var lastNs = Monotonic.nowNs
        var positions: [Int32: Int64] = [:]
        var inBatch = 0
        while !unfinished.isEmpty {
            let came = try consumer.poll(timeoutMs: 10) { polled in
                if let end = unfinished[polled.partition], polled.offset + (polled.isEnd ? 0 : 1) >= end { unfinished[polled.partition] = nil }
                guard !polled.isEnd else { return }
                let record = consumer.record(polled, readsHeaders: false)
                if startedNs == 0 { (startedNs, startedCPUNs) = (Monotonic.nowNs, Monotonic.processCPUNs) }
                if inBatch == 0 { try producer.begin() }
                try producer.send(topic, partition: record.partition, key: record.key, value: record.value)
                positions[record.partition] = record.offset + 1
                result.records += 1
                result.bytes += record.key.count + (record.value?.count ?? 0)
                inBatch += 1
            }
            if came { lastNs = Monotonic.nowNs }
            if inBatch >= batchRecords || (inBatch > 0 && (!came || unfinished.isEmpty)) {
                let offsets = positions.keys.sorted().map { LogPosition(topic: topic, partition: $0, offset: positions[$0] ?? 0) }
                try producer.sendOffsets(TransactionOffsets(offsets, of: consumer))
                try producer.commit()
                inBatch = 0
            }
            if Monotonic.nowNs - lastNs > 30_000_000_000 {
                throw TopologyError(problems: ["\(topic.rawValue) gave \(result.records) records to copy and then none for 30 s, before its end"])
            }
        }
        guard startedNs > 0 else { return result }
        result.seconds = Double(Monotonic.nowNs - startedNs) / 1e9
        result.cpuSeconds = Double(Monotonic.processCPUNs - startedCPUNs) / 1e9
        return result
    }
}
