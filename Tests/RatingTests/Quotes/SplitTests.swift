import Events
import Quantities
import Rating
import Testing

@Suite("Long sessions")
struct SplitTests {
    private static let bands = """
        time_bands:
          - {id: peak, weekdays: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00"}
          - {id: first-hours, from: "00:00", to: "02:00"}
          - {id: january, months: [1]}
          - {id: leap-day, months: [2], month_days: [29]}

        """

    private static func quoter(_ band: String, increment: String = "1 s", session: String = "split", zone: String = "Europe/Prague") throws -> Quoter {
        try Quoter(
            try CatalogueFolder.content(
                prices:
                    "{id: in, type: voice, when: {times: [\(band)]}, session: \(session), connection_fee: \"1\", "
                    + "steps: [{increment: \(increment), price: \"6\", per: 60 s}]}",
                "{id: out, type: voice, session: \(session), connection_fee: \"2\", steps: [{increment: \(increment), price: \"3\", per: 60 s}]}",
                calendars: bands), timeZone: zone)
    }

    struct Case: Sendable {
        var name: String
        var band = "peak"
        var increment = "1 s"
        var session = "split"
        var zone = "Europe/Prague"
        var at: String
        var seconds: String
        var cost: String
    }

    static let cases = [
        Case(name: "within one band", at: "2026-10-05T10:00:00+02:00", seconds: "60", cost: "7"),
        Case(name: "the fee is the first part's", at: "2026-10-05T19:59:30+02:00", seconds: "60", cost: "5.5"),
        Case(name: "and here as well", at: "2026-10-05T07:59:30+02:00", seconds: "60", cost: "6.5"),
        Case(name: "by its start", session: "start", at: "2026-10-05T19:59:30+02:00", seconds: "60", cost: "7"),
        Case(name: "ends as the band ends", at: "2026-10-05T19:59:00+02:00", seconds: "60", cost: "7"),
        Case(name: "a millisecond more", at: "2026-10-05T19:59:00+02:00", seconds: "60.001", cost: "7.05"),
        // The minute from 19:59:30 to 20:00:30 began in the band; half a minute is left.
        Case(name: "a started increment is finished", increment: "60 s", at: "2026-10-05T19:59:30+02:00", seconds: "90", cost: "10"),
        Case(name: "whole weeks", at: "2026-10-05T00:00:00+02:00", seconds: "604800", cost: "41042"),
        Case(name: "from Friday to Saturday", at: "2026-10-09T19:00:00+02:00", seconds: "86400", cost: "4501"),
        Case(name: "a zero", at: "2026-10-05T19:59:59+02:00", seconds: "0", cost: "0"),
        // The night in which 02:00 is followed by 03:00: one hour of the band passes, then none.
        Case(name: "clocks forward", band: "first-hours", at: "2026-03-29T01:00:00+01:00", seconds: "7200", cost: "541"),
        // The night in which the hour from 02:00 comes twice: the band ends once.
        Case(name: "clocks back", band: "first-hours", at: "2026-10-25T01:00:00+02:00", seconds: "10800", cost: "721"),
        Case(
            name: "forward in New York", band: "first-hours", zone: "America/New_York", at: "2026-03-08T01:30:00-05:00", seconds: "3600",
            cost: "271"),
        // There the hour from 01:00 comes twice, and is the band's both times.
        Case(
            name: "back in New York", band: "first-hours", zone: "America/New_York", at: "2026-11-01T00:00:00-04:00", seconds: "14400",
            cost: "1261"),
        // Half an hour of saving: 02:00 becomes 02:30, and 02:00 becomes 01:30 again.
        Case(
            name: "forward on Lord Howe Island", band: "first-hours", zone: "Australia/Lord_Howe", at: "2026-10-04T01:30:00+10:30", seconds: "3600",
            cost: "271"),
        Case(
            name: "back on Lord Howe Island", band: "first-hours", zone: "Australia/Lord_Howe", at: "2026-04-05T01:00:00+11:00", seconds: "7200",
            cost: "631"),
        Case(name: "over New Year", band: "january", at: "2026-12-31T23:59:00+01:00", seconds: "180", cost: "17"),
        Case(name: "into the leap day", band: "leap-day", at: "2028-02-28T23:59:00+01:00", seconds: "120", cost: "11"),
        Case(name: "out of the leap day", band: "leap-day", at: "2028-02-29T23:59:00+01:00", seconds: "120", cost: "10"),
        Case(name: "a year without it", band: "leap-day", at: "2027-02-28T23:59:00+01:00", seconds: "120", cost: "8"),
    ]

    @Test("a session costs what its parts cost", arguments: cases)
    func parts(_ item: Case) throws {
        var quoter = try Self.quoter(item.band, increment: item.increment, session: item.session, zone: item.zone)
        #expect(quoter.cost(item.seconds, at: item.at) == item.cost, "\(item.name)")
    }

