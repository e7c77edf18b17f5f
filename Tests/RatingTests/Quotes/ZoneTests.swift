import Events
import Quantities
import Rating
import Testing

/// The most specific zone of a number decides, for its price, what pays for it and what is taken off.
@Suite("Zones")
struct ZoneTests {
    private static let zones = """
        - {id: national, prefixes: ["420"], country: home}
        - {id: premium, prefixes: ["42090"]}
        - {id: mobile, prefixes: ["4206"], within: [national]}
        - {id: promo, prefixes: ["42066"], within: [mobile]}
        - {id: eu, prefixes: ["43", "49"], shares_prefixes: true}
        - {id: germany, prefixes: ["49"], shares_prefixes: true}

        """
    /// Each costs its own amount a second, so that the charge tells the price.
    private static func price(_ id: String, _ zones: String, _ amount: String, _ more: String = "") -> String {
        "{id: \(id), type: voice\(zones.isEmpty ? "" : ", zones: [\(zones)]"), steps: [{increment: 1 s, price: \"\(amount)\"}]\(more)}"
    }

    private static let national = price("national", "national", "3")
    private static let premium = price("premium", "premium", "30")

    static func files(
        _ prices: [String], allowances: String = "[]", discounts: String = "[]", deck: String = "", zones: String? = nil, rules: Int = 2
    ) -> [String: String] {
        [
            "settings.yaml": (CatalogueFolder.basics["settings.yaml"] ?? "") + "rules: \(rules)\n", "zones.yaml": zones ?? Self.zones,
            "calendars.yaml": "time_bands: [{id: night, from: \"20:00\", to: \"06:00\"}]\n",
            "offerings/o.yaml":
                "id: o\nname: O\ncurrency: EUR\n\(deck.isEmpty ? "" : "zones: [\(deck)]\n")versions:\n  - valid_from: 2000-01-01\n    allowances: \(allowances)\n"
                + "    discounts: \(discounts)\n    prices:\n" + prices.map { "      - \($0)\n" }.joined(),
        ]
    }

    private static func content(_ prices: [String], allowances: String = "[]", discounts: String = "[]", deck: String = "", rules: Int = 2) throws -> CatalogueContent {
        // What is there only where the settings say 2.
        let plain = rules == 2 ? nil : Self.zones.replacing(", within: [national]", with: "").replacing(", within: [mobile]", with: "")
        return try CatalogueFolder.content(files(prices, allowances: allowances, discounts: discounts, deck: deck, zones: plain, rules: rules))
    }

    /// Zone, number's own zone where it is another, price, charge, and what was drawn on and taken off.
    static func text(_ usage: RatedUsage) -> String {
        let zone = usage.zone + (usage.ownZone.isEmpty ? "" : "<\(usage.ownZone)")
        let extras = usage.draws.map { " \($0.allowance) \($0.drawn / second)" } + usage.discounts.map { " -\($0.discount)" }
        return "\(usage.price)@\(zone) \(usage.chargeNanos / 1_000_000_000)" + extras.joined()
    }

    static func rate(_ content: CatalogueContent, _ records: [NormalizedRecord], _ plan: String = "o") throws -> [String] {
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", plan))
        for record in records { try harness.feed(record) }
        return try harness.rated().compactMap { record -> String? in
            switch record.body {
            case .usage(let usage): text(usage)
            case .unrated(let unrated): unrated.reason
            default: nil
            }
        }
    }

    private static func calls(_ numbers: [String], at: String = "2026-01-10T12:00:00Z") -> [NormalizedRecord] {
        numbers.enumerated().map { Given.usage(Int64($0 + 1), "voice", 10 * second, at: at, to: $1) }
    }

    // MARK: What must not get it

    private static let minutes = "[{id: m, type: voice, amount: 100 s, zones: [national]}]"
    private static let half = "[{id: half, percent: 50, zones: [national]}]"

    @Test("national minutes and a national discount are nothing for a premium number, and all of it for a zone within", arguments: [
        ("420777123456", "national@national 0 m 10"), ("420901234567", "premium@premium 300"), ("420601234567", "national@national<mobile 0 m 10"),
        ("420661234567", "national@national<promo 0 m 10"),
    ])
    func allowance(_ number: String, _ expected: String) throws {
        #expect(try Self.rate(try Self.content([Self.national, Self.premium], allowances: Self.minutes), Self.calls([number])) == [expected])
        let discounted = try Self.rate(try Self.content([Self.national, Self.premium], discounts: Self.half), Self.calls([number]))
        #expect(discounted == [expected.replacing(" 0 m 10", with: " 15 -half")])
    }

