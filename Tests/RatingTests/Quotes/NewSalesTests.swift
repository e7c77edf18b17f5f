import Events
import Quantities
import Rating
import Testing

/// A version for new sales is for who comes then: who was there before keeps the old one, whichever profile led to the offering.
@Suite("Versions for new sales")
struct NewSalesTests {
    /// A second costs 1, and 2 for those who come in 2026; "second" prices nothing but messages, so that what it falls back to decides.
    private static func content(profiles: String, newPrices: String = "{id: p, type: voice, session: split, steps: [{increment: 1 s, price: \"2\"}]}") throws -> CatalogueContent {
        try CatalogueFolder.content([
            "offerings/o.yaml": """
                id: o
                name: O
                currency: EUR
                versions:
                  - {valid_from: 2000-01-01, prices: [{id: p, type: voice, session: split, steps: [{increment: 1 s, price: "1"}]}]}
                  - {valid_from: 2026-01-01T00:00:00Z, for: new-sales, prices: [\(newPrices)]}
                """,
            "offerings/other.yaml":
                "id: other\nname: Other\ncurrency: EUR\nversions: [{valid_from: 2000-01-01, prices: [{id: m, type: sms, steps: [{price: 1}]}]}]\n",
            "profiles.yaml": profiles,
        ])
    }

    private static let ways = [
        "the subject's own": "- {category: \"*\", subject: anna, valid_from: 2010-01-01, offering: o}\n",
        "a fallback":
            "- {category: \"*\", subject: anna, valid_from: 2010-01-01, offering: other, fallback: [b]}\n- {category: \"*\", subject: b, valid_from: 2010-01-01, offering: o}\n",
        "a fallback to all":
            "- {category: \"*\", subject: anna, valid_from: 2010-01-01, offering: other, fallback: [\"*\"]}\n- {category: \"*\", subject: \"*\", valid_from: 2010-01-01, offering: o}\n",
        "the general one": "- {category: \"*\", subject: \"*\", valid_from: 2010-01-01, offering: o}\n",
        "one that an entry of the same offering follows":
            "- {category: \"*\", subject: \"*\", valid_from: 2010-01-01, offering: o}\n- {category: \"*\", subject: \"*\", valid_from: 2025-12-31, offering: o, fallback: [b]}\n"
            + "- {category: \"*\", subject: b, valid_from: 2010-01-01, offering: other}\n",
    ]

    @Test("a session that was begun before stays with the old version", arguments: ways.keys.sorted())
    func session(way: String) throws {
        var quoter = try Quoter(try Self.content(profiles: Self.ways[way] ?? ""), timeZone: "UTC")
        let ask = { (request: inout QuoteRequest) in request.subject = "anna" }
        #expect(quoter.cost("120", at: "2025-12-31T23:59:00Z", with: ask) == "120", "\(way)")
        #expect(quoter.cost("120", at: "2026-01-01T00:00:00Z", with: ask) == "240", "\(way)")
        #expect(quoter.cost("120", at: "2026-05-01T00:00:00Z", with: { ask(&$0); $0.sinceMs = Given.ms("2025-06-01T00:00:00Z") }) == "120", "\(way)")
        // Nor is there no price where the new version has none.
        let narrower = try Self.content(profiles: Self.ways[way] ?? "", newPrices: "{id: m, type: sms, steps: [{price: 1}]}")
        quoter = try Quoter(narrower, timeZone: "UTC")
        #expect(quoter.cost("120", at: "2025-12-31T23:59:00Z", with: ask) == "120", "\(way)")
    }

    /// When the subscription began, when the profile came to lead to the offering, and what 120 s cost that begin a minute before the new version, and after it.
    static let stays: [(activated: String, profile: String, across: String, after: String)] = [
        ("2025-06-01", "2010-01-01", "120", "120"), ("2025-06-01", "2025-12-31", "120", "120"),
        ("2026-01-01", "2010-01-01", "none", "240"),
        // Nobody was there before the profile led to it.
        ("2025-06-01", "2026-01-01", "none", "240"),
    ]

    @Test("the stage does as the quote", arguments: stays.indices)
    func stage(place: Int) throws {
        let item = Self.stays[place]
        for rules: UInt32 in [1, 2] {
            var content = try Self.content(profiles: "- {category: \"*\", subject: \"*\", valid_from: \(item.profile)T00:00:00Z, offering: o}\n")
            content.rulesVersion = rules
            var harness = try Harness(content)
            try harness.feed(Given.account("a", from: "2025-01-01T00:00:00Z", currency: "EUR"))
            try harness.feed(Given.subscription("s", of: "a", "other", from: item.activated + "T00:00:00Z"))
            func cost(_ id: Int64, at start: String) throws -> String {
                try harness.feed(Given.usage(id, "voice", 120 * second, at: start))
                let charges = try harness.rated().compactMap { if case .usage(let usage)? = $0.body { usage.chargeNanos } else { nil } }
                return charges.isEmpty ? "none" : DecimalText.format(Int128(charges.reduce(0, +)), decimals: 9)
            }
            let (across, after) = (try cost(1, at: "2025-12-31T23:59:00Z"), try cost(2, at: "2026-01-10T12:00:00Z"))
            // By the first rules all versions of what a profile leads to counted.
            #expect(across == (rules == 1 && item.across == "120" ? "180" : item.across) && after == (rules == 1 ? "240" : item.after), "\(item), rules \(rules)")
        }
    }

    @Test("prices by the customer's own number: the stage's identifier has a scheme, zones have none")
    func origins() throws {
        var content = try CatalogueFolder.content(
            prices: "{id: near, type: voice, when: {origins: [land]}, steps: [{price: 1}]}", "{id: far, type: voice, steps: [{price: 9}]}",
            zones: "- {id: land, name: Land, prefixes: [\"420\"], country: home}\n")
        for (rules, served, charge) in [(2, "msisdn:420601000001", 1), (2, "msisdn:33100000001", 9), (2, "user:420", 9), (1, "msisdn:420601000001", 9)] as [(UInt32, String, Int64)] {
            content.rulesVersion = rules
            var harness = try Harness(content)
            try harness.feed(Given.account("a", currency: "EUR"))
            try harness.feed(Given.subscription("s", of: "a", "o"))
            var usage = Given.usage(1, "voice", second)
            usage.usage.parties.served = served
            try harness.feed(usage)
            let charges = try harness.rated().compactMap { if case .usage(let usage)? = $0.body { usage.chargeNanos } else { nil } }
            #expect(charges == [charge * 1_000_000_000], "\(served), rules \(rules)")
            var quoter = try Quoter(content)
            #expect(quoter.cost("1", with: { $0.served = served }) == "\(charge)", "\(served), rules \(rules)")
        }
    }

    @Test(
        "a quoted number is prepared as that of usage is",
        arguments: ["+420777123456", "00420777123456", "+420 777 123 456", "420777123456", "(+420) 777-123-456"])
    func numbers(number: String) throws {
        let content = try CatalogueFolder.content(
            prices: "{id: land, type: voice, zones: [land], steps: [{price: 4}]}", "{id: world, type: voice, zones: [world], steps: [{price: 21}]}",
            zones: "- {id: land, name: Land, prefixes: [\"420\"]}\n- {id: world, name: World, prefixes: [\"\"]}\n")
        var quoter = try Quoter(content)
        #expect(quoter.cost("1", to: number) == "4")
        #expect(quoter.cost("1", to: "800-FLOWERS") == "21")
    }
}
