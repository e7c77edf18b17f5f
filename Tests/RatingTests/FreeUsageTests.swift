import Events
import Quantities
import Testing

/// What is free takes from nothing, and a usage of zero is none.
@Suite("Free usage")
struct FreeUsageTests {
    private static let zones = "- {id: national, prefixes: [\"420\"], country: home}\n- {id: free, prefixes: [\"420800\"], country: home}\n"
    private static let networks = "- {id: home, codes: [\"23001\"]}\n"
    private static let paid = "{id: v, type: voice, zones: [national, free], steps: [{increment: 60 s, price: \"3\"}]}"

    private static func content(_ prices: [String], allowance: String = "", rules: Int = 2, recurring: String = "[]") throws -> CatalogueContent {
        try CatalogueFolder.content([
            "settings.yaml": (CatalogueFolder.basics["settings.yaml"] ?? "") + "rules: \(rules)\n", "zones.yaml": zones, "networks.yaml": networks,
            "offerings/o.yaml":
                "id: o\nname: O\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    recurring: \(recurring)\n"
                + "    allowances: [{id: m, type: voice, amount: 10 min, notices: [50, 100]\(allowance)}]\n    prices:\n" + prices.map { "      - \($0)\n" }.joined(),
        ])
    }

    private static func harness(_ content: CatalogueContent) throws -> Harness {
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        try harness.feed(.with {
            $0.favouritesSet = .with {
                $0.account = "a"; $0.subscription = "s"; $0.fromMs = Given.ms("2026-01-01T00:00:00Z"); $0.favourites.numbers = ["420777000001"]
            }
        })
        _ = try harness.rated()
        return harness
    }

    /// Charge in whole units, seconds drawn, and notices.
    private static func text(_ records: [RatedRecord]) -> [String] {
        records.compactMap { record -> String? in
            switch record.body {
            case .usage(let usage): "\(usage.chargeNanos / 1_000_000_000) drew \(usage.draws.reduce(0) { $0 + $1.drawn } / second)"
            case .allowanceNotice(let notice): "told \(notice.percent)"
            default: nil
            }
        }
    }

    struct Case: Sendable {
        var what: String
        /// Stands before the paid price.
        var price: String
        /// Changes a call to 420777123456.
        var change: @Sendable (inout Usage) -> Void = { _ in }
        var isFree = true
    }

    static let cases = [
        Case(what: "freephone", price: "{id: f, type: voice, zones: [free], steps: [{price: \"0\"}]}") { $0.parties.other = "420800123456" },
        Case(what: "received", price: "{id: f, type: voice, when: {directions: [mt]}, steps: [{price: \"0\"}]}") { $0.direction = .terminated },
        Case(what: "favourites", price: "{id: f, type: voice, when: {favourites: true}, steps: [{price: \"0\"}]}") { $0.parties.other = "420777000001" },
        Case(what: "on-net", price: "{id: f, type: voice, when: {on_net: true}, steps: [{price: \"0\"}]}") { $0.otherNetwork = "23001" },
        Case(what: "over a period", price: "{id: f, type: voice, when: {directions: [mt]}, count: period, steps: [{price: \"0\"}]}") { $0.direction = .terminated },
        Case(what: "by volume", price: "{id: f, type: voice, when: {directions: [mt]}, model: volume, steps: [{price: \"0\"}, {from: 60 s, price: \"0\"}]}") {
            $0.direction = .terminated
        },
        Case(what: "cut", price: "{id: f, type: voice, when: {directions: [mt]}, session: split, steps: [{price: \"0\"}]}") { $0.direction = .terminated },
        // Not free: a fee, a minimum, a later tier, a cap.
        Case(what: "fee", price: "{id: f, type: voice, when: {directions: [mt]}, connection_fee: \"1\", steps: [{price: \"0\"}]}", change: { $0.direction = .terminated }, isFree: false),
        Case(what: "flat", price: "{id: f, type: voice, when: {directions: [mt]}, steps: [{price: \"0\", flat: \"1\"}]}", change: { $0.direction = .terminated }, isFree: false),
        Case(what: "minimum", price: "{id: f, type: voice, when: {directions: [mt]}, minimum: \"1\", steps: [{price: \"0\"}]}", change: { $0.direction = .terminated }, isFree: false),
        Case(what: "tier", price: "{id: f, type: voice, when: {directions: [mt]}, steps: [{price: \"0\"}, {from: 1000 s, price: \"1\"}]}", change: { $0.direction = .terminated }, isFree: false),
        Case(what: "cap", price: "{id: f, type: voice, when: {directions: [mt]}, maximum: \"0\", steps: [{price: \"1\"}]}", change: { $0.direction = .terminated }, isFree: false),
    ]

