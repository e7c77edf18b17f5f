import Events
import Quantities
import Testing

@Suite("Allowances")
struct AllowanceTests {
    private static let price = "{id: p, type: voice, connection_fee: \"1\", steps: [{increment: 1 s, price: \"1\", per: 1 s}]}"

    private static func harness(_ allowances: String, prices: String = price, calendars: String = "", from: String = "2026-01-01T00:00:00Z") throws -> Harness {
        var harness = try Harness(
            try CatalogueFolder.content(prices: prices, calendars: calendars, zones: "- {id: land, prefixes: [\"420\"]}\n", allowances: "[\(allowances)]"))
        try harness.feed(Given.account("a", from: from, currency: "EUR", zone: "UTC"))
        for subscription in ["s", "t"] { try harness.feed(Given.subscription(subscription, of: "a", "o", from: from)) }
        _ = try harness.rated()
        return harness
    }

    /// What each usage drew from which allowance, as "id drawn/left", in seconds or in the currency's unit.
    private static func draws(_ usage: RatedUsage) -> String {
        usage.draws.map { draw in
            let scale: Int64 = draw.allowance.hasPrefix("money") ? 1_000_000_000 : 1_000_000
            return "\(draw.allowance) \(draw.drawn / scale)/\(draw.left / scale)"
        }.joined(separator: ", ")
    }

    struct Case: Sendable {
        var name: String
        var allowances: String
        var calendars = ""
        var from = "2026-01-01T00:00:00Z"
        /// Start, subscription, number, seconds; what was drawn and the charge in whole units.
        var usages: [(at: String, subscription: String, to: String, seconds: Int64, draws: String, charge: Int64)]
    }

    static let cases = [
        Case(
            name: "the least priority burns first, then the smaller; the rest is priced",
            allowances: "{id: big, type: voice, amount: 100 s}, {id: last, type: voice, amount: 10 s, priority: 9}, {id: small, type: voice, amount: 50 s}",
            usages: [
                ("2026-01-10T00:00:00Z", "s", "", 60, "small 50/0, big 10/90", 0), ("2026-01-10T00:00:00Z", "s", "", 120, "big 90/0, last 10/0", 21),
                ("2026-01-10T00:00:00Z", "t", "", 1, "small 1/49", 0), ("2026-02-10T00:00:00Z", "s", "", 1, "small 1/49", 0),
            ]),
        Case(
            name: "for a zone, and a time", allowances: "{id: m, type: voice, amount: 50 s, zones: [land], when: {times: [night]}}",
            calendars: "time_bands:\n  - {id: night, from: \"20:00\", to: \"06:00\"}\n",
            usages: [
                ("2026-01-10T21:00:00Z", "s", "420601", 10, "m 10/40", 0), ("2026-01-10T12:00:00Z", "s", "420601", 10, "", 11),
                ("2026-01-10T21:00:00Z", "s", "49301", 10, "", 11),
            ]),
        Case(
            name: "shared by the account, with a limit each", allowances: "{id: m, type: voice, amount: 100 s, of: account, limit: 70 s}",
            usages: [
                ("2026-01-10T00:00:00Z", "s", "", 90, "m 70/30", 21), ("2026-01-10T00:00:00Z", "t", "", 90, "m 30/0", 61),
                ("2026-01-10T00:00:00Z", "s", "", 9, "", 10),
            ]),
        Case(
            name: "money pays charges, the connection fee included", allowances: "{id: money, money: \"50\"}, {id: m, type: voice, amount: 10 s}",
            usages: [
                ("2026-01-10T00:00:00Z", "s", "", 30, "m 10/0, money 21/29", 0), ("2026-01-10T00:00:00Z", "s", "", 40, "money 29/0", 12),
                ("2026-01-10T00:00:00Z", "s", "", 0, "", 0),
            ]),
        Case(
            // January has 31 days, of which 17 are left from the fifteenth on.
            name: "prorated by days where the subscription came within the period", allowances: "{id: m, type: voice, amount: 310 s, prorated: true}",
            from: "2026-01-15T13:00:00Z",
            usages: [("2026-01-20T00:00:00Z", "s", "", 171, "m 170/0", 2), ("2026-02-20T00:00:00Z", "s", "", 310, "m 310/0", 0)]),
    ]

    @Test("what is drawn and what is charged, also where a worker is replaced in between", arguments: cases, [false, true])
    func table(_ item: Case, _ restarts: Bool) throws {
        var harness = try Self.harness(item.allowances, calendars: item.calendars, from: item.from)
        for (place, usage) in item.usages.enumerated() {
            if restarts { try harness.restart() }
            try harness.feed(
                Given.usage(Int64(place + 1), "voice", usage.seconds * second, at: usage.at, to: usage.to, subscription: usage.subscription))
            let rated = try harness.rated().map(\.usage)
            #expect(rated.map(Self.draws) == [usage.draws], "\(item.name), usage \(place + 1)")
            #expect(rated.map(\.chargeNanos) == [usage.charge * 1_000_000_000], "\(item.name), usage \(place + 1)")
        }
    }

