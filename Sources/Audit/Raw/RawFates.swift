/// The fates of the records of one partition of usage.raw: five bytes a record.
package struct RawFates {
    let first: Int64
    /// Normalize has done all before it.
    let end: Int64
    /// Bit 7: a record stands here. Bits 0 to 6: the fate of its usage of that index was seen.
    private var marks: [UInt8]
    /// 32 bits of the id that the record's bytes and place give it.
    private var prints: [UInt32]
    /// Records that hold more than seven usages, such as files of lines.
    private var large: [Int64: [UInt64]] = [:]

    package init(first: Int64, end: Int64) {
        self.first = first
        self.end = max(first, end)
        marks = Array(repeating: 0, count: Int(self.end - first))
        prints = Array(repeating: 0, count: Int(self.end - first))
    }

    package enum Outcome { case marked, twice, noRecord, otherBytes, expired, inFlight }

    /// A record stands at `offset`.
    package mutating func stand(_ offset: Int64, print: UInt32) {
        guard offset >= first, offset < end else { return }
        marks[Int(offset - first)] = 0x80
        prints[Int(offset - first)] = print
    }

    /// The usage of `index` of the record came to a fate.
    package mutating func mark(_ offset: Int64, index: UInt32, print: UInt32) -> Outcome {
        if offset < first { return .expired }
        if offset >= end { return .inFlight }
        let place = Int(offset - first)
        guard marks[place] & 0x80 != 0 else { return .noRecord }
        guard isNew(offset, place, index) else { return .twice }
        return prints[place] == print ? .marked : .otherBytes
    }

    private mutating func isNew(_ offset: Int64, _ place: Int, _ index: UInt32) -> Bool {
        if index < 7 {
            defer { marks[place] |= 1 << UInt8(index) }
            return marks[place] & 1 << UInt8(index) == 0
        }
        let word = Int(index / 64)
        var words = large.removeValue(forKey: offset) ?? []
        while words.count <= word { words.append(0) }
        defer { large[offset] = words }
        defer { words[word] |= 1 << UInt64(index % 64) }
        return words[word] & 1 << UInt64(index % 64) == 0
    }

    package enum Gap: Equatable { case none, noFate, hole(UInt32) }

    /// What is wrong with the record at `offset`; nothing where none stands there.
    package func gap(_ offset: Int64) -> Gap {
        let mark = marks[Int(offset - first)]
        guard mark & 0x80 != 0 else { return .none }
        let words = large[offset]
        if mark & 0x7f == 0, words == nil { return .noFate }
        // Fates are numbered from 0 without a hole: n of them end at n - 1.
        // Of seven fates the first bit that is not set is the eighth, which no usage has.
        let low = UInt32((~(mark & 0x7f)).trailingZeroBitCount)
        guard let words else {
            return mark & 0x7f == (UInt8(1) << UInt8(low)) - 1 ? .none : .hole(low)
        }
        if mark & 0x7f != 0x7f { return .hole(low) }
        var all = words
        all[0] |= 0x7f
        let top = all.count * 64 - all[all.count - 1].leadingZeroBitCount
        for index in 0..<top where all[index / 64] & 1 << UInt64(index % 64) == 0 { return .hole(UInt32(index)) }
        return .none
    }
}
