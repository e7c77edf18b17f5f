import Quantities
import Rating
import Testing

@Suite("When a price applies")
struct ConditionTests {
    /// Prices 9 by default, and 1 where the condition holds.
    private static func quoter(_ when: String, calendars: String = "", zones: String = "", networks: String = "") throws -> Quoter {
        try Quoter(
            try CatalogueFolder.content(
                prices: "{id: hit, type: sms, when: {\(when)}, steps: [{price: \"1\"}]}", "{id: rest, type: sms, steps: [{price: \"9\"}]}",
                calendars: calendars, zones: zones, networks: networks))
    }

    private static let networks = "- {id: home, codes: [\"23001\"]}\n- {id: eu, codes: [\"262\", DEU]}\n- {id: special, codes: [\"26203\"]}\n"
    private static let zones = "- {id: city, prefixes: [\"4202\"]}\n- {id: land, prefixes: [\"420\"]}\n"

    struct Case: Sendable {
        var when: String
        var cost: String
        var change: @Sendable (inout QuoteRequest) -> Void
    }

    static let cases = [
        Case(when: "directions: [mt]", cost: "9") { _ in },
        Case(when: "directions: [mo]", cost: "1") { _ in },
        Case(when: "directions: [mt, forwarded]", cost: "1") { $0.direction = .forwarded },
        Case(when: "categories: [wholesale]", cost: "9") { _ in },
        Case(when: "categories: [call, wholesale]", cost: "1") { $0.category = "wholesale" },
        Case(when: "services: [internet]", cost: "9") { $0.service = "internet2" },
        Case(when: "services: [internet]", cost: "1") { $0.service = "internet" },
        Case(when: "segments: [business]", cost: "1") { $0.segment = "business" },
        Case(when: "segments: [business]", cost: "9") { $0.segment = "consumer" },
        Case(when: "networks: [home]", cost: "1") { _ in },
        Case(when: "networks: [home]", cost: "1") { $0.network = "23001" },
        Case(when: "networks: [home]", cost: "9") { $0.network = "26201" },
        Case(when: "networks: [eu]", cost: "9") { _ in },
        Case(when: "networks: [eu]", cost: "1") { $0.network = "26201" },
        Case(when: "networks: [eu]", cost: "1") { $0.network = "DEUD1" },
        // The longest code decides.
        Case(when: "networks: [eu]", cost: "9") { $0.network = "26203" },
        Case(when: "networks: [eu]", cost: "9") { $0.network = "99999" },
        Case(when: "on_net: true", cost: "1") { $0.otherNetwork = "23001" },
        Case(when: "on_net: true", cost: "9") { $0.otherNetwork = "26201" },
        // Not known: neither on-net nor off-net.
        Case(when: "on_net: true", cost: "9") { _ in },
        Case(when: "on_net: false", cost: "9") { _ in },
        Case(when: "on_net: false", cost: "1") { $0.otherNetwork = "99999" },
        Case(when: "origins: [land]", cost: "1") { $0.served = "420601000001" },
        Case(when: "origins: [city]", cost: "1") { $0.served = "420201000001" },
        Case(when: "origins: [city]", cost: "9") { $0.served = "420601000001" },
        Case(when: "categories: [call], directions: [mt]", cost: "9") { $0.category = "call" },
        Case(when: "age: {from: 0d, to: 1d}", cost: "1") { _ in },
        Case(when: "age: {from: 365d}", cost: "9") { _ in },
        Case(when: "age: {from: 365d}", cost: "1") { $0.sinceMs = $0.startMs - 365 * 86_400_000 },
        Case(when: "age: {from: 0d, to: 365d}", cost: "9") { $0.sinceMs = $0.startMs - 365 * 86_400_000 },
        Case(when: "first_of: day", cost: "1") { _ in },
    ]

    @Test("a condition holds or it does not", arguments: cases)
    func condition(_ item: Case) throws {
        var quoter = try Self.quoter(item.when, zones: Self.zones, networks: Self.networks)
        #expect(quoter.cost("1", "sms", with: item.change) == item.cost, "\(item.when)")
    }

    /// A network's code, a usage's, and whether they are one.
    static let codes: [(stated: String, used: String, isSame: Bool)] = [
        ("40503", "40503", true), ("40503", "405034", false), ("405034", "405034", true), ("405034", "40503", false), ("40503*", "405034", true),
        ("40503*", "40503", true), ("40503*", "40504", false), ("405", "405034", true), ("405", "40503", true), ("405*", "40503", true), ("405", "40", false),
        ("DEUD1", "DEUD1", true), ("DEUD1", "DEUD12", false), ("DEU", "DEUD1", true), ("DEUD*", "DEUD1", true), ("DEUD*", "DEUE1", false),
    ]

    @Test("a network's code is whole, or a country's, or says that it is a beginning", arguments: codes)
    func code(_ stated: String, _ used: String, _ isSame: Bool) throws {
        var quoter = try Self.quoter("networks: [n]", networks: "- {id: n, codes: [\"\(stated)\"]}\n- {id: other, codes: [\"4*\", \"D*\"]}\n")
        #expect(quoter.cost("1", "sms") { $0.network = used } == (isSame ? "1" : "9"), "\(stated), \(used)")
    }

