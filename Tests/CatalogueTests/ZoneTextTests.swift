import Catalogue
import Events
import Foundation
import Quantities
import Testing

/// Zones within zones, the zones of an offering, and what the same words mean by other rules.
@Suite("Zones in the catalogue's text")
struct ZoneTextTests {
    private static let zones = """
        - {id: national, prefixes: ["420"]}
        - {id: premium, prefixes: ["42090"]}
        - {id: promo, prefixes: ["4206", "4207"]}
        - {id: world, prefixes: [""]}

        """
    private static func price(_ id: String, _ zones: String, _ type: String = "voice") -> String {
        "{id: \(id), type: \(type)\(zones.isEmpty ? "" : ", zones: [\(zones)]"), steps: [{price: \"1\"}]}"
    }

    private static func offering(_ prices: [String], _ more: String = "", id: String = "o", allowances: String = "[]") -> String {
        "id: \(id)\nname: O\ncurrency: EUR\n\(more)versions:\n  - valid_from: 2000-01-01\n    allowances: \(allowances)\n    prices:\n" + prices.map { "      - \($0)\n" }.joined()
    }

    private static func read(_ offerings: [String], zones: String? = nil, networks: String = "", rules: Int = 2) throws -> CatalogueContent {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in CatalogueLoaderTests.files where file == "issuers.yaml" { try folder.write(file, text) }
        try folder.write("settings.yaml", "name: n\ngrace: 1d\nlate_periods: 1\nrules: \(rules)\ntime_zones: [UTC]\nusage_types: {voice: s, sms: event, data: B}\n")
        try folder.write("zones.yaml", zones ?? Self.zones)
        if !networks.isEmpty { try folder.write("networks.yaml", networks) }
        let directory = folder.path + "/offerings"
        try? FileManager.default.removeItem(atPath: directory)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for (place, text) in offerings.enumerated() { try folder.write("offerings/\(place).yaml", text) }
        return try CatalogueLoader().load(folder.path)
    }

    private static func errors(_ offerings: [String], zones: String? = nil, networks: String = "", rules: Int = 2) -> [String] {
        do throws(any Error) {
            _ = try read(offerings, zones: zones, networks: networks, rules: rules)
            return []
        } catch {
            return (error as? CatalogueErrors)?.errors.map { "\($0.file):\($0.line) \($0.message)" } ?? ["\(error)"]
        }
    }

    // MARK: Splits

    private static let both = [price("n", "national"), price("p", "premium")]

