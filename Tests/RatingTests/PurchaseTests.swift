import Catalogue
import Events
import Quantities
import Testing

@Suite("Purchases and one-off allowances")
struct PurchaseTests {
    /// A plan with 100 s a month at 1 a second, a plan that gives 50 s once for ten days, and add-ons.
    static let files = [
        "offerings/plan.yaml": """
            id: plan
            name: Plan
            currency: EUR
            versions:
              - valid_from: 2000-01-01
                allowances: [{id: m, type: voice, amount: 100 s}]
                prices: [{id: p, type: voice, steps: [{increment: 1 s, price: "1", per: 1 s}]}]

            """,
        "offerings/once.yaml": """
            id: once
            name: Once
            currency: EUR
            versions:
              - valid_from: 2000-01-01
                allowances: [{id: o, type: voice, amount: 50 s, recurs: once, validity: 10 days, notices: [100]}]
                prices: [{id: p, type: voice, session: split, steps: [{increment: 1 s, price: "1", per: 1 s}]}]

            """,
        "offerings/extra.yaml": """
            id: extra
            name: Extra
            kind: addon
            currency: EUR
            versions:
              - valid_from: 2020-01-01
                one_time: [{id: price, amount: "5"}]
                allowances: [{id: x, type: voice, amount: 60 s, validity: 24 hours, notices: [50]}]

            """,
        "offerings/month.yaml": """
            id: month
            name: Month
            kind: addon
            currency: EUR
            versions:
              - valid_from: 2020-01-01
                one_time: [{id: price, amount: "5"}, {id: setup, amount: "0.5"}]
                allowances:
                  - {id: y, type: voice, amount: 30 s, validity: 2 periods}
                  - {id: money, money: "7", validity: 1 period, priority: -1}

            """,
        "offerings/dollar.yaml": "id: dollar\nname: D\nkind: addon\ncurrency: USD\nversions: [{valid_from: 2000-01-01, one_time: [{id: p, amount: \"1\"}]}]\n",
    ]

    static func harness(_ plan: String = "plan", from: String = "2026-01-01T00:00:00Z") throws -> Harness {
        var harness = try Harness(try CatalogueFolder.content(files))
        try harness.feed(Given.account("a", from: "2026-01-01T00:00:00Z", currency: "EUR"))
        for subscription in ["s", "t"] { try harness.feed(Given.subscription(subscription, of: "a", plan, from: from)) }
        _ = try harness.rated()
        return harness
    }

    static func buy(_ offering: String, for subscription: String = "s", at: String) -> NormalizedRecord {
        .with {
            $0.purchaseOrdered.account = "a"
            $0.purchaseOrdered.subscription = subscription
            $0.purchaseOrdered.offering = offering
            $0.purchaseOrdered.fromMs = Given.ms(at)
        }
    }

    /// What a usage drew, "offering/allowance drawn/left", and what it costs.
    static func text(_ usage: RatedUsage) -> String {
        let draws = usage.draws.map { draw in
            let scale: Int64 = draw.allowance == "money" ? 1_000_000_000 : 1_000_000
            return "\(draw.offering.isEmpty ? "" : draw.offering + "/")\(draw.allowance) \(draw.drawn / scale)/\(draw.left / scale)"
        }
        return draws.joined(separator: ", ") + " = \(usage.chargeNanos / 1_000_000_000)"
    }

    struct Case: Sendable {
        var name: String
        var plan = "plan"
        var purchases: [(offering: String, subscription: String, at: String)] = []
        var usages: [(at: String, subscription: String, seconds: Int64, is: String)]
    }