    @Test("the home network is that code alone; a catalogue of the rules before takes all that begin so")
    func home() throws {
        for rules in [1, 2] {
            let prices = ["{id: hit, type: sms, when: {on_net: true}, steps: [{price: \"1\"}]}", "{id: rest, type: sms, steps: [{price: \"9\"}]}"]
            var quoter = try Quoter(try CatalogueFolder.content(prices: prices, networks: "- {id: home, codes: [\"40503\"]}\n", rules: rules))
            #expect(quoter.cost("1", "sms") { $0.otherNetwork = "40503" } == "1")
            #expect(quoter.cost("1", "sms") { $0.otherNetwork = "405034" } == (rules == 1 ? "1" : "9"))
        }
    }

    static let times: [(band: String, at: String, holds: Bool)] = [
        ("from: \"08:00\", to: \"19:00\"", "2026-10-05T07:59:59.999+02:00", false),
        ("from: \"08:00\", to: \"19:00\"", "2026-10-05T08:00:00+02:00", true),
        ("from: \"08:00\", to: \"19:00\"", "2026-10-05T18:59:59+02:00", true),
        ("from: \"08:00\", to: \"19:00\"", "2026-10-05T19:00:00+02:00", false),
        // The account's zone counts, not the record's offset.
        ("from: \"08:00\", to: \"19:00\"", "2026-10-05T06:30:00Z", true),
        ("from: \"08:00\", to: \"19:00\", time_zone: UTC", "2026-10-05T06:30:00Z", false),
        // Over midnight a band belongs to the day on which it began.
        ("from: \"22:00\", to: \"06:00\", weekdays: [fri]", "2026-10-09T23:00:00+02:00", true),
        ("from: \"22:00\", to: \"06:00\", weekdays: [fri]", "2026-10-10T05:59:00+02:00", true),
        ("from: \"22:00\", to: \"06:00\", weekdays: [fri]", "2026-10-10T23:00:00+02:00", false),
        ("from: \"22:00\", to: \"06:00\", weekdays: [fri]", "2026-10-09T05:00:00+02:00", false),
        ("weekdays: [sat, sun]", "2026-10-10T00:00:00+02:00", true),
        ("weekdays: [sat, sun]", "2026-10-12T00:00:00+02:00", false),
        ("weekdays: [sun]", "2026-10-11T12:00:00+02:00", true),
        ("months: [2], month_days: [29]", "2028-02-29T12:00:00+01:00", true),
        ("months: [2], month_days: [29]", "2027-03-01T12:00:00+01:00", false),
        ("years: [2027]", "2027-01-01T00:00:00+01:00", true),
        ("years: [2027]", "2026-12-31T23:59:59+01:00", false),
        ("holidays: cz, on_holidays: only", "2031-12-24T12:00:00+01:00", true),
        ("holidays: cz, on_holidays: only", "2026-04-06T12:00:00+02:00", true),
        ("holidays: cz, on_holidays: only", "2027-04-06T12:00:00+02:00", false),
        ("holidays: cz, on_holidays: never, weekdays: [thu]", "2026-12-24T12:00:00+01:00", false),
        ("holidays: cz, on_holidays: never, weekdays: [thu]", "2026-12-17T12:00:00+01:00", true),
        // Clocks go forward at 02:00 and back at 03:00 local time.
        ("from: \"01:00\", to: \"03:00\"", "2026-03-29T00:59:59Z", true),
        ("from: \"01:00\", to: \"03:00\"", "2026-03-29T01:00:00Z", false),
        ("from: \"02:00\", to: \"03:00\"", "2026-10-25T00:30:00Z", true),
        ("from: \"02:00\", to: \"03:00\"", "2026-10-25T01:30:00Z", true),
    ]

    @Test("a time band holds or it does not", arguments: times)
    func time(_ band: String, _ at: String, _ holds: Bool) throws {
        let calendars = "holidays:\n  - {id: cz, days: [\"12-24\", \"2026-04-06\"]}\ntime_bands:\n  - {id: b, \(band)}\n"
        var quoter = try Self.quoter("times: [b]", calendars: calendars)
        #expect(quoter.cost("1", "sms", at: at) == (holds ? "1" : "9"), "\(band) at \(at)")
    }

