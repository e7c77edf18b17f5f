import Quantities

/// Remembers every usage that was rated, by its 128-bit identity, until its day is past the horizon.
///
/// In memory: open addressing over plain integers, 26 bytes a slot and 35 to 70 bytes a usage, in 64 parts so that growing one never holds up a
/// batch for long. In the changelog: one record a (day of the usage, flush), so that a day past the horizon is dropped by a few
/// tombstones. One identity is one usage whatever its start says: a record that is sent again with another time is a duplicate.
struct DuplicateGuard {
    /// Days since 1970, UTC. Usage of earlier days is refused as too old, and what was remembered of them is forgotten.
    private(set) var horizonDay: Int32 = 0
    private var parts: ContiguousArray<Part> = ContiguousArray(repeating: Part(), count: 64)
    /// New since the last flush, in order of arrival.
    private var fresh: ContiguousArray<Entry> = []
    /// The changelog records of each day, by the number that ends their keys: kept to write their tombstones.
    private var records: [Int32: ContiguousArray<Int64>] = [:]
    /// The days in `records`, ascending.
    private var days: ContiguousArray<Int32> = []
    /// Records whose day has passed, to be removed with the next flush.
    private var expired: ContiguousArray<(day: Int32, number: Int64)> = []
    private var nextRecord: Int64 = 0

    struct Entry {
        var high: UInt64
        var low: UInt64
        var position: UInt64
        var day: UInt16
    }

    /// Days beyond 2149 count as that last day, and those before 1970 as the first.
    @inline(__always)
    static func day(of startMs: Int64) -> UInt16 {
        UInt16(clamping: startMs / Timestamp.msPerDay)
    }

    /// How many identities it holds, forgotten ones that still take room included.
    var count: Int { parts.reduce(0) { $0 + $1.count } }

    @inline(__always)
    func original(of identity: EventID) -> RawPosition? {
        guard let (position, day) = parts[Int(identity.high >> 58)].find(identity) else { return nil }
        return Int32(day) < horizonDay ? nil : RawPosition(packed: position)
    }

    /// Remembers an identity that is not held yet.
    @inline(__always)
    mutating func insert(_ identity: EventID, _ position: RawPosition, day: UInt16) {
        let entry = Entry(high: identity.high, low: identity.low, position: position.packed, day: day)
        parts[Int(identity.high >> 58)].insert(entry, horizonDay: horizonDay)
        fresh.append(entry)
    }

    /// Forgets the days before `day`.
    mutating func advanceHorizon(to day: Int32) {
        guard day > horizonDay else { return }
        horizonDay = day
        var passed = 0
        while passed < days.count, days[passed] < day {
            for number in records.removeValue(forKey: days[passed]) ?? [] { expired.append((days[passed], number)) }
            passed += 1
        }
        days.removeFirst(passed)
    }

    // MARK: Changelog

    /// Hands over the records to remove, then those to write: 24 bytes an entry, by day.
    mutating func flush(remove: (Int32, Int64) -> Void, put: (Int32, Int64, UnsafeRawBufferPointer) -> Void) {
        for record in expired { remove(record.day, record.number) }
        expired.removeAll(keepingCapacity: true)
        guard !fresh.isEmpty else { return }
        // By day, ascending, those of one day in order of arrival: first where each day begins among the words, then each entry in its place.
        var (first, last) = (UInt16.max, UInt16.min)
        for entry in fresh { (first, last) = (min(first, entry.day), max(last, entry.day)) }
        var starts = ContiguousArray(repeating: 0, count: Int(last - first) + 2)
        for entry in fresh { starts[Int(entry.day - first) + 1] += 3 }
        for place in 1..<starts.count { starts[place] += starts[place - 1] }
        var ends = starts
        let words = ContiguousArray<UInt64>(unsafeUninitializedCapacity: fresh.count * 3) { words, count in
            for entry in fresh {
                let at = ends[Int(entry.day - first)]
                words[at] = entry.high.littleEndian
                words[at + 1] = entry.low.littleEndian
                words[at + 2] = entry.position.littleEndian
                ends[Int(entry.day - first)] = at + 3
            }
            count = fresh.count * 3
        }
        for place in 0...Int(last - first) where starts[place] < ends[place] && Int32(first) + Int32(place) >= horizonDay {
            let day = Int32(first) + Int32(place)
            note(day: day, record: nextRecord)
            words.withUnsafeBytes { put(day, nextRecord, UnsafeRawBufferPointer(rebasing: $0[starts[place] * 8..<ends[place] * 8])) }
            nextRecord += 1
        }
        fresh.removeAll(keepingCapacity: true)
    }

    /// Takes one record of the changelog; false where its length is no multiple of an entry's.
    mutating func restore(day: Int32, record: Int64, _ bytes: UnsafeRawBufferPointer?) -> Bool {
        nextRecord = max(nextRecord, record + 1)
        guard let bytes else {
            records[day]?.removeAll { $0 == record }
            return true
        }
        guard bytes.count % 24 == 0, let day16 = UInt16(exactly: day) else { return false }
        note(day: day, record: record)
        for at in stride(from: 0, to: bytes.count, by: 24) {
            func word(_ place: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at + place, as: UInt64.self)) }
            let entry = Entry(high: word(0), low: word(8), position: word(16), day: day16)
            parts[Int(entry.high >> 58)].insert(entry, horizonDay: horizonDay)
        }
        return true
    }

    mutating func restore(horizonDay: Int32) { self.horizonDay = horizonDay }

    private mutating func note(day: Int32, record: Int64) {
        if records[day] == nil {
            let place = days.firstIndex { $0 > day } ?? days.count
            days.insert(day, at: place)
        }
        records[day, default: []].append(record)
    }
}
