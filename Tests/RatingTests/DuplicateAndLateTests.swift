import Events
import Pipeline
import Quantities
import Testing

@Suite("Duplicates, late usage and changes")
struct DuplicateAndLateTests {
    func opened() throws -> Harness {
        var harness = try Harness(Tariffs.both)
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        _ = try harness.rated()
        return harness
    }

    @Test("a second record of an identity costs nothing and names its original, after a restart too")
    func duplicates() throws {
        var harness = try opened()
        try harness.feed(Given.usage(1, "sms", event))
        var again = Given.usage(1, "sms", event, at: "2026-01-11T00:00:00Z")
        again.usage.rawOffset = 99
        again.usage.rawIndex = 4
        try harness.feed(again)
        try harness.restart()
        try harness.feed(again)
        let rated = try harness.rated()
        #expect(rated[0].usage.chargeNanos == 500_000_000)
        for duplicate in rated.dropFirst().map(\.duplicate) {
            #expect(duplicate.originalRawPartition == 2 && duplicate.originalRawOffset == 1 && duplicate.originalRawIndex == 0)
            #expect(duplicate.rawOffset == 99 && duplicate.rawIndex == 4)
        }
    }

    @Test("what could not be rated is not remembered: recycled, it is rated")
    func recycled() throws {
        var harness = try opened()
        try harness.feed(Given.usage(1, "sms", event, subscription: "t"))
        try harness.feed(Given.subscription("t", of: "a", "plain"))
        try harness.feed(Given.usage(1, "sms", event, subscription: "t"))
        let rated = try harness.rated()
        #expect(rated.map { $0.unrated.reason } == ["unknown-subscription", "", ""])
        #expect(rated[2].usage.chargeNanos == 500_000_000)
    }

    @Test("late usage draws its own period; too old is refused; duplicates are told first")
    func late() throws {
        var harness = try opened()
        try harness.feed(Given.usage(1, "voice", 60 * second, at: "2026-01-10T00:00:00Z"))
        try harness.feed(Given.usage(2, "voice", 60 * second, at: "2026-02-10T00:00:00Z"))
        try harness.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        _ = try harness.rated()
        // January is kept: 40 s of its 100 s are left.
        try harness.feed(Given.usage(3, "voice", 60 * second, at: "2026-01-11T00:00:00Z"))
        var rated = try harness.rated()
        #expect(rated[0].usage.allowanceMicros == 40 * second)
        #expect(rated[0].usage.periodEndMs == Given.ms("2026-02-01T00:00:00Z"))
        try harness.feed(Given.barrier(2, "2026-03-03T00:00:00Z"))
        _ = try harness.rated()
        try harness.restart()
        try harness.feed(Given.usage(4, "voice", 60 * second, at: "2026-01-31T23:59:59Z"))
        try harness.feed(Given.usage(1, "voice", 60 * second, at: "2026-01-10T00:00:00Z"))
        try harness.feed(Given.usage(5, "voice", 60 * second, at: "2026-02-01T00:00:00Z"))
        rated = try harness.rated()
        #expect(rated[0].unrated.reason == "too-old")
        #expect(rated[1].duplicate.originalRawOffset == 1)
        #expect(rated[2].usage.allowanceMicros == 40 * second)
    }

    @Test("days past the horizon leave the memory and its changelog")
    func horizon() throws {
        var harness = try opened()
        try harness.feed(Given.usage(1, "sms", event))
        harness.commit()
        let key = try #require(harness.changelog.last { $0.key.dropFirst(2).first == UInt8(ascii: "d") }?.key)
        for month in 2...6 { try harness.feed(Given.barrier(Int64(month), "2026-0\(month)-03T00:00:00Z")) }
        _ = try harness.rated()
        let last = harness.changelog.last { $0.key == key }
        #expect(last != nil && last?.value == nil)
        try harness.restart()
        try harness.feed(Given.usage(1, "sms", event))
        #expect(try harness.rated().first?.unrated.reason == "too-old")
    }

    @Test("a plan change that touches what was rated is taken, and proposes the range to rate anew")
    func planChanges() throws {
        var harness = try opened()
        try harness.feed(Given.usage(1, "voice", minute, at: "2026-02-10T12:00:00Z"))
        try harness.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        _ = try harness.rated()
        let cases: [(String, String, String, String)] = [
            ("t", "other", "2026-03-01T00:00:00Z", "unknown-subscription"),
            ("s", "none", "2026-03-01T00:00:00Z", "unknown-offering"),
            ("s", "other", "2025-12-31T00:00:00Z", "subscription-not-active"),
            ("s", "plain", "2026-01-31T00:00:00Z", "2026-02-10T12:00:00.001Z"),
            ("s", "plain", "2026-02-10T12:00:00Z", "2026-02-10T12:00:00.001Z"),
            ("s", "other", "2026-02-10T12:00:00.001Z", ""),
        ]
        for (subscription, offering, from, expected) in cases {
            try harness.feed(Given.planChange(subscription, of: "a", to: offering, from: from))
            let rated = try harness.rated()
            let proposed = rated.dropFirst().first?.rerateProposed
            let found = proposed.map { "\(Timestamp(ms: $0.toMs))" } ?? rated.first?.changeRefused.reason ?? ""
            #expect(found == expected, "\(subscription) to \(offering) from \(from)")
            if let proposed { #expect(proposed.subscription == "s" && proposed.fromMs == Given.ms(from)) }
        }
        // The new plan counts by the second, in counters of its own; the old one still prices what began before.
        try harness.restart()
        try harness.feed(Given.usage(2, "voice", 30 * second, at: "2026-02-11T00:00:00Z"))
        try harness.feed(Given.usage(3, "voice", 30 * second, at: "2026-02-09T00:00:00Z"))
        let rated = try harness.rated()
        #expect(rated.map(\.usage.offering) == ["other", "plain"])
        #expect(rated.map(\.usage.chargeNanos) == [1_000_000_000, 333_333_333])
        #expect(rated[1].usage.allowanceMicros == 40 * second)
    }
}
