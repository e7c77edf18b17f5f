import Events
import Pipeline
import Quantities

/// The ticks of the clock, in their order.
public struct TickTable: Sendable {
    struct Entry: Sendable {
        var id: EventID
        var sequence: Int64
        var timeMs: Int64
        var rawEndOffsets: [Int64]

        /// A partition that came into being after the tick holds nothing that is older.
        func precedes(_ offset: Int64, _ partition: Int32) -> Bool {
            Int(partition) >= rawEndOffsets.count || rawEndOffsets[Int(partition)] <= offset
        }
    }

    private(set) var ticks: ContiguousArray<Entry> = []

    public init() {}

    /// A tick that is not newer than the last is one published twice, and changes nothing.
    public mutating func apply(_ record: InputRecord) throws {
        guard let value = record.value else { return }
        let tick: Tick
        do { tick = try Tick(serializedBytes: BorrowedBytes(value)) } catch {
            throw CorruptRecord(topic: .clock, partition: record.partition, offset: record.offset, reason: "no Tick")
        }
        if let last = ticks.last, tick.sequence <= last.sequence { return }
        ticks.append(Entry(id: tick.meta.id, sequence: tick.sequence, timeMs: tick.timeMs, rawEndOffsets: tick.rawEndOffsets))
    }

    /// The time of the last tick that was published before the raw record: a tick says where usage.raw then ended, so that the answer does not depend on how
    /// far the clock has been read since. `Int64.min` where there is none.
    @inline(__always)
    func timeMs(before offset: Int64, ofRawPartition partition: Int32) -> Int64 {
        guard let last = ticks.last else { return Int64.min }
        return last.precedes(offset, partition) ? last.timeMs : earlierTimeMs(before: offset, partition)
    }

    private func earlierTimeMs(before offset: Int64, _ partition: Int32) -> Int64 {
        var low = 0
        var high = ticks.count
        while low < high {
            let middle = (low + high) / 2
            if ticks[middle].precedes(offset, partition) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? Int64.min : ticks[low - 1].timeMs
    }

    /// Where the first tick behind `sequence` stands.
    func index(after sequence: Int64) -> Int {
        var low = 0
        var high = ticks.count
        while low < high {
            let middle = (low + high) / 2
            if ticks[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
