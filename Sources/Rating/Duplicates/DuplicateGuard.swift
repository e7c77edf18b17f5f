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
        // Most flushes hold one or two days: take them in ascending order, entries in order of arrival.
        var day = UInt16.max
        for place in fresh.indices { day = min(day, fresh[place].day) }
        var words: ContiguousArray<UInt64> = []
        words.reserveCapacity(fresh.count * 3)
        while true {
            var following = UInt16.max
            var hasFollowing = false
            words.removeAll(keepingCapacity: true)
            for place in fresh.indices {
                let entry = fresh[place]
                if entry.day == day {
                    words.append(entry.high.littleEndian)
                    words.append(entry.low.littleEndian)
                    words.append(entry.position.littleEndian)
                } else if entry.day > day {
                    following = min(following, entry.day)
                    hasFollowing = true
                }
            }
            if Int32(day) >= horizonDay {
                note(day: Int32(day), record: nextRecord)
                words.withUnsafeBytes { put(Int32(day), nextRecord, $0) }
                nextRecord += 1
            }
            if !hasFollowing { break }
            day = following
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