    @Test("the longest prefix decides the zone, then the order of the prices")
    func destinations() throws {
        var quoter = try Quoter(
            try CatalogueFolder.content(
                prices: "{id: city, type: sms, zones: [city], steps: [{price: \"1\"}]}", "{id: land, type: sms, zones: [land, box], steps: [{price: \"2\"}]}",
                "{id: sky, type: sms, zones: [sky], steps: [{price: \"3\"}]}",
                zones: "- {id: city, prefixes: [\"4202\"]}\n- {id: land, prefixes: [\"420\"]}\n- {id: box, prefixes: [voicemail]}\n- {id: sky, prefixes: [\"+8\"]}\n"))
        let table = [
            ("420201", "1"), ("420601", "2"), ("+420601", "2"), ("voicemail", "2"), ("881", "3"), ("1", "no-price"), ("", "no-price"), ("voice", "no-price"),
        ]
        for (number, cost) in table { #expect(quoter.cost("1", "sms", to: number) == cost, "\(number)") }
    }

    @Test("profiles: a subject, else the category, else all; then what they fall back to")
    func profiles() throws {
        func offering(_ id: String, _ zone: String, _ price: String) -> String {
            "id: \(id)\nname: \(id)\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    prices:\n"
                + "      - {id: p, type: sms, zones: [\(zone)], steps: [{price: \"\(price)\"}]}\n"
        }
        var quoter = try Quoter(
            try CatalogueFolder.content([
                "zones.yaml": "- {id: a, prefixes: [\"1\"], within: [any]}\n- {id: any, prefixes: [\"\"]}\n",
                "offerings/own.yaml": offering("own", "a", "1"), "offerings/new.yaml": offering("new", "a", "2"),
                "offerings/call.yaml": offering("call", "any", "3"), "offerings/all.yaml": offering("all", "any", "4"),
                "profiles.yaml": """
                    - {category: call, subject: anna, valid_from: 2020-01-01, offering: own, fallback: ["*"]}
                    - {category: call, subject: anna, valid_from: 2026-01-01, offering: new, fallback: ["*"]}
                    - {category: call, subject: alone, valid_from: 2020-01-01, offering: own}
                    - {category: call, subject: "*", valid_from: 2020-01-01, offering: call}
                    - {category: circle, subject: a, valid_from: 2020-01-01, offering: own, fallback: [b, c, d, e, f]}
                    - {category: circle, subject: b, valid_from: 2020-01-01, offering: new, fallback: [a, c, d, e, f]}
                    - {category: circle, subject: c, valid_from: 2020-01-01, offering: own, fallback: [a, b, d, e, f]}
                    - {category: circle, subject: d, valid_from: 2020-01-01, offering: own, fallback: [a, b, c, e, f]}
                    - {category: circle, subject: e, valid_from: 2020-01-01, offering: own, fallback: [a, b, c, d, f]}
                    - {category: circle, subject: f, valid_from: 2020-01-01, offering: own, fallback: [a, b, c, d, e]}
                    - {category: "*", subject: "*", valid_from: 2020-01-01, offering: all}

                    """,
            ]))
        let table = [
            ("call", "anna", "1", "2025-06-01T00:00:00Z", "1"), ("call", "anna", "1", "2026-06-01T00:00:00Z", "2"),
            ("call", "anna", "2", "2026-06-01T00:00:00Z", "3"), ("call", "alone", "1", "2026-06-01T00:00:00Z", "1"),
            ("circle", "a", "2", "2026-06-01T00:00:00Z", "no-price"), ("circle", "a", "1", "2026-06-01T00:00:00Z", "1"),
            ("call", "alone", "2", "2026-06-01T00:00:00Z", "no-price"), ("call", "bob", "1", "2026-06-01T00:00:00Z", "3"),
            ("other", "anna", "1", "2026-06-01T00:00:00Z", "4"), ("call", "anna", "1", "2019-06-01T00:00:00Z", "unknown-offering"),
        ]
        for (category, subject, number, at, cost) in table {
            let found = quoter.cost("1", "sms", to: number, at: at) {
                $0.category = category
                $0.subject = subject
            }
            #expect(found == cost, "\(category), \(subject) to \(number) at \(at)")
        }
    }

    @Test("a quote with a plan prices as rating does: own prices, the plan, what is general; none in another currency")
    func withPlan() throws {
        func offering(_ id: String, _ type: String, _ price: String, currency: String = "EUR") -> String {
            "id: \(id)\nname: \(id)\ncurrency: \(currency)\nversions:\n  - valid_from: 2000-01-01\n    prices: [{id: p, type: \(type), steps: [{price: \"\(price)\"}]}]\n"
        }
        var quoter = try Quoter(
            try CatalogueFolder.content([
                "offerings/own.yaml": offering("own", "sms", "1"), "offerings/plan.yaml": offering("plan", "sms", "2"),
                "offerings/all.yaml": offering("all", "generic", "3"), "offerings/dollar.yaml": offering("dollar", "data", "4", currency: "USD"),
                "profiles.yaml":
                    "- {category: \"*\", subject: anna, valid_from: 2020-01-01, offering: own}\n- {category: \"*\", subject: \"*\", valid_from: 2020-01-01, offering: all, fallback: [usd]}\n"
                    + "- {category: \"*\", subject: usd, valid_from: 2020-01-01, offering: dollar}\n",
            ]), offering: "plan")
        #expect(quoter.cost("1", "sms") { $0.subject = "anna" } == "1")
        #expect(quoter.cost("1", "sms") == "2")
        #expect(quoter.cost("1", "generic") == "3")
        #expect(quoter.cost("1", "data") == "no-price")
    }
}
