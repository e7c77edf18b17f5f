import Events
import Pipeline
import Quantities

extension InMemoryLog: ReadableLog {
    public func partitionCount(of topic: Topic) -> Int32 { count(of: topic) }

    public func offsets(of topic: Topic, partition: Int32) -> Range<Int64> { 0..<lastStableOffset(of: topic, partition: partition) }

    public func committed(_ stage: StageName, partition: Int32) -> Int64? {
        committedOffsets[ConsumerPosition(stage: stage, partition: partition)]
    }

    public func read(_ topic: Topic, partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool) rethrows {
        let end = min(range.upperBound, lastStableOffset(of: topic, partition: partition))
        var offset = max(range.lowerBound, 0)
        // Read from a copy: the body may append.
        let records = partitions[topic]![Int(partition)].records
        while offset < end {
            defer { offset += 1 }
            if try !hand(over: records[Int(offset)], partition: partition, offset: offset, body) { return }
        }
    }

    private func hand(over record: StoredRecord, partition: Int32, offset: Int64, _ body: (InputRecord) throws -> Bool) rethrows -> Bool {
        if record.isHole { return true }
        if let transaction = record.transaction, transactions[transaction.number].outcome != .committed { return true }
        return try record.payload.withUnsafeBytes { payload in
            try body(
                InputRecord(
                    partition: partition, offset: offset, timestampMs: record.timestampMs,
                    key: UnsafeRawBufferPointer(rebasing: payload[..<record.keyEnd]),
                    value: record.valueEnd.map { UnsafeRawBufferPointer(rebasing: payload[record.keyEnd..<$0]) },
                    headers: record.headers.map { .init(name: $0.name, value: UnsafeRawBufferPointer(rebasing: payload[$0.value])) }[...]))
        }
    }

    /// The committed values of a partition, in order.
    public func values(of topic: Topic, partition: Int32) -> [[UInt8]] {
        var values: [[UInt8]] = []
        read(topic, partition: partition, 0..<Int64.max) { record in
            values.append(record.value.map(Array.init) ?? [])
            return true
        }
        return values
    }

    /// A hash of every byte of every committed record of every topic, and of where it stands.
    public var digest: EventID {
        var hash = SipHash128()
        for topic in Topic.allCases {
            for partition in 0..<count(of: topic) {
                hash.combine(text: topic.rawValue)
                read(topic, partition: partition, 0..<Int64.max) { record in
                    hash.combine(UInt64(record.offset))
                    hash.combine(UInt64(record.key.count))
                    hash.combine(bytes: record.key)
                    hash.combine(UInt64(bitPattern: Int64(record.value?.count ?? -1)))
                    if let value = record.value { hash.combine(bytes: value) }
                    return true
                }
            }
        }
        return hash.finish()
    }
}
