import Events
import Quantities
import Testing

/// Prices that count over a day, a week or a period, of a subscription or of the account.
@Suite("Counting over time")
struct WindowTests {
    private static func harness(_ price: String, allowances: String = "[]") throws -> Harness {
        var harness = try Harness(try CatalogueFolder.content(prices: price, allowances: allowances))
        try harness.feed(Given.account("a", currency: "EUR", zone: "Europe/Prague"))
        for subscription in ["s", "t"] { try harness.feed(Given.subscription(subscription, of: "a", "o")) }
        _ = try harness.rated()
        return harness
    }

    private static let tiers = "steps: [{price: \"1\"}, {from: 2 event, price: \"0.5\"}]"

    struct Case: Sendable {
        var name: String
        var price: String
        /// Time, subscription, quantity and what it costs.
        var usages: [(at: String, subscription: String, events: Int64, nanos: Int64)]
    }

    static let cases = [
        Case(
            name: "a day begins at local midnight", price: "{id: p, type: sms, count: day, \(tiers)}",
            usages: [
                ("2026-01-10T22:59:59Z", "s", 2, 2_000_000_000), ("2026-01-10T22:59:59Z", "s", 1, 500_000_000),
                ("2026-01-10T23:00:00Z", "s", 1, 1_000_000_000), ("2026-01-10T22:00:00Z", "s", 1, 500_000_000),
                ("2026-01-11T10:00:00Z", "t", 1, 1_000_000_000),
            ]),
        Case(
            name: "a week begins on Monday", price: "{id: p, type: sms, count: week, \(tiers)}",
            usages: [
                ("2026-01-11T22:59:59Z", "s", 3, 2_500_000_000), ("2026-01-11T23:00:00Z", "s", 1, 1_000_000_000),
                ("2026-01-05T00:00:00Z", "s", 1, 500_000_000),
            ]),
        Case(
            name: "an account counts all its subscriptions", price: "{id: p, type: sms, count: period, of: account, \(tiers)}",
            usages: [
                ("2026-01-10T00:00:00Z", "s", 2, 2_000_000_000), ("2026-01-20T00:00:00Z", "t", 2, 1_000_000_000),
                ("2026-02-10T00:00:00Z", "t", 1, 1_000_000_000),
            ]),
        Case(
            name: "volume prices all by the step in which the whole lies",
            price: "{id: p, type: sms, count: period, model: volume, steps: [{price: \"1\", flat: \"3\"}, {from: 2 event, price: \"0.5\"}]}",
            usages: [
                ("2026-01-10T00:00:00Z", "s", 2, 5_000_000_000), ("2026-01-10T00:00:00Z", "s", 1, -3_500_000_000),
                ("2026-01-10T00:00:00Z", "s", 1, 500_000_000),
            ]),
        Case(
            name: "the peak is that of the largest usage", price: "{id: p, type: sms, count: period, model: peak, steps: [{price: \"1\"}]}",
            usages: [
                ("2026-01-10T00:00:00Z", "s", 3, 3_000_000_000), ("2026-01-10T00:00:00Z", "s", 2, 0), ("2026-01-10T00:00:00Z", "s", 5, 2_000_000_000),
            ]),
        Case(
            name: "a flat fee is due once, where its step begins to be used",
            price: "{id: p, type: sms, count: period, steps: [{price: \"1\", flat: \"10\"}, {from: 2 event, price: \"0\", flat: \"20\"}]}",
            usages: [
                ("2026-01-10T00:00:00Z", "s", 0, 0), ("2026-01-10T00:00:00Z", "s", 1, 11_000_000_000), ("2026-01-10T00:00:00Z", "s", 1, 1_000_000_000),
                ("2026-01-10T00:00:00Z", "s", 1, 20_000_000_000), ("2026-01-10T00:00:00Z", "s", 1, 0),
            ]),
        Case(
            name: "rounding over a period telescopes",
            price: "{id: p, type: sms, count: period, rounding: {mode: up, decimals: 2}, steps: [{price: \"0.004\"}]}",
            usages: [
                ("2026-01-10T00:00:00Z", "s", 1, 10_000_000), ("2026-01-10T00:00:00Z", "s", 1, 0), ("2026-01-10T00:00:00Z", "s", 1, 10_000_000),
                ("2026-01-10T00:00:00Z", "s", 2, 0),
            ]),
        Case(
            name: "the first use of a day", price: "{id: p, type: sms, when: {first_of: day}, steps: [{price: \"5\"}]}\n      - {id: q, type: sms, steps: [{price: \"1\"}]}",
            usages: [
                ("2026-01-10T12:00:00Z", "s", 1, 5_000_000_000), ("2026-01-10T13:00:00Z", "s", 1, 1_000_000_000),
                ("2026-01-10T13:00:00Z", "t", 1, 5_000_000_000), ("2026-01-10T23:30:00Z", "s", 1, 5_000_000_000),
                ("2026-01-10T01:00:00Z", "s", 1, 1_000_000_000),
            ]),
        Case(
            name: "least and most of one usage", price: "{id: p, type: sms, minimum: \"2\", maximum: \"4\", connection_fee: \"0.5\", steps: [{price: \"1\"}]}",
            usages: [
                ("2026-01-10T12:00:00Z", "s", 0, 0), ("2026-01-10T12:00:00Z", "s", 1, 2_000_000_000), ("2026-01-10T12:00:00Z", "s", 3, 3_500_000_000),
                ("2026-01-10T12:00:00Z", "s", 9, 4_000_000_000),
            ]),
        Case(
            name: "each mode at its place", price: "{id: p, type: sms, rounding: {mode: half-even, decimals: 1}, steps: [{price: \"0.25\"}]}",
            usages: [
                ("2026-01-10T12:00:00Z", "s", 1, 200_000_000), ("2026-01-10T12:00:00Z", "s", 3, 800_000_000), ("2026-01-10T12:00:00Z", "s", 5, 1_200_000_000),
            ]),
        Case(
            name: "a zero that is charged", price: "{id: p, type: sms, charge_zero: true, connection_fee: \"1\", steps: [{price: \"1\", flat: \"2\"}]}",
            usages: [("2026-01-10T12:00:00Z", "s", 0, 3_000_000_000), ("2026-01-10T12:00:00Z", "s", 1, 4_000_000_000)]),
    ]

