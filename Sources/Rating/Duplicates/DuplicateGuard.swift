import Pipeline
import Quantities

/// Remembers every usage that was accepted until its day is past the horizon, and tells what a further one is.
///
/// A usage is known by 96 bits of (source, stream, served subscriber, record id), whatever its start says, and what it says by 32 bits of content: a
/// record that is sent again is a duplicate, another record under the same name a conflict. What older builds accepted is known by 128 bits of
/// (source, stream, record id) alone, and asked by these until it has expired: there any content, and any subscriber, makes a duplicate.
///
/// What it decides depends on what was accepted, never on the format in which it is remembered: a replay comes to the same.
///
/// In memory: open addressing over plain integers, 26 bytes a slot and 35 to 70 bytes a usage, in 64 parts so that growing one never holds up a batch for
/// long. In the changelog: one record a (day of the usage, flush), so that a day past the horizon is dropped by a few tombstones.
struct DuplicateGuard {
    /// Days since 1970, UTC. Usage of earlier days is refused as too old, and what was remembered of them is forgotten.
    private(set) var horizonDay: Int32 = 0
    private var accepted = Memory(nameMask: 0xffff_ffff_0000_0000)
    /// What records of older builds were accepted as: nearly always empty.
    private var former = Memory(nameMask: .max)
    /// New since the last flush, in order of arrival; of those in `accepted` the former identity, too.
    private var fresh: ContiguousArray<Entry> = []
    private var freshFormers: ContiguousArray<EventID> = []
    private var freshOfOlderBuilds: ContiguousArray<Entry> = []
    /// Where entries stand in the changelog: of this build's kind, and of the kind that builds before it read.
    private var records = DayRecords()
    private var formerRecords = DayRecords()
    /// While restoring: the last record of `formerRecords` that holds what `accepted` knows better.
    private var lastTwin: Int64?

    enum Decision: Equatable {
        case new
        /// The same usage was accepted before, from that place.
        case duplicate(RawPosition)
        /// Another usage was accepted before under the same name; of several the one that stands first.
        case conflict(RawPosition)
    }

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

    /// How many usages it holds, forgotten ones that still take room included.
    var count: Int { accepted.count + former.count }

    @inline(__always)
    func decide(_ usage: KnownUsage) -> Decision {
        let whole = usage.identity.whole
        let decision = accepted.decide(whole.high, whole.low, horizonDay)
        if former.isEmpty || decision != .new { return decision }
        // What an older build accepted under a name is all that it could tell of it.
        return former.decide(usage.former.high, usage.former.low, horizonDay)
    }

    /// Whether the usage itself was accepted: not only one of its record id, which is all that older builds remembered.
    func knows(_ identity: UsageIdentity) -> Bool { accepted.decide(identity.whole.high, identity.whole.low, horizonDay) != .new }

    /// Remembers a usage that was decided to be new, or a conflict that its source bills.
    @inline(__always)
    mutating func insert(_ usage: KnownUsage, _ position: RawPosition, day: UInt16) {
        if usage.isFormer {
            // As the build that wrote it would have: its next copy may have been decided by such a build, too.
            let entry = Entry(high: usage.former.high, low: usage.former.low, position: position.packed, day: day)
            former.insert(entry, horizonDay)
            return freshOfOlderBuilds.append(entry)
        }
        let whole = usage.identity.whole
        let entry = Entry(high: whole.high, low: whole.low, position: position.packed, day: day)
        accepted.insert(entry, horizonDay)
        fresh.append(entry)
        freshFormers.append(usage.former)
    }

    /// Forgets the days before `day`.
    mutating func advanceHorizon(to day: Int32) {
        guard day > horizonDay else { return }
        horizonDay = day
        records.expire(before: day)
        formerRecords.expire(before: day)
        former.release(before: day)
    }

    mutating func restore(horizonDay: Int32) { self.horizonDay = horizonDay }
}

// MARK: Changelog

extension DuplicateGuard {
    /// How entries stand in the changelog: 24 bytes each, by day.
    enum Kind {
        /// 96 bits of name, 32 of content, 64 of position.
        case accepted
        /// As builds before wrote them: 128 bits of former identity, 64 of position. A record of a negative number holds entries as `.accepted` does: in
        /// `StateFormat.first` it stands right before the record -(number + 1) of the same usages, which older builds know them by. To such a build its
        /// entries are identities that no usage has.
        case former
    }

    /// Hands over the records to remove, then those to write.
    ///
    /// In `StateFormat.first` each usage is written twice, as older builds ask for it and as this one does: what this build decides must not
    /// depend on the format, and 24 bytes of the older kind have no room for a content.
    mutating func flush(
        _ format: StateFormat, remove: (Kind, Int32, Int64) -> Void, put: (Kind, Int32, Int64, UnsafeRawBufferPointer) -> Void
    ) {
        records.takeExpired { remove(.accepted, $0, $1) }
        formerRecords.takeExpired { remove(.former, $0, $1) }
        if format >= .second {
            Self.byDay(fresh, from: horizonDay) { day, bytes in put(.accepted, day, records.add(day), bytes) }
        } else if !fresh.isEmpty {
            // A further part of each day's words: those of the former identities.
            let formers = ContiguousArray(zip(fresh, freshFormers).map { Entry(high: $1.high, low: $1.low, position: $0.position, day: $0.day) })
            Self.byDay(fresh, formers, from: horizonDay) { day, bytes, formers in
                let number = formerRecords.addTwins(day)
                put(.former, day, -(number + 1), bytes)
                put(.former, day, number, formers)
            }
        }
        Self.byDay(freshOfOlderBuilds, from: horizonDay) { day, bytes in put(.former, day, formerRecords.add(day), bytes) }
        fresh.removeAll(keepingCapacity: true)
        freshFormers.removeAll(keepingCapacity: true)
        freshOfOlderBuilds.removeAll(keepingCapacity: true)
    }

    /// Takes one record of the changelog; false where its length is no multiple of an entry's.
    mutating func restore(_ kind: Kind, day: Int32, record: Int64, _ bytes: UnsafeRawBufferPointer?) -> Bool {
        guard let bytes else {
            if kind == .accepted { records.remove(day, record) } else { formerRecords.remove(day, record) }
            return true
        }
        guard bytes.count % 24 == 0, let day16 = UInt16(exactly: day) else { return false }
        if kind == .accepted { records.note(day, record) } else { formerRecords.note(day, record) }
        if kind == .former, record >= 0, lastTwin == record { return true }
        if record < 0 { lastTwin = -(record + 1) }
        for at in stride(from: 0, to: bytes.count, by: 24) {
            func word(_ place: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at + place, as: UInt64.self)) }
            let entry = Entry(high: word(0), low: word(8), position: word(16), day: day16)
            if kind == .accepted || record < 0 { accepted.insert(entry, horizonDay) } else { former.insert(entry, horizonDay) }
        }
        return true
    }
}
