import Catalogue
import Events
import Quantities
import Rating
import Testing

/// Usage without a price is found before it comes.
@Suite("Gaps between prices")
struct GapTests {
    private static let calendars = """
        holidays:
          - {id: cz, days: ["01-01", "05-01", "2026-04-06"]}
        time_bands:
          - {id: work, weekdays: [mon, tue, wed, thu, fri], from: "08:00", to: "18:00"}
          - {id: weekdays, weekdays: [mon, tue, wed, thu, fri]}
          - {id: weekend, weekdays: [sat, sun]}
          - {id: working-days, weekdays: [mon, tue, wed, thu, fri], holidays: cz, on_holidays: never}
          - {id: holidays, holidays: cz, on_holidays: only}
          - {id: not-holidays, holidays: cz, on_holidays: never}
          - {id: saturday, weekdays: [sat]}
          - {id: sunday-day, weekdays: [sun], from: "08:00", to: "24:00"}
          - {id: day, from: "06:00", to: "22:00"}
          - {id: night, from: "22:00", to: "06:00"}
          - {id: friday-night, weekdays: [fri], from: "22:00", to: "06:00"}
          - {id: summer, months: [6, 7, 8]}
          - {id: not-summer, months: [1, 2, 3, 4, 5, 9, 10, 11, 12]}
          - {id: first, month_days: [1]}
          - {id: utc-day, from: "06:00", to: "22:00", time_zone: UTC}

        """
    private static let zones = """
        - {id: land, prefixes: ["420"]}
        - {id: mobile, prefixes: ["4206"]}
        - {id: abroad, prefixes: ["49"]}
        - {id: digits, prefixes: ["1", "2", "3", "4", "5", "6", "7", "8", "9"]}
        - {id: world, prefixes: [""]}

        """
    private static let networks = "- {id: home, codes: [\"23001\"]}\n- {id: eu, codes: [\"262\"]}\n"

    /// By the rules before, or among the zones alone that are named, which comes to the same.
    private static func content(_ conditions: [String], type: String = "voice", rules: Int = 2) throws -> CatalogueContent {
        let prices = conditions.enumerated().map { "{id: p\($0), type: \"\(type)\", steps: [{price: 1}]\($1.isEmpty ? "" : ", " + $1)}" }
        let deck = rules == 1 ? [] : zonesNamed(in: conditions.map { $0.components(separatedBy: "when")[0] })
        return try CatalogueFolder.content(prices: prices, calendars: calendars, zones: zones, networks: networks, deck: deck, rules: rules)
    }

    private static let now = Timestamp(rfc3339: "2026-01-01T00:00:00Z")?.ms ?? 0

    private static func gaps(_ content: CatalogueContent) throws -> [String] {
        var gaps = try PriceGaps(content)
        return gaps.find(from: now).map { "\($0.offering) \($0.types.joined(separator: "+")) \($0.dimension.rawValue): \($0.uncovered)" }
    }

