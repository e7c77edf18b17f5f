import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// A log in memory. Offsets have gaps, as transaction markers leave them.
final class MemoryLog: ReadableLog {
    struct Record {
        var offset: Int64
        var key: [UInt8]
        var value: [UInt8]
    }

    static let partitions: Int32 = 3
    private(set) var records: [Topic: [[Record]]] = [:]
    /// The first offset that each partition still holds.
    var firstOffset: [Topic: Int64] = [:]
    /// Calls of `read`, to see that a search does not scan.
    private(set) var recordsRead = 0

    func append(_ message: some Message, to topic: Topic, partition: Int32, key: String) {
        var outbox = Outbox()
        outbox.emit(message, to: topic, partition: partition, key: key)
        let entry = outbox.entries[0]
        append(
            Record(offset: 0, key: Array(outbox.bytes[entry.key]), value: Array(outbox.bytes[entry.value!])), to: topic, partition: partition)
    }

    private func append(_ record: Record, to topic: Topic, partition: Int32) {
        var record = record
        record.offset = end(topic, partition)
        // Each seventh offset is a marker's.
        if record.offset % 7 == 6 { record.offset += 1 }
        records[topic, default: Array(repeating: [], count: Int(Self.partitions))][Int(partition)].append(record)
    }

    private func end(_ topic: Topic, _ partition: Int32) -> Int64 { (records[topic]?[Int(partition)].last?.offset ?? -1) + 1 }

    func change(_ topic: Topic, _ partition: Int32, at index: Int, _ body: (inout Record) -> Void) { body(&records[topic]![Int(partition)][index]) }
    func remove(_ topic: Topic, _ partition: Int32, at index: Int) { records[topic]![Int(partition)].remove(at: index) }
    func all(_ topic: Topic, _ partition: Int32) -> [Record] { records[topic]?[Int(partition)] ?? [] }
    var count: Int { records.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } } }

    func partitionCount(of topic: Topic) throws -> Int32 { Self.partitions }

    func offsets(of topic: Topic, partition: Int32) throws -> Range<Int64> {
        let end = end(topic, partition)
        return min(firstOffset[topic] ?? 0, end)..<end
    }

    func read(_ topic: Topic, partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool) throws {
        let all = all(topic, partition)
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].offset < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        for record in all[low...] {
            if record.offset >= range.upperBound { return }
            recordsRead += 1
            let isWanted = try record.key.withUnsafeBytes { key in
                try record.value.withUnsafeBytes {
                    try body(InputRecord(partition: partition, offset: record.offset, timestampMs: 1_000_000, key: key, value: $0))
                }
            }
            if !isWanted { return }
        }
    }

    func committed(_ stage: StageName, partition: Int32) throws -> Int64? { nil }
}
