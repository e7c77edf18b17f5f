import Events
import KafkaRuntime
import Pipeline
import Quantities

/// Publishes ticks, each with the ends of usage.raw as they stood when it was made.
struct ClockPublisher {
    private let log: KafkaLog
    private let writer: LogWriter

    /// The transactional id fences a second clock of the same namespace: time has one publisher.
    init(_ client: ClientConfiguration) throws {
        log = client.log()
        writer = try client.writer(transactionalID: "clock")
    }

    /// - Throws: `CommandFailure` (64) where `time` lies before the last tick.
    func publish(_ time: Timestamp) throws -> Tick {
        let last = try lastTick()
        if let last, last.timeMs > time.ms {
            throw CommandFailure.usage("the clock stands at \(Timestamp(ms: last.timeMs)) already; it never goes back to \(time)")
        }
        var tick = Tick()
        tick.sequence = (last?.sequence ?? 0) + 1
        tick.timeMs = time.ms
        for partition in 0..<(try log.partitionCount(of: .usageRaw)) {
            tick.rawEndOffsets.append(try log.offsets(of: .usageRaw, partition: partition).upperBound)
        }
        let id = EventID(cause: EventID(high: 0, low: UInt64(bitPattern: tick.sequence)), stage: 0, ordinal: UInt64(bitPattern: tick.timeMs))
        tick.meta = Meta(id: id, cause: .none, engine: Engine.version)
        let value: [UInt8] = try tick.serializedBytes()
        try writer.inTransaction { try writer.send(.clock, partition: 0, key: "", value: value) }
        return tick
    }

    private func lastTick() throws -> Tick? {
        let range = try log.offsets(of: .clock, partition: 0)
        var last: Tick?
        // The tail is enough, unless it holds nothing but transaction markers.
        for start in [max(range.lowerBound, range.upperBound - 16), range.lowerBound] where last == nil {
            try log.read(.clock, partition: 0, start..<range.upperBound) { record in
                if let value = record.value { last = try Tick(serializedBytes: BorrowedBytes(value)) }
                return true
            }
        }
        return last
    }
}