    private static let table: [(prices: [String], gap: [String])] = [
        // Time.
        (["when: {times: [day, night]}"], []), (["when: {times: [day]}", "when: {times: [night]}"], []),
        (["when: {times: [work]}", ""], []), (["when: {times: [summer]}", "when: {times: [not-summer]}"], []),
        (["when: {times: [working-days]}", "when: {times: [holidays, weekend]}"], []), (["when: {times: [holidays, not-holidays]}"], []),
        (["when: {times: [work]}"], ["time: on Monday to Friday 00:00-08:00, 18:00-24:00, Saturday and Sunday 00:00-24:00"]),
        (["when: {times: [weekdays, saturday]}", "when: {times: [sunday-day]}"], ["time: on Sunday 00:00-08:00"]),
        (["when: {times: [day]}"], ["time: on any day 00:00-06:00, 22:00-24:00"]),
        (["when: {times: [utc-day]}"], ["time: on any day 00:00-06:00, 22:00-24:00 (UTC time)"]),
        // What goes over midnight belongs to the day before.
        (["when: {times: [day, friday-night]}"],
            ["time: on Monday to Thursday 00:00-06:00, 22:00-24:00, Friday 00:00-06:00, Saturday 22:00-24:00, Sunday 00:00-06:00, 22:00-24:00"]),
        (["when: {times: [working-days, weekend]}"], ["time: on holidays of cz (Monday to Friday 00:00-24:00)"]),
        (["when: {times: [weekend]}", "when: {times: [holidays]}"], ["time: on Monday to Friday 00:00-24:00 (holidays of cz apart)"]),
        (["when: {times: [summer]}"], ["time: in January to May on any day 00:00-24:00; in September to December on any day 00:00-24:00"]),
        // By destination: each for itself, what they share once.
        (["zones: [world]"], []), (["zones: [digits]"], []), (["zones: [land]", ""], []),
        (["zones: [digits, mobile]"], []), (["zones: [land, mobile]"], ["destination: to destinations outside land and mobile, such as those of abroad, digits and world,"]),
        (["zones: [digits], when: {times: [day]}", "when: {times: [night]}"], []),
        (["zones: [mobile], when: {times: [day]}", "zones: [world]"], ["time: on any day 00:00-06:00, 22:00-24:00 to zone mobile"]),
        (["zones: [mobile, land], when: {times: [day]}", "zones: [world], when: {times: [weekend]}"], [
            "time: on any day 00:00-06:00, 22:00-24:00 to zones land and mobile; on Monday to Friday 00:00-24:00 to zone world",
        ]),
        // All else, in the order in which rating asks.
        (["when: {directions: [mo]}"], []), (["when: {directions: [mo]}", "zones: [land], when: {directions: [mt]}"], ["direction: of direction mt to other destinations"]),
        // Received calls that are free price none that is made.
        (["zones: [land]", "when: {directions: [mt]}"], ["direction: of direction mo to other destinations"]), (["when: {directions: [mt]}"], []),
        (["when: {segments: [a]}", "when: {segments: [b]}"], ["segment: of any other segment"]), (["when: {services: [x]}", ""], []),
        (["when: {networks: [home]}"], ["network: in network eu and any other network"]), (["when: {networks: [home, eu]}"], ["network: in any other network"]),
        (["when: {origins: [land]}"], ["origin: from numbers of no such zone"]), (["when: {origins: [digits]}"], []),
        (["when: {on_net: true}", "when: {on_net: false}"], ["other-network: with the other party in a network that the usage does not name"]),
        (["when: {favourites: 3}"], ["favourites: where the other party is no such favourite number"]),
        (["when: {age: {to: 90d}}"], ["age: of subscriptions from 90d on"]), (["when: {age: {to: 90d}}", "when: {age: {from: 90d}}"], []),
        (["when: {first_of: day}"], ["first-use: that is not the first of its time"]), (["when: {first_of: day}", ""], []),
        (["when: {segments: [a]}", "when: {segments: [b], times: [day]}", "when: {networks: [home]}"], [
            "network: in network eu and any other network of any other segment", "time: on any day 00:00-06:00, 22:00-24:00 of segment b in network eu and any other network",
        ]),
    ]

    @Test("at most one of each kind, in words", arguments: table.indices)
    func words(_ place: Int) throws {
        let (prices, expected) = Self.table[place]
        for rules in [1, 2] {
            let found = try Self.gaps(try Self.content(prices, rules: rules)).map { String($0.dropFirst("o voice ".count)) }
            #expect(found.sorted() == expected.sorted(), "\(prices)")
        }
    }

    @Test("where the most specific zone decides, one without a price is a gap, and one within another has that one's prices too", arguments: [
        (["zones: [land]", ""], "", []), (["zones: [land]"], "", ["destination: to destinations outside land, such as those of mobile, abroad, digits and world,"]),
        (["zones: [digits]"], "", ["destination: to destinations outside digits, such as those of land, mobile, abroad and world,"]),
        (["zones: [world]"], "", ["destination: to destinations outside world, such as those of land, mobile, abroad and digits,"]),
        (["zones: [mobile], when: {times: [day]}", "zones: [world, land, abroad, digits]"], "", ["time: on any day 00:00-06:00, 22:00-24:00 to zone mobile"]),
        (["zones: [mobile], when: {times: [day]}", "zones: [world, land, abroad, digits]"], "land", []),
        (["zones: [mobile], when: {times: [day]}", "zones: [world, land, abroad, digits], when: {times: [day]}"], "land", ["time: on any day 00:00-06:00, 22:00-24:00"]),
    ] as [([String], String, [String])])
    func specific(_ prices: [String], _ around: String, _ expected: [String]) throws {
        var content = try Self.content([""])
        content.offerings[0].versions[0].prices = try Self.content(prices, rules: 1).offerings[0].versions[0].prices
        if around == "land" { content.zones[1].within = ["land"] }
        #expect(try Self.gaps(content).map { String($0.dropFirst("o voice ".count)) } == expected, "\(prices)")
    }

