import Quantities

/// A set of 128-bit ids, each with 64 bits of note. They are hashes already, so their own bits place them: 24 bytes an entry, at most
/// three quarters full.
struct IDTable {
    private struct Entry {
        var high: UInt64
        var low: UInt64
        /// Zero for an empty place.
        var note: UInt64
    }

    private var entries: [Entry]
    private(set) var count = 0

    init() { entries = Array(repeating: Entry(high: 0, low: 0, note: 0), count: 64) }

    /// The note of `id`; nil where it is not in the table.
    func note(of id: EventID) -> UInt64? {
        let entry = entries[place(of: id)]
        return entry.note == 0 ? nil : entry.note
    }

    /// False where `id` was there before; its note stays then. `note` is not zero.
    @discardableResult
    mutating func insert(_ id: EventID, note: UInt64 = 1) -> Bool {
        precondition(note != 0, "zero notes mark empty places")
        let place = place(of: id)
        guard entries[place].note == 0 else { return false }
        entries[place] = Entry(high: id.high, low: id.low, note: note)
        count += 1
        if count * 4 > entries.count * 3 { grow() }
        return true
    }

    private func place(of id: EventID) -> Int {
        let mask = entries.count - 1
        var place = Int(truncatingIfNeeded: id.low ^ id.high &* 0x9e37_79b9_7f4a_7c15) & mask
        while entries[place].note != 0, entries[place].high != id.high || entries[place].low != id.low { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        let old = entries
        entries = Array(repeating: Entry(high: 0, low: 0, note: 0), count: old.count * 2)
        for entry in old where entry.note != 0 { entries[place(of: EventID(high: entry.high, low: entry.low))] = entry }
    }
}

/// Where a usage came from.
struct RawPosition: Hashable {
    var partition: UInt32
    var offset: Int64
    var index: UInt32

    /// 64 bits that stand for the position; never zero.
    var note: UInt64 {
        var hash = SipHash128()
        hash.combine(UInt64(partition) << 32 | UInt64(index))
        hash.combine(UInt64(bitPattern: offset))
        return hash.finish().low | 1
    }

    var text: String { "\(partition)/\(offset)" + (index == 0 ? "" : " (usage \(index))") }
}
