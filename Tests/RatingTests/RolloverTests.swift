import Events
import Quantities
import Rating
import Testing

/// What rolls over is there from the period's first second, and the same in any order of arrival.
@Suite("Rollover before the close")
struct RolloverTests {
    private static let price = "{id: p, type: voice, steps: [{increment: 1 s, price: \"1\", per: 1 s}]}"

    static func content(_ allowances: String, rules: UInt32 = 2) throws -> CatalogueContent {
        let data = "{id: d, type: data, steps: [{increment: 1 B, price: \"1\", per: 1 B}]}"
        var content = try CatalogueFolder.content(
            prices: price, data, zones: "- {id: land, prefixes: [\"420\"]}\n- {id: sea, prefixes: [\"870\"]}\n", allowances: "[\(allowances)]")
        content.rulesVersion = rules
        content.latePeriods = 3
        return content
    }

    static func history(_ content: CatalogueContent, from: String = "2026-01-01T00:00:00Z") throws -> History {
        var history = try History(content)
        try history.feed(Given.account("a", from: from, currency: "EUR", zone: "UTC"))
        for subscription in ["s", "t"] { try history.feed(Given.subscription(subscription, of: "a", "o", from: from)) }
        return history
    }

    /// What a usage drew in all, what its allowances then have left, and its charge.
    static func text(_ usage: RatedUsage) -> String {
        let draws = usage.draws.map { draw in
            let scale: Int64 = draw.allowance.hasPrefix("money") ? 1_000_000_000 : 1_000_000
            return "\(draw.allowance) \(draw.drawn / scale)/\(draw.left / scale)"
        }
        return (draws + ["= \(usage.chargeNanos / 1_000_000_000)"]).joined(separator: ", ")
    }

    enum Step: Sendable {
        case use(Int64, at: String, of: String = "s", to: String = "", is: String)
        case tick(String, proposes: Int = 0)
        case plan(String, from: String)
        case end(String)
    }

    struct Case: Sendable {
        var name: String
        var allowances: String
        var rules: UInt32 = 2
        var from = "2026-01-01T00:00:00Z"
        var steps: [Step]
    }

