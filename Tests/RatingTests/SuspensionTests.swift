import Events
import Pipeline
import Quantities
import Rating
import Testing

extension Given {
    static func suspended(_ from: String, _ barring: BarringLevel = .all, reason: String = "unpaid invoice") -> NormalizedRecord {
        .with {
            $0.subscriptionSuspended = .with {
                $0.account = "a"
                $0.subscription = "s"
                $0.reason = reason
                $0.barring = barring
                $0.fromMs = ms(from)
            }
        }
    }

    static func resumed(_ from: String) -> NormalizedRecord {
        .with { $0.subscriptionResumed = .with { $0.account = "a"; $0.subscription = "s"; $0.fromMs = ms(from) } }
    }
}

@Suite("Suspended and ended subscriptions")
struct SuspensionTests {
    private static func content(_ change: (inout OfferingVersion) -> Void = { _ in }, latePeriods: UInt32 = 2) -> CatalogueContent {
        var version = Tariffs.plain
        version.allowances = []
        change(&version)
        var content = Tariffs.content([("plain", [version]), ("other", [Tariffs.other])], latePeriods: latePeriods)
        content.networks = [.with { $0.id = "home"; $0.prefixes = ["230"] }, .with { $0.id = "germany"; $0.prefixes = ["262"] }]
        return content
    }

    /// What came of each usage: a charge in hundredths, or the reason; "!" where it is for good.
    private static func fates(_ records: [RatedRecord]) -> [String] {
        records.compactMap { record in
            switch record.body {
            case .usage(let usage): "\(usage.chargeNanos / 10_000_000)"
            case .unrated(let unrated): unrated.reason + (unrated.rejected ? "!" : "")
            case .duplicate(let duplicate): "duplicate of \(duplicate.originalRawOffset)"
            case .changeRefused(let refused): "refused " + refused.reason
            default: nil
            }
        }
    }

    private static func fees(_ records: [RatedRecord]) -> [String] {
        records.compactMap { record in
            guard case .recurring(let fee)? = record.body else { return nil }
            return "\(fee.price) \(fee.chargeNanos / 1_000_000_000) \(Timestamp(ms: fee.periodStartMs).description.prefix(7))"
        }
    }

    private func harness(_ content: CatalogueContent = SuspensionTests.content(), _ events: [NormalizedRecord] = []) throws -> Harness {
        var harness = try Harness(content)
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        for event in events { try harness.feed(event) }
        _ = try harness.rated()
        return harness
    }

    private func outcome(_ harness: inout Harness, _ records: NormalizedRecord...) throws -> [RatedRecord] {
        for record in records { try harness.feed(record) }
        return try harness.rated()
    }

    private static let outgoing = [
        "mo", "sms", "forwarded", "away", "to Germany", "forwarded to Germany", "to own mobile", "to 112", "to voicemail", "to New York", "to Jamaica",
        "to premium", "sms to premium", "to free within premium",
    ]
    static let levels: [(BarringLevel, barred: [String])] = [
        (.none, []),
        (.outgoing, outgoing),
        (.incoming, ["mt", "forwarded", "from Germany", "forwarded to Germany"]),
        (.data, ["data", "data away", "data to Germany"]),
        (.roaming, ["away", "data away"]),
        (.outgoingInternational, ["to Germany", "forwarded to Germany", "to Jamaica"]),
        (.premium, ["to premium", "sms to premium"]),
        (.all, ["mt", "data", "data away", "own network", "from Germany", "data to Germany"] + outgoing),
    ]