    @Test("several clocks: neither the hour that one leaves out is covered by another, nor is what both leave out")
    func clocks() throws {
        #expect(try Self.gaps(try Self.content(["when: {times: [utc-day]}", "when: {times: [night]}"])).count == 1)
        #expect(try Self.gaps(try Self.content(["when: {times: [utc-day]}", "when: {times: [night, day]}"])) == [])
    }

    @Test("types that lack the same share one; data has no destination")
    func types() throws {
        #expect(try Self.gaps(try Self.content(["when: {times: [day]}"], type: "*")) == ["o voice+sms+data+generic time: on any day 00:00-06:00, 22:00-24:00"])
        #expect(try Self.gaps(try Self.content(["zones: [digits]"], type: "data")) == ["o data destination: without a destination"])
        #expect(try Self.gaps(try Self.content(["zones: [world]"], type: "data")) == [])
    }

    // MARK: What is behind

    private static func offering(_ id: String, _ prices: String..., from: String = "2000-01-01", type: String = "voice") -> String {
        "id: \(id)\nname: N\ncurrency: EUR\nversions:\n  - valid_from: \(from)\n    prices:\n"
            + prices.enumerated().map { "      - {id: \(id)\($0), type: \(type), steps: [{price: 1}]\($1.isEmpty ? "" : ", " + $1)}\n" }.joined()
    }

    private static func gaps(_ offerings: [String], profiles: String) throws -> [String] {
        var files = ["calendars.yaml": calendars, "zones.yaml": zones, "networks.yaml": networks]
        for (number, text) in offerings.enumerated() { files["offerings/\(number).yaml"] = text }
        if !profiles.isEmpty { files["profiles.yaml"] = profiles }
        return try gaps(try CatalogueFolder.content(files))
    }

    private static let all = "- {category: \"*\", subject: \"*\", valid_from: 2000-01-01, offering: base}\n"
    private static let night = "voice time: on any day 00:00-06:00, 22:00-24:00"

    @Test("what is behind an offering prices the rest, or has the gap itself")
    func behind() throws {
        let plan = Self.offering("plan", "when: {times: [day]}")
        #expect(try Self.gaps([plan, Self.offering("base", "")], profiles: Self.all) == [])
        #expect(try Self.gaps([plan, Self.offering("base", "")], profiles: "") == ["plan " + Self.night])
        #expect(try Self.gaps([plan, Self.offering("base", "when: {times: [day]}")], profiles: Self.all) == ["base " + Self.night])
        // It has no price for the type, or only later, or in another currency, or for one category.
        #expect(try Self.gaps([plan, Self.offering("base", "", type: "sms")], profiles: Self.all) == ["plan " + Self.night])
        #expect(try Self.gaps([plan, Self.offering("base", "", from: "2027-01-01")], profiles: Self.all) == ["plan " + Self.night])
        let dollars = Self.offering("base", "").replacing("EUR", with: "USD")
        #expect(try Self.gaps([plan, dollars], profiles: Self.all) == ["plan " + Self.night])
        let wholesale = Self.all.replacing("category: \"*\"", with: "category: wholesale")
        #expect(try Self.gaps([plan, Self.offering("base", "")], profiles: wholesale) == ["plan " + Self.night])
        // Personal prices are exceptions to a plan.
        let own = "- {category: \"*\", subject: acme, valid_from: 2000-01-01, offering: plan}\n"
        #expect(try Self.gaps([plan, Self.offering("base", "")], profiles: own) == [])
        #expect(try Self.gaps([plan], profiles: own) == ["plan " + Self.night])
    }

