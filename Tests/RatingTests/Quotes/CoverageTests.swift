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
    private static let zones = "- {id: land, prefixes: [\"420\"]}\n- {id: abroad, prefixes: [\"49\"]}\n"
    private static let networks = "- {id: home, codes: [\"23001\"]}\n- {id: eu, codes: [\"262\"]}\n"

    private static func prices(_ conditions: [String]) -> [String] {
        conditions.enumerated().map { "{id: p\($0), type: voice, steps: [{price: 1}]\($1.isEmpty ? "" : ", " + $1)}" }
    }

    private static func load(_ conditions: [String]) throws {
        let lines = prices(conditions)
        switch lines.count {
        case 2: _ = try CatalogueFolder.content(prices: lines[0], lines[1], calendars: calendars, zones: zones, networks: networks)
        default: _ = try CatalogueFolder.content(prices: lines[0], lines[1], lines[2], calendars: calendars, zones: zones, networks: networks)
        }
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
    ] as [([String], String)])
    func unreachable(conditions: [String], says: String) throws {
        let error = #expect(throws: CatalogueErrors.self) { try Self.load(conditions) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("no usage can reach it: " + says), "\(error.map { "\($0)" } ?? "")")
    }

    @Test("something is left for the last price", arguments: [
        ["when: {times: [work]}", ""], ["when: {times: [work]}", "when: {times: [monday-evening]}"], ["when: {times: [day]}", "when: {times: [early, day]}"],
        ["when: {times: [january]}", "when: {times: [monday-morning]}"], ["when: {times: [winter-night]}", "when: {times: [early]}"],
        ["when: {times: [work]}", "when: {times: [newyork]}"], ["when: {times: [work]}", "when: {times: [night]}", ""],
        ["when: {times: [day], segments: [a]}", "when: {times: [night]}", ""], ["when: {directions: [mo]}", "when: {directions: [mo, mt]}"],
        ["when: {segments: [a]}", ""], ["zones: [land]", "zones: [land, abroad]"], ["when: {age: {from: 2d, to: 9d}}", "when: {age: {from: 2d}}"],
        ["when: {favourites: 3}", "when: {favourites: 5}"], ["when: {favourites: 3}", ""], ["when: {on_net: true}", "when: {on_net: false}"],
        ["when: {first_of: day}", ""], ["when: {networks: [home]}", ""],
    ])
    func reachable(conditions: [String]) throws { try Self.load(conditions) }
}
