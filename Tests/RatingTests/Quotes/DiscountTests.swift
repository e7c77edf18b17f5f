import Catalogue
import Events
import Foundation
import Quantities
import Rating
import Testing

/// What discounts take off a charge: by percentage, by spending, by signal; for whom, for what, and when.
@Suite("Discounts")
struct DiscountTests {
    static let zones = "- {id: land, prefixes: [\"420\"]}\n- {id: abroad, prefixes: [\"49\"]}\n"
    static let sms = "{id: sms, type: sms, steps: [{price: 1}]}"
    static let voice = "{id: voice, type: voice, connection_fee: \"0.5\", steps: [{increment: 60 s, price: 1}]}"

    static func content(_ discounts: [String], prices: [String] = [sms, voice], allowances: String = "[]", recurring: String = "[]") throws -> CatalogueContent {
        try CatalogueFolder.content([
            "calendars.yaml": "time_bands: [{id: evening, from: \"18:00\", to: \"22:00\"}]\n", "zones.yaml": zones,
            "offerings/o.yaml":
                "id: o\nname: O\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    allowances: \(allowances)\n    recurring: \(recurring)\n    prices:\n"
                + prices.map { "      - \($0)\n" }.joined() + "    discounts:\n" + discounts.map { "      - \($0)\n" }.joined(),
        ])
    }

    @Test("a usage's cost, given discounts", arguments: [
        // A percentage of all of the charge, the connection fee included; half away from zero at the nano.
        (["{id: d, percent: 20}"], "90", "voice", "", "2"),
        (["{id: d, percent: \"33.333333\"}"], "1", "sms", "", "0.66666667"),
        (["{id: d, percent: 100}"], "1", "sms", "", "0"),
        (["{id: d, percent: \"0.000001\"}"], "1", "sms", "", "0.99999999"),
        // In order, each from what is left.
        (["{id: d, percent: 20}", "{id: e, percent: 10}"], "1", "sms", "", "0.72"),
        (["{id: d, percent: 20, exclusive: true}", "{id: e, percent: 10}"], "1", "sms", "", "0.8"),
        // One that does not apply does not exclude.
        (["{id: d, type: voice, percent: 20, exclusive: true}", "{id: e, percent: 10}"], "1", "sms", "", "0.9"),
        // For some prices, types and zones only.
        (["{id: d, prices: [voice], percent: 20}"], "1", "sms", "", "1"),
        (["{id: d, prices: [voice], percent: 20}"], "60", "voice", "", "1.2"),
        (["{id: d, type: sms, percent: 20}"], "60", "voice", "", "1.5"),
        (["{id: d, zones: [land], percent: 20}"], "1", "sms", "420601", "0.8"),
        (["{id: d, zones: [land], percent: 20}"], "1", "sms", "49301", "1"),
        (["{id: d, zones: [land], percent: 20}"], "1", "sms", "", "1"),
        // By what is spent: a step includes its upper bound.
        (["{id: d, steps: [{from: 0, percent: 0}, {from: 2, percent: 50}]}"], "2", "sms", "", "2"),
        (["{id: d, steps: [{from: 0, percent: 0}, {from: 2, percent: 50}]}"], "3", "sms", "", "2.5"),
        (["{id: d, steps: [{from: 0, percent: 10}, {from: 2, percent: 50}, {from: 4, percent: 0}]}"], "6", "sms", "", "4.8"),
        // A charge of nothing stays nothing.
        (["{id: d, percent: 20}"], "0", "voice", "", "0"),
    ] as [([String], String, String, String, String)])
    func cost(discounts: [String], quantity: String, type: String, to: String, cost: String) throws {
        var quoter = try Quoter(try Self.content(discounts))
        #expect(quoter.cost(quantity, type, to: to) == cost, "\(discounts)")
    }