    @Test("what is left rolls over, the oldest burns first and expires, and nothing is used twice", arguments: [false, true])
    func rollover(_ restarts: Bool) throws {
        var harness = try Self.harness("{id: m, type: voice, amount: 100 s, rollover: {cap: 150 s, periods: 2}}")
        var id: Int64 = 0
        func use(_ seconds: Int64, at: String) throws -> String {
            id += 1
            if restarts { try harness.restart() }
            try harness.feed(Given.usage(id, "voice", seconds * second, at: at))
            let usage = try #require(try harness.rated().last { $0.usage.account == "a" }?.usage)
            return Self.draws(usage) + " = \(usage.chargeNanos / 1_000_000_000)"
        }
        #expect(try use(30, at: "2026-01-10T00:00:00Z") == "m 30/70 = 0")
        // Before January has ended, what it has left can be used in February.
        #expect(try use(10, at: "2026-02-01T00:00:00Z") == "m 10/160 = 0")
        try harness.feed(Given.barrier(1, "2026-02-05T00:00:00Z"))
        #expect(try use(90, at: "2026-02-10T00:00:00Z") == "m 90/70 = 0")
        // What went over can't be used in January any more.
        #expect(try use(20, at: "2026-01-11T00:00:00Z") == " = 21")
        #expect(try use(60, at: "2026-02-10T00:00:00Z") == "m 60/10 = 0")
        try harness.feed(Given.barrier(2, "2026-03-05T00:00:00Z"))
        // Ten seconds of February's own are left of 170; its rolled ones burned first, all but none.
        #expect(try use(1, at: "2026-03-10T00:00:00Z") == "m 1/109 = 0")
        try harness.feed(Given.barrier(3, "2026-04-05T00:00:00Z"))
        // Of March 100 roll over in full, of February's nine none is older than two periods yet: 109, under the cap.
        #expect(try use(1, at: "2026-04-10T00:00:00Z") == "m 1/208 = 0")
        try harness.feed(Given.barrier(4, "2026-05-05T00:00:00Z"))
        // February's eight have expired; March's 100 and April's 100 are cut to the cap, the older first.
        #expect(try use(1, at: "2026-05-10T00:00:00Z") == "m 1/249 = 0")
    }

    @Test("what is rolled over is no usage: a fee of months with usage is not due")
    func rolloverIsNoUsage() throws {
        var files = ["offerings/o.yaml": ""]
        files["offerings/o.yaml"] = """
            id: o
            name: O
            currency: EUR
            versions:
              - valid_from: 2000-01-01
                recurring: [{id: active, amount: "5", only_with_usage: true}]
                allowances: [{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}]
                prices: [\(Self.price)]

            """
        var harness = try Harness(try CatalogueFolder.content(files))
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        try harness.feed(Given.usage(1, "voice", second, at: "2026-01-10T00:00:00Z"))
        for (sequence, time) in ["2026-02-05T00:00:00Z", "2026-03-05T00:00:00Z", "2026-04-05T00:00:00Z"].enumerated() {
            try harness.feed(Given.barrier(Int64(sequence + 1), time))
        }
        let fees = try harness.rated().filter { if case .recurring? = $0.body { true } else { false } }
        #expect(fees.map(\.recurring.periodStartMs) == [Given.ms("2026-01-01T00:00:00Z")])
    }

    @Test("what expires first burns first, over all allowances")
    func burnOrder() throws {
        var harness = try Self.harness("{id: a, type: voice, amount: 60 s}, {id: b, type: voice, amount: 50 s, rollover: {periods: 1}}")
        try harness.feed(Given.barrier(1, "2026-02-05T00:00:00Z"))
        _ = try harness.rated()
        var draws: [String] = []
        for (id, seconds) in [40, 30, 70, 30].enumerated() {
            try harness.feed(Given.usage(Int64(id + 1), "voice", Int64(seconds) * second, at: "2026-02-10T00:00:00Z"))
            draws.append(Self.draws(try #require(try harness.rated().last?.usage)))
        }
        // What was rolled over; then what is gone with the month; then what would be rolled over.
        #expect(draws == ["b 40/60", "b 10/50, a 20/40", "a 40/0, b 30/20", "b 20/0"])
    }

    @Test("amounts near the limit of 64 bits roll over without harm")
    func large() throws {
        let prices = "{id: p, type: data, steps: [{increment: 1 B, price: \"1\", per: 1 GB}]}"
        var harness = try Self.harness("{id: m, type: data, amount: 9 TB, rollover: {periods: 3}}", prices: prices)
        for (sequence, time) in ["2026-02-05T00:00:00Z", "2026-03-05T00:00:00Z"].enumerated() { try harness.feed(Given.barrier(Int64(sequence + 1), time)) }
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "data", second, at: "2026-03-10T00:00:00Z"))
        let usage = try #require(try harness.rated().last?.usage)
        #expect(usage.draws.map(\.left) == [Int64.max])
        #expect(usage.chargeNanos == 0)
    }

