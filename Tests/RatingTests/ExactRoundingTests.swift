import Events
import Quantities
import Rating
import Testing

@Suite("A charge is rounded once")
struct ExactRoundingTests {
    struct Case: CustomTestStringConvertible {
        var name: String
        var price: String
        var type = "voice"
        /// Quantities in millionths, and what they cost, in nanos, by the first rules and by the second.
        var usages: [(quantity: Int64, first: Int64, second: Int64)]
        var testDescription: String { name }
    }

    private static let cent: Int64 = 10_000_000

    static let cases = [
        Case(
            name: "a third and two thirds are one, not 1.01",
            price: "{id: p, type: voice, rounding: {mode: up, decimals: 2}, steps: [{increment: 1 s, price: \"1\", per: 3 s}, "
                + "{from: 1 s, increment: 1 s, price: \"2\", per: 3 s}]}",
            usages: [(second, 34 * cent, 34 * cent), (2 * second, 101 * cent, 100 * cent), (3 * second, 167 * cent, 167 * cent)]),
        Case(
            name: "of one step, too: just below half a cent is no half cent",
            price: "{id: p, type: voice, rounding: {mode: half-up, decimals: 2}, steps: [{increment: 1 s, price: \"0.014999999\", per: 3 s}]}",
            usages: [(second, cent, 0), (3 * second, cent, cent)]),
        Case(
            name: "down keeps what two halves of a nano make",
            price: "{id: p, type: voice, rounding: {mode: down, decimals: 9}, steps: [{increment: 1 s, price: \"0.000000001\", per: 2 s}, "
                + "{from: 1 s, increment: 1 s, price: \"0.000000003\", per: 2 s}]}",
            usages: [(second, 0, 0), (2 * second, 1, 2), (3 * second, 3, 3)]),
        Case(
            name: "without decimals it is rounded at the nano, half away from zero",
            price: "{id: p, type: voice, steps: [{increment: 1 s, price: \"0.000000001\", per: 3 s}, {from: 1 s, increment: 1 s, price: \"0.000000001\", per: 3 s}, "
                + "{from: 2 s, increment: 1 s, price: \"0.000000001\", per: 3 s}]}",
            usages: [(second, 0, 0), (2 * second, 0, 1), (3 * second, 0, 1)]),
        Case(
            name: "a sum over a period is rounded once where it stands",
            price: "{id: p, type: sms, count: period, rounding: {mode: up, decimals: 2}, steps: [{price: \"1\", per: 3 event}, {from: 1 event, price: \"2\", per: 3 event}]}",
            type: "sms", usages: [(event, 34 * cent, 34 * cent), (event, 67 * cent, 66 * cent), (event, 66 * cent, 67 * cent)]),
        Case(
            name: "flat fees are part of what is rounded",
            price: "{id: p, type: voice, rounding: {mode: up, decimals: 2}, steps: [{increment: 1 s, price: \"1\", per: 3 s, flat: \"0.006666666\"}, "
                + "{from: 1 s, increment: 1 s, price: \"2\", per: 3 s, flat: \"0.003333334\"}]}",
            usages: [(second, 34 * cent, 34 * cent), (2 * second, 102 * cent, 101 * cent)]),
    ]

    private static func rate(_ scenario: Case, _ rules: UInt32) throws -> [Int64] {
        var content = try CatalogueFolder.content(prices: scenario.price)
        content.rulesVersion = rules
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        for (place, usage) in scenario.usages.enumerated() { try harness.feed(Given.usage(Int64(place), scenario.type, usage.quantity)) }
        let rated = try harness.rated().map(\.usage).filter { !$0.account.isEmpty }
        for usage in rated {
            let explanation = try #require(ChargeExplanation(usage, content))
            #expect(explanation.chargeNanos == usage.chargeNanos, "it is explained as it was charged, by rules \(rules)")
        }
        return rated.map(\.chargeNanos)
    }

    @Test("by the second rules; by the first each step was rounded for itself", arguments: cases)
    func table(_ scenario: Case) throws {
        #expect(try Self.rate(scenario, 1) == scenario.usages.map(\.first), "the first rules")
        #expect(try Self.rate(scenario, 0) == scenario.usages.map(\.first), "none stated: the first rules")
        #expect(try Self.rate(scenario, 2) == scenario.usages.map(\.second), "the second rules")
    }

