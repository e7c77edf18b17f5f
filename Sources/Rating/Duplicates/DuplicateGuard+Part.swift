import Quantities

extension DuplicateGuard {
    /// One open-addressing table. Three words a slot: identity and position; a position of zero is a free slot.
    struct Part {
        private var words: ContiguousArray<UInt64> = []
        private var days: ContiguousArray<UInt16> = []
        private(set) var count = 0

        @inline(__always)
        func find(_ identity: EventID) -> (position: UInt64, day: UInt16)? {
            guard !days.isEmpty else { return nil }
            let mask = days.count &- 1
            var slot = Int(truncatingIfNeeded: identity.low) & mask
            while true {
                let at = slot &* 3
                let position = words[at &+ 2]
                if position == 0 { return nil }
                if words[at] == identity.high, words[at &+ 1] == identity.low { return (position, days[slot]) }
                slot = (slot &+ 1) & mask
            }
        }

        /// An identity that is held already, from a day that has passed, gets the new place.
        mutating func insert(_ entry: Entry, horizonDay: Int32) {
            if (count + 1) * 4 > days.count * 3 { rebuild(horizonDay: horizonDay) }
            place(entry)
        }

        private mutating func place(_ entry: Entry) {
            let mask = days.count &- 1
            var slot = Int(truncatingIfNeeded: entry.low) & mask
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
