import Events
import Testing

@Suite("Pricing")
struct PricingTests {
    struct Case: CustomTestStringConvertible {
        var name: String
        var version: OfferingVersion
        var type = "voice"
        /// Quantities in millionths, and what each counts, draws and costs in nanos.
        var usages: [(quantity: Int64, counted: Int64, allowance: Int64, nanos: Int64)]
        var testDescription: String { name }
    }

    static let steps = [Tariffs.step(by: minute, 3_000_000_000, per: minute), Tariffs.step(minute, by: second, 3_000_000_000, per: minute)]

    static func voice(_ steps: [RateStep], allowance: Int64? = nil, fee: Int64 = 0) -> OfferingVersion {
        Tariffs.version(
            "2020-01-01T00:00:00Z", allowances: allowance.map { [Tariffs.allowance("m", "voice", $0)] } ?? [],
            [Tariffs.price("p", "voice", steps, fee: fee)])
    }

    static let cases = [
        Case(
            name: "a first minute in full, then seconds", version: voice(steps),
            usages: [
                (0, 0, 0, 0), (1, minute, 0, 3_000_000_000), (60 * second, minute, 0, 3_000_000_000),
                (60 * second + 1, 61 * second, 0, 3_050_000_000), (90 * second, 90 * second, 0, 4_500_000_000),
            ]),
        Case(
            name: "a zero costs nothing, the connection fee included", version: voice(steps, fee: 700_000_000),
            usages: [(0, 0, 0, 0), (1, minute, 0, 3_700_000_000)]),
        Case(
            name: "an allowance is drawn from what counts, the rest is priced",
            version: voice([Tariffs.step(by: minute, 600_000_000, per: minute)], allowance: 100 * second, fee: 1_000_000_000),
            usages: [
                (30 * second, 60 * second, 60 * second, 0), (60 * second, 60 * second, 40 * second, 1_200_000_000),
                (1, 60 * second, 0, 1_600_000_000),
            ]),
        Case(
            name: "thirds of a nano round half away from zero", version: voice([Tariffs.step(by: second, 1, per: 3 * second)]),
            usages: [(second, second, 0, 0), (2 * second, 2 * second, 0, 1), (3 * second, 3 * second, 0, 1), (5 * second, 5 * second, 0, 2)]),
        Case(
            name: "the period's sum is rounded, less the allowance",
            version: Tariffs.version(
                "2020-01-01T00:00:00Z", allowances: [Tariffs.allowance("t", "data", 3 * gigabyte / 2)],
                [Tariffs.price("p", "data", [Tariffs.step(by: gigabyte, 10_000_000_000, per: gigabyte)], scope: .period)]),
            type: "data",
            usages: [
                (gigabyte, gigabyte, gigabyte, 0), (gigabyte / 2, gigabyte / 2, gigabyte / 2, 0), (1, gigabyte, 0, 10_000_000_000),
                (gigabyte - 1, 0, 0, 0), (1, gigabyte, 0, 10_000_000_000), (0, 0, 0, 0), (2 * gigabyte, 2 * gigabyte, 0, 20_000_000_000),
            ]),
    ]

    @Test("a quantity counts, draws and costs", arguments: cases)
    func table(_ scenario: Case) throws {
        var harness = try Harness(Tariffs.content([("o", [scenario.version])]))
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        _ = try harness.rated()
        for (place, usage) in scenario.usages.enumerated() {
            try harness.feed(Given.usage(Int64(place), scenario.type, usage.quantity))
            let rated = try #require(try harness.rated().first).usage
            #expect(rated.countedMicros == usage.counted, "usage \(place)")
            #expect(rated.allowanceMicros == usage.allowance, "usage \(place)")
            #expect(rated.chargeNanos == usage.nanos, "usage \(place)")
            #expect(rated.periodStartMs == Given.ms("2026-01-01T00:00:00Z"))
            #expect(rated.periodEndMs == Given.ms("2026-02-01T00:00:00Z"))
        }
    }

    @Test("the version in force at the start prices, and counters are the period's")
    func versions() throws {
        func version(_ from: String, _ nanos: Int64) -> OfferingVersion {
            Tariffs.version(
                from, allowances: [Tariffs.allowance("m", "voice", minute)], [Tariffs.price("p", "voice", [Tariffs.step(by: minute, nanos, per: minute)])])
        }
        var harness = try Harness(
            Tariffs.content([("o", [version("2026-01-01T00:00:00Z", 1), version("2026-02-15T00:00:00Z", 2)])]))
        try harness.feed(Given.account("a", from: "2025-12-01T00:00:00Z"))
        try harness.feed(Given.subscription("s", of: "a", "o", from: "2025-12-01T00:00:00Z"))
        _ = try harness.rated()
        let times = [
            "2025-12-31T23:59:59.999Z", "2026-01-31T23:59:59.999Z", "2026-02-01T00:00:00Z", "2026-02-14T23:59:59.999Z", "2026-02-15T00:00:00Z",
            "2026-01-01T00:00:00Z",
        ]
        for (place, time) in times.enumerated() { try harness.feed(Given.usage(Int64(place), "voice", minute, at: time)) }
        let rated = try harness.rated()
        #expect(rated[0].unrated.reason == "no-version")
        #expect(rated.dropFirst().map(\.usage.chargeNanos) == [0, 0, 1, 2, 1])
    }