    static let cases = [
        Case(
            name: "the old rules: nothing before the close", allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}", rules: 1,
            steps: [
                .use(40, at: "2026-01-20T10:00:00Z", is: "m 40/60, = 0"), .use(130, at: "2026-02-01T10:00:00Z", is: "m 100/0, = 30"),
                .tick("2026-02-03T12:00:00Z"), .use(40, at: "2026-02-04T10:00:00Z", is: "m 40/20, = 0"),
            ]),
        Case(
            name: "on the first morning, inside the grace", allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}",
            steps: [
                .use(40, at: "2026-01-20T10:00:00Z", is: "m 40/60, = 0"), .use(130, at: "2026-02-01T10:00:00Z", is: "m 130/30, = 0"),
                .tick("2026-02-03T12:00:00Z"), .use(40, at: "2026-02-04T10:00:00Z", is: "m 30/0, = 10"),
            ]),
        Case(
            name: "what came to the ended period in time or late never sees what was borrowed", allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}",
            steps: [
                .use(50, at: "2026-02-01T10:00:00Z", is: "m 50/150, = 0"), .use(80, at: "2026-01-20T10:00:00Z", is: "m 80/20, = 0"),
                // 20 of January's are left, so that 30 of the 50 are February's own.
                .use(10, at: "2026-02-01T11:00:00Z", is: "m 10/60, = 0"), .tick("2026-02-03T12:00:00Z"),
                .use(80, at: "2026-02-04T10:00:00Z", is: "m 60/0, = 20"), .use(10, at: "2026-01-21T10:00:00Z", is: "= 10"),
            ]),
        Case(
            name: "where the period's own are gone, too, it is proposed", allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}",
            steps: [
                .use(180, at: "2026-02-01T10:00:00Z", is: "m 180/20, = 0"), .use(90, at: "2026-01-20T10:00:00Z", is: "m 90/10, = 0"),
                .use(1, at: "2026-02-01T11:00:00Z", is: "= 1"), .tick("2026-02-03T12:00:00Z", proposes: 1), .use(1, at: "2026-02-04T10:00:00Z", is: "= 1"),
                .tick("2026-03-03T12:00:00Z"), .use(1, at: "2026-03-04T10:00:00Z", is: "m 1/99, = 0"),
            ]),
        Case(
            name: "up to the cap", allowances: "{id: m, type: voice, amount: 100 s, rollover: {cap: 30 s, periods: 1}}",
            steps: [
                .use(150, at: "2026-02-01T10:00:00Z", is: "m 130/0, = 20"), .use(70, at: "2026-01-20T10:00:00Z", is: "m 70/30, = 0"),
                .tick("2026-02-03T12:00:00Z"), .use(1, at: "2026-01-20T10:00:00Z", is: "= 1"),
            ]),
        Case(
            name: "over two periods that have not ended; what would expire first goes first", allowances: "{id: m, type: voice, amount: 100 s, rollover: {cap: 150 s, periods: 2}}",
            steps: [
                .use(60, at: "2026-01-20T10:00:00Z", is: "m 60/40, = 0"), .use(30, at: "2026-02-10T10:00:00Z", is: "m 30/110, = 0"),
                // 10 of January's, 100 of February's.
                .use(50, at: "2026-03-01T10:00:00Z", is: "m 50/160, = 0"), .use(20, at: "2026-02-11T10:00:00Z", is: "m 20/90, = 0"),
                // February's 20 took the ten that were left of January, and ten of February's own: 90 of which March had 50.
                .use(1, at: "2026-03-01T11:00:00Z", is: "m 1/139, = 0"), .tick("2026-02-03T00:00:00Z"),
                .use(1, at: "2026-03-01T12:00:00Z", is: "m 1/138, = 0"), .tick("2026-03-03T00:00:00Z"), .use(1, at: "2026-03-05T12:00:00Z", is: "m 1/137, = 0"),
                .tick("2026-04-03T00:00:00Z"), .use(138, at: "2026-04-05T12:00:00Z", is: "m 138/99, = 0"),
            ]),
        Case(
            name: "shared by the account, with a limit each: the limit counts what was borrowed", allowances: "{id: m, type: voice, amount: 100 s, of: account, limit: 70 s, rollover: {periods: 1}}",
            steps: [
                .use(90, at: "2026-02-01T10:00:00Z", is: "m 70/130, = 20"), .use(90, at: "2026-02-01T10:00:00Z", of: "t", is: "m 70/60, = 20"),
                .use(60, at: "2026-01-10T10:00:00Z", of: "t", is: "m 60/40, = 0"), .tick("2026-02-03T00:00:00Z"),
                .use(60, at: "2026-03-01T10:00:00Z", is: "m 60/40, = 0"),
            ]),
        Case(
            name: "money", allowances: "{id: money, money: \"100\", rollover: {periods: 1}}",
            steps: [
                .use(150, at: "2026-02-01T10:00:00Z", is: "money 150/50, = 0"), .use(80, at: "2026-01-10T10:00:00Z", is: "money 80/20, = 0"),
                .tick("2026-02-03T00:00:00Z", proposes: 1), .use(10, at: "2026-02-05T10:00:00Z", is: "= 10"),
            ]),
        Case(
            // 17 of January's 31 days.
            name: "prorated in the first period", allowances: "{id: m, type: voice, amount: 310 s, prorated: true, rollover: {periods: 1}}", from: "2026-01-15T13:00:00Z",
            steps: [.use(481, at: "2026-02-01T10:00:00Z", is: "m 480/0, = 1")]),
        Case(
            name: "not before the subscription came", allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}", from: "2026-02-01T00:00:00Z",
            steps: [.use(101, at: "2026-02-01T10:00:00Z", is: "m 100/0, = 1"), .use(201, at: "2026-03-01T10:00:00Z", is: "m 100/0, = 101")]),
        Case(
            name: "whoever leaves the plan at the boundary leaves what it had left", allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}",
            steps: [.plan("o2", from: "2026-02-01T00:00:00Z"), .use(101, at: "2026-02-01T10:00:00Z", is: "m 100/0, = 1")]),
        Case(
            name: "whoever leaves it later takes nothing along", allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}",
            steps: [
                .plan("o2", from: "2026-02-02T00:00:00Z"), .use(150, at: "2026-02-01T10:00:00Z", is: "m 150/50, = 0"),
                .use(101, at: "2026-02-02T10:00:00Z", is: "m 100/0, = 1"),
            ]),
        Case(
            name: "another allowance burns in between: proposed, though the period's own covers it",
            allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}, {id: n, type: voice, amount: 50 s}",
            steps: [
                .use(60, at: "2026-02-01T10:00:00Z", is: "m 60/140, = 0"), .use(160, at: "2026-01-10T10:00:00Z", is: "n 50/0, m 100/0, = 10"),
                .tick("2026-02-03T00:00:00Z", proposes: 1),
            ]),
        Case(
            name: "of another type it does not", allowances: "{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}, {id: n, type: data, amount: 50 B}",
            steps: [
                .use(60, at: "2026-02-01T10:00:00Z", is: "m 60/140, = 0"), .use(100, at: "2026-01-10T10:00:00Z", is: "m 100/0, = 0"),
                .tick("2026-02-03T00:00:00Z", proposes: 0), .use(41, at: "2026-02-05T10:00:00Z", is: "m 40/0, = 1"),
            ]),
    ]

    @Test("what is drawn, what is left and what it costs, also where a worker is replaced in between", arguments: cases, [false, true])
    func table(_ item: Case, _ restarts: Bool) throws {
        var content = try Self.content(item.allowances, rules: item.rules)
        var other = content.offerings[0]
        other.id = "o2"
        content.offerings.append(other)
        var history = try Self.history(content, from: item.from)
        var (id, sequence) = (Int64(0), Int64(0))
        for (place, step) in item.steps.enumerated() {
            if restarts { try history.harness.restart() }
            switch step {
            case .use(let seconds, let at, let subscription, let number, let expected):
                id += 1
                let facts = try history.feed(Given.usage(id, "voice", seconds * second, at: at, to: number, subscription: subscription))
                #expect(facts.filter { $0.usage.account == "a" }.map { Self.text($0.usage) } == [expected], "\(item.name), step \(place + 1)")
            case .tick(let time, let proposes):
                sequence += 1
                let facts = try history.feed(Given.barrier(sequence, time))
                #expect(facts.filter { !$0.rerateProposed.why.isEmpty }.count == proposes, "\(item.name), step \(place + 1)")
            case .plan(let offering, let from): try history.feed(Given.planChange("s", of: "a", to: offering, from: from))
            case .end(let at): try history.feed(Given.ended("s", of: "a", at: at))
            }
        }
        // Where nothing was proposed, rating anew finds nothing.
        let proposes = item.steps.contains { if case .tick(_, let count) = $0 { count > 0 } else { false } }
        if !proposes, item.rules == 2 { #expect(try history.rerate(from: "2026-01-01T00:00:00Z").rows.isEmpty, "\(item.name)") }
    }

    @Test("a percentage is told by what the period used of its own, at the close where late usage made it so")
    func notices() throws {
        var history = try Self.history(try Self.content("{id: m, type: voice, amount: 100 s, rollover: {periods: 1}, notices: [50]}"))
        func told(_ facts: [RatedRecord]) -> [Int64] { facts.filter { $0.allowanceNotice.percent == 50 }.map { $0.allowanceNotice.used / second } }
        #expect(told(try history.feed(Given.usage(1, "voice", 80 * second, at: "2026-02-01T10:00:00Z"))) == [])
        #expect(told(try history.feed(Given.usage(2, "voice", 90 * second, at: "2026-01-10T10:00:00Z"))) == [90])
        #expect(told(try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))) == [70])
        #expect(told(try history.feed(Given.usage(3, "voice", 20 * second, at: "2026-02-05T10:00:00Z"))) == [])
    }

    @Test("what was proposed is put right by rating anew, and by nothing else: the charges are those of the order of time")
    func applied() throws {
        var history = try Self.history(try Self.content("{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}"))
        try history.feed(Given.usage(1, "voice", 180 * second, at: "2026-02-01T10:00:00Z"))
        try history.feed(Given.usage(2, "voice", 90 * second, at: "2026-01-20T10:00:00Z"))
        let closed = try history.feed(Given.barrier(1, "2026-02-03T12:00:00Z"))
        let proposed = try #require(closed.first { !$0.rerateProposed.why.isEmpty }?.rerateProposed)
        #expect((proposed.account, proposed.fromMs, proposed.toMs) == ("a", Given.ms("2026-02-01T00:00:00Z"), Given.ms("2026-02-01T10:00:00.001Z")))
        let outcome = try history.rerate(from: "2026-02-01T00:00:00Z", to: "2026-03-01T00:00:00Z")
        #expect(outcome.rows.map { $0.differenceNanos / 1_000_000_000 } == [70])
        let facts = try history.apply(outcome)
        #expect(facts.compactMap { if case .usageCorrected(let event)? = $0.body { event.replacement.map(Self.text) } else { nil } } == [["m 110/0, = 70"]])
        #expect(try history.rerate(from: "2026-02-01T00:00:00Z").orders.isEmpty)
        try history.harness.restart()
        #expect(try history.feed(Given.usage(3, "voice", second, at: "2026-02-05T10:00:00Z")).map { Self.text($0.usage) } == ["= 1"])
    }

    @Test("an order to rate anew brings borrowed amounts along")
    func borrowedInOrders() throws {
        let content = try Self.content("{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}")
        var history = try Self.history(content)
        try history.feed(Given.usage(1, "voice", 150 * second, at: "2026-02-01T10:00:00Z"))
        var cheaper = content
        cheaper.offerings[0].versions[0].allowances[0].amountMicros = 120 * second
        try history.publish(cheaper, correctsFrom: "2026-01-01T00:00:00Z")
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        #expect(try history.apply(outcome).map(\.changeRefused.reason).allSatisfy(\.isEmpty))
        #expect(try history.feed(Given.usage(2, "voice", 100 * second, at: "2026-02-01T11:00:00Z")).map { Self.text($0.usage) } == ["m 90/0, = 10"])
    }

    @Test("a quote of no customer knows nothing that rolled over, one for an account does")
    func quotes() throws {
        let content = try Self.content("{id: m, type: voice, amount: 100 s, rollover: {periods: 1}}")
        var quoter = try Quoter(content, offering: "o", timeZone: "UTC")
        #expect(quoter.cost("130", at: "2026-02-01T12:00:00Z") { $0.sinceMs = Given.ms("2025-01-01T00:00:00Z") } == "30")
        var history = try Self.history(content)
        try history.feed(Given.usage(1, "voice", 40 * second, at: "2026-01-20T10:00:00Z"))
        var account = try AccountQuoter(history.log, account: "a")
        let request = QuoteRequest(type: "voice", startMs: Given.ms("2026-02-01T12:00:00Z"), quantityMicros: 170 * second)
        #expect(try account.quote(request, subscription: "s").costNanos == 10_000_000_000)
    }
}
