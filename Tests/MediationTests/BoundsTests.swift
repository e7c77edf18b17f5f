import Events
import Mediation
import Pipeline
import Quantities
import Testing

@Suite("What no usage can be")
struct BoundsTests {
    private static let day: Int64 = 86_400_000
    private static func ms(_ text: String) -> Int64 { Timestamp(rfc3339: text)!.ms }

    /// Calls of at most a day that begin at most two days ahead; data of at most 200 GB; messages without bounds.
    private static func mediator(at time: String? = nil) -> Mediator {
        var content = Mediator.catalogue
        content.usageSpecifications[0].mostMicros = 86_400_000_000
        content.usageSpecifications[0].aheadMs = 2 * day
        content.usageSpecifications[1].mostMicros = 200_000_000_000_000_000
        var mediator = Mediator(withCatalogue: false)
        mediator.publish(content)
        if let time { mediator.timestampMs = ms(time) }
        return mediator
    }

    @Test(
        "a session and a volume have a most, and it is part of them",
        arguments: [
            ("voice", "24", "h", nil), ("voice", "86400.000001", "s", "above-limit"), ("voice", "26297", "h", "above-limit"), ("voice", "0", "s", nil),
            ("data", "200", "GB", nil), ("data", "200.000000001", "GB", "above-limit"), ("sms", "1000000000", "event", nil),
        ] as [(String, String, String, String?)])
    func most(_ type: String, _ quantity: String, _ unit: String, _ reason: String?) {
        var mediator = Self.mediator()
        mediator.step(RawUsage.call.with { $0.type = type; $0.quantity = quantity; $0.unit = unit }.json)
        let emitted = mediator.take()
        #expect(emitted.reasons == (reason.map { [$0] } ?? []))
        #expect(emitted.usages.count == (reason == nil ? 1 : 0))
    }

    @Test("the detail says both, and no person")
    func detail() throws {
        var mediator = Self.mediator(at: "2026-10-05T12:00:00Z")
        mediator.step(RawUsage.call.with { $0.quantity = "94608000" }.json)
        mediator.step(RawUsage.call.with { $0.start = "2036-10-05T12:30:00Z" }.json)
        let details = mediator.take().suspended.map(\.record.detail)
        try #require(details.count == 2)
        #expect(details[0].contains("94608000 s") && details[0].contains("86400 s"), "\(details[0])")
        #expect(details[1].contains("2036-10-05T12:30:00") && details[1].contains("2026-10-05T12:00:00") && details[1].contains("172800 s"), "\(details[1])")
        #expect(!details.contains { $0.contains("420601") })
    }

    struct Ahead: CustomTestStringConvertible {
        var name: String
        /// Of the raw record; nil: it has none.
        var timestamp: String?
        /// Ticks in order, and whether the raw record stands before them.
        var ticks: [(time: String, isBefore: Bool)] = []
        var start: String
        var reason: String?
        var type = "voice"
        var testDescription: String { name }
    }

    static let ahead = [
        Ahead(name: "begun before it came", timestamp: "2026-10-05T12:00:00Z", start: "2026-10-05T11:00:00Z"),
        Ahead(name: "an old month from a file", timestamp: "2030-01-01T00:00:00Z", start: "2026-10-05T11:00:00Z"),
        Ahead(name: "a clock that is a little fast", timestamp: "2026-10-05T12:00:00Z", start: "2026-10-07T12:00:00Z"),
        Ahead(name: "a millisecond beyond the bound", timestamp: "2026-10-05T12:00:00Z", start: "2026-10-07T12:00:00.001Z", reason: "far-ahead"),
        Ahead(name: "ten years on", timestamp: "2026-10-05T12:00:00Z", start: "2036-10-05T12:00:00Z", reason: "far-ahead"),
        Ahead(name: "without a timestamp nothing says when it came", timestamp: nil, start: "2036-10-05T12:00:00Z"),
        Ahead(
            name: "without one a tick does not, either", timestamp: nil, ticks: [("2026-10-05T12:00:00Z", false)], start: "2036-10-05T12:00:00Z"),
        Ahead(
            name: "a clock that was set forward counts", timestamp: "2026-10-05T12:00:00Z", ticks: [("2036-10-04T12:00:00Z", false)],
            start: "2036-10-06T12:00:00Z"),
        Ahead(
            name: "and no further", timestamp: "2026-10-05T12:00:00Z", ticks: [("2036-10-04T12:00:00Z", false)], start: "2036-10-06T12:00:00.001Z",
            reason: "far-ahead"),
        Ahead(
            name: "a tick that came behind it says nothing of it", timestamp: "2026-10-05T12:00:00Z",
            ticks: [("2026-10-05T00:00:00Z", false), ("2036-10-04T12:00:00Z", true)], start: "2036-10-06T12:00:00Z", reason: "far-ahead"),
        Ahead(
            name: "of several the last before it", timestamp: "2026-10-05T12:00:00Z",
            ticks: [("2026-10-05T00:00:00Z", false), ("2036-10-04T12:00:00Z", false), ("2040-01-01T00:00:00Z", true), ("2041-01-01T00:00:00Z", true)],
            start: "2036-10-06T12:00:00Z"),
        Ahead(name: "the later of both", timestamp: "2036-10-05T12:00:00Z", ticks: [("2026-10-05T00:00:00Z", false)], start: "2036-10-06T12:00:00Z"),
        Ahead(name: "a type without a bound", timestamp: "2026-10-05T12:00:00Z", start: "2036-10-05T12:00:00Z", type: "sms"),
    ]

    @Test("how far a start may lie ahead", arguments: ahead)
    func start(_ scenario: Ahead) {
        var mediator = Self.mediator(at: scenario.timestamp)
        // Its offset is 0, in partition 3.
        for (place, tick) in scenario.ticks.enumerated() {
            mediator.tick(Int64(place + 1), ends: [0, 0, 0, tick.isBefore ? 1 : 0], timeMs: Self.ms(tick.time))
        }
        mediator.step(RawUsage.call.with { $0.start = scenario.start; $0.type = scenario.type; $0.quantity = "1" }.json)
        #expect(mediator.take().reasons == (scenario.reason.map { [$0] } ?? []))
    }

    @Test("content that states no bounds has none")
    func none() {
        var mediator = Mediator()
        mediator.timestampMs = Self.ms("2026-10-05T12:00:00Z")
        mediator.step(RawUsage.call.with { $0.start = "2036-10-05T12:00:00Z"; $0.quantity = "94608000" }.json)
        #expect(mediator.take().usages.count == 1)
    }

    @Test("it can be recycled once the bound was raised, and what is sent again is measured by its own time")
    func recycled() throws {
        var mediator = Self.mediator(at: "2026-10-05T12:00:00Z")
        let raw = RawUsage.call.with { $0.start = "2026-10-09T12:00:00Z" }.json
        mediator.step(raw)
        let suspended = try #require(mediator.take().suspended.first).record
        #expect(suspended.reason == "far-ahead" && Array(suspended.original) == raw)
        #expect(SuspenseReason(rawValue: suspended.reason)?.awaitsDirectory == false, "nothing that the directory can cure")
        mediator.timestampMs = Self.ms("2026-10-07T12:00:00Z")
        mediator.step(raw, headers: ["recycles": suspended.meta.id.description])
        #expect(mediator.take().usages.count == 1)
    }
}