    @Test("the rules before let the minutes and the discount look for themselves: a catalogue written for them keeps that")
    func before() throws {
        let numbers = Self.calls(["420901234567", "420601234567"])
        let content = try Self.content([Self.national, Self.premium], allowances: Self.minutes, discounts: Self.half, rules: 1)
        #expect(content.rulesVersion == 1)
        #expect(try Self.rate(content, numbers) == ["premium@premium 0 m 10", "national@national 0 m 10"])
        let discounted = try Self.content([Self.national, Self.premium], discounts: Self.half, rules: 1)
        #expect(try Self.rate(discounted, numbers) == ["premium@premium 150 -half", "national@national 15 -half"])
    }

    @Test("a plan that has no price for premium does not price it as national, whatever its minutes are for")
    func unnamed() throws {
        var content = try Self.content([Self.national, Self.premium], allowances: Self.minutes)
        content.offerings[0].versions[0].prices.removeLast()
        #expect(try Self.rate(content, Self.calls(["420901234567", "420777123456"])) == ["no-price", "national@national 0 m 10"])
        content.rulesVersion = 1
        #expect(try Self.rate(content, Self.calls(["420901234567"])) == ["national@national 0 m 10"])
    }

    @Test("an allowance of a general price goes by the zone, too; of no zone by none")
    func general() throws {
        let content = try Self.content([Self.price("any", "", "1")], allowances: Self.minutes)
        let numbers = ["420777123456", "420901234567", "420601234567", "33123456789", ""]
        #expect(try Self.rate(content, Self.calls(numbers)) == ["any@<national 0 m 10", "any@<premium 10", "any@<mobile 0 m 10", "any@ 10", "any@ 10"])
    }

    // MARK: Nearest first

    @Test("the nearest zone's price, then the file's order; a price for any destination where the file has it", arguments: [
        // By distance, however late it stands.
        ([national, premium, price("mobile", "mobile", "2")], "420601234567", "mobile@mobile 20"),
        ([national, premium, price("mobile", "mobile", "2")], "420661234567", "mobile@mobile<promo 20"),
        ([national, premium, price("mobile", "mobile", "2"), price("promo", "promo", "1")], "420661234567", "promo@promo 10"),
        // One that does not hold is none: the next one outwards has it.
        ([national, premium, price("mobile", "mobile", "2", ", when: {times: [night]}")], "420601234567", "national@national<mobile 30"),
        ([national, premium, price("first", "mobile, promo", "1", ", when: {segments: [x]}"), price("second", "mobile", "2")], "420661234567",
            "second@mobile<promo 20"),
        // A price for two of the zones is the nearer one's.
        ([price("both", "promo, national", "1"), price("mobile", "mobile", "2"), premium], "420661234567", "both@promo 10"),
        ([price("both", "promo, national", "1"), price("mobile", "mobile", "2"), premium], "420601234567", "mobile@mobile 20"),
        // A price for any destination is as near as the file says.
        ([price("any", "", "1", ", when: {directions: [mo]}"), national, premium], "420777123456", "any@<national 10"),
        ([national, premium, price("rest", "", "1")], "420601234567", "national@national<mobile 30"),
        ([national, premium, price("rest", "", "1")], "33123456789", "rest@ 10"),
        ([national, price("rest", "", "1", ", when: {times: [night]}"), price("mobile", "mobile", "2"), premium], "420601234567", "mobile@mobile 20"),
        // One prefix in two zones: both hold, and the file's order decides.
        ([price("germany", "germany", "1"), price("eu", "eu", "2")], "49301234567", "germany@germany 10"),
        ([price("germany", "germany", "1", ", when: {times: [night]}"), price("eu", "eu", "2")], "49301234567", "eu@eu 20"),
    ] as [([String], String, String)])
    func nearest(_ prices: [String], _ number: String, _ expected: String) throws {
        #expect(try Self.rate(try Self.content(prices), Self.calls([number])) == [expected], "\(prices)")
    }

