import Events
import Pipeline
import Quantities
import Rating
import Testing

/// A plan of 20.00 at least: a fee of 5.00, minutes at 1.00, and a fee of 2.00 in months with usage.
@Suite("Minimum spend")
struct MinimumSpendTests {
    private static func version(_ minimum: Int64 = 20, from: String = "2020-01-01T00:00:00Z") -> OfferingVersion {
        var version = Tariffs.version(
            from, fees: [Tariffs.fee("monthly", 5_000_000_000), Tariffs.fee("active", 2_000_000_000, onlyWithUsage: true)],
            [Tariffs.price("minute", "voice", [Tariffs.step(by: minute, 1_000_000_000, per: minute)]),
                Tariffs.price("gift", "sms", [Tariffs.step(by: event, -3_000_000_000, per: event)])])
        version.minimumSpendNanos = minimum * 1_000_000_000
        return version
    }

    private static let content = Tariffs.content([("least", [version()]), ("free", [Tariffs.other])], latePeriods: 2)

    private static func usage(_ id: Int64, minutes: Int64, at: String = "2026-01-10T12:00:00Z") -> NormalizedRecord {
        Given.usage(id, "voice", minutes * minute, at: at)
    }

    /// What was paid as minimum, in whole units, each with the month.
    private static func minimums(_ records: [RatedRecord]) -> [String] {
        records.compactMap { record in
            guard case .recurring(let fee)? = record.body, fee.price == RecurringCharge.minimumSpend else { return nil }
            return "\(fee.chargeNanos / 1_000_000_000) \(Timestamp(ms: fee.periodStartMs).description.prefix(7))"
        }
    }

    private static func total(_ records: [RatedRecord]) -> Int64 {
        records.reduce(0) { $0 + ($1.recurring.chargeNanos + $1.usage.chargeNanos) / 1_000_000_000 }
    }

    private func run(on content: CatalogueContent = content, plan: String = "least", restarts: Bool = false, _ events: [NormalizedRecord]) throws -> [RatedRecord] {
        var harness = try Harness(content)
        var records: [RatedRecord] = []
        for event in [Given.account("a"), Given.subscription("s", of: "a", plan)] + events {
            try harness.feed(event)
            records += try harness.rated()
            if restarts { try harness.restart() }
        }
        return records
    }

    private let february = Given.barrier(1, "2026-02-05T00:00:00Z")

    @Test("the end of the period makes up what usage and fees lack, for whoever was active in it")
    func table() throws {
        let cases: [(events: [NormalizedRecord], minimums: [String])] = [
            ([], ["15 2026-01"]),
            ([Self.usage(1, minutes: 4)], ["9 2026-01"]),
            ([Self.usage(1, minutes: 13)], []),
            ([Self.usage(1, minutes: 12)], ["1 2026-01"]),
            ([Self.usage(1, minutes: 50)], []),
            // Usage of the next month is that month's.
            ([Self.usage(1, minutes: 50, at: "2026-02-01T00:00:00Z")], ["15 2026-01"]),
            // Not prorated, and only for who was active.
            ([Given.ended("s", of: "a", at: "2026-01-02T00:00:00Z")], ["15 2026-01"]),
            ([Given.ended("s", of: "a", at: "2026-01-01T00:00:00Z")], []),
            // What is charged under another plan is no part of it; the plan at the period's start asks.
            ([Given.planChange("s", of: "a", to: "free", from: "2026-01-05T00:00:00Z"), Self.usage(1, minutes: 4)], ["13 2026-01"]),
            // A price below zero.
            ([Self.usage(1, minutes: 4), Given.usage(2, "sms", event)], ["12 2026-01"]),
        ]
        for (place, (events, expected)) in cases.enumerated() {
            for restarts in [false, true] {
                #expect(Self.minimums(try run(restarts: restarts, events + [february])) == expected, "case \(place)")
            }
        }
        #expect(Self.minimums(try run(plan: "free", [Self.usage(1, minutes: 1), february])) == [])
    }

    @Test("fees above the minimum make up for prices below zero")
    func feesAbove() throws {
        var version = Self.version()
        version.recurring = [Tariffs.fee("monthly", 25_000_000_000)]
        let content = Tariffs.content([("least", [version])], latePeriods: 2)
        for (gifts, expected) in [(1, []), (2, ["1 2026-01"])] {
            #expect(Self.minimums(try run(on: content, (0..<gifts).map { Given.usage(Int64($0), "sms", event) } + [february])) == expected, "\(gifts) gifts")
        }
    }

    @Test("what comes late first uses up what was paid as minimum")
    func late() throws {
        let records = try run(restarts: true, [
            february, Self.usage(1, minutes: 4), Self.usage(2, minutes: 7), Self.usage(3, minutes: 5), Self.usage(4, minutes: 6),
        ])
        // 15 were paid; the first usage brings the fee of 2 with it.
        #expect(Self.minimums(records) == ["15 2026-01", "-6 2026-01", "-7 2026-01", "-2 2026-01"])
        #expect(Self.total(records) == 5 + 2 + 22)
    }

