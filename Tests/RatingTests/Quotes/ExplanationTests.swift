import Events
import Quantities
import Rating
import Testing

@Suite("How a charge came about")
struct ExplanationTests {
    private static let prices = [
        "{id: p, type: voice, connection_fee: \"1\", minimum: \"2\", maximum: \"9\", rounding: {mode: up, decimals: 2}, "
            + "steps: [{increment: 60 s, price: \"1.234\", flat: \"0.5\"}, {from: 60 s, increment: 1 s, price: \"0.777\", per: 60 s}]}",
        "{id: s, type: sms, count: period, steps: [{price: \"1\", flat: \"3\"}, {from: 5 event, price: \"0.333333333\"}]}",
        "{id: g, type: generic, count: day, model: volume, rounding: {mode: half-even, decimals: 1}, steps: [{price: \"1\"}, {from: 5 event, price: \"0.77\"}]}",
        "{id: d, type: data, count: week, model: peak, steps: [{increment: 10 B, price: \"0.01\"}]}",
    ]

    @Test("each charge is computed anew from its record and the catalogue", arguments: 1...10)
    func recomputed(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let content = try CatalogueFolder.content([
            "offerings/o.yaml": "id: o\nname: O\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n"
                + "    allowances: [{id: m, type: voice, amount: 90 s}, {id: e, type: sms, amount: 3 event}, {id: money, money: \"7\"}]\n    prices:\n"
                + Self.prices.map { "      - \($0)\n" }.joined()
        ])
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        _ = try harness.rated()
        for id in 1...100 {
            let type = ["voice", "sms", "generic", "data"][Int(random.next() % 4)]
            try harness.feed(Given.usage(Int64(id), type, Int64(random.next() % 200) * second / 4, at: "2026-01-1\(random.next() % 10)T12:00:00Z"))
            for usage in try harness.rated().map(\.usage) {
                let explanation = try #require(ChargeExplanation(usage, content))
                #expect(explanation.chargeNanos == usage.chargeNanos + usage.allowanceNanos, "seed \(seed), usage \(id): \(usage)")
            }
        }
    }

    @Test("an altered charge is found out, and a price that is not there")
    func altered() throws {
        let content = try CatalogueFolder.content(prices: Self.prices[0])
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        try harness.feed(Given.usage(1, "voice", 61 * second))
        var usage = try #require(try harness.rated().last?.usage)
        let explanation = try #require(ChargeExplanation(usage, content))
        #expect(explanation.chargeNanos == usage.chargeNanos)
        #expect(explanation.steps.map { Int64($0.quantityMicros) } == [60 * second, second])
        usage.chargeNanos += 1
        #expect(try #require(ChargeExplanation(usage, content)).chargeNanos != usage.chargeNanos)
        usage.price = "other"
        #expect(ChargeExplanation(usage, content) == nil)
    }
}