    @Test("each barring level bars what TS 22.041 and TS 22.088 say, and nothing else", arguments: levels.indices)
    func level(_ place: Int) throws {
        let (level, barred) = Self.levels[place]
        var content = Self.content()
        content.zones[0].country = .home
        content.zones += [
            .with { $0.id = "america"; $0.prefixes = ["1"]; $0.country = .home }, .with { $0.id = "jamaica"; $0.prefixes = ["1876"]; $0.country = .abroad },
            .with { $0.id = "premium"; $0.prefixes = ["42090"]; $0.premium = true }, .with { $0.id = "free"; $0.prefixes = ["420900"]; $0.premium = false },
        ]
        var harness = try harness(content, [Given.suspended("2026-01-05T00:00:00Z", level)])
        try harness.restart()
        let usages: [(String, NormalizedRecord)] = [
            ("mo", Given.usage(1, "voice", minute)),
            ("mt", Given.usage(2, "voice", minute).with { $0.usage.direction = .terminated }),
            ("forwarded", Given.usage(3, "voice", minute).with { $0.usage.direction = .forwarded }),
            ("sms", Given.usage(4, "sms", event)),
            ("data", Given.usage(5, "data", gigabyte)),
            ("away", Given.usage(6, "voice", minute).with { $0.usage.network = "26201" }),
            ("data away", Given.usage(7, "data", gigabyte).with { $0.usage.network = "26201" }),
            ("own network", Given.usage(8, "voice", minute).with { $0.usage.direction = .terminated; $0.usage.network = "23001" }),
            ("to Germany", Given.usage(9, "voice", minute, to: "491701234567")),
            ("forwarded to Germany", Given.usage(10, "voice", minute, to: "491701234567").with { $0.usage.direction = .forwarded }),
            ("from Germany", Given.usage(11, "voice", minute, to: "491701234567").with { $0.usage.direction = .terminated }),
            ("data to Germany", Given.usage(12, "data", gigabyte, to: "491701234567")),
            // A zone within the home country's that says nothing.
            ("to own mobile", Given.usage(13, "voice", minute, to: "420601000001")),
            ("to 112", Given.usage(14, "voice", minute, to: "112")),
            ("to voicemail", Given.usage(15, "voice", minute, to: "voicemail")),
            ("to New York", Given.usage(16, "voice", minute, to: "12125550100")),
            ("to Jamaica", Given.usage(17, "voice", minute, to: "18765550100")),
            ("to premium", Given.usage(18, "voice", minute, to: "420906123456")),
            ("sms to premium", Given.usage(19, "sms", event, to: "420906123456")),
            ("to free within premium", Given.usage(20, "voice", minute, to: "420900123456")),
        ]
        for (name, usage) in usages {
            let isBarred = barred.contains(name) || (name == "own network" && level == .incoming)
            #expect(Self.fates(try outcome(&harness, usage)) == [isBarred ? "subscription-barred" : name.hasPrefix("sms") ? "50" : name.hasPrefix("data") ? "1000" : "100"], "\(level) \(name)")
        }
    }

    @Test("without a home country all numbers are abroad, and none is premium where no zone is")
    func unmarked() throws {
        for (level, expected) in [(BarringLevel.outgoingInternational, "subscription-barred"), (.premium, "100")] {
            var harness = try harness(Self.content(), [Given.suspended("2026-01-05T00:00:00Z", level)])
            #expect(Self.fates(try outcome(&harness, Given.usage(1, "voice", minute, to: "420601000001"))) == [expected])
        }
    }

    @Test("a suspension holds from its start to its end, which is no part of it")
    func bounds() throws {
        var harness = try harness(Self.content(), [Given.suspended("2026-01-05T00:00:00Z"), Given.resumed("2026-01-07T00:00:00Z")])
        let cases = [("2026-01-04T23:59:59.999Z", "100"), ("2026-01-05T00:00:00Z", "subscription-barred"), ("2026-01-06T23:59:59.999Z", "subscription-barred"),
            ("2026-01-07T00:00:00Z", "100")]
        for (number, (at, expected)) in cases.enumerated() {
            #expect(Self.fates(try outcome(&harness, Given.usage(Int64(number), "voice", minute, at: at))) == [expected], "\(at)")
        }
    }

