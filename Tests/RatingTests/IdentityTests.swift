import Events
import Pipeline
import Quantities
import Testing

/// One usage as a probe sends it: what names it, and what it says.
struct Sent {
    var id = "r-1"
    var subscriber = "msisdn:420601000001"
    var at = "2026-01-10T12:00:00Z"
    var other = "420777123456"
    var offset: Int64 = 1
    var bills = false
    /// By a build that knew of no identity but (source, stream, record id).
    var byOlderBuild = false

    func with(_ change: (inout Sent) -> Void) -> Sent {
        var copy = self
        change(&copy)
        return copy
    }

    var record: EventID {
        var hash = SipHash128()
        hash.combine(text: id)
        return hash.finish()
    }

    var normalized: NormalizedRecord {
        var record = Given.usage(offset, "sms", event, at: at, to: other)
        record.usage.parties.served = subscriber
        (record.usage.identityHigh, record.usage.identityLow) = (self.record.high, self.record.low)
        if byOlderBuild { return record }
        let content = "sms".bytes { type in
            other.bytes { UsageContent(type: type, startMs: record.usage.startMs, quantityMicros: event, otherParty: $0).digest }
        }
        let identity = subscriber.bytes { UsageIdentity(record: self.record, subscriber: $0, content: content) }
        (record.usage.recordHigh, record.usage.recordLow, record.usage.content) = (identity.high, identity.low, content)
        record.usage.billsConflicts = bills
        return record
    }
}

extension String {
    fileprivate func bytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { Array(utf8).withUnsafeBytes(body) }
}

@Suite("What is the same usage")
struct IdentityTests {
    enum Fate: Equatable, CustomStringConvertible {
        case rated
        case duplicate(of: Int64)
        case conflict(with: Int64)
        case other(String)

        var description: String {
            switch self {
            case .rated: "rated"
            case .duplicate(let offset): "a duplicate of \(offset)"
            case .conflict(let offset): "in conflict with \(offset)"
            case .other(let text): text
            }
        }
    }

    func opened(_ format: StateFormat) throws -> Harness {
        var harness = try Harness(Tariffs.both)
        harness.task.format = format
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        _ = try harness.rated()
        return harness
    }

    /// Feeds it, and says what became of it; twice over a restart where it changed nothing.
    func fate(_ sent: Sent, _ harness: inout Harness) throws -> Fate {
        try harness.feed(sent.normalized)
        harness.commit()
        let suspended = try harness.outputs.first { $0.topic == .usageSuspended }.map { try SuspendedUsage(serializedBytes: $0.value) }
        let rated = try harness.rated()
        #expect(rated.count == 1)
        switch rated.first?.body {
        case .usage: return .rated
        case .duplicate(let duplicate):
            #expect(duplicate.originalRawPartition == 2 && duplicate.rawOffset == sent.offset)
            return .duplicate(of: duplicate.originalRawOffset)
        case .unrated(let unrated) where unrated.reason == "conflicting-duplicate":
            let entry = try #require(suspended)
            #expect(entry.reason == unrated.reason && entry.rawOffset == sent.offset && entry.originalRawOffset == unrated.originalRawOffset)
            #expect(entry.originalRawPartition == 2 && unrated.originalRawPartition == 2)
            #expect(entry.detail.contains("usage.raw/2/\(unrated.originalRawOffset)/0"))
            return .conflict(with: unrated.originalRawOffset)
        default: return .other(rated.first?.unrated.reason ?? "nothing")
        }
    }

    func restart(_ harness: inout Harness, _ format: StateFormat) throws {
        try harness.restart()
        harness.task.format = format
    }

    static let first = Sent()
    static let again = first.with { $0.offset = 2 }
    /// (what is sent next, as what by a build that can tell, as what by one that can't)
    static let next: [(what: String, sent: Sent, told: Fate, untold: Fate)] = [
        ("the same once more", again, .duplicate(of: 1), .duplicate(of: 1)),
        ("another called number", again.with { $0.other = "420777999999" }, .conflict(with: 1), .duplicate(of: 1)),
        ("another start", again.with { $0.at = "2026-01-11T00:00:00Z" }, .conflict(with: 1), .duplicate(of: 1)),
        ("another subscriber", again.with { $0.subscriber = "msisdn:420601000002" }, .rated, .duplicate(of: 1)),
        ("another id", again.with { $0.id = "r-2" }, .rated, .rated),
    ]