    @Test("free usage takes nothing from the bundle, and the next call has all of it", arguments: cases)
    func free(_ item: Case) throws {
        var call = Given.usage(1, "voice", 600 * second, to: "420777123456")
        item.change(&call.usage)
        let next = Given.usage(2, "voice", 600 * second, to: "420777123456")
        var harness = try Self.harness(try Self.content([item.price, Self.paid]))
        try harness.feed(call)
        try harness.restart()
        try harness.feed(next)
        let drawn = ["0 drew 600", "told 50", "told 100"]
        #expect(Self.text(try harness.rated()) == (item.isFree ? ["0 drew 0"] + drawn : drawn + ["30 drew 0"]), "\(item.what)")
        // Under the rules before it did, and takes it where the allowance says so.
        for (allowance, rules) in [("", 1), (", includes_free: true", 2)] {
            var harness = try Self.harness(try Self.content([item.price, Self.paid], allowance: allowance, rules: rules))
            try harness.feed(call)
            try harness.feed(next)
            #expect(Self.text(try harness.rated()) == drawn + ["30 drew 0"], "\(item.what), \(rules)")
        }
    }

    @Test("a discount that takes all of a charge does not make it free")
    func discounted() throws {
        var content = try Self.content([Self.paid])
        content.offerings[0].versions[0].discounts = [.with { $0.id = "all"; $0.percentMicros = 100_000_000 }]
        var harness = try Self.harness(content)
        try harness.feed(Given.usage(1, "voice", 600 * second, to: "420777123456"))
        #expect(Self.text(try harness.rated()).first == "0 drew 600")
    }

    // MARK: Zero

    private static let active = "[{id: active, amount: \"5\", only_with_usage: true}]"

    private static func fees(_ records: [RatedRecord]) -> [String] {
        records.compactMap { record -> String? in
            guard case .recurring(let fee)? = record.body else { return nil }
            return "\(fee.price) \(Timestamp(ms: fee.periodStartMs).description.prefix(7))"
        }
    }

    @Test("a call of zero makes no fee of months with usage due, in time or late; one of a second does", arguments: [1, 2])
    func zero(_ rules: Int) throws {
        var harness = try Self.harness(try Self.content([Self.paid], rules: rules, recurring: Self.active))
        try harness.feed(Given.usage(1, "voice", 0, at: "2026-01-10T00:00:00Z", to: "420777123456"))
        try harness.restart()
        try harness.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        #expect(Self.fees(try harness.rated()) == (rules == 1 ? ["active 2026-01"] : []))
        try harness.feed(Given.usage(2, "voice", 0, at: "2026-01-11T00:00:00Z", to: "420777123456"))
        #expect(Self.fees(try harness.rated()) == [])
        try harness.feed(Given.usage(3, "voice", second, at: "2026-01-12T00:00:00Z", to: "420777123456"))
        #expect(Self.fees(try harness.rated()) == (rules == 1 ? [] : ["active 2026-01"]))
        try harness.feed(Given.usage(4, "voice", second, at: "2026-01-13T00:00:00Z", to: "420777123456"))
        #expect(Self.fees(try harness.rated()) == [])
        // Both ways round within a month.
        try harness.feed(Given.usage(5, "voice", second, at: "2026-02-10T00:00:00Z", to: "420777123456"))
        try harness.feed(Given.usage(6, "voice", 0, at: "2026-02-11T00:00:00Z", to: "420777123456"))
        try harness.feed(Given.barrier(2, "2026-03-03T00:00:00Z"))
        #expect(Self.fees(try harness.rated()) == ["active 2026-02"])
    }

    @Test("a change of the plan behind a call of zero still asks for it to be rated anew", arguments: [1, 2])
    func proposed(_ rules: Int) throws {
        var content = try Self.content([Self.paid], rules: rules)
        content.offerings.append(content.offerings[0])
        content.offerings[1].id = "other"
        var harness = try Self.harness(content)
        try harness.feed(Given.usage(1, "voice", 0, at: "2026-01-10T00:00:00Z", to: "420777123456"))
        try harness.restart()
        try harness.feed(Given.planChange("s", of: "a", to: "other", from: "2026-01-05T00:00:00Z"))
        let proposed = try harness.rated().compactMap { record -> RerateProposed? in
            guard case .rerateProposed(let proposed)? = record.body else { return nil }
            return proposed
        }
        #expect(proposed.map(\.toMs) == [Given.ms("2026-01-10T00:00:00Z") + 1])
    }

    @Test("a call of zero is no first use", arguments: [1, 2])
    func firstUse(_ rules: Int) throws {
        let first = "{id: first, type: sms, when: {first_of: day}, charge_zero: true, connection_fee: \"7\", steps: [{price: \"0\"}]}"
        let rest = "{id: rest, type: sms, charge_zero: true, connection_fee: \"1\", steps: [{price: \"0\"}]}"
        var harness = try Self.harness(try Self.content([Self.paid, first, rest], rules: rules))
        for (id, count) in [0, 1, 1].enumerated() { try harness.feed(Given.usage(Int64(id + 1), "sms", Int64(count) * event)) }
        #expect(try harness.rated().map { $0.usage.chargeNanos / 1_000_000_000 } == (rules == 1 ? [7, 1, 1] : [1, 7, 1]))
    }
}