    static let cases = [
        Case(
            name: "what expires first burns first, over the plan and all purchases", purchases: [("extra", "s", "2026-01-10T00:00:00Z")],
            usages: [
                ("2026-01-09T23:59:59Z", "s", 10, "m 10/90 = 0"), ("2026-01-10T00:00:00Z", "s", 70, "extra/x 60/0, m 10/80 = 0"),
                ("2026-01-10T01:00:00Z", "t", 10, "m 10/90 = 0"),
            ]),
        Case(
            name: "it ends at its end", purchases: [("extra", "s", "2026-01-10T00:00:00Z")],
            usages: [("2026-01-10T23:59:59Z", "s", 10, "extra/x 10/50 = 0"), ("2026-01-11T00:00:00Z", "s", 10, "m 10/90 = 0")]),
        Case(
            name: "two in one moment: both count, and the second begins a millisecond later",
            purchases: [("extra", "s", "2026-01-10T00:00:00Z"), ("extra", "s", "2026-01-10T00:00:00Z")],
            usages: [
                ("2026-01-10T01:00:00Z", "s", 100, "extra/x 60/0, extra/x 40/20 = 0"), ("2026-01-11T00:00:00Z", "s", 1, "extra/x 1/19 = 0"),
                ("2026-01-11T00:00:00.001Z", "s", 1, "m 1/99 = 0"),
            ]),
        Case(
            name: "bought for the account it is for all of its subscriptions", purchases: [("extra", "", "2026-01-10T00:00:00Z")],
            usages: [("2026-01-10T01:00:00Z", "s", 40, "extra/x 40/20 = 0"), ("2026-01-10T02:00:00Z", "t", 40, "extra/x 20/0, m 20/80 = 0")]),
        Case(
            // Until February's end: behind the plan's, though it is the smaller. Money has a priority of its own, but pays charges, when seconds are used up.
            name: "to a period's end, and money", purchases: [("month", "s", "2026-01-10T00:00:00Z")],
            usages: [
                ("2026-01-20T00:00:00Z", "s", 110, "m 100/0, month/y 10/20 = 0"), ("2026-01-20T00:00:00Z", "s", 25, "month/y 20/0, month/money 5/2 = 0"),
                ("2026-02-01T00:00:00Z", "s", 130, "m 100/0 = 30"),
            ]),
        Case(
            name: "what a plan gives once counts from when the subscription came to it", plan: "once",
            usages: [
                ("2026-01-02T00:00:00Z", "s", 30, "o 30/20 = 0"), ("2026-01-10T23:59:50Z", "s", 30, "o 10/10 = 0"),
                ("2026-01-11T00:00:00Z", "s", 5, " = 5"), ("2026-02-02T00:00:00Z", "t", 5, " = 5"),
            ]),
    ]

    @Test("what is drawn and what is charged, also where a worker is replaced in between", arguments: cases, [false, true])
    func table(_ item: Case, _ restarts: Bool) throws {
        var harness = try Self.harness(item.plan)
        for purchase in item.purchases {
            if restarts { try harness.restart() }
            try harness.feed(Self.buy(purchase.offering, for: purchase.subscription, at: purchase.at))
        }
        _ = try harness.rated()
        for (place, usage) in item.usages.enumerated() {
            if restarts { try harness.restart() }
            try harness.feed(Given.usage(Int64(place + 1), "voice", usage.seconds * second, at: usage.at, subscription: usage.subscription))
            let rated = try harness.rated().filter { if case .usage? = $0.body { true } else { false } }
            // A session that is cut says so in its first part.
            #expect(Self.text(try #require(rated.first).usage) == usage.is, "\(item.name), usage \(place + 1)")
        }
    }