    @Test("the longest prefix among the offering's zones decides")
    func zones() throws {
        func version(_ zones: [[String]]) -> OfferingVersion {
            Tariffs.version(
                "2020-01-01T00:00:00Z",
                zones.enumerated().map { Tariffs.price("p\($0)", "voice", [Tariffs.step(by: second, Int64($0 + 1), per: second)], zones: $1) })
        }
        var harness = try Harness(
            Tariffs.content([("fine", [version([["national"], ["mobile"], ["eu"]])]), ("coarse", [version([["national", "eu"]])])]))
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "fine"))
        try harness.feed(Given.subscription("t", of: "a", "coarse"))
        _ = try harness.rated()
        let numbers = ["420222", "420601", "42060", "4915", "33", "42", ""]
        for (place, number) in numbers.enumerated() {
            try harness.feed(Given.usage(Int64(place), "voice", second, to: number))
            try harness.feed(Given.usage(Int64(100 + place), "voice", second, to: number, subscription: "t"))
        }
        harness.commit()
        let details = try harness.outputs.filter { $0.topic == .usageSuspended }.map { try SuspendedUsage(serializedBytes: $0.value) }
        let rated = try harness.rated()
        let fine = stride(from: 0, to: rated.count, by: 2).map { rated[$0].usage.zone }
        let coarse = stride(from: 1, to: rated.count, by: 2).map { rated[$0].usage.zone }
        #expect(fine == ["national", "mobile", "mobile", "eu", "", "", ""])
        #expect(coarse == ["national", "national", "national", "eu", "", "", ""])
        #expect(rated[8].unrated.reason == "no-price")
        #expect(details[0].detail.contains("\"p0\""), "it names the nearest rule: \(details[0].detail)")
        #expect(details[0].stage == "rate" && details[0].usage.quantityMicros == second)
    }

    @Test("what 64 bits can't hold is data, and changes nothing")
    func overflow() throws {
        var harness = try Harness(
            Tariffs.content([(
                "o",
                [Tariffs.version(
                    "2020-01-01T00:00:00Z",
                    [
                        Tariffs.price("p", "voice", [Tariffs.step(by: minute, Int64.max, per: 1)]),
                        Tariffs.price("d", "data", [Tariffs.step(by: 1, 1, per: 1_000_000)], scope: .period),
                    ])]
            )]))
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", 1))
        try harness.feed(Given.usage(2, "voice", Int64.max))
        try harness.feed(Given.usage(3, "data", Int64.max - 5))
        try harness.feed(Given.usage(4, "data", 6))
        try harness.feed(Given.usage(5, "data", 5))
        try harness.feed(Given.usage(6, "data", -1))
        let rated = try harness.rated()
        #expect(rated.map(\.unrated.reason) == ["amount-overflow", "amount-overflow", "", "amount-overflow", "", "negative-quantity"])
        #expect(rated[2].usage.chargeNanos + rated[4].usage.chargeNanos == Int64.max / 1_000_000 + 1)
    }

    @Test("usage that can't be placed is suspended with its reason")
    func reasons() throws {
        var harness = try Harness(Tariffs.both)
        try harness.feed(Given.account("a"))
        try harness.feed(Given.account("usd", currency: "USD"))
        try harness.feed(Given.account("moon", zone: "Moon/Base"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        try harness.feed(Given.subscription("gone", of: "a", "retired"))
        try harness.feed(Given.subscription("u", of: "usd", "plain"))
        try harness.feed(Given.subscription("m", of: "moon", "plain"))
        try harness.feed(Given.ended("gone", of: "a", at: "2026-01-20T00:00:00Z"))
        _ = try harness.rated()
        var wrongUnit = Given.usage(9, "voice", 1)
        wrongUnit.usage.unit = .byte
        let cases: [(NormalizedRecord, String)] = [
            (Given.usage(1, "voice", 1, account: "b"), "unknown-account"),
            (Given.usage(2, "voice", 1, subscription: "t"), "unknown-subscription"),
            (Given.usage(3, "voice", 1, at: "2025-12-31T23:59:59Z"), "subscription-not-active"),
            (Given.usage(4, "voice", 1, at: "2026-01-20T00:00:00Z", subscription: "gone"), "subscription-not-active"),
            (Given.usage(5, "voice", 1, subscription: "gone"), "unknown-offering"),
            (Given.usage(6, "voice", 1, account: "usd", subscription: "u"), "other-currency"),
            (Given.usage(7, "voice", 1, account: "moon", subscription: "m"), "unknown-time-zone"),
            (Given.usage(8, "fax", 1), "unknown-type"),
            (wrongUnit, "other-unit"),
            (NormalizedRecord.with { $0.usage = wrongUnit.usage; $0.usage.startMs = Int64.max }, "start-out-of-range"),
        ]
        for (record, reason) in cases {
            try harness.feed(record)
            let rated = try harness.rated()
            #expect(rated.count == 1)
            #expect(rated.first?.unrated.reason == reason)
        }
    }
}
