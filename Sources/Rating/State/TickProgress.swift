/// How far the ticks have come in a partition of usage.normalized.
struct TickProgress: Equatable {
    struct Tick: Equatable {
        var sequence: Int64
        var timeMs: Int64
    }

    /// A tick that has taken effect and whose due periods are being closed.
    struct Closing: Equatable {
        var tick: Tick
        /// The outputs that its record has caused so far: the ordinal of the next.
        var nextOrdinal: UInt64
    }

    /// The last tick that took effect; sequence 0 before the first.
    private(set) var effective = Tick(sequence: 0, timeMs: Int64.min)
    /// The highest sequence seen of each raw partition.
    private(set) var reached: [Int64] = []
    /// Ticks that some raw partitions have not reached yet, ascending.
    private(set) var pending: [Tick] = []
    var closing: Closing?

    /// Takes a barrier. One that came before, or of a tick that took effect, changes nothing.
    mutating func arrive(_ tick: Tick, rawPartition: Int, of count: Int) {
        if reached.count < count { reached += Array(repeating: effective.sequence, count: count - reached.count) }
        guard rawPartition < reached.count, tick.sequence > reached[rawPartition] else { return }
        reached[rawPartition] = tick.sequence
        guard tick.sequence > effective.sequence, !pending.contains(where: { $0.sequence == tick.sequence }) else { return }
        let place = pending.firstIndex { $0.sequence > tick.sequence } ?? pending.count
        pending.insert(tick, at: place)
    }

    /// The next tick that all raw partitions have reached: from now on it is in effect.
    mutating func takeComplete() -> Tick? {
        guard let next = pending.first, let slowest = reached.min(), next.sequence <= slowest else { return nil }
        pending.removeFirst()
        // Time never goes back, whatever a tick says.
        effective = Tick(sequence: next.sequence, timeMs: max(next.timeMs, effective.timeMs))
        return effective
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.appendZigzag(effective.sequence)
        bytes.appendZigzag(effective.timeMs)
        bytes.appendVarint(UInt64(reached.count))
        for sequence in reached { bytes.appendZigzag(sequence) }
        bytes.appendVarint(UInt64(pending.count))
        for tick in pending {
            bytes.appendZigzag(tick.sequence)
            bytes.appendZigzag(tick.timeMs)
        }
        bytes.append(closing == nil ? 0 : 1)
        if let closing {
            bytes.appendZigzag(closing.tick.sequence)
            bytes.appendZigzag(closing.tick.timeMs)
            bytes.appendVarint(closing.nextOrdinal)
        }
    }

    init() {}

    init(from reader: inout WireReader) {
        effective = Tick(sequence: reader.zigzag(), timeMs: reader.zigzag())
        let partitions = reader.varint()
        for _ in 0..<min(partitions, 1 << 16) { reached.append(reader.zigzag()) }
        let ticks = reader.varint()
        for _ in 0..<min(ticks, 1 << 20) where !reader.isBroken { pending.append(Tick(sequence: reader.zigzag(), timeMs: reader.zigzag())) }
        if reader.byte() == 1 {
            closing = Closing(tick: Tick(sequence: reader.zigzag(), timeMs: reader.zigzag()), nextOrdinal: reader.varint())
        }
    }
}

extension [UInt8] {
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func appendZigzag(_ value: Int64) { appendVarint(UInt64(bitPattern: value << 1 ^ value >> 63)) }
}