    @Test("steps count from the session's beginning, whatever band they fall in")
    func steps() throws {
        let steps = "steps: [{increment: 60 s, price: \"1\"}, {from: 60 s, increment: 1 s, price: \"0.6\", per: 60 s}]"
        var quoter = try Quoter(
            try CatalogueFolder.content(
                prices: "{id: in, type: voice, when: {times: [peak]}, session: split, \(steps)}", "{id: out, type: voice, session: split, \(steps)}",
                calendars: Self.bands))
        // Thirty seconds in the band are counted as its first minute; what follows is past the first step.
        #expect(quoter.cost("90", at: "2026-10-05T19:59:30+02:00") == "1.3")
        #expect(quoter.cost("30", at: "2026-10-05T19:59:30+02:00") == "1")
    }

    @Test("an increment that begins in a step is that step's to its end, and so is the step's flat fee")
    func incrementBeyondItsStep() throws {
        let out = #"steps: [{increment: 60 s, price: "1"}, {from: 60 s, increment: 1 s, price: "0.6", per: 60 s, flat: "7"}]"#
        let band = #"{id: in, type: voice, when: {times: [peak]}, session: split, steps: [{increment: 10 s, price: "2", per: 60 s}]}"#
        var quoter = try Quoter(
            try CatalogueFolder.content(prices: band, "{id: out, type: voice, session: split, \(out)}", calendars: Self.bands))
        // Half a minute in the band costs 1; the increment that begins there lasts to 90 s, half of it behind the first step.
        let at = "2026-10-05T19:59:30+02:00"
        #expect(quoter.cost("70", at: at) == "2")
        #expect(quoter.cost("95", at: at) == "9.05")
        let quote = try quoter.quote(QuoteRequest(type: "voice", startMs: Timestamp(rfc3339: at)!.ms, quantityMicros: 95_000_000))
        #expect(quote.parts[1].steps.map(\.quantityMicros) == [60_000_000, 5_000_000])
    }

    @Test("the parts of any session add up to it", arguments: 1...20)
    func property(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let zone = ["Europe/Prague", "America/New_York", "Australia/Lord_Howe"][Int(seed % 3)]
        var split = try Self.quoter("first-hours", zone: zone)
        // The same price in both bands: however it is cut, a session costs what it costs uncut.
        let same = "session: split, steps: [{increment: 1 s, price: \"0.7\", per: 7 s}]"
        var even = try Quoter(
            try CatalogueFolder.content(
                prices: "{id: in, type: voice, when: {times: [first-hours]}, \(same)}", "{id: out, type: voice, \(same)}", calendars: Self.bands),
            timeZone: zone)
        for _ in 0..<300 {
            let start = 1_767_000_000_000 + Int64(random.next() % 31_536_000_000)
            let quantity = Int64(random.next() % 200_000) * 1_000_000
            let quote = try split.quote(QuoteRequest(type: "voice", startMs: start, quantityMicros: quantity))
            #expect(quote.parts.reduce(0) { $0 + $1.quantityMicros } == quantity, "seed \(seed)")
            var at = start
            for part in quote.parts {
                #expect(part.startMs == at, "seed \(seed)")
                at += part.quantityMicros / 1000
            }
            let uncut = try even.quote(QuoteRequest(type: "voice", startMs: start, quantityMicros: quantity))
            #expect(uncut.costNanos == quantity / 1_000_000 * 100_000_000, "seed \(seed)")
        }
    }

    // MARK: In the stage

    private static func content() throws -> CatalogueContent {
        try CatalogueFolder.content(
            prices: "{id: in, type: voice, when: {times: [peak]}, session: split, steps: [{increment: 1 s, price: \"6\", per: 60 s}]}",
            "{id: out, type: voice, session: split, steps: [{increment: 1 s, price: \"3\", per: 60 s}]}", calendars: bands,
            allowances: "[{id: m, type: voice, amount: 45 s}]")
    }

    @Test("each part is a record of its own, in its own period, and draws what the one before left")
    func records() throws {
        var harness = try Harness(try Self.content())
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", 60 * second, at: "2026-01-08T19:59:30Z"))
        try harness.feed(Given.usage(2, "voice", 120 * second, at: "2026-01-31T23:59:00Z"))
        let rated = try harness.rated()
        let usages = rated.map(\.usage)
        #expect(usages.map(\.price) == ["in", "out", "out", "out"])
        #expect(usages.map(\.part) == [0, 1, 0, 1])
        #expect(usages.map(\.partCount) == [2, 2, 2, 2])
        #expect(usages.map(\.quantityMicros) == [30, 30, 60, 60].map { $0 * second })
        #expect(usages.map(\.allowanceMicros) == [30, 15, 0, 45].map { $0 * second })
        #expect(usages.map(\.chargeNanos) == [0, 750_000_000, 3_000_000_000, 750_000_000])
        #expect(usages.map(\.startMs) == ["2026-01-08T19:59:30Z", "2026-01-08T20:00:00Z", "2026-01-31T23:59:00Z", "2026-02-01T00:00:00Z"].map(Given.ms))
        #expect(usages[2].periodEndMs == usages[3].periodStartMs)
        #expect(Set(rated.map { "\($0.meta.idHigh)/\($0.meta.idLow)" }).count == 4)
    }

