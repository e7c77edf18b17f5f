import Catalogue
import Events
import Rating
import Testing

/// Prices that no usage can reach are found, however their conditions are written; those that some can reach are not.
@Suite("Unreachable prices")
struct CoverageTests {
    private static let calendars = """
        time_bands:
          - {id: work, weekdays: [mon, tue, wed, thu, fri], from: "08:00", to: "18:00"}
          - {id: monday-morning, weekdays: [mon], from: "09:00", to: "12:00"}
          - {id: monday-evening, weekdays: [mon], from: "17:00", to: "19:00"}
          - {id: day, from: "06:00", to: "22:00"}
          - {id: night, from: "22:00", to: "06:00"}
          - {id: early, from: "00:00", to: "05:00"}
          - {id: january, months: [1], from: "09:00", to: "10:00", weekdays: [tue]}
          - {id: winter-night, months: [1], from: "22:00", to: "06:00"}
          - {id: newyork, from: "09:00", to: "10:00", weekdays: [mon], time_zone: America/New_York}

        """
    private static let zones = """
        - {id: land, prefixes: ["420"]}
        - {id: abroad, prefixes: ["49"]}
        - {id: mobile6, prefixes: ["4206"], shares_prefixes: true}
        - {id: mobile7, prefixes: ["4207"], shares_prefixes: true}
        - {id: mobile, prefixes: ["4206", "4207"], shares_prefixes: true}
        - {id: mobile-and-city, prefixes: ["4206", "4207", "4202"], shares_prefixes: true}
        - {id: world, prefixes: [""]}

        """
    private static let networks = "- {id: home, codes: [\"23001\"]}\n- {id: eu, codes: [\"262\"]}\n"

    private static func prices(_ conditions: [String]) -> [String] {
        conditions.enumerated().map { "{id: p\($0), type: voice, steps: [{price: 1}]\($1.isEmpty ? "" : ", " + $1)}" }
    }

    /// By the rules before, and among the zones alone that are named, which comes to the same.
    private static func load(_ conditions: [String], rules: Int) throws {
        let lines = prices(conditions)
        let deck = rules == 1 ? [] : zonesNamed(in: conditions)
        _ = try CatalogueFolder.content(prices: lines, calendars: calendars, zones: zones, networks: networks, deck: deck, rules: rules)
    }