    @Test("at night a price for a time alone stands before a nearer one that stands behind it")
    func byTime() throws {
        let prices = [Self.national, Self.price("night", "", "1", ", when: {times: [night]}"), Self.price("mobile", "mobile", "2"), Self.premium]
        #expect(try Self.rate(try Self.content(prices), Self.calls(["420601234567", "420777123456"], at: "2026-01-10T22:00:00Z"))
            == ["night@<mobile 10", "national@national 30"])
    }

    // MARK: Decks

    @Test("an offering that has only some zones looks among those, and so do its allowances and discounts")
    func deck() throws {
        let content = try Self.content([Self.national], allowances: Self.minutes, discounts: Self.half, deck: "national")
        #expect(try Self.rate(content, Self.calls(["420901234567", "420601234567", "49301234567"])) == ["national@national 0 m 10", "national@national 0 m 10", "no-price"])
        // A zone around those of the deck holds, though numbers are not looked up in it.
        let around = try Self.content([Self.national], allowances: Self.minutes, deck: "mobile")
        #expect(try Self.rate(around, Self.calls(["420601234567", "420777123456"])) == ["national@national<mobile 0 m 10", "no-price"])
    }

    @Test("who has the price says where the number lies: the plan's minutes ask in a personal offering's zones")
    func otherOffering() throws {
        var files = Self.files([Self.national, Self.premium], allowances: Self.minutes)
        files["offerings/own.yaml"] =
            "id: own\nname: Own\ncurrency: EUR\nzones: [national]\nversions:\n  - valid_from: 2000-01-01\n    prices: [\(Self.price("own", "national", "1"))]\n"
        files["profiles.yaml"] = "- {category: \"*\", subject: s, valid_from: 2000-01-01, offering: own}\n"
        #expect(try Self.rate(try CatalogueFolder.content(files), Self.calls(["420901234567"])) == ["own@national 0 m 10"])
        files["profiles.yaml"] = "- {category: \"*\", subject: other, valid_from: 2000-01-01, offering: own}\n"
        #expect(try Self.rate(try CatalogueFolder.content(files), Self.calls(["420901234567"])) == ["premium@premium 300"])
    }

    @Test("what an add-on gives for a zone goes by it as well")
    func addon() throws {
        var files = Self.files([Self.national, Self.premium])
        files["offerings/addon.yaml"] =
            "id: addon\nname: A\nkind: addon\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n"
            + "    allowances: [{id: extra, type: voice, amount: 100 s, zones: [national], validity: 30 days}]\n"
        var bought = NormalizedRecord()
        bought.purchaseOrdered = .with { $0.account = "a"; $0.subscription = "s"; $0.offering = "addon"; $0.fromMs = Given.ms("2026-01-02T00:00:00Z") }
        let rated = try Self.rate(try CatalogueFolder.content(files), [bought] + Self.calls(["420901234567", "420601234567"]))
        #expect(rated == ["premium@premium 300", "national@national<mobile 0 extra 10"])
    }

    @Test("a session that is cut keeps its zone")
    func split() throws {
        let night = Self.price("night", "national", "1", ", session: split, when: {times: [night]}")
        let day = Self.price("day", "national", "2", ", session: split")
        let call = Given.usage(1, "voice", 20 * second, at: "2026-01-10T19:59:50Z", to: "420601234567")
        let rated = try Self.rate(try Self.content([night, day, Self.premium], allowances: "[{id: m, type: voice, amount: 5 s, zones: [mobile]}]"), [call])
        #expect(rated == ["day@national<mobile 10 m 5", "night@national<mobile 10"])
    }

    @Test("a number without a price says which zone it is in")
    func detail() throws {
        var content = try Self.content([Self.national, Self.premium])
        content.offerings[0].versions[0].prices.removeLast()
        var quoter = try Quoter(content, timeZone: "UTC")
        guard let start = Timestamp(rfc3339: "2026-01-10T12:00:00Z") else { return }
        var request = QuoteRequest(type: "voice", startMs: start.ms, quantityMicros: second)
        request.destination = "420901234567"
        let fault = #expect(throws: NoQuote.self) { try quoter.quote(request) }
        #expect(fault?.detail.contains("is in zone premium, for which there is no price; the nearest price \"national\" is for national") == true, "\(fault?.detail ?? "")")
    }
}