    @Test("in one go, event by event, or late: the sum is the same", arguments: 1...40)
    func anyOrder(seed: Int) throws {
        var random = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15
        func below(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        let usages: [NormalizedRecord] = (0..<below(6)).map { number in
            below(4) == 0 ? Given.usage(Int64(number), "sms", event) : Self.usage(Int64(number), minutes: Int64(below(9)))
        }
        let inTime = below(usages.count + 1)
        let late = try run(restarts: seed % 2 == 0, Array(usages[..<inTime]) + [february] + usages[inTime...])
        let punctual = try run(usages + [february])
        #expect(Self.total(late) == Self.total(punctual), "seed \(seed)")
        let charged = usages.reduce(Int64(5)) { $0 + ($1.usage.type == "sms" ? -3 : $1.usage.quantityMicros / minute) } + (usages.isEmpty ? 0 : 2)
        #expect(Self.total(late) == max(20, charged), "seed \(seed)")
    }

    @Test("a late activation pays the minimum of the ended, kept periods; the version is that in force as for fees")
    func lateActivation() throws {
        let content = Tariffs.content([("least", [Self.version(), Self.version(30, from: "2026-01-15T00:00:00Z")])], latePeriods: 2)
        var harness = try Harness(content)
        for event in [Given.account("a"), Given.barrier(1, "2026-03-05T00:00:00Z"), Given.subscription("s", of: "a", "least")] { try harness.feed(event) }
        #expect(Self.minimums(try harness.rated()) == ["15 2026-01", "25 2026-02"])
        try harness.feed(Self.usage(1, minutes: 1, at: "2026-02-03T00:00:00Z"))
        #expect(Self.minimums(try harness.rated()) == ["-3 2026-02"])
    }

    @Test("a period spent wholly in suspension has no minimum where its fees are waived; a resumption that reaches back brings it")
    func suspended() throws {
        var version = Self.version()
        version.noFeesWhenSuspended = true
        let content = Tariffs.content([("least", [version])], latePeriods: 2)
        #expect(Self.minimums(try run(on: content, [Given.suspended("2026-01-01T00:00:00Z"), february])) == [])
        #expect(Self.minimums(try run(on: content, [Given.suspended("2026-01-01T00:00:00Z"), february, Given.resumed("2026-01-20T00:00:00Z")])) == ["15 2026-01"])
        #expect(Self.minimums(try run([Given.suspended("2026-01-01T00:00:00Z"), february])) == ["15 2026-01"])
    }

    @Test("a split session over the period's end counts each part in its own period")
    func split() throws {
        var version = Self.version()
        version.prices[0].session = .split
        let content = Tariffs.content([("least", [version])], latePeriods: 2)
        let records = try run(on: content, [Self.usage(1, minutes: 10, at: "2026-01-31T23:56:00Z"), february, Given.barrier(2, "2026-03-05T00:00:00Z")])
        #expect(Self.minimums(records) == ["9 2026-01", "7 2026-02"])
    }

    @Test("rated anew: other prices change what is lacking, and once applied the sum is that of the new prices from the start")
    func rerate() throws {
        var history = try History(Self.content)
        for record in [Given.account("a"), Given.subscription("s", of: "a", "least"), Self.usage(1, minutes: 4), february] { try history.feed(record) }
        #expect(try history.rerate(from: "2026-01-01T00:00:00Z").rows.isEmpty)
        var dearer = Self.content
        dearer.offerings[0].versions[0].prices[0].steps[0].priceNanos = 2_000_000_000
        try history.publish(dearer, correctsFrom: "2026-01-05T00:00:00Z")
        // The fee's own moment lies before the range; what was paid as minimum follows from the usage all the same.
        let outcome = try history.rerate(from: "2026-01-05T00:00:00Z")
        #expect(outcome.rows.map { "\($0.price) \($0.beforeNanos / 1_000_000_000) \($0.afterNanos / 1_000_000_000)" } == ["minimum-spend 9 5", "minute 4 8"])
        _ = try history.apply(outcome)
        #expect(try history.rerate(from: "2026-01-05T00:00:00Z").rows.isEmpty)
        #expect(Self.minimums(try history.feed(Self.usage(2, minutes: 1))) == ["-2 2026-01"])
        #expect(try history.rerate(from: "2026-01-05T00:00:00Z").rows.isEmpty)
    }

    @Test("sums near the limit of 64 bits end as a reason")
    func limits() throws {
        let records = try run([Given.usage(1, "voice", Int64.max / 4, at: "2026-01-10T00:00:00Z"), Given.usage(2, "sms", Int64.max / 4), february])
        #expect(records.filter { $0.unrated.reason == "amount-overflow" }.count == 2)
        #expect(Self.minimums(records) == ["15 2026-01"])
    }
}