    @Test("nothing is left for the last price", arguments: [
        (["", "when: {times: [work]}"], "price p0 before it is"), (["", ""], "price p0"),
        (["when: {times: [work]}", "when: {times: [monday-morning]}"], "price p0"), (["when: {times: [night]}", "when: {times: [early]}"], "price p0"),
        (["when: {times: [work]}", "when: {times: [january]}"], "price p0"), (["when: {times: [day, night]}", ""], "price p0"),
        (["when: {times: [day, night]}", "when: {times: [newyork]}"], "price p0"), (["when: {times: [night]}", "when: {times: [winter-night]}"], "price p0"),
        // Two together.
        (["when: {times: [day]}", "when: {times: [night]}", ""], "prices p0, p1 before it are"),
        (["when: {times: [day]}", "when: {times: [night]}", "when: {segments: [a], times: [work, early]}"], "prices p0, p1"),
        // Lists in lists, ages within ages, fewer favourites within more.
        (["when: {directions: [mo, mt]}", "when: {directions: [mt]}"], "price p0"),
        (["when: {segments: [a, b]}", "when: {segments: [b], on_net: true}"], "price p0"),
        (["zones: [land, abroad]", "zones: [abroad], when: {categories: [x]}"], "price p0"),
        (["when: {networks: [home, eu]}", "when: {networks: [eu]}"], "price p0"),
        (["when: {age: {from: 1d, to: 9d}}", "when: {age: {from: 2d, to: 9d}}"], "price p0"),
        (["when: {age: {from: 1d}}", "when: {age: {from: 2d, to: 9d}}"], "price p0"), (["when: {favourites: 5}", "when: {favourites: 3}"], "price p0"),
        (["when: {on_net: true}", "when: {on_net: true, first_of: day}"], "price p0"),
        // A zone of several prefixes, each of which another price takes; a zone each; all of the world.
        (["zones: [mobile6]", "zones: [mobile7]", "zones: [mobile]"], "prices p0, p1 before it are"),
        (["zones: [mobile]", "zones: [mobile6, mobile7]"], "price p0 before it is"),
        (["zones: [mobile6]", "zones: [mobile]", "zones: [mobile7]"], "price p1"),
        (["zones: [land]", "zones: [abroad]", "zones: [abroad, land]"], "prices p0, p1"),
        (["zones: [mobile6], when: {times: [day]}", "zones: [mobile6, mobile7], when: {times: [night]}", "zones: [mobile7]", "zones: [mobile]"],
            "prices p0, p1, p2"),
        (["zones: [world]", ""], "price p0"), (["zones: [land]", "zones: [world]", ""], "prices p0, p1"),
    ] as [([String], String)])
    func unreachable(conditions: [String], says: String) throws {
        for rules in [1, 2] {
            let error = #expect(throws: CatalogueErrors.self) { try Self.load(conditions, rules: rules) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("no usage can reach it: " + says), "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test("something is left for the last price", arguments: [
        ["when: {times: [work]}", ""], ["when: {times: [work]}", "when: {times: [monday-evening]}"], ["when: {times: [day]}", "when: {times: [early, day]}"],
        ["when: {times: [january]}", "when: {times: [monday-morning]}"], ["when: {times: [winter-night]}", "when: {times: [early]}"],
        ["when: {times: [work]}", "when: {times: [newyork]}"], ["when: {times: [work]}", "when: {times: [night]}", ""],
        ["when: {times: [day], segments: [a]}", "when: {times: [night]}", ""], ["when: {directions: [mo]}", "when: {directions: [mo, mt]}"],
        ["when: {segments: [a]}", ""], ["zones: [land]", "zones: [land, abroad]"], ["when: {age: {from: 2d, to: 9d}}", "when: {age: {from: 2d}}"],
        ["when: {favourites: 3}", "when: {favourites: 5}"], ["when: {favourites: 3}", ""], ["when: {on_net: true}", "when: {on_net: false}"],
        ["when: {first_of: day}", ""], ["when: {networks: [home]}", ""],
        // The longest prefix that any price names decides, be the price a later one: 4206 and 4202 are for those prices alone that name them, or nothing.
        ["zones: [land]", "zones: [mobile6]"], ["zones: [world]", "when: {segments: [a]}", "zones: [mobile6]"], ["zones: [mobile6]", "zones: [mobile7]", "zones: [mobile-and-city]"],
        ["zones: [mobile6], when: {times: [day]}", "zones: [mobile7]", "zones: [mobile]"], ["zones: [land]", "zones: [abroad]", ""],
    ])
    func reachable(conditions: [String]) throws { for rules in [1, 2] { try Self.load(conditions, rules: rules) } }

    // MARK: Zones within zones

    private static let nestedZones = """
        - {id: land, prefixes: ["420"]}
        - {id: mobile, prefixes: ["4206"], within: [land]}
        - {id: promo, prefixes: ["42066"], within: [mobile]}

        """

    @Test("a nearer price takes all, wherever it stands; one further out takes nothing from it", arguments: [
        (["zones: [land]", "zones: [mobile]"], nil), (["zones: [mobile]", "zones: [land]"], nil), (["zones: [land]", "zones: [mobile, promo]", "zones: [promo]"], "price p1"),
        (["zones: [land]", "zones: [promo]", "zones: [mobile]"], nil), (["zones: [land]", "zones: [mobile], when: {times: [day]}", "zones: [promo]"], nil),
        (["", "zones: [mobile]"], "price p0"), (["zones: [land]", ""], nil), (["zones: [land]", "when: {directions: [mt]}", "zones: [mobile]"], nil),
        // The third zone's price takes promo's numbers from the land's, which keeps the rest.
        (["zones: [promo]", "zones: [mobile]", "zones: [land], when: {times: [work]}"], nil),
    ] as [([String], String?)])
    func nested(conditions: [String], says: String?) throws {
        var errors = ""
        do throws(any Error) { _ = try CatalogueFolder.content(prices: Self.prices(conditions), calendars: Self.calendars, zones: Self.nestedZones, rules: 2) } catch { errors = "\(error)" }
        #expect(says.map { errors.contains("no usage can reach it: " + $0) } ?? errors.isEmpty, "\(conditions): \(errors)")
    }
}
