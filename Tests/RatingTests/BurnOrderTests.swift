import Events
import Testing

/// Priority, then what expires first, then what was rolled over, then the smaller, then as listed: the same where a purchase stands beside the plan.
@Suite("What burns first beside a purchase")
struct BurnOrderTests {
    struct Case: Sendable {
        var name: String
        var plan: String
        var addon: String
        /// Bought in January and used there, or in February, when January's rest has gone over.
        var isLater = false
        var seconds: Int64
        var draws: String
    }

    static let cases = [
        Case(
            name: "a purchase that expires with the period, and is smaller", plan: "{id: m, type: voice, amount: 100 s}",
            addon: "{id: x, type: voice, amount: 30 s, validity: 1 period}", seconds: 40, draws: "x 30, m 10"),
        Case(
            name: "one that is larger", plan: "{id: m, type: voice, amount: 100 s}", addon: "{id: x, type: voice, amount: 200 s, validity: 1 period}",
            seconds: 110, draws: "m 100, x 10"),
        Case(
            name: "two of the same size, as listed", plan: "{id: m, type: voice, amount: 100 s}",
            addon: "{id: y, type: voice, amount: 10 s, validity: 1 period}, {id: x, type: voice, amount: 10 s, validity: 1 period}", seconds: 15,
            draws: "y 10, x 5"),
        Case(
            name: "a priority behind the plan's, though it expires first", plan: "{id: m, type: voice, amount: 100 s}",
            addon: "{id: x, type: voice, amount: 30 s, validity: 1 hour, priority: 5}", seconds: 110, draws: "m 100, x 10"),
        Case(
            name: "what will roll over expires with the period after", plan: "{id: m, type: voice, amount: 10 s, rollover: {cap: 10 s, periods: 1}}",
            addon: "{id: x, type: voice, amount: 200 s, validity: 1 period}", seconds: 20, draws: "x 20"),
        Case(
            name: "what was rolled over, whatever its size", plan: "{id: m, type: voice, amount: 100 s, rollover: {cap: 100 s, periods: 1}}",
            addon: "{id: x, type: voice, amount: 30 s, validity: 1 period}", isLater: true, seconds: 120, draws: "m 100, x 20"),
        Case(
            name: "of what was rolled over, as listed",
            plan: "{id: m, type: voice, amount: 100 s, rollover: {cap: 100 s, periods: 1}}, {id: n, type: voice, amount: 50 s, rollover: {cap: 50 s, periods: 1}}",
            addon: "{id: x, type: voice, amount: 30 s, validity: 3 periods}", isLater: true, seconds: 110, draws: "m 100, n 10"),
    ]

    @Test("the order", arguments: cases)
    func order(_ item: Case) throws {
        func offering(_ id: String, _ version: String) -> String {
            "id: \(id)\nname: \(id)\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n\(version)"
        }
        let price = "    prices: [{id: p, type: voice, steps: [{increment: 1 s, price: \"1\", per: 1 s}]}]\n"
        var harness = try Harness(
            try CatalogueFolder.content([
                "offerings/plan.yaml": offering("plan", "    allowances: [\(item.plan)]\n" + price),
                "offerings/addon.yaml": offering("addon", "    allowances: [\(item.addon)]\n") + "kind: addon\n",
            ]))
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "plan"))
        if item.isLater { try harness.feed(Given.barrier(1, "2026-02-05T00:00:00Z")) }
        let at = item.isLater ? "2026-02-10T00:00:00Z" : "2026-01-10T00:00:00Z"
        try harness.feed(PurchaseTests.buy("addon", at: at))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", item.seconds * second, at: at))
        let usage = try #require(try harness.rated().first { $0.usage.account == "a" }).usage
        #expect(usage.draws.map { "\($0.allowance) \($0.drawn / second)" }.joined(separator: ", ") == item.draws, "\(item.name)")
    }
}