    @Test("a version that another has replaced is of no interest; one that is to come is")
    func versions() throws {
        let replaced = Self.offering("plan", "when: {times: [day]}") + "  - valid_from: 2026-01-01\n    prices: [{id: p, type: voice, steps: [{price: 1}]}]\n"
        #expect(try Self.gaps([replaced], profiles: "") == [])
        // One for new sales replaces nothing for who was there.
        #expect(try Self.gaps([replaced.replacing("2026-01-01", with: "2026-01-01\n    for: new-sales")], profiles: "") == ["plan " + Self.night])
        let coming = Self.offering("plan", "") + "  - valid_from: 2027-01-01\n    prices: [{id: p, type: voice, when: {times: [day]}, steps: [{price: 1}]}]\n"
        #expect(try Self.gaps([coming], profiles: "") == ["plan " + Self.night])
    }

    // MARK: As rating does

    /// A reproducible sequence (Knuth's MMIX).
    private struct Draw {
        var state: UInt64
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    private static let destinations = ["420100000001", "420600000001", "491700000001", "33100000001"]
    private static let prefixes = [("land", "420"), ("mobile", "4206"), ("abroad", "49"), ("digits", "3"), ("digits", "4"), ("world", "")]
    private static let bands = [
        "work", "weekdays", "weekend", "working-days", "holidays", "not-holidays", "saturday", "sunday-day", "day", "night", "friday-night", "summer",
        "not-summer", "first",
    ]

    @Test("random catalogues: rating finds no price exactly where a gap was told", arguments: 0..<200)
    func asRated(seed: Int) throws {
        var draw = Draw(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1)
        var content = Self.base
        var version = content.offerings[0].versions[0]
        let pattern = version.prices[0]
        version.prices = (0...draw.below(4)).map { number in
            var price = pattern
            price.id = "p\(number)"
            if draw.below(10) < 6 { price.zones = ["land", "mobile", "abroad", "digits", "world"].filter { _ in draw.below(3) == 0 } }
            if draw.below(10) < 9 { price.conditions.timeBands = (0...draw.below(3)).map { _ in Self.bands[draw.below(Self.bands.count)] } }
            return price
        }
        content.offerings[0].versions = [version]
        let named = Set(version.prices.flatMap(\.zones))
        // All of the zones, some of them within others; or those that are named.
        content.offerings[0].deck = seed % 2 == 0 ? [] : named.sorted()
        if seed % 4 == 0 { content.zones[1].within = ["land"] }
        let deck = seed % 2 == 0 || named.isEmpty ? Set(content.zones.map(\.id)) : named
        var search = try PriceGaps(content)
        let gaps = search.find(from: Self.now)
        var quoter = try Quoter(content, timeZone: "UTC")
        for _ in 0..<60 {
            let destination = Self.destinations[draw.below(Self.destinations.count)]
            let startMs = Self.now + Int64(draw.below(1000)) * Timestamp.msPerDay + Int64(draw.below(24 * 60)) * 60_000
            let (day, ms) = Timestamp(ms: startMs).dayAndMs
            let deciding = Self.prefixes.filter { deck.contains($0.0) && destination.hasPrefix($0.1) }.max { $0.1.count < $1.1.count }
            let holding = deciding.map { [$0.0] + ($0.0 == "mobile" ? content.zones[1].within : []) } ?? []
            let cell = holding.first(where: named.contains).map { [$0] } ?? []
            let isTold = gaps.contains { gap in
                switch gap.dimension {
                case .destination: cell.isEmpty
                case .time: gap.findings.contains { $0.destinations.contains(cell) && $0.time?.contains(day: day, msOfDay: Int(ms)) == true }
                default: false
                }
            }
            let cost = quoter.cost("60", to: destination, at: Timestamp(ms: startMs).description)
            #expect((cost == "no-price") == isTold, "\(destination) at \(Timestamp(ms: startMs)): \(cost); \(gaps.map(\.message))")
        }
    }

    private static let base: CatalogueContent = {
        do { return try content([""]) } catch { preconditionFailure("\(error)") }
    }()
}