    @Test("random steps come to what one fraction says", arguments: 1...15)
    func random(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        func below(_ bound: UInt64) -> Int64 { Int64(random.next() % bound) }
        let modes: [(name: String, rounding: Rounding)] = [("half-up", .halfAwayFromZero), ("half-even", .halfEven), ("up", .up), ("down", .down)]
        for _ in 0..<8 {
            let (mode, decimals) = (modes[Int(below(4))], below(10))
            // Odd prices, whose common denominator is long, and such as people ask.
            let isOdd = random.next() % 2 == 0
            let steps = (0...below(3)).map { place in
                isOdd
                    ? (from: place * 10, nanos: below(3_000_000_000) - 200_000_000, per: 1 + below(97))
                    : (from: place * 10, nanos: (below(3_000) - 200) * 1_000_000, per: [1, 3, 30, 60, 3600][Int(below(5))])
            }
            let text = steps.map {
                "{from: \($0.from) s, increment: 1 s, price: \"\(DecimalText.format(Int128($0.nanos), decimals: 9))\", per: \($0.per) s}"
            }
            let content = try CatalogueFolder.content(
                prices: "{id: p, type: voice, rounding: {mode: \(mode.name), decimals: \(decimals)}, steps: [\(text.joined(separator: ", "))]}")
            var quoter = try Quoter(content)
            let seconds = below(60)
            var (numerator, denominator): (Int128, Int128) = (0, 1)
            for (place, step) in steps.enumerated() where seconds > step.from {
                let end = place + 1 < steps.count ? min(seconds, steps[place + 1].from) : seconds
                numerator = numerator * Int128(step.per) + Int128(end - step.from) * Int128(step.nanos) * denominator
                denominator *= Int128(step.per)
            }
            var unit: Int128 = 1
            for _ in decimals..<9 { unit *= 10 }
            let expected = mode.rounding.divide(numerator, by: denominator * unit) * unit
            #expect(quoter.cost("\(seconds)") == DecimalText.format(expected, decimals: 9), "seed \(seed): \(mode.name) \(decimals) \(steps) for \(seconds) s")
        }
    }

    @Test("a session costs the same in one part and in several: its parts under one price are rounded together")
    func parts() throws {
        // A third of a cent a second; the billing period ends within the session.
        let price = "{id: p, type: voice, session: split, rounding: {mode: up, decimals: 2}, steps: [{increment: 1 s, price: \"0.01\", per: 3 s}]}"
        let halves = "{id: p, type: voice, session: split, steps: [{increment: 1 s, price: \"0.000000001\", per: 2 s}]}"
        let cases: [(price: String, byFirst: [Int64], bySecond: [Int64])] = [(price, [Self.cent, 0], [Self.cent, 0]), (halves, [1, 1], [1, 0])]
        for (price, byFirst, bySecond) in cases {
            for (rules, expected) in [(1, byFirst), (2, bySecond)] as [(UInt32, [Int64])] {
                var content = try CatalogueFolder.content(prices: price)
                content.rulesVersion = rules
                var harness = try Harness(content)
                try harness.feed(Given.account("a", currency: "EUR"))
                try harness.feed(Given.subscription("s", of: "a", "o"))
                try harness.feed(Given.usage(1, "voice", 2 * second, at: "2026-01-31T23:59:59Z"))
                #expect(try harness.rated().map(\.usage).filter { !$0.account.isEmpty }.map(\.chargeNanos) == expected, "\(price) by rules \(rules)")
            }
        }
    }

    @Test("what a discount leaves is rounded once, too")
    func discounts() throws {
        // 33.333333 % of three cents leaves a tenth of a nano more than two.
        for (rules, expected) in [(1, 2 * Self.cent), (2, 3 * Self.cent)] as [(UInt32, Int64)] {
            var content = try CatalogueFolder.content(
                prices: "{id: p, type: voice, rounding: {mode: up, decimals: 2}, steps: [{increment: 1 s, price: \"0.03\"}]}")
            content.rulesVersion = rules
            content.offerings[0].versions[0].discounts = [.with { $0.id = "third"; $0.percentMicros = 33_333_333 }]
            var harness = try Harness(content)
            try harness.feed(Given.account("a", currency: "EUR"))
            try harness.feed(Given.subscription("s", of: "a", "o"))
            try harness.feed(Given.usage(1, "voice", second))
            let usage = try #require(try harness.rated().map(\.usage).last)
            #expect(usage.chargeNanos == expected && usage.discountNanos == 3 * Self.cent - expected, "by rules \(rules)")
            #expect(ChargeExplanation(usage, content)?.chargeNanos == 3 * Self.cent)
        }
    }

    @Test("prices that have no common denominator are refused where they stand")
    func denominators() throws {
        // Two primes: their product is beyond 90 bits.
        let prices = "{id: p, type: data, steps: [{price: \"1\", per: 1125899906.842597 B}, {from: 1 GB, price: \"1\", per: 1125899906.842589 B}]}"
        do {
            _ = try CatalogueFolder.content(prices: prices)
            Issue.record("it was read")
        } catch {
            let text = "\(error)"
            #expect(text.contains("offerings/o.yaml:8") && text.contains("steps") && text.contains("per"), "\(text)")
        }
        var settings = CatalogueFolder.basics
        settings["settings.yaml"]?.append("rules: 1\n")
        settings["offerings/o.yaml"] = "id: o\nname: O\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    prices:\n      - \(prices)\n"
        var content = try CatalogueFolder.content(settings)
        _ = try Quoter(content)
        content.rulesVersion = 2
        #expect(throws: (any Error).self) { try Quoter(content) }
    }
}