    @Test("a purchase is confirmed, charged, and remembered with its beginning in what is drawn")
    func facts() throws {
        var harness = try Self.harness()
        try harness.feed(Given.barrier(1, "2026-01-10T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Self.buy("month", at: "2026-01-10T00:00:00Z"))
        let facts = try harness.rated()
        #expect(facts.first?.offeringBought.startMs == Given.ms("2026-01-10T00:00:00Z"))
        #expect(facts.first?.offeringBought.endMs == Given.ms("2026-03-01T00:00:00Z"))
        #expect(facts.dropFirst().map { "\($0.oneTime.price) \($0.oneTime.chargeNanos)" } == ["price 5000000000", "setup 500000000"])
        #expect(facts.last?.oneTime.periodStartMs == Given.ms("2026-01-01T00:00:00Z"))
        try harness.feed(Given.usage(1, "voice", 101 * second, at: "2026-01-11T00:00:00Z"))
        let draw = try #require(try harness.rated().last?.usage.draws.last)
        #expect((draw.offering, draw.allowance, draw.purchaseStartMs) == ("month", "y", Given.ms("2026-01-10T00:00:00Z")))
    }

    @Test("notices name the purchase")
    func notices() throws {
        var harness = try Self.harness()
        try harness.feed(Self.buy("extra", for: "", at: "2026-01-10T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", 30 * second, at: "2026-01-10T01:00:00Z"))
        let notice = try #require(try harness.rated().last?.allowanceNotice)
        #expect((notice.offering, notice.subscription, notice.percent, notice.used) == ("extra", "", 50, 30 * second))
        #expect((notice.periodStartMs, notice.periodEndMs) == (Given.ms("2026-01-10T00:00:00Z"), Given.ms("2026-01-11T00:00:00Z")))
    }

    @Test("a session that is split is cut where a purchase begins and ends")
    func split() throws {
        var harness = try Self.harness("once", from: "2026-01-01T00:00:00Z")
        try harness.feed(Self.buy("extra", at: "2026-02-01T00:00:10Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", 30 * second, at: "2026-02-01T00:00:00Z"))
        let parts = try harness.rated().filter { if case .usage? = $0.body { true } else { false } }
        #expect(parts.map { Self.text($0.usage) } == [" = 10", "extra/x 20/40 = 0"])
    }

    @Test("a plan change takes what the old plan gave once away, and leaves purchases")
    func planChange() throws {
        var harness = try Self.harness("once")
        try harness.feed(Self.buy("extra", at: "2026-01-05T00:00:00Z"))
        try harness.feed(Given.planChange("s", of: "a", to: "plan", from: "2026-01-05T12:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", 70 * second, at: "2026-01-05T11:00:00Z"))
        // What expires first is the purchase's: on the sixth.
        #expect(Self.text(try #require(try harness.rated().first { $0.usage.account == "a" }).usage) == "extra/x 60/0, o 10/40 = 0")
        try harness.feed(Given.usage(2, "voice", 10 * second, at: "2026-01-05T13:00:00Z"))
        #expect(Self.text(try #require(try harness.rated().first).usage) == "m 10/90 = 0")
        try harness.feed(Given.planChange("s", of: "a", to: "once", from: "2026-01-08T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(3, "voice", 10 * second, at: "2026-01-17T23:00:00Z"))
        // It came to the plan anew.
        #expect(Self.text(try #require(try harness.rated().first).usage) == "o 10/40 = 0")
    }

    @Test("an activation that reaches back gives once what was to be had then")
    func lateActivation() throws {
        var harness = try Self.harness()
        try harness.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        try harness.feed(Given.subscription("late", of: "a", "once", from: "2026-01-28T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", 10 * second, at: "2026-02-06T00:00:00Z", subscription: "late"))
        try harness.feed(Given.usage(2, "voice", 10 * second, at: "2026-01-28T00:00:00Z", subscription: "late"))
        try harness.feed(Given.usage(3, "voice", 10 * second, at: "2026-02-07T00:00:00Z", subscription: "late"))
        #expect(try harness.rated().map { Self.text($0.usage) } == ["o 10/40 = 0", "o 10/30 = 0", " = 10"])
    }

    @Test("late usage still draws on a purchase that has ended, until its period is gone; then nothing of it is kept")
    func lateUsage() throws {
        var harness = try Self.harness()
        try harness.feed(Self.buy("extra", at: "2026-01-10T00:00:00Z"))
        try harness.feed(Given.usage(1, "voice", 10 * second, at: "2026-01-10T00:00:00Z"))
        try harness.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(2, "voice", 10 * second, at: "2026-01-10T00:00:00Z"))
        #expect(Self.text(try #require(try harness.rated().first).usage) == "extra/x 10/40 = 0")
        try harness.feed(Given.barrier(2, "2026-04-03T00:00:00Z"))
        try harness.restart()
        #expect(harness.changelog.contains { $0.key.contains(UInt8(ascii: "w")) && $0.value == nil })
    }

    static let refusals: [(offering: String, subscription: String, at: String, reason: String)] = [
        ("plan", "s", "2026-01-10T00:00:00Z", "not-an-addon"), ("none", "s", "2026-01-10T00:00:00Z", "unknown-offering"),
        ("extra", "x", "2026-01-10T00:00:00Z", "unknown-subscription"), ("extra", "s", "2025-12-31T00:00:00Z", "subscription-not-active"),
        ("extra", "", "2025-12-31T00:00:00Z", "subscription-not-active"), ("dollar", "s", "2026-01-10T00:00:00Z", "other-currency"),
        ("extra", "s", "9999-12-31T23:59:59.999Z", ""),
    ]

    @Test("what can't be bought is refused", arguments: refusals)
    func refused(_ item: (offering: String, subscription: String, at: String, reason: String)) throws {
        var harness = try Self.harness()
        try harness.feed(Self.buy(item.offering, for: item.subscription, at: item.at))
        #expect(try harness.rated().first?.changeRefused.reason ?? "" == item.reason)
    }

    @Test("from the subscription's first moment to its last, and charged in the period in which it was bought", arguments: [
        ("2025-12-31T23:59:59.999Z", "subscription-not-active"), ("2026-01-01T00:00:00Z", "2026-01"), ("2026-02-19T23:59:59.999Z", "2026-02"),
        ("2026-02-20T00:00:00Z", "subscription-not-active"),
    ])
    func bounds(at: String, expected: String) throws {
        var harness = try Self.harness()
        try harness.feed(Given.ended("s", of: "a", at: "2026-02-20T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.barrier(1, "2026-02-01T12:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Self.buy("extra", at: at))
        // It may be for a time to come.
        try harness.feed(Given.barrier(2, "2026-02-20T00:00:00Z"))
        let fact = try #require(try harness.rated().last { !$0.oneTime.price.isEmpty || !$0.changeRefused.reason.isEmpty })
        let month = Timestamp(ms: fact.oneTime.periodStartMs).description.prefix(7)
        #expect(fact.changeRefused.reason.isEmpty ? month == expected : fact.changeRefused.reason == expected)
    }

    @Test("it ends within the time that is known")
    func lastMoment() throws {
        var harness = try Self.harness()
        try harness.feed(Self.buy("extra", at: "9999-12-31T12:00:00Z"))
        #expect(try harness.rated().isEmpty)
        try harness.feed(Given.usage(1, "voice", second, at: "9999-12-31T12:00:00Z"))
        #expect(try harness.rated().first?.offeringBought.endMs == Given.ms("9999-12-31T23:59:59.999Z"))
    }

    @Test("a subscription has no more than a thousand purchases that can be used")
    func tooMany() throws {
        var harness = try Self.harness()
        try harness.feed(Given.barrier(1, "2026-01-11T00:00:00Z"))
        _ = try harness.rated()
        for place in 0...Int64(1000) {
            var purchase = Self.buy("extra", at: "2026-01-10T00:00:00Z")
            purchase.purchaseOrdered.fromMs += place
            try harness.feed(purchase)
        }
        let facts = try harness.rated()
        #expect(facts.filter { $0.offeringBought.offering == "extra" }.count == 1000 && facts.last?.changeRefused.reason == "too-many-purchases")
    }

    @Test("what was bought, or came with the plan, stays what it was: a later version is for those who come later")
    func versions() throws {
        var files = Self.files
        files["offerings/once.yaml"]! += """
              - valid_from: 2026-01-05
                allowances: [{id: o, type: voice, amount: 20 s, recurs: once, validity: 10 days}]
                prices: [{id: p, type: voice, session: split, steps: [{increment: 1 s, price: "1", per: 1 s}]}]

            """
        files["offerings/extra.yaml"]! += "  - valid_from: 2026-01-05\n    allowances: [{id: x, type: voice, amount: 5 s, validity: 24 hours}]\n"
        var harness = try Harness(try CatalogueFolder.content(files))
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "once"))
        try harness.feed(Self.buy("extra", at: "2026-01-04T12:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", 105 * second, at: "2026-01-05T10:00:00Z"))
        #expect(Self.text(try #require(try harness.rated().first { $0.usage.account == "a" }).usage) == "extra/x 60/0, o 45/5 = 0")
    }

    @Test("what was over before any usage that is still taken can't be bought")
    func tooOld() throws {
        var harness = try Self.harness()
        try harness.feed(Given.barrier(1, "2026-04-05T00:00:00Z"))
        _ = try harness.rated()
        // April is open and March is kept: 24 hours from the last day of February on reach into it.
        try harness.feed(Self.buy("extra", at: "2026-02-28T00:00:00Z"))
        try harness.feed(Self.buy("extra", at: "2026-02-28T00:00:00.001Z"))
        #expect(try harness.rated().map { $0.changeRefused.reason.isEmpty ? $0.offeringBought.offering : $0.changeRefused.reason }.filter { !$0.isEmpty }
            == ["purchase-too-old", "extra"])
    }

    @Test("what a plan alone has is refused for an add-on", arguments: ["minimum_spend: 5", "fees_when_suspended: none", "usage_when: {ended: bill}"])
    func policies(_ policy: String) throws {
        let text = "id: x\nname: X\nkind: addon\ncurrency: EUR\nversions: [{valid_from: 2000-01-01, one_time: [{id: p, amount: \"1\"}], \(policy)}]\n"
        #expect(throws: CatalogueErrors.self) { try CatalogueFolder.content(["offerings/x.yaml": text]) }
    }

    @Test("an add-on is no plan")
    func noPlan() throws {
        var harness = try Self.harness()
        try harness.feed(Given.subscription("u", of: "a", "extra"))
        try harness.feed(Given.planChange("s", of: "a", to: "extra", from: "2026-01-05T00:00:00Z"))
        #expect(try harness.rated().map(\.changeRefused.reason) == ["not-a-plan", "not-a-plan"])
    }
}
