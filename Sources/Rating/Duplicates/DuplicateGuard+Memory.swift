import Quantities

extension DuplicateGuard {
    /// Entries of one kind, by name.
    struct Memory {
        private var parts: ContiguousArray<Part> = ContiguousArray(repeating: Part(), count: 64)
        /// The bits of an entry's second word that belong to its name.
        private let nameMask: UInt64
        /// The latest day of any entry; -1 where there is none.
        private var lastDay: Int32 = -1

        init(nameMask: UInt64) { self.nameMask = nameMask }

        var isEmpty: Bool { @inline(__always) get { lastDay < 0 } }
        var count: Int { parts.reduce(0) { $0 + $1.count } }

        @inline(__always)
        func decide(_ high: UInt64, _ low: UInt64, _ horizonDay: Int32) -> Decision {
            parts[Int(high >> 58)].decide(high, low, nameMask, horizonDay)
        }

        @inline(__always)
        mutating func insert(_ entry: Entry, _ horizonDay: Int32) {
            lastDay = max(lastDay, Int32(entry.day))
            parts[Int(entry.high >> 58)].insert(entry, horizonDay: horizonDay)
        }

        /// Gives all room back once nothing is left that counts.
        mutating func release(before day: Int32) {
            guard !isEmpty, lastDay < day else { return }
            self = Memory(nameMask: nameMask)
        }
    }

    /// One open-addressing table. Three words a slot: identity and position; a position of zero is a free slot.
    struct Part {
        private var words: ContiguousArray<UInt64> = []
        private var days: ContiguousArray<UInt16> = []
        private(set) var count = 0

        @inline(__always)
        func decide(_ high: UInt64, _ low: UInt64, _ nameMask: UInt64, _ horizonDay: Int32) -> Decision {
            guard !days.isEmpty else { return .new }
            let mask = days.count &- 1
            var slot = Int(truncatingIfNeeded: high) & mask
            var conflict = UInt64.max
            while true {
                let at = slot &* 3
                let position = words[at &+ 2]
                if position == 0 { break }
                if words[at] == high, (words[at &+ 1] ^ low) & nameMask == 0, Int32(days[slot]) >= horizonDay {
                    if words[at &+ 1] == low { return .duplicate(RawPosition(packed: position)) }
                    // The smallest, for the order of slots depends on when the table grew.
                    conflict = min(conflict, position)
                }
                slot = (slot &+ 1) & mask
            }
            return conflict == .max ? .new : .conflict(RawPosition(packed: conflict))
        }

        /// An entry that is held already, from a day that has passed, gets the new place.
        mutating func insert(_ entry: Entry, horizonDay: Int32) {
            if (count + 1) * 4 > days.count * 3 { rebuild(horizonDay: horizonDay) }
            place(entry)
        }

        private mutating func place(_ entry: Entry) {
            let mask = days.count &- 1
            var slot = Int(truncatingIfNeeded: entry.high) & mask
            var isHeld = false
            words.withUnsafeMutableBufferPointer { words in
                while words[slot &* 3 &+ 2] != 0 {
                    isHeld = words[slot &* 3] == entry.high && words[slot &* 3 &+ 1] == entry.low
                    if isHeld { break }
                    slot = (slot &+ 1) & mask
                }
                words[slot &* 3] = entry.high
                words[slot &* 3 &+ 1] = entry.low
                words[slot &* 3 &+ 2] = entry.position
            }
            days[slot] = entry.day
            if !isHeld { count += 1 }
        }

        /// Makes room, by dropping what is past the horizon and doubling where that does not do.
        private mutating func rebuild(horizonDay: Int32) {
            let (oldWords, oldDays) = (words, days)
            var kept = 0
            for slot in oldDays.indices where oldWords[slot * 3 + 2] != 0 && Int32(oldDays[slot]) >= horizonDay { kept += 1 }
            var capacity = 16
            while kept * 8 > capacity * 5 { capacity *= 2 }
            words = ContiguousArray(repeating: 0, count: capacity * 3)
            days = ContiguousArray(repeating: 0, count: capacity)
            count = 0
            for slot in oldDays.indices where oldWords[slot * 3 + 2] != 0 && Int32(oldDays[slot]) >= horizonDay {
                place(Entry(high: oldWords[slot * 3], low: oldWords[slot * 3 + 1], position: oldWords[slot * 3 + 2], day: oldDays[slot]))
            }
        }
    }
}
