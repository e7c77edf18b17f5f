extension DuplicateGuard {
    /// The entries' words by day, ascending, those of one day in order of arrival; days before `horizon` are left out.
    static func byDay(_ entries: ContiguousArray<Entry>, from horizon: Int32, _ body: (Int32, UnsafeRawBufferPointer) -> Void) {
        guard let sorted = Sorted(entries) else { return }
        sorted.words.withUnsafeBytes { bytes in
            for (day, range) in sorted.days(from: horizon) { body(day, UnsafeRawBufferPointer(rebasing: bytes[range])) }
        }
    }

    /// The same of two lists whose entries are of the same days, one beside the other.
    static func byDay(
        _ entries: ContiguousArray<Entry>, _ others: ContiguousArray<Entry>, from horizon: Int32,
        _ body: (Int32, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) {
        guard let sorted = Sorted(entries), let beside = Sorted(others) else { return }
        sorted.words.withUnsafeBytes { bytes in
            beside.words.withUnsafeBytes { others in
                for (day, range) in sorted.days(from: horizon) {
                    body(day, UnsafeRawBufferPointer(rebasing: bytes[range]), UnsafeRawBufferPointer(rebasing: others[range]))
                }
            }
        }
    }

    /// Entries sorted by day in one pass: first where each day begins among the words, then each entry in its place.
    private struct Sorted {
        let words: ContiguousArray<UInt64>
        private let first: UInt16
        /// Of each day from the first on, where its words begin; and their end.
        private let starts: ContiguousArray<Int>

        init?(_ entries: ContiguousArray<Entry>) {
            if entries.isEmpty { return nil }
            var (first, last) = (UInt16.max, UInt16.min)
            for entry in entries { (first, last) = (min(first, entry.day), max(last, entry.day)) }
            var starts = ContiguousArray(repeating: 0, count: Int(last - first) + 2)
            for entry in entries { starts[Int(entry.day - first) + 1] += 3 }
            for place in 1..<starts.count { starts[place] += starts[place - 1] }
            var ends = starts
            words = ContiguousArray<UInt64>(unsafeUninitializedCapacity: entries.count * 3) { words, count in
                for entry in entries {
                    let at = ends[Int(entry.day - first)]
                    words[at] = entry.high.littleEndian
                    words[at + 1] = entry.low.littleEndian
                    words[at + 2] = entry.position.littleEndian
                    ends[Int(entry.day - first)] = at + 3
                }
                count = entries.count * 3
            }
            (self.first, self.starts) = (first, starts)
        }

        func days(from horizon: Int32) -> [(day: Int32, bytes: Range<Int>)] {
            (0..<starts.count - 1).compactMap { place in
                let day = Int32(first) + Int32(place)
                return starts[place] < starts[place + 1] && day >= horizon ? (day, starts[place] * 8..<starts[place + 1] * 8) : nil
            }
        }
    }
}