    @Test("whichever builds wrote the first one and the second, and in whichever format the state went between them")
    func everyCombination() throws {
        let formats: [StateFormat] = [.first, .second]
        for firstOld in [false, true] {
            for secondOld in [false, true] {
                for (written, kept) in formats.flatMap({ written in formats.map { (written, $0) } }) {
                    for (what, sent, told, untold) in Self.next {
                        let name = "\(what), first by an \(firstOld ? "older" : "this") build, then by \(secondOld ? "older" : "this"), \(written), \(kept)"
                        var harness = try opened(written)
                        #expect(try fate(Self.first.with { $0.byOlderBuild = firstOld }, &harness) == .rated, "\(name)")
                        // What was accepted by an older build is known by its record id alone.
                        let expected = firstOld ? untold : told
                        let second = sent.with { $0.byOlderBuild = secondOld }
                        if expected != .rated { #expect(try fate(second, &harness) == expected, "\(name), at once") }
                        try restart(&harness, kept)
                        if expected != .rated { #expect(try fate(second, &harness) == expected, "\(name), after a restart") }
                        // There and back: each format reads what the other wrote.
                        try restart(&harness, written)
                        #expect(try fate(second, &harness) == expected, "\(name), after two")
                    }
                }
            }
        }
    }

    @Test("a session id that many access servers share is a usage of each subscriber, in one account as in many", arguments: [StateFormat.first, .second])
    func sharedID(_ format: StateFormat) throws {
        var harness = try opened(format)
        for number in 1...24 {
            let sent = Sent(id: "00000001", subscriber: "user:line-\(number)", offset: Int64(number))
            #expect(try fate(sent, &harness) == .rated)
        }
        try restart(&harness, format)
        for number in 1...24 {
            let sent = Sent(id: "00000001", subscriber: "user:line-\(number)", offset: Int64(100 + number))
            #expect(try fate(sent, &harness) == .duplicate(of: Int64(number)))
        }
    }

    @Test("where its source bills conflicts, each content is billed once and names its own original", arguments: [StateFormat.first, .second])
    func billed(_ format: StateFormat) throws {
        var harness = try opened(format)
        let leg = Self.first.with { $0.other = "420777999999"; $0.offset = 5; $0.bills = true }
        #expect(try fate(Self.first, &harness) == .rated)
        // Suspended first, and recycled when the source says otherwise.
        #expect(try fate(leg.with { $0.bills = false; $0.offset = 4 }, &harness) == .conflict(with: 1))
        #expect(try fate(leg, &harness) == .rated)
        for round in 0..<2 {
            #expect(try fate(leg.with { $0.offset = 6 }, &harness) == .duplicate(of: 5), "round \(round)")
            #expect(try fate(leg.with { $0.offset = 6; $0.bills = false }, &harness) == .duplicate(of: 5), "round \(round)")
            #expect(try fate(Self.again, &harness) == .duplicate(of: 1), "round \(round)")
            #expect(try fate(Self.again.with { $0.other = "4" }, &harness) == .conflict(with: 1), "round \(round)")
            try restart(&harness, format)
        }
        #expect(try fate(leg.with { $0.other = "4"; $0.offset = 7 }, &harness) == .rated)
    }

    @Test("in the first format, a build before finds all that it would have written, and nothing that it can't read")
    func olderBuild() throws {
        var harness = try opened(.first)
        let others = (2...40).map { number in Self.first.with { $0.id = "r-\(number)"; $0.offset = Int64(number); $0.at = "2026-01-\(10 + number % 3)T12:00:00Z" } }
        for sent in [Self.first] + others { #expect(try fate(sent, &harness) == .rated) }
        harness.commit()
        let kinds = Set(harness.changelog.compactMap { $0.key.drop { $0 != UInt8(ascii: "|") }.dropFirst().first })
        #expect(kinds.isSubset(of: Array("asbcwnpdg".utf8)))
        // Its memory: 128 bits of identity, 64 of position.
        var memory: [EventID: UInt64] = [:]
        for entry in harness.changelog where entry.key.starts(with: [0, UInt8(ascii: "|"), UInt8(ascii: "d")]) {
            let value = try #require(entry.value)
            #expect(value.count % 24 == 0)
            for at in stride(from: 0, to: value.count, by: 24) {
                func word(_ place: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(value[at + place + $1]) << UInt64($1 * 8) } }
                memory[EventID(high: word(0), low: word(8))] = word(16)
            }
        }
        for sent in [Self.first] + others {
            let position = try #require(memory[sent.record])
            #expect(position == 1 << 63 | 2 << 53 | UInt64(sent.offset) << 16)
        }
    }

    @Test("in the second format a usage takes 24 bytes, and what builds before wrote is read")
    func entries() throws {
        var harness = try opened(.second)
        #expect(try fate(Self.first, &harness) == .rated)
        let written = harness.changelog.filter { $0.key.count > 2 && [UInt8(ascii: "d"), UInt8(ascii: "i")].contains($0.key[2]) }
        #expect(written.map(\.key) == [[0, UInt8(ascii: "|"), UInt8(ascii: "i"), 0xde, 0xbf, 0x02, 0]])
        #expect(written.first?.value?.count == 25)

        // A record as builds before wrote it: usage 7 of partition 2 on 2026-01-10, by its former identity.
        var value: [UInt8] = []
        let known = Sent(id: "r-7").record
        let words: [UInt64] = [known.high, known.low, 1 << 63 | 2 << 53 | 7 << 16]
        for word in words { withUnsafeBytes(of: word.littleEndian) { value += $0 } }
        harness.changelog.append((key: [0, UInt8(ascii: "|"), UInt8(ascii: "d"), 0xde, 0xbf, 0x02, 0], value: value))
        try restart(&harness, .second)
        #expect(try fate(Sent(id: "r-7", offset: 9), &harness) == .duplicate(of: 7))
        #expect(try fate(Self.again, &harness) == .duplicate(of: 1))
        // Neither is forgotten before its day, nor kept after it.
        for month in 2...6 { try harness.feed(Given.barrier(Int64(month), "2026-0\(month)-03T00:00:00Z")) }
        _ = try harness.rated()
        var last: [[UInt8]: Bool] = [:]
        for entry in harness.changelog { last[entry.key] = entry.value != nil }
        for kind in "di".utf8 { #expect(!last.contains { $0.key.count > 2 && $0.key[2] == kind && $0.value }) }
    }

    @Test("an entry of a later layout is refused")
    func laterLayout() throws {
        var harness = try opened(.second)
        harness.changelog.append((key: [0, UInt8(ascii: "|"), UInt8(ascii: "i"), 0, 0], value: [2] + [UInt8](repeating: 1, count: 24)))
        #expect(throws: (any Error).self) { try harness.restart() }
    }
}