    @Test("suspended usage says why; after a resumption that reaches back the recycled record is rated")
    func recycled() throws {
        var harness = try harness(Self.content(), [Given.suspended("2026-01-05T00:00:00Z", .outgoing)])
        try harness.feed(Given.usage(1, "voice", minute, at: "2026-01-06T00:00:00Z"))
        harness.commit()
        let value = try #require(harness.outputs.first { $0.topic == .usageSuspended }?.value)
        let suspended = try SuspendedUsage(serializedBytes: value)
        #expect(suspended.reason == "subscription-barred")
        #expect(suspended.detail == "subscription s is suspended from 2026-01-05T00:00:00Z on: unpaid invoice; barring level outgoing")
        _ = try harness.rated()
        try harness.feed(Given.resumed("2026-01-05T12:00:00Z"))
        #expect(Self.fates(try outcome(&harness, Given.usage(1, "voice", minute, at: "2026-01-06T00:00:00Z"))) == ["100"])
    }

    @Test("rejected usage is final: it stands in no suspense, and its second copy is a duplicate, after a restart too")
    func rejected() throws {
        var harness = try harness(Self.content { $0.whenSuspended = .reject }, [Given.suspended("2026-01-05T00:00:00Z")])
        let usage = Given.usage(7, "voice", minute, at: "2026-01-06T00:00:00Z")
        try harness.feed(usage)
        harness.commit()
        #expect(!harness.outputs.contains { $0.topic == .usageSuspended })
        #expect(Self.fates(try harness.rated()) == ["subscription-barred!"])
        #expect(Self.fates(try outcome(&harness, usage)) == ["duplicate of 7"])
        try harness.restart()
        try harness.feed(Given.resumed("2026-01-05T12:00:00Z"))
        #expect(Self.fates(try outcome(&harness, usage)) == ["duplicate of 7"])
    }

    @Test("the policy is that of the plan and version in force when the usage began; a plan change while suspended")
    func policyAtStart() throws {
        var content = Self.content { $0.whenSuspended = .bill }
        var later = content.offerings[0].versions[0]
        (later.validFromMs, later.whenSuspended) = (Given.ms("2026-01-10T00:00:00Z"), .reject)
        content.offerings[0].versions.append(later)
        content.offerings[1].versions[0].whenSuspended = .suspend
        var harness = try harness(content, [
            Given.suspended("2026-01-05T00:00:00Z"), Given.planChange("s", of: "a", to: "other", from: "2026-01-15T00:00:00Z"),
        ])
        let cases = [("2026-01-09T23:59:59Z", "100"), ("2026-01-10T00:00:00Z", "subscription-barred!"), ("2026-01-15T00:00:00Z", "subscription-barred")]
        for (number, (at, expected)) in cases.enumerated() {
            #expect(Self.fates(try outcome(&harness, Given.usage(Int64(number), "voice", minute, at: at))) == [expected], "\(at)")
        }
    }

    @Test("after the end: by the policy of the plan at the end, billed by that plan while its period is kept", arguments: [
        (UsagePolicy.suspend, "subscription-not-active"), (.bill, "100"), (.reject, "subscription-not-active!"),
    ])
    func ended(_ policy: UsagePolicy, _ expected: String) throws {
        var harness = try harness(Self.content({ $0.whenEnded = policy }, latePeriods: 1), [
            // It was to come after the end, and never does.
            Given.planChange("s", of: "a", to: "other", from: "2026-01-20T00:00:00Z"), Given.ended("s", of: "a", at: "2026-01-10T00:00:00Z"),
        ])
        try harness.restart()
        #expect(Self.fates(try outcome(&harness, Given.usage(1, "voice", minute, at: "2026-01-09T23:59:59Z"))) == ["100"])
        #expect(Self.fates(try outcome(&harness, Given.usage(2, "voice", minute, at: "2026-01-10T00:00:00Z"))) == [expected])
        #expect(Self.fates(try outcome(&harness, Given.usage(3, "voice", minute, at: "2026-01-25T00:00:00Z"))) == [expected])
        // Before the activation there is no policy.
        #expect(Self.fates(try outcome(&harness, Given.usage(4, "voice", minute, at: "2025-12-31T23:59:59Z"))) == ["subscription-not-active"])
        try harness.feed(Given.barrier(1, "2026-03-05T00:00:00Z"))
        _ = try harness.rated()
        #expect(Self.fates(try outcome(&harness, Given.usage(5, "voice", minute, at: "2026-01-26T00:00:00Z"))) == [policy == .suspend ? expected : "too-old"])
    }

