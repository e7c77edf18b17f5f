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