    @Test("happy hours and promotions: by local time, by their own validity", arguments: [
        ("{id: d, when: {times: [evening]}, percent: 50}", "2026-10-05T18:00:00+02:00", "0.5"),
        ("{id: d, when: {times: [evening]}, percent: 50}", "2026-10-05T17:59:59+02:00", "1"),
        ("{id: d, when: {times: [evening]}, percent: 50}", "2026-10-05T22:00:00+02:00", "1"),
        ("{id: d, from: 2026-10-01, to: 2026-10-06, percent: 50}", "2026-09-30T23:59:59+02:00", "1"),
        ("{id: d, from: 2026-10-01, to: 2026-10-06, percent: 50}", "2026-10-01T00:00:00+02:00", "0.5"),
        ("{id: d, from: 2026-10-01, to: 2026-10-06, percent: 50}", "2026-10-05T23:59:59.999+02:00", "0.5"),
        ("{id: d, from: 2026-10-01, to: 2026-10-06, percent: 50}", "2026-10-06T00:00:00+02:00", "1"),
    ] as [(String, String, String)])
    func time(discount: String, at: String, cost: String) throws {
        var quoter = try Quoter(try Self.content([discount]))
        #expect(quoter.cost("1", "sms", at: at) == cost)
    }

    @Test("a signal multiplies, within bounds; none changes nothing", arguments: [
        ("{id: d, signal: busy}", "busy", 1_500_000, "1.5"), ("{id: d, signal: busy}", "busy", 250_000, "0.25"), ("{id: d, signal: busy}", "busy", 0, "0"),
        ("{id: d, signal: busy, at_most: 2}", "busy", 3_000_000, "2"), ("{id: d, signal: busy, at_least: \"0.8\"}", "busy", 250_000, "0.8"),
        ("{id: d, signal: busy}", "other", 3_000_000, "1"),
    ] as [(String, String, Int64, String)])
    func signal(discount: String, name: String, micros: Int64, cost: String) throws {
        var quoter = try Quoter(try Self.content([discount]))
        #expect(quoter.cost("1", "sms") { $0.signals = [(name, micros)] } == cost)
    }

    @Test("favourite numbers have a price, or a discount")
    func favourites() throws {
        var discounted = try Quoter(try Self.content(["{id: d, when: {favourites: true}, percent: 50}"]))
        #expect(discounted.cost("1", "sms", to: "420601") { $0.isFavourite = true } == "0.5")
        #expect(discounted.cost("1", "sms", to: "420601") == "1")
        var priced = try Quoter(
            try CatalogueFolder.content(prices: "{id: f, type: sms, when: {favourites: 1}, steps: [{price: \"0.1\"}]}", Self.sms))
        #expect(priced.cost("1", "sms", to: "420601") { $0.isFavourite = true } == "0.1")
        #expect(priced.cost("1", "sms", to: "420601") == "1")
        // Without a number there is no favourite.
        #expect(priced.cost("1", "sms") { $0.isFavourite = true } == "1")
    }

    @Test("after minimum and maximum, before allowances of money, and rounded as the price rounds", arguments: [
        ("{id: sms, type: sms, minimum: 2, steps: [{price: 1}]}", "[]", "1", "1.6"), ("{id: sms, type: sms, maximum: 2, steps: [{price: 1}]}", "[]", "5", "1.6"),
        ("{id: sms, type: sms, steps: [{price: 1}]}", "[{id: m, money: \"0.5\"}]", "1", "0.3"),
        ("{id: sms, type: sms, steps: [{price: 1}]}", "[{id: m, type: sms, amount: 1 event}]", "3", "1.6"),
        ("{id: sms, type: sms, rounding: {decimals: 1, mode: up}, steps: [{price: \"0.11\"}]}", "[]", "1", "0.2"),
        ("{id: sms, type: sms, rounding: {decimals: 1, mode: down}, steps: [{price: \"0.11\"}]}", "[]", "1", "0"),
        ("{id: sms, type: sms, rounding: {decimals: 2}, steps: [{price: \"0.21\"}]}", "[]", "1", "0.17"),
    ] as [(String, String, String, String)])
    func order(price: String, allowances: String, quantity: String, cost: String) throws {
        var quoter = try Quoter(try Self.content(["{id: d, percent: 20}"], prices: [price], allowances: allowances))
        #expect(quoter.cost(quantity, "sms") == cost)
    }

    @Test("what is taken off is rounded at the nano, half away from zero", arguments: [
        ("{id: d, percent: 50}", "0.000000005", "0.000000002"), ("{id: d, percent: 50}", "-0.000000005", "-0.000000002"),
        ("{id: d, signal: busy}", "0.000000005", "0.000000008"), ("{id: d, signal: busy}", "-0.000000005", "-0.000000008"),
        ("{id: d, steps: [{from: 0, percent: 50}]}", "0.000000005", "0.000000002"),
    ])
    func nanos(discount: String, price: String, cost: String) throws {
        var quoter = try Quoter(try Self.content([discount], prices: ["{id: sms, type: sms, steps: [{price: \"\(price)\"}]}"]))
        #expect(quoter.cost("1", "sms") { $0.signals = [("busy", 1_500_000)] } == cost)
    }