    @Test("whole events are prorated, and a session is cut where an allowance's time begins")
    func wholeEventsAndBands() throws {
        let prices = "{id: p, type: sms, steps: [{price: \"1\"}]}\n      - {id: q, type: voice, session: split, steps: [{increment: 1 s, price: \"1\"}]}"
        var harness = try Self.harness(
            "{id: m, type: sms, amount: 100 event, prorated: true}, {id: n, type: voice, amount: 100 s, when: {times: [weekend]}}", prices: prices,
            calendars: "time_bands:\n  - {id: weekend, weekdays: [sat, sun]}\n", from: "2026-01-15T13:00:00Z")
        try harness.feed(Given.usage(1, "sms", 60 * event, at: "2026-01-20T00:00:00Z"))
        #expect(try harness.rated().map(\.usage.chargeNanos) == [6_000_000_000])
        // From Friday to Saturday, and from Sunday to Monday.
        try harness.feed(Given.usage(2, "voice", 60 * second, at: "2026-01-16T23:59:30Z"))
        try harness.feed(Given.usage(3, "voice", 60 * second, at: "2026-01-18T23:59:30Z"))
        let usages = try harness.rated().map(\.usage)
        #expect(usages.map(\.chargeNanos) == [30_000_000_000, 0, 0, 30_000_000_000])
        #expect(usages.map(\.price) == ["q", "q", "q", "q"])
    }

    @Test("a percentage is told once, by the usage that crosses it")
    func notices() throws {
        var harness = try Self.harness("{id: m, type: voice, amount: 100 s, notices: [100, 50, 80]}")
        var told: [String] = []
        for (place, seconds) in [49, 1, 40, 9, 5, 5].enumerated() {
            try harness.feed(Given.usage(Int64(place + 1), "voice", Int64(seconds) * second))
            told += try harness.rated().compactMap { record in
                guard case .allowanceNotice(let notice)? = record.body else { return nil }
                return "\(place): \(notice.subscription) \(notice.allowance) \(notice.percent) % at \(notice.used / second)"
            }
        }
        #expect(told == ["1: s m 50 % at 50", "2: s m 80 % at 90", "4: s m 100 % at 100"])
    }

    @Test("no order of usages draws more than there is, or leaves less than nothing", arguments: 1...20)
    func property(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var harness = try Self.harness(
            "{id: a, type: voice, amount: 100 s}, {id: b, type: voice, amount: 300 s, of: account, limit: 200 s, rollover: {cap: 100 s, periods: 2}}, {id: money, money: \"50\"}")
        var drawn: [String: Int64] = [:]
        for id in 1...200 {
            let subscription = random.next() % 2 == 0 ? "s" : "t"
            let month = 1 + random.next() % 2
            let day = 10 + random.next() % 10
            try harness.feed(
                Given.usage(Int64(id), "voice", Int64(random.next() % 40) * second, at: "2026-0\(month)-\(day)T00:00:00Z", subscription: subscription))
            for usage in try harness.rated().map(\.usage) {
                for draw in usage.draws {
                    #expect(draw.drawn > 0 && draw.left >= 0, "seed \(seed)")
                    drawn["\(draw.allowance) \(draw.allowance == "b" ? "" : subscription) \(month)", default: 0] += draw.drawn
                    if draw.allowance == "b" { drawn["limit \(subscription) \(month)", default: 0] += draw.drawn }
                }
                let byQuantity = usage.draws.filter { $0.allowance != "money" }.reduce(0) { $0 + $1.drawn }
                #expect(usage.allowanceMicros == byQuantity, "seed \(seed)")
                #expect(usage.chargeNanos >= 0 && usage.countedMicros >= byQuantity, "seed \(seed)")
            }
        }
        for (name, sum) in drawn {
            // What January leaves of what is shared, up to the cap, is there in February.
            let most: Int64 = name == "b  2" ? 400 * second : name.hasPrefix("money") ? 50_000_000_000 : name.hasPrefix("a") ? 100 * second : name.hasPrefix("b") ? 300 * second : 200 * second
            #expect(sum <= most, "seed \(seed): \(name)")
        }
    }
}