    /// Charges of one usage's parts, in nanos.
    private static func charges(_ harness: inout Harness, _ id: Int64, _ seconds: Int64, at start: String) throws -> [Int64] {
        try harness.feed(Given.usage(id, "voice", seconds * second, at: start))
        return try harness.rated().compactMap { if case .usage(let usage)? = $0.body { usage.chargeNanos } else { nil } }
    }

    struct Whole: Sendable {
        var name: String
        var prices: [String]
        var allowances = "[]"
        var seconds: Int64 = 120
        var at = "2026-01-31T23:59:00Z"
        var charges: [Int64]
    }

    private static let rest = "steps: [{increment: 1 s, price: \"0.6\", per: 60 s}]"

    /// The month's end cuts each of them, under one price or two.
    static let wholes = [
        Whole(
            name: "a flat fee is due once", prices: ["{id: p, type: voice, session: split, steps: [{increment: 1 s, price: \"0.6\", per: 60 s, flat: \"1\"}]}"],
            charges: [1_600_000_000, 600_000_000]),
        Whole(
            name: "a connection fee falls due with the first part that is paid", prices: ["{id: p, type: voice, session: split, connection_fee: \"1\", \(rest)}"],
            allowances: "[{id: m, type: voice, amount: 60 s, when: {times: [january]}}]", charges: [0, 1_600_000_000]),
        Whole(
            name: "the least is that of the first price, for the whole",
            prices: [
                "{id: p, type: voice, when: {times: [january]}, session: split, minimum: \"5\", \(rest)}", "{id: q, type: voice, session: split, \(rest)}",
            ], charges: [600_000_000, 4_400_000_000]),
        Whole(
            name: "the least is asked where only one part is paid",
            prices: ["{id: p, type: voice, session: split, minimum: \"5\", \(rest)}"],
            allowances: "[{id: m, type: voice, amount: 60 s, when: {times: [january]}}]", charges: [0, 5_000_000_000]),
        Whole(
            name: "the most of the first price caps nothing of the second, which has none",
            prices: [
                "{id: p, type: voice, when: {times: [january]}, session: split, maximum: \"0.7\", \(rest)}", "{id: q, type: voice, session: split, \(rest)}",
            ], charges: [600_000_000, 600_000_000]),
        Whole(
            name: "the sum is rounded under one price",
            prices: ["{id: p, type: voice, session: split, rounding: {mode: up, decimals: 2}, steps: [{increment: 1 s, price: \"0.004\", per: 60 s}]}"],
            charges: [10_000_000, 0]),
        Whole(
            name: "an age is reached within the session",
            prices: [
                "{id: young, type: voice, when: {age: {from: 0d, to: 31d}}, session: split, steps: [{price: \"0\"}]}", "{id: p, type: voice, session: split, \(rest)}",
            ], charges: [0, 600_000_000]),
        Whole(
            name: "the first use of each day",
            prices: [
                "{id: day, type: voice, when: {first_of: day}, session: split, steps: [{price: \"0\", flat: \"2\"}]}", "{id: p, type: voice, session: split, \(rest)}",
            ], seconds: 86_400, at: "2026-01-10T23:59:00Z", charges: [2_000_000_000, 2_000_000_000]),
    ]

    @Test("what is asked of a session is asked of the whole", arguments: wholes)
    func whole(_ item: Whole) throws {
        var harness = try Harness(
            try CatalogueFolder.content([
                "calendars.yaml": Self.bands,
                "offerings/o.yaml": "id: o\nname: O\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    allowances: \(item.allowances)\n    prices:\n"
                    + item.prices.map { "      - \($0)\n" }.joined(),
            ]))
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        _ = try harness.rated()
        #expect(try Self.charges(&harness, 1, item.seconds, at: item.at) == item.charges, "\(item.name)")
    }

    @Test("a session that would be cut into more than a thousand parts is suspended")
    func tooMany() throws {
        var quoter = try Self.quoter("peak")
        #expect(quoter.cost("999999999") == "too-many-parts")
        #expect(quoter.cost("9000000") != "too-many-parts")
    }

    @Test("a plan change at midnight brings the new plan's prices and allowances")
    func planChange() throws {
        func offering(_ id: String, _ price: String) -> String {
            "id: \(id)\nname: \(id)\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    allowances: [{id: m, type: voice, amount: 30 s}]\n"
                + "    prices: [{id: p, type: voice, session: split, steps: [{increment: 1 s, price: \"\(price)\"}]}]\n"
        }
        var harness = try Harness(try CatalogueFolder.content(["offerings/o.yaml": offering("o", "1"), "offerings/q.yaml": offering("q", "2")]))
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        try harness.feed(Given.planChange("s", of: "a", to: "q", from: "2026-02-01T00:00:00Z"))
        _ = try harness.rated()
        #expect(try Self.charges(&harness, 1, 120, at: "2026-01-31T23:59:00Z") == [30_000_000_000, 60_000_000_000])
    }
}