    @Test("a discount that takes nothing off does not round either")
    func nothingOff() throws {
        let price = "{id: sms, type: sms, connection_fee: \"0.005\", rounding: {decimals: 2}, steps: [{price: 1}]}"
        var quoter = try Quoter(try Self.content(["{id: d, steps: [{from: 0, percent: 0}]}"], prices: [price]))
        #expect(quoter.cost("1", "sms") == "1.005")
    }

    @Test("a session is cut where a discount begins, ends, or a signal changes")
    func split() throws {
        let price = "{id: voice, type: voice, session: split, steps: [{increment: 1 s, price: 1}]}"
        var quoter = try Quoter(
            try Self.content(["{id: d, when: {times: [evening]}, percent: 50}", "{id: e, from: 2026-10-05T22:30:00+02:00, percent: 10}"], prices: [price]))
        var request = QuoteRequest(type: "voice", startMs: Given.ms("2026-10-05T17:00:00+02:00"), quantityMicros: 6 * 3600 * second)
        let quote = try quoter.quote(request)
        #expect(quote.parts.map(\.quantityMicros) == [3600, 4 * 3600, 1800, 1800].map { $0 * second })
        #expect(quote.costNanos == (3600 + 2 * 3600 + 1800 + 1620) * 1_000_000_000)
        // A price that takes its start for all has one discount for all.
        request.startMs = Given.ms("2026-10-05T18:00:00+02:00")
        var whole = try Quoter(try Self.content(["{id: d, when: {times: [evening]}, percent: 50}"], prices: [price.replacingOccurrences(of: "split", with: "start")]))
        #expect(try whole.quote(request).costNanos == 3 * 3600 * 1_000_000_000)
    }

    @Test("refused where it can't be meant", arguments: [
        ("{id: d}", "expected one of percent, steps and signal, found none"), ("{id: d, percent: 1, signal: s}", "percent and signal"),
        ("{id: d, percent: 101}", "from 0 to 100"), ("{id: d, percent: 0}", "takes nothing off"), ("{id: d, percent: \"1.2345678\"}", "six decimals"),
        ("{id: d, percent: 5, prices: [nope]}", "no such price"), ("{id: d, type: data, percent: 5}", "there is no price that it could take something off"),
        ("{id: d, type: fax, percent: 5}", "unknown usage type"), ("{id: d, zones: [moon], percent: 5}", "has no zone"),
        ("{id: d, from: 2026-02-01, to: 2026-02-01, percent: 5}", "never holds"), ("{id: d, steps: [{from: 1, percent: 5}]}", "the first step is from 0"),
        ("{id: d, steps: [{from: 0, percent: 5}, {from: 0, percent: 6}]}", "in order of from"), ("{id: d, steps: []}", "at least one step"),
        ("{id: d, percent: 5, of: account}", "whose spending steps count"), ("{id: d, percent: 5, at_most: 2}", "bounds the multiplier"),
        ("{id: d, signal: s, at_least: 2, at_most: 1}", "not less than at_least"), ("{id: d, percent: 5, when: {first_of: day}}", "first_of is for prices"),
        ("{id: d, on: fees, percent: 5, when: {times: [evening]}}", "a fee has segments and age"), ("{id: d, on: fees, signal: s}", "is for usage"),
        ("{id: d, signal: load x}", "expected the name of a price signal"), ("{id: d, signal: \"\"}", "expected the name of a price signal"),
        ("{id: d, on: fees, percent: 5, prices: [sms]}", "no such price"), ("{id: d, percent: 5, when: {favourites: 101}}", "from 1 to 100"),
        ("{id: d, percent: 5, when: {favourites: false}}", "to ask nothing, leave it out"),
    ] as [(String, String)])
    func refused(discount: String, says: String) throws {
        let error = #expect(throws: CatalogueErrors.self) { try Self.content([discount]) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(says), "\(error.map { "\($0)" } ?? "")")
    }
}
