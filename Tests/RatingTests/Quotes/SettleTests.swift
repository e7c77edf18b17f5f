import Events
import Quantities
import Rating
import Testing

/// What is rounded and capped where a session is cut: each part, or the whole with its connection fee.
@Suite("Rounding and caps of sessions in parts")
struct SettleTests {
    private static let bands = "time_bands:\n  - {id: day, from: \"08:00\", to: \"20:00\"}\n  - {id: night, from: \"20:00\", to: \"08:00\"}\n"

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Of the part until 20:00, and of that behind it; a minute costs as the third text says.
        var day = ""
        var night = ""
        var prices = ("0.60", "0.30")
        /// Of the offering.
        var discounts = "[]"
        /// Seconds before 20:00, and behind it.
        var seconds = (60, 60)
        var part: [String]
        var usage: [String]

        init(
            _ name: String, day: String = "", night: String = "", prices: (String, String) = ("0.60", "0.30"), discounts: String = "[]",
            seconds: (Int, Int) = (60, 60), part: [String], usage: [String]
        ) {
            (testDescription, self.day, self.night, self.prices) = (name, day, night, prices)
            (self.discounts, self.seconds, self.part, self.usage) = (discounts, seconds, part, usage)
        }
    }

    static let cases = [
        Case("nothing asked", part: ["0.6", "0.3"], usage: ["0.6", "0.3"]),
        // Caps.
        Case("the cap of the first is none of the second's", day: "maximum: 0.5", part: ["0.5", "0.3"], usage: ["0.5", "0.3"]),
        Case("the cap of the second is of its own part, or of all up to its end", night: "maximum: 0.7", part: ["0.6", "0.3"], usage: ["0.6", "0.1"]),
        Case("one below what came before", night: "maximum: 0.4", part: ["0.6", "0.3"], usage: ["0.4", "0"]),
        Case("both", day: "maximum: 0.5", night: "maximum: 0.7", part: ["0.5", "0.3"], usage: ["0.5", "0.2"]),
        Case("with the fee", day: "connection_fee: 0.2, maximum: 0.5", part: ["0.5", "0.3"], usage: ["0.5", "0.3"]),
        Case("that is not reached", day: "maximum: 5", night: "maximum: 5", part: ["0.6", "0.3"], usage: ["0.6", "0.3"]),
        // Minimums.
        Case("the least of the first", day: "minimum: 1", part: ["1", "0.3"], usage: ["0.6", "0.4"]),
        Case("the least of the second", night: "minimum: 1", part: ["0.6", "1"], usage: ["0.6", "0.4"]),
        Case("the larger of two", day: "minimum: 2", night: "minimum: 1", part: ["2", "1"], usage: ["0.6", "1.4"]),
        Case("that is reached", day: "minimum: 0.1", night: "minimum: 0.5", part: ["0.6", "0.5"], usage: ["0.6", "0.3"]),
        // Rounding.
        Case(
            "up to cents", day: "rounding: {mode: up, decimals: 2}", night: "rounding: {mode: up, decimals: 2}", prices: ("0.601", "0.302"),
            part: ["0.61", "0.31"], usage: ["0.61", "0.3"]),
        Case(
            "to the most decimals that one of them states, in its mode", day: "rounding: {mode: down, decimals: 1}", night: "rounding: {mode: up, decimals: 2}",
            prices: ("0.601", "0.302"), part: ["0.6", "0.31"], usage: ["0.61", "0.3"]),
        Case(
            "of two alike the first", day: "rounding: {mode: down, decimals: 2}", night: "rounding: {mode: up, decimals: 2}", prices: ("0.605", "0.301"),
            part: ["0.6", "0.31"], usage: ["0.6", "0.3"]),
        Case("stated by one of them", day: "rounding: {mode: up, decimals: 2}", prices: ("0.601", "0.302"), part: ["0.61", "0.302"], usage: ["0.61", "0.3"]),
        Case(
            "the fee with the rest", day: "connection_fee: 0.0049, rounding: {mode: down, decimals: 2}", prices: ("0.6049", "0.3003"),
            part: ["0.6049", "0.3003"], usage: ["0.6", "0.31"]),
        Case("thirds are kept to the end", prices: ("1", "2"), seconds: (20, 20), part: ["0.333333333", "0.666666667"], usage: ["0.333333333", "0.666666667"]),
        Case(
            "thirds up", day: "rounding: {mode: up, decimals: 2}", night: "rounding: {mode: up, decimals: 2}", prices: ("1", "2"), seconds: (20, 20),
            part: ["0.34", "0.67"], usage: ["0.34", "0.66"]),
        Case(
            "a cap is rounded as all is", day: "maximum: 0.5055, rounding: {mode: up, decimals: 2}", seconds: (60, 0), part: ["0.5055"], usage: ["0.51"]),
        // Discounts.
        Case(
            "half of each, half of all", day: "rounding: {mode: half-up, decimals: 2}", night: "rounding: {mode: half-up, decimals: 2}", prices: ("0.01", "0.01"),
            discounts: "[{id: d, percent: 50}]", part: ["0.01", "0.01"], usage: ["0.01", "0"]),
        Case(
            "a tenth off, down", day: "rounding: {mode: down, decimals: 2}", night: "rounding: {mode: down, decimals: 2}", prices: ("0.15", "0.15"),
            discounts: "[{id: d, percent: 10}]", part: ["0.13", "0.13"], usage: ["0.13", "0.14"]),
    ]

    private static func quoter(_ item: Case, _ rounds: String, rules: Int = 2) throws -> Quoter {
        func price(_ id: String, _ band: String, _ asks: String, _ price: String) -> String {
            "      - {id: \(id), type: voice, when: {times: [\(band)]}, session: split\(rounds)\(asks.isEmpty ? "" : ", ")\(asks), "
                + "steps: [{increment: 1 s, price: \"\(price)\", per: 60 s}]}\n"
        }
        return try Quoter(
            try CatalogueFolder.content([
                "settings.yaml": (CatalogueFolder.basics["settings.yaml"] ?? "") + "rules: \(rules)\n", "calendars.yaml": bands,
                "offerings/o.yaml": "id: o\nname: O\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    discounts: \(item.discounts)\n    prices:\n"
                    + price("d", "day", item.day, item.prices.0) + price("n", "night", item.night, item.prices.1),
            ]), timeZone: "UTC")
    }

    private static func charges(_ quoter: inout Quoter, _ item: Case) throws -> [String] {
        let start = 1_790_000_000_000 / 86_400_000 * 86_400_000 + 20 * 3_600_000 - Int64(item.seconds.0) * 1000
        let request = QuoteRequest(type: "voice", startMs: start, quantityMicros: Int64(item.seconds.0 + item.seconds.1) * 1_000_000)
        return try quoter.quote(request).parts.map { DecimalText.format(Int128($0.chargeNanos), decimals: 9) }
    }

    @Test("are each part's", arguments: cases)
    func part(_ item: Case) throws {
        for rules in 1...2 {
            var quoter = try Self.quoter(item, ", rounds: part", rules: rules)
            #expect(try Self.charges(&quoter, item) == item.part, "rules \(rules)")
        }
    }

    @Test("are the whole's", arguments: cases)
    func usage(_ item: Case) throws {
        for rules in 1...2 {
            // By the first rules each price's own part of a nano is lost.
            if rules == 1, item.testDescription.hasPrefix("thirds") { continue }
            var quoter = try Self.quoter(item, ", rounds: usage", rules: rules)
            #expect(try Self.charges(&quoter, item) == item.usage, "rules \(rules)")
        }
    }

    /// Of these, rounding is each part's, and minimum and maximum are the whole's.
    static let unstated: [(Case, [String])] = [
        (Case("", day: "maximum: 0.5", part: [], usage: []), ["0.5", "0.3"]),
        (Case("", night: "maximum: 0.7", part: [], usage: []), ["0.6", "0.1"]),
        (Case("", night: "maximum: 0.4", part: [], usage: []), ["0.4", "0"]),
        (Case("", day: "connection_fee: 0.2, maximum: 0.5", part: [], usage: []), ["0.5", "0.3"]),
        (Case("", day: "minimum: 1", part: [], usage: []), ["0.6", "0.4"]),
        (Case("", day: "minimum: 2", night: "minimum: 1", part: [], usage: []), ["0.6", "1.4"]),
        (
            Case("", day: "rounding: {mode: up, decimals: 2}", night: "rounding: {mode: up, decimals: 2}", prices: ("0.601", "0.302"), part: [], usage: []),
            ["0.61", "0.31"]
        ),
        (
            Case("", day: "connection_fee: 0.0049, rounding: {mode: down, decimals: 2}", prices: ("0.6049", "0.3003"), part: [], usage: []),
            ["0.6049", "0.3003"]
        ),
    ]

    @Test("where nothing is said, rounding is each part's, and caps are the whole's", arguments: unstated)
    func nothingSaid(_ item: Case, _ charges: [String]) throws {
        var quoter = try Self.quoter(item, "")
        #expect(try Self.charges(&quoter, item) == charges, "\(item.day) \(item.night)")
    }

    @Test("by the first rules are the first part's, for the whole")
    func firstRules() throws {
        let capped = Case("", day: "maximum: 0.7", part: [], usage: [])
        var quoter = try Self.quoter(capped, "", rules: 1)
        #expect(try Self.charges(&quoter, capped) == ["0.6", "0.1"])
    }

    @Test("a session goes on under the group of prices under which it began", arguments: [("19:50:00", "0.6"), ("07:50:00", "no-price"), ("20:10:00", "0.1")])
    func group(clock: String, cost: String) throws {
        var quoter = try Quoter(
            try CatalogueFolder.content(
                prices: "{id: d, type: voice, when: {times: [day]}, session: split, session_group: a, steps: [{increment: 1 s, price: \"0.03\", per: 60 s}]}",
                "{id: n, type: voice, when: {times: [night]}, session: split, session_group: b, steps: [{increment: 1 s, price: \"0.005\", per: 60 s}]}",
                "{id: e, type: voice, session: split, session_group: a, steps: [{increment: 1 s, price: \"0.03\", per: 60 s}]}", calendars: Self.bands),
            timeZone: "UTC")
        // Twenty minutes: at night the first that holds is b's; what began under a stays with a.
        #expect(quoter.cost("1200", at: "2026-10-05T\(clock)Z") == cost)
    }

    @Test("an uncut usage is explained by its record alone", arguments: ["", ", rounds: part", ", rounds: usage"])
    func explained(rounds: String) throws {
        let asks = "connection_fee: 0.0049, maximum: 0.9055, rounding: {mode: down, decimals: 2}\(rounds)"
        let content = try CatalogueFolder.content(prices: "{id: p, type: voice, \(asks), steps: [{increment: 1 s, price: \"0.6049\", per: 60 s}]}")
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        _ = try harness.rated()
        for seconds in [1, 20, 60, 89, 90, 600] { try harness.feed(Given.usage(Int64(seconds), "voice", Int64(seconds) * second, at: "2026-01-08T19:59:30Z")) }
        for usage in try harness.rated().map(\.usage) {
            #expect(ChargeExplanation(usage, content)?.chargeNanos == usage.chargeNanos, "\(usage.quantityMicros)")
        }
    }
}