    @Test("an end within a suspension: what comes after it follows the end's policy")
    func endWhileSuspended() throws {
        let content = Self.content { ($0.whenSuspended, $0.whenEnded) = (.reject, .bill) }
        var harness = try harness(content, [Given.suspended("2026-01-05T00:00:00Z"), Given.ended("s", of: "a", at: "2026-01-10T00:00:00Z")])
        #expect(Self.fates(try outcome(&harness, Given.usage(1, "voice", minute, at: "2026-01-09T00:00:00Z"))) == ["subscription-barred!"])
        #expect(Self.fates(try outcome(&harness, Given.usage(2, "voice", minute, at: "2026-01-11T00:00:00Z"))) == ["100"])
    }

    @Test("a policy is that of the version that the subscription has: for new sales only, and at the very end")
    func policyOfVersion() throws {
        var content = Self.content { ($0.whenSuspended, $0.whenEnded) = (.bill, .reject) }
        var later = content.offerings[0].versions[0]
        (later.validFromMs, later.whenSuspended, later.whenEnded) = (Given.ms("2026-01-10T00:00:00Z"), .reject, .bill)
        content.offerings[0].versions.append(later)
        // What begins with the end says nothing of what comes after it.
        var ended = try harness(content, [Given.ended("s", of: "a", at: "2026-01-10T00:00:00Z")])
        #expect(Self.fates(try outcome(&ended, Given.usage(1, "voice", minute, at: "2026-01-11T00:00:00Z"))) == ["subscription-not-active!"])
        content.offerings[0].versions[1].reach = .newSales
        var suspended = try harness(content, [Given.suspended("2026-01-05T00:00:00Z")])
        #expect(Self.fates(try outcome(&suspended, Given.usage(1, "voice", minute, at: "2026-01-11T00:00:00Z"))) == ["100"])
    }

    @Test("where the catalogue names no networks, usage that names one is abroad")
    func noHomeNetwork() throws {
        var content = Self.content()
        content.networks = []
        var harness = try harness(content, [Given.suspended("2026-01-05T00:00:00Z", .roaming)])
        let away = Given.usage(1, "voice", minute).with { $0.usage.network = "26201" }
        #expect(Self.fates(try outcome(&harness, away)) == ["subscription-barred"])
        #expect(Self.fates(try outcome(&harness, Given.usage(2, "voice", minute))) == ["100"])
    }

    @Test("usage that was rated before a suspension that reaches back stays as it is")
    func reachesBack() throws {
        var harness = try harness()
        #expect(Self.fates(try outcome(&harness, Given.usage(1, "voice", minute, at: "2026-01-06T00:00:00Z"))) == ["100"])
        #expect(Self.fates(try outcome(&harness, Given.suspended("2026-01-05T00:00:00Z"), Given.usage(1, "voice", minute, at: "2026-01-06T00:00:00Z"))) == ["duplicate of 1"])
        #expect(Self.fates(try outcome(&harness, Given.usage(2, "voice", minute, at: "2026-01-06T00:00:00Z"))) == ["subscription-barred"])
    }