    /// With a restart before each usage, too: what counts is in the changelog.
    @Test("usages cost in their order, also where a worker is replaced in between", arguments: cases, [false, true])
    func table(_ item: Case, _ restarts: Bool) throws {
        var harness = try Self.harness(item.price)
        for (place, usage) in item.usages.enumerated() {
            if restarts { try harness.restart() }
            try harness.feed(Given.usage(Int64(place + 1), "sms", usage.events * event, at: usage.at, subscription: usage.subscription))
            let charges = try harness.rated().filter { $0.body.map { if case .usage = $0 { true } else { false } } ?? false }.map(\.usage.chargeNanos)
            #expect(charges == [usage.nanos], "\(item.name), usage \(place + 1)")
        }
    }

    @Test("counters go with their period")
    func dropped() throws {
        var harness = try Self.harness("{id: p, type: sms, count: day, of: account, \(Self.tiers)}")
        try harness.feed(Given.usage(1, "sms", event, at: "2026-01-10T12:00:00Z"))
        harness.commit()
        let counted = harness.changelog.filter { $0.value != nil }.map(\.key)
        try harness.feed(Given.barrier(1, "2026-04-20T00:00:00Z"))
        harness.commit()
        let removed = harness.changelog.filter { $0.value == nil && $0.key.contains(UInt8(ascii: "a")) }.map(\.key)
        // A period's counter of the subscription, and the day's of the account.
        #expect(removed.count == 2)
        #expect(removed.allSatisfy(counted.contains))
        try harness.restart()
        try harness.feed(Given.usage(2, "sms", event, at: "2026-04-19T12:00:00Z"))
        #expect(try harness.rated().last?.usage.chargeNanos == 1_000_000_000)
    }

    @Test("an account's sum is that of the price, whatever plans led to it")
    func accountSumOverPlans() throws {
        func offering(_ id: String, _ prices: String) -> String {
            "id: \(id)\nname: \(id)\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    prices: [\(prices)]\n"
        }
        let plain = "{id: d, type: data, steps: [{price: \"1\"}]}"
        var harness = try Harness(
            try CatalogueFolder.content([
                "offerings/o.yaml": offering("o", plain), "offerings/o2.yaml": offering("o2", plain),
                "offerings/g.yaml": offering("g", "{id: p, type: sms, count: period, of: account, \(Self.tiers)}"),
                "profiles.yaml": "- {category: \"*\", subject: \"*\", valid_from: 2000-01-01, offering: g}\n",
            ]))
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        try harness.feed(Given.subscription("t", of: "a", "o2"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "sms", 2 * event, subscription: "s"))
        try harness.restart()
        try harness.feed(Given.usage(2, "sms", 2 * event, subscription: "t"))
        #expect(try harness.rated().map(\.usage.chargeNanos) == [2_000_000_000, 1_000_000_000])
    }

    @Test("a use that costs nothing is not the first")
    func freeFirstUse() throws {
        var harness = try Self.harness(
            "{id: p, type: sms, when: {first_of: day}, steps: [{price: \"0\", flat: \"3\"}]}\n      - {id: q, type: sms, steps: [{price: \"1\"}]}")
        for (id, events) in [0, 1, 1].enumerated() { try harness.feed(Given.usage(Int64(id + 1), "sms", Int64(events) * event)) }
        #expect(try harness.rated().map(\.usage.chargeNanos) == [0, 3_000_000_000, 1_000_000_000])
    }

    @Test("a catalogue without the account's time zone prices nothing of it")
    func noZone() throws {
        var harness = try Self.harness("{id: p, type: sms, steps: [{price: \"1\"}]}")
        var content = try CatalogueFolder.content(prices: "{id: p, type: sms, steps: [{price: \"1\"}]}")
        content.timeZones.removeAll { $0.id == "Europe/Prague" }
        try harness.load(content, hash: 2)
        try harness.feed(Harness.marker(2))
        try harness.feed(Given.usage(1, "sms", event))
        #expect(try harness.rated().last?.unrated.reason == "unknown-time-zone")
    }

    @Test("hundreds of prices count side by side")
    func manyMeters() throws {
        let zones = (100..<400).map { "- {id: z\($0), prefixes: [\"\($0)\"]}\n" }.joined()
        let prices = (100..<400).map { "{id: p\($0), type: sms, zones: [z\($0)], count: period, \(Self.tiers)}" }.joined(separator: "\n      - ")
        var harness = try Harness(try CatalogueFolder.content(prices: prices, zones: zones))
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        for number in 100..<400 { try harness.feed(Given.usage(Int64(number), "sms", 2 * event, to: "\(number)")) }
        try harness.restart()
        _ = try harness.rated()
        try harness.feed(Given.usage(1000, "sms", event, to: "399"))
        #expect(try harness.rated().map(\.usage.chargeNanos) == [500_000_000])
    }
}