    @Test("a zone that takes numbers out of a priced one is an error until it has a price or says what it is within", arguments: [
        ([offering([price("n", "national")])], ["premium", "promo"]), ([offering(both)], ["promo"]), ([offering([price("n", "national, premium, promo")])], []),
        // A price for any destination is none there: what was national would silently cost the rest.
        ([offering(both + [price("rest", "")])], ["promo"]), ([offering([price("rest", "")])], []), ([offering([price("p", "premium")])], []),
        // Left out of the offering's zones.
        ([offering([price("n", "national")], "zones: [national]\n")], []), ([offering(both, "zones: [national, premium]\n")], []),
        // For each type by itself.
        ([offering(both + [price("v", "promo"), price("s", "national", "sms")])], ["premium", "promo"]),
        // The world is split by all.
        ([offering([price("w", "world")])], ["national", "premium", "promo"]),
        // One promotion's zone, many plans.
        ([offering(both, id: "a"), offering(both, id: "b"), offering([price("x", "promo")], id: "c")], ["promo"]),
    ] as [([String], [String])])
    func splits(_ offerings: [String], _ expected: [String]) throws {
        let errors = Self.errors(offerings)
        #expect(errors.map { String($0.split(separator: " ")[2]) } == expected, "\(errors)")
        // By the rules before there is nothing wrong with it.
        if !offerings.contains(where: { $0.contains("\nzones: [") }) { #expect(Self.errors(offerings, rules: 1) == []) }
    }

    @Test("the error names zone, prefix, types, offerings and what would help; within heals it, the deck's prices too")
    func words() throws {
        let plans = [Self.offering(Self.both, id: "a"), Self.offering(Self.both + [Self.price("s", "national", "sms")], id: "b")]
        let errors = Self.errors(plans)
        #expect(errors == [
            "zones.yaml:2 zone premium takes numbers (42090) out of national, and has no price of sms itself in b, which has one for national: give it a price there, "
                + "or say within: [national] here, or leave it out of the offering's zones",
            "zones.yaml:3 zone promo takes numbers (4206) out of national, and has no price of sms, voice itself in a, b, which has one for national: give it a price "
                + "there, or say within: [national] here, or leave it out of the offering's zones",
        ])
        let within = Self.zones.replacing("[\"42090\"]", with: "[\"42090\"], within: [national]").replacing("\"4207\"]", with: "\"4207\"], within: [national]")
        #expect(Self.errors(plans, zones: within) == [])
    }

    @Test("zones of an offering and around a zone are those that there are", arguments: [
        ("zones: [nowhere]\n", "", "zones.yaml has no zone \"nowhere\""), ("zones: []\n", "", "expected at least one zone"),
        ("zones: [national, national]\n", "", "a zone comes twice"), ("zones: [world]\n", "", "no number can be in zone national"),
        ("kind: addon\nzones: [national]\n", "", "an add-on has no prices of usage"),
        ("", "within: [nowhere]", "zones.yaml has no zone \"nowhere\""), ("", "within: [premium]", "zone premium would lie within itself"),
        ("", "within: [promo]", "would lie within itself"), ("", "within: [world, world]", "a zone comes twice"),
    ])
    func names(_ more: String, _ within: String, _ says: String) throws {
        let zones = Self.zones.replacing("\"42090\"]", with: "\"42090\"]" + (within.isEmpty ? "" : ", " + within)).replacing("\"4207\"]", with: "\"4207\"], within: [premium]")
        let errors = Self.errors([Self.offering(Self.both, more)], zones: zones)
        #expect(errors.contains { $0.contains(says) }, "\(errors)")
    }

    @Test("a zone around the offering's zones may be priced")
    func around() throws {
        let zones = Self.zones.replacing("\"4207\"]", with: "\"4207\"], within: [national]")
        #expect(Self.errors([Self.offering([Self.price("n", "national")], "zones: [promo]\n")], zones: zones) == [])
    }

    @Test("what is for the newer rules is refused by a catalogue of the rules before")
    func before() throws {
        #expect(Self.errors([Self.offering(Self.both, "zones: [national, premium]\n")], rules: 1).first?.contains("version 2 of the rules") == true)
        #expect(Self.errors([Self.offering(Self.both)], zones: "- {id: national, prefixes: [\"420\"]}\n- {id: premium, prefixes: [\"42090\"], within: [national]}\n", rules: 1)
            .first?.contains("version 2 of the rules") == true)
        let allowance = "[{id: m, type: voice, amount: 1 min, includes_free: true}]"
        #expect(Self.errors([Self.offering([Self.price("p", "")], allowances: allowance)], rules: 1).first?.contains("version 2 of the rules") == true)
    }

    @Test("a network's code is a country's, whole, or says that it is a beginning", arguments: [
        ("262", nil), ("26201", nil), ("405034", nil), ("40503*", nil), ("4*", nil), ("DEU", nil), ("DEUD1", nil), ("DEUD*", nil),
        ("4050", "an MCC has three digits"), ("4050341", "an MCC has three digits"), ("26", "an MCC has three digits"), ("DEUD", "a TADIG code has five"),
        ("DE", "a TADIG code has five"), ("*", "expected an MCC"), ("26201x", "expected an MCC"), ("405*3", "expected an MCC"), ("2DE", "expected an MCC"),
    ] as [(String, String?)])
    func codes(_ code: String, _ says: String?) throws {
        let errors = Self.errors([Self.offering([Self.price("p", "")])], networks: "- {id: home, codes: [\"\(code)\"]}\n")
        #expect(says.map { errors.count == 1 && errors[0].contains($0) } ?? errors.isEmpty, "\(errors)")
    }

    // MARK: Allowances that nothing draws on

    @Test("an allowance on which nothing can draw is told, and what would help", arguments: [
        // 20 GB before a slower tariff at 0.
        ("{id: gb, type: data, amount: 20 GB, notices: [100]}", [price("d", "", "data").replacing("\"1\"", with: "\"0\"")], "say includes_free: true"),
        ("{id: gb, type: data, amount: 20 GB, includes_free: true}", [price("d", "", "data").replacing("\"1\"", with: "\"0\"")], nil),
        ("{id: m, type: voice, amount: 1 min, zones: [premium]}", both + [price("v", "promo").replacing("\"1\"", with: "\"0\"")], nil),
        ("{id: m, type: voice, amount: 1 min, zones: [promo]}", both + [price("v", "promo").replacing("\"1\"", with: "\"0\"")], "free by price v"),
        ("{id: m, type: voice, amount: 1 min, zones: [world]}", both + [price("v", "promo")], "no price is for what lies in world"),
        ("{id: money, money: \"5\", type: data}", [price("d", "", "data").replacing("\"1\"", with: "\"0\"")], "all that it is for is free"),
        ("{id: m, type: voice, amount: 1 min, when: {directions: [mt]}}",
            ["{id: r, type: voice, when: {directions: [mt]}, steps: [{price: \"0\"}]}", "{id: o, type: voice, when: {directions: [mo]}, steps: [{price: \"1\"}]}"], "free by price r"),
        ("{id: m, type: voice, amount: 1 min}", ["{id: r, type: voice, when: {directions: [mt]}, steps: [{price: \"0\"}]}", price("v", "")], nil),
    ] as [(String, [String], String?)])
    func idle(_ allowance: String, _ prices: [String], _ says: String?) throws {
        let content = try Self.read([Self.offering(prices, allowances: "[\(allowance)]")])
        let found = IdleAllowance.find(in: content)
        #expect(says.map { found.count == 1 && found[0].message.contains($0) } ?? found.isEmpty, "\(found)")
        var before = content
        before.rulesVersion = 1
        #expect(IdleAllowance.find(in: before).isEmpty)
    }

    // MARK: Other meanings

    @Test("the difference says what the newer rules change, in words")
    func meanings() throws {
        let text = Self.offering(
            Self.both + [Self.price("v", "promo"), "{id: free, type: voice, when: {directions: [mt]}, steps: [{price: \"0\"}]}"], "", allowances:
                "[{id: m, type: voice, amount: 1 min, zones: [national]}]")
        let new = try Self.read([text], networks: "- {id: home, codes: [\"40503\"]}\n")
        var old = new
        old.rulesVersion = 0
        #expect(ChangedMeaning.find(from: old, to: new).map { "\($0.path): \($0.meaning)" } == [
            "networks/home/40503: is that code alone, no longer all that begin so (for those say 40503*)",
            "offerings/o/versions/2000-01-01T00:00:00Z/allowances/m: pays no longer for what is free by free, and tells nothing of it (includes_free)",
            "offerings/o/versions/2000-01-01T00:00:00Z/allowances/m: voice to zone promo, zone premium: pays no longer for it",
        ])
        #expect(ChangedMeaning.find(from: old, to: old) == [] && ChangedMeaning.find(from: new, to: new) == [])
        #expect(try CatalogueDiff(from: old, to: new).changes.map(\.path) == ["rulesVersion"])
        // Nor is that a broken promise, or a correction.
        #expect(PublishedPromises.broken(from: old, to: new, now: Timestamp(ms: 1_800_000_000_000)) == [])
        #expect(PublishedPromises.correctedFrom(from: old, to: new, now: Timestamp(ms: 1_800_000_000_000)) == nil)
    }

    @Test("so it does where a zone comes to lie within another, or an offering gets zones of its own")
    func changedDeck() throws {
        let new = try Self.read([Self.offering(Self.both + [Self.price("v", "promo")], allowances: "[{id: m, type: voice, amount: 1 min, zones: [national]}]")])
        var within = new
        within.zones[1].within = ["national"]
        #expect(ChangedMeaning.find(from: new, to: within).map { "\($0.path.suffix(12)): \($0.meaning)" } == [
            "allowances/m: voice to zone premium: pays for it, which it did not", "0:00Z/prices: voice to zone premium: p, then n, where it was p",
        ])
        var deck = new
        deck.offerings[0].deck = ["national", "promo"]
        #expect(ChangedMeaning.find(from: new, to: deck).map(\.meaning) == [
            "voice to zone premium: pays for it, which it did not", "voice to zone premium: n, where it was p",
        ])
        #expect(PublishedPromises.correctedFrom(from: new, to: deck, now: Timestamp(ms: 1_800_000_000_000)) != nil)
    }
}