    @Test("what rating refuses")
    func refusals() throws {
        var harness = try harness(Self.content(), [Given.suspended("2026-01-05T00:00:00Z"), Given.resumed("2026-01-08T00:00:00Z")])
        let cases: [(NormalizedRecord, String)] = [
            (Given.suspended("2026-01-07T00:00:00Z"), "already-suspended"), (Given.suspended("2026-01-01T00:00:00Z"), "already-suspended"),
            (Given.suspended("2025-12-31T00:00:00Z"), "subscription-not-active"), (Given.suspended("2026-02-01T00:00:00Z", .UNRECOGNIZED(99)), "unknown-barring"),
            (Given.resumed("2026-01-09T00:00:00Z"), "not-suspended"),
            (Given.suspended("2026-02-01T00:00:00Z").with { $0.subscriptionSuspended.account = "b" }, "unknown-account"),
            (Given.resumed("2026-02-01T00:00:00Z").with { $0.subscriptionResumed.subscription = "t" }, "unknown-subscription"),
            (Given.suspended("2026-02-01T00:00:00Z").with { $0.subscriptionSuspended.fromMs = Int64.max }, "time-out-of-range"),
        ]
        for (record, reason) in cases { #expect(Self.fates(try outcome(&harness, record)) == ["refused " + reason]) }
        // At the very end of the last one a new one begins; its own start ends none.
        #expect(try outcome(&harness, Given.suspended("2026-01-08T00:00:00Z")).first?.subscriptionSuspended.reason == "unpaid invoice")
        #expect(Self.fates(try outcome(&harness, Given.resumed("2026-01-08T00:00:00Z"))) == ["refused not-suspended"])
    }

    @Test("a suspension begins before the subscription's end")
    func beforeEnd() throws {
        let end = Given.ended("s", of: "a", at: "2026-01-20T00:00:00Z")
        var harness = try harness(Self.content(), [end])
        #expect(Self.fates(try outcome(&harness, Given.suspended("2026-01-20T00:00:00Z"))) == ["refused subscription-not-active"])
        #expect(Self.fates(try outcome(&harness, Given.suspended("2026-01-19T23:59:59.999Z"))) == [])
    }

    @Test("no more than five hundred suspensions of a subscription are kept")
    func tooMany() throws {
        var harness = try harness()
        let first = Given.ms("2026-01-05T00:00:00Z")
        for place in 0..<Int64(500) {
            try harness.feed(Given.suspended("2026-01-05T00:00:00Z").with { $0.subscriptionSuspended.fromMs = first + 2 * place })
            try harness.feed(Given.resumed("2026-01-05T00:00:00Z").with { $0.subscriptionResumed.fromMs = first + 2 * place + 1 })
        }
        #expect(Self.fates(try harness.rated()) == [])
        #expect(Self.fates(try outcome(&harness, Given.suspended("2026-01-06T00:00:00Z"))) == ["refused too-many-changes"])
    }

    // MARK: Fees

    private static let waiving = content { $0.noFeesWhenSuspended = true; $0.recurring = [Tariffs.fee("monthly", 99_000_000_000)] }

    @Test("a period spent wholly in suspension has no fees where the version waives them; one moment of service, and they are due")
    func waived() throws {
        let cases: [(events: [NormalizedRecord], fees: [String])] = [
            ([Given.suspended("2026-01-01T00:00:00Z")], []),
            ([Given.suspended("2026-01-01T00:00:00.001Z")], ["monthly 99 2026-01"]),
            ([Given.suspended("2026-01-01T00:00:00Z"), Given.resumed("2026-01-31T23:59:59.999Z")], ["monthly 99 2026-01", "monthly 99 2026-02"]),
            // Two that follow one another without a gap, and with one.
            ([Given.suspended("2026-01-01T00:00:00Z"), Given.resumed("2026-01-15T00:00:00Z"), Given.suspended("2026-01-15T00:00:00Z", .data)], []),
            ([Given.suspended("2026-01-01T00:00:00Z"), Given.resumed("2026-01-15T00:00:00Z"), Given.suspended("2026-01-15T00:00:00.001Z")],
                ["monthly 99 2026-01"]),
            // Of its own time until its end.
            ([Given.suspended("2026-01-01T00:00:00Z"), Given.ended("s", of: "a", at: "2026-01-20T00:00:00Z")], []),
        ]
        for (place, (events, expected)) in cases.enumerated() {
            var harness = try harness(Self.waiving, events)
            try harness.restart()
            let records = try outcome(&harness, Given.barrier(1, "2026-03-05T00:00:00Z"))
            #expect(Self.fees(records) == expected, "case \(place)")
        }
        var billed = try harness(Self.content { $0.recurring = [Tariffs.fee("monthly", 99_000_000_000)] }, [Given.suspended("2026-01-01T00:00:00Z")])
        #expect(Self.fees(try outcome(&billed, Given.barrier(1, "2026-02-05T00:00:00Z"))) == ["monthly 99 2026-01"])
    }

    @Test("a resumption that reaches back makes the waived fees of ended periods due, once")
    func resumedBack() throws {
        var harness = try harness(Self.waiving, [Given.suspended("2026-01-01T00:00:00Z"), Given.barrier(1, "2026-03-05T00:00:00Z")])
        try harness.restart()
        #expect(Self.fees(try outcome(&harness, Given.resumed("2026-02-20T00:00:00Z"))) == ["monthly 99 2026-02"])
        #expect(Self.fees(try outcome(&harness, Given.suspended("2026-02-25T00:00:00Z"), Given.resumed("2026-02-26T00:00:00Z"))) == [])
        var billed = try self.harness(Self.content { $0.recurring = [Tariffs.fee("monthly", 99_000_000_000)] }, [
            Given.suspended("2026-01-01T00:00:00Z"), Given.barrier(1, "2026-03-05T00:00:00Z"),
        ])
        #expect(Self.fees(try outcome(&billed, Given.resumed("2026-01-20T00:00:00Z"))) == [])
    }

    @Test("the fee of a period that ended before its suspension was known is not charged again by a resumption; nor is one after another suspension")
    func chargedOnce() throws {
        var late = try harness(Self.waiving)
        #expect(Self.fees(try outcome(&late, Given.barrier(1, "2026-02-05T00:00:00Z"))) == ["monthly 99 2026-01"])
        try late.restart()
        #expect(Self.fees(try outcome(&late, Given.suspended("2026-01-01T00:00:00Z"), Given.resumed("2026-01-20T00:00:00Z"))) == [])
        var twice = try harness(Self.waiving, [Given.suspended("2026-01-01T00:00:00Z"), Given.barrier(1, "2026-02-05T00:00:00Z")])
        #expect(Self.fees(try outcome(&twice, Given.resumed("2026-01-10T00:00:00Z"))) == ["monthly 99 2026-01"])
        try twice.restart()
        #expect(Self.fees(try outcome(&twice, Given.suspended("2026-01-10T00:00:00Z"), Given.resumed("2026-01-15T00:00:00Z"))) == [])
    }

    // MARK: Rating anew

    @Test("rated anew: with the same catalogue nothing is otherwise; what another policy would do is told, and stays")
    func rerate() throws {
        var history = try History(Self.content { $0.whenSuspended = .bill })
        for record in [
            Given.account("a"), Given.subscription("s", of: "a", "plain"), Given.usage(1, "voice", minute, at: "2026-01-04T00:00:00Z"),
            Given.suspended("2026-01-03T00:00:00Z"), Given.usage(2, "voice", minute, at: "2026-01-05T00:00:00Z"), Given.resumed("2026-01-06T00:00:00Z"),
            Given.barrier(1, "2026-02-05T00:00:00Z"),
        ] { try history.feed(record) }
        #expect(try history.rerate(from: "2026-01-01T00:00:00Z").rows.isEmpty)
        // The first came before the suspension did.
        let rejecting = try history.rerate(from: "2026-01-01T00:00:00Z", by: Self.content { $0.whenSuspended = .reject })
        #expect(rejecting.rows.isEmpty && rejecting.leftAlone.isEmpty && rejecting.problems.map(\.reason) == [.barred] && rejecting.problems[0].rawOffset == 2)

        var other = try History(Self.content { $0.whenSuspended = .reject })
        for record in [
            Given.account("a"), Given.subscription("s", of: "a", "plain"), Given.suspended("2026-01-03T00:00:00Z"),
            Given.usage(2, "voice", minute, at: "2026-01-05T00:00:00Z"),
        ] { try other.feed(record) }
        #expect(try other.rerate(from: "2026-01-01T00:00:00Z").problemCount == 0)
        let billing = try other.rerate(from: "2026-01-01T00:00:00Z", by: Self.content { $0.whenSuspended = .bill })
        #expect(billing.rows.isEmpty && billing.problems.map(\.reason) == [.barred])
    }
}

extension NormalizedRecord {
    fileprivate func with(_ change: (inout NormalizedRecord) -> Void) -> NormalizedRecord {
        var record = self
        change(&record)
        return record
    }
}
