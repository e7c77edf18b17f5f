import Events
import Pipeline
import Quantities
import Rating
import Testing

/// Facts that come after usage of their time was rated: what they propose, and what is right once that was carried out.
@Suite("Late facts")
struct LateFactTests {
    private static let from = "2026-01-01T00:00:00Z"

    /// A second costs 0.01, 0.001 to favourite numbers; 100 s are free; a fee of 10, waived in suspension.
    static func content(
        suspended: UsagePolicy = .reject, ended: UsagePolicy = .reject, rules: UInt32 = 2, applied: [LateFactKind] = [], fees: [RecurringPrice]? = nil
    ) -> CatalogueContent {
        var favourite = Tariffs.price("favourite", "voice", [Tariffs.step(by: second, 1_000_000, per: second)])
        favourite.conditions.favourites = 10
        let call = Tariffs.price("call", "voice", [Tariffs.step(by: second, 10_000_000, per: second)])
        var version = Tariffs.version(
            from, fees: fees ?? [Tariffs.fee("month", 10_000_000_000)], allowances: [Tariffs.allowance("free", "voice", 100 * second)], [favourite, call])
        (version.whenSuspended, version.whenEnded, version.noFeesWhenSuspended) = (suspended, ended, true)
        var content = Tariffs.content([("plan", [version])], latePeriods: 3)
        content.rulesVersion = rules
        content.lateFactsApplied = applied
        return content
    }

    static func open(_ content: CatalogueContent, prepaid: Bool = false) throws -> History {
        var history = try History(content)
        var account = Given.account("a")
        if prepaid { account.accountOpened.terms.payment = .prepaid }
        try history.feed(account)
        try history.feed(Given.subscription("s", of: "a", "plan"))
        return history
    }

    static func suspended(from: String, _ level: BarringLevel = .all) -> NormalizedRecord {
        .with { $0.subscriptionSuspended = .with { $0.account = "a"; $0.subscription = "s"; $0.barring = level; $0.reason = "unpaid"; $0.fromMs = Given.ms(from) } }
    }

    static func resumed(from: String) -> NormalizedRecord {
        .with { $0.subscriptionResumed = .with { $0.account = "a"; $0.subscription = "s"; $0.fromMs = Given.ms(from) } }
    }

    static func favourites(_ numbers: [String], from: String) -> NormalizedRecord {
        .with { $0.favouritesSet = .with { $0.account = "a"; $0.subscription = "s"; $0.favourites.numbers = numbers; $0.fromMs = Given.ms(from) } }
    }

    private static func proposals(_ records: [RatedRecord]) -> [RerateProposed] {
        records.compactMap { if case .rerateProposed(let event)? = $0.body { event } else { nil } }
    }

    /// Rates anew what was proposed as `rerate --proposed` does, and carries it out.
    @discardableResult
    static func settle(_ history: inout History, byTime: Bool = false) throws -> RerateOutcome {
        let outcome = try history.rerate(from: from) { $0.keepsCatalogues = true; $0.sequence = byTime ? .start : .log }
        let carriedOut = try history.apply(outcome)
        for record in carriedOut { if case .changeRefused(let refused)? = record.body { Issue.record("\(refused.detail)") } }
        let again = try history.rerate(from: from) { $0.keepsCatalogues = true; $0.sequence = byTime ? .start : .log }
        #expect(again.rows.isEmpty && again.orders.isEmpty, "applied twice it changes more")
        return outcome
    }

    private static func call(_ id: Int64, _ seconds: Int64, on day: String, to number: String = "") -> NormalizedRecord {
        Given.usage(id, "voice", seconds * second, at: "2026-\(day)T12:00:00Z", to: number)
    }

    // MARK: What is proposed

    struct Proposal: Sendable {
        var name: String
        var facts: [NormalizedRecord]
        /// Kind, from and to; nil: none.
        var expected: (LateFactKind, String, String)?
    }

    /// Calls of 5 and 15 January and 5 February were rated; January has ended.
    static let proposals: [Proposal] = [
        Proposal(name: "an end in the future", facts: [Given.ended("s", of: "a", at: "2026-02-05T12:00:00.001Z")], expected: nil),
        Proposal(
            name: "an end before the last call", facts: [Given.ended("s", of: "a", at: "2026-02-05T12:00:00Z")],
            expected: (.end, "2026-02-01T00:00:00Z", "2026-02-05T12:00:00.001Z")),
        Proposal(
            name: "an end in a month that has ended: its fee depends on it", facts: [Given.ended("s", of: "a", at: "2026-01-10T00:00:00Z")],
            expected: (.end, "2026-01-01T00:00:00Z", "2026-02-05T12:00:00.001Z")),
        Proposal(name: "a suspension from now on", facts: [suspended(from: "2026-02-06T00:00:00Z")], expected: nil),
        Proposal(
            name: "a suspension that reaches back", facts: [suspended(from: "2026-01-10T00:00:00Z")],
            expected: (.suspension, "2026-01-01T00:00:00Z", "2026-02-05T12:00:00.001Z")),
        Proposal(
            name: "a resumption that reaches back behind what was refused",
            facts: [suspended(from: "2026-02-06T00:00:00Z"), call(9, 10, on: "02-08"), resumed(from: "2026-02-07T00:00:00Z")],
            expected: (.suspension, "2026-02-01T00:00:00Z", "2026-02-08T12:00:00.001Z")),
        Proposal(name: "a resumption from now on", facts: [suspended(from: "2026-02-06T00:00:00Z"), call(9, 10, on: "02-08"), resumed(from: "2026-02-09T00:00:00Z")], expected: nil),
        Proposal(name: "favourites from now on", facts: [favourites(["420777000111"], from: "2026-02-06T00:00:00Z")], expected: nil),
        Proposal(
            name: "favourites that reach back", facts: [favourites(["420777000111"], from: "2026-01-10T00:00:00Z")],
            expected: (.favourites, "2026-01-10T00:00:00Z", "2026-02-05T12:00:00.001Z")),
    ]

    @Test("a fact that reaches back proposes what it touches; one that does not, nothing; by the first rules none did", arguments: proposals.indices)
    func proposed(place: Int) throws {
        let item = Self.proposals[place]
        for rules: UInt32 in [1, 2] {
            var history = try Self.open(Self.content(rules: rules, applied: [.end]))
            for (id, day) in [(1, "01-05"), (2, "01-15")] as [(Int64, String)] { try history.feed(Self.call(id, 60, on: day)) }
            try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
            try history.feed(Self.call(3, 60, on: "02-05"))
            var found: [RerateProposed] = []
            for fact in item.facts {
                // What was refused is known after a restart, too.
                try history.harness.restart()
                found += Self.proposals(try history.feed(fact))
            }
            let expected = rules == 1 ? nil : item.expected
            #expect(found.map(\.kind) == (expected.map { [$0.0] } ?? []), "\(item.name), rules \(rules)")
            #expect(found.map { [$0.fromMs, $0.toMs] } == (expected.map { [[Given.ms($0.1), Given.ms($0.2)]] } ?? []), "\(item.name)")
            #expect(found.allSatisfy { $0.applies == ($0.kind == .end) && $0.subscription == "s" }, "\(item.name)")
        }
    }

    // MARK: What it comes to

    /// What stands after a history: charges of each usage by its id, and what was refused; fees by period.
    static func standing(_ history: History) throws -> (usages: [Int64: String], fees: [String: Int64]) {
        var usages: [Int64: String] = [:]
        var fees: [String: Int64] = [:]
        func text(_ parts: [RatedUsage], _ refused: UnratedUsage?) -> String {
            refused.map { $0.reason + ($0.rejected ? " for good" : "") } ?? "\(parts.reduce(0) { $0 + $1.chargeNanos } / 1_000_000)"
        }
        func add(_ fee: RecurringCharge, _ sign: Int64) { fees[String("\(Timestamp(ms: fee.periodStartMs))".prefix(7)), default: 0] += sign * fee.chargeNanos / 1_000_000 }
        var parts: [Int64: [RatedUsage]] = [:]
        for value in history.log.rated {
            switch try RatedRecord(serializedBytes: value).body {
            case .usage(let usage):
                if usage.part == 0 { parts[usage.rawOffset] = [] }
                parts[usage.rawOffset]?.append(usage)
                usages[usage.rawOffset] = text(parts[usage.rawOffset] ?? [], nil)
            case .unrated(let unrated): usages[unrated.rawOffset] = text([], unrated)
            case .usageCorrected(let event):
                let id = (event.reversed.first ?? event.replacement.first)?.rawOffset ?? (event.hasRefused ? event.refused : event.refusedBefore).rawOffset
                usages[id] = text(event.replacement, event.hasRefused ? event.refused : nil)
            case .recurring(let fee): add(fee, 1)
            case .feeCorrected(let event):
                if event.hasReversed { add(event.reversed, -1) }
                if event.hasReplacement { add(event.replacement, 1) }
            default: break
            }
        }
        return (usages, fees.filter { $0.value != 0 })
    }

    @Test("a suspension that reaches back takes back what it bars, and the allowance goes to who is left", arguments: [UsagePolicy.reject, .suspend])
    func suspension(policy: UsagePolicy) throws {
        var history = try Self.open(Self.content(suspended: policy))
        for (id, day) in [(1, "01-05"), (2, "01-15"), (3, "01-25")] as [(Int64, String)] { try history.feed(Self.call(id, 60, on: day)) }
        try history.feed(Self.suspended(from: "2026-01-10T00:00:00Z"))
        try history.feed(Self.resumed(from: "2026-01-20T00:00:00Z"))
        let refused = policy == .reject ? "subscription-barred for good" : "subscription-barred"
        #expect(try Self.standing(history).usages == [1: "0", 2: "200", 3: "600"])
        try Self.settle(&history)
        #expect(try Self.standing(history).usages == [1: "0", 2: refused, 3: "200"])
        // A copy is none the less a duplicate, and what comes next draws what is left: nothing.
        #expect(try history.feed(Self.call(2, 60, on: "01-15")).first?.duplicate.originalRawOffset == 2)
        #expect(try history.feed(Self.call(4, 10, on: "01-26")).first?.usage.chargeNanos == 100_000_000)
        // One from now on changes nothing of that.
        try history.feed(Self.suspended(from: "2026-01-27T00:00:00Z"))
        try Self.settle(&history)
        #expect(try Self.standing(history).usages == [1: "0", 2: refused, 3: "200", 4: "100"])
    }

    @Test("usage that was rejected is rated once a resumption reaches back, exactly once; a copy stays a duplicate")
    func rejectedAndBack() throws {
        var history = try Self.open(Self.content())
        try history.feed(Self.suspended(from: "2026-01-10T00:00:00Z"))
        try history.feed(Self.call(1, 130, on: "01-15"))
        try history.feed(Self.call(1, 130, on: "01-15"))
        try history.feed(Self.call(2, 10, on: "01-12"))
        try history.feed(Self.resumed(from: "2026-01-14T00:00:00Z"))
        let outcome = try Self.settle(&history)
        #expect(outcome.changedUsages == 1)
        #expect(try Self.standing(history).usages == [1: "300", 2: "subscription-barred for good"])
        #expect(try history.feed(Self.call(1, 130, on: "01-15")).first?.duplicate.account == "a")
        #expect(try history.feed(Self.call(3, 10, on: "01-16")).first?.usage.chargeNanos == 100_000_000)
    }

    @Test("usage that was suspended is told for recycling, until its copy was rated")
    func recyclable() throws {
        var history = try Self.open(Self.content(suspended: .suspend))
        try history.feed(Self.suspended(from: "2026-01-10T00:00:00Z"))
        try history.feed(Self.call(1, 60, on: "01-15"))
        try history.feed(Self.call(2, 60, on: "01-12"))
        try history.feed(Self.resumed(from: "2026-01-14T00:00:00Z"))
        let outcome = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
        #expect(outcome.recyclable.map(\.rawOffset) == [1] && outcome.recyclable.first?.reason == .barred)
        #expect(outcome.rows.isEmpty)
        var copy = Self.call(1, 60, on: "01-15")
        copy.usage.rawOffset = 77
        #expect(try history.feed(copy).first?.usage.rawOffset == 77)
        #expect(try history.rerate(from: Self.from) { $0.keepsCatalogues = true }.recyclable.isEmpty)
    }

    @Test("an end that reaches back: usage after it goes by the offering's policy, and so do the fees", arguments: [UsagePolicy.reject, .suspend, .bill])
    func end(policy: UsagePolicy) throws {
        var history = try Self.open(Self.content(ended: policy))
        try history.feed(Self.call(1, 60, on: "01-05"))
        try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        try history.feed(Self.call(2, 160, on: "02-05"))
        try history.feed(Given.barrier(2, "2026-03-03T00:00:00Z"))
        #expect(try Self.standing(history).fees == ["2026-01": 10_000, "2026-02": 10_000])
        try history.feed(Given.ended("s", of: "a", at: "2026-01-20T00:00:00Z"))
        try Self.settle(&history)
        let standing = try Self.standing(history)
        let fate = [UsagePolicy.reject: "subscription-not-active for good", .suspend: "subscription-not-active", .bill: "600"][policy] ?? ""
        #expect(standing.usages == [1: "0", 2: fate] && standing.fees == ["2026-01": 10_000])
    }

    @Test("favourites that reach back give each call its own price")
    func favourites() throws {
        var history = try Self.open(Self.content())
        try history.feed(Self.call(1, 100, on: "01-04", to: "420777000111"))
        try history.feed(Self.call(2, 100, on: "01-05", to: "420777000111"))
        try history.feed(Self.call(3, 100, on: "01-15", to: "420777000111"))
        try history.feed(Self.call(4, 100, on: "01-25", to: "420777000222"))
        try history.feed(Self.favourites(["420777000111"], from: "2026-01-10T00:00:00Z"))
        try history.feed(Self.favourites(["420777000222"], from: "2026-01-20T00:00:00Z"))
        #expect(try Self.standing(history).usages == [1: "0", 2: "1000", 3: "1000", 4: "1000"])
        try Self.settle(&history)
        #expect(try Self.standing(history).usages == [1: "0", 2: "1000", 3: "100", 4: "100"])
    }

    // MARK: Fees

    @Test("a month in suspension that was charged is taken back, one that was waived is charged, as the facts turn out")
    func fees() throws {
        var history = try Self.open(Self.content())
        try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        try history.feed(Self.suspended(from: "2026-01-01T00:00:00Z"))
        try Self.settle(&history)
        #expect(try Self.standing(history).fees == [:])
        try history.feed(Given.barrier(2, "2026-03-03T00:00:00Z"))
        #expect(try Self.standing(history).fees == [:])
        // Another level from a time in February on: the month stays suspended, and its fee waived.
        try history.feed(Self.resumed(from: "2026-02-10T00:00:00Z"))
        try history.feed(Self.suspended(from: "2026-02-10T00:00:00Z", .outgoing))
        #expect(try Self.standing(history).fees == [:])
        try Self.settle(&history)
        #expect(try Self.standing(history).fees == [:])
        // Resumed within February after all: that fee is due.
        try history.feed(Self.resumed(from: "2026-02-20T00:00:00Z"))
        try Self.settle(&history)
        #expect(try Self.standing(history).fees == ["2026-02": 10_000])
    }

    @Test("a fee that only usage makes due goes with the usage")
    func onlyWithUsage() throws {
        var history = try Self.open(Self.content(fees: [Tariffs.fee("active", 7_000_000_000, onlyWithUsage: true)]))
        try history.feed(Self.call(1, 60, on: "01-15"))
        try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        #expect(try Self.standing(history).fees == ["2026-01": 7_000])
        try history.feed(Self.suspended(from: "2026-01-10T00:00:00Z"))
        try Self.settle(&history)
        #expect(try Self.standing(history).fees == [:])
    }

    @Test("what a balance paid for usage that is refused now goes to the customer's good on the next bill, and comes back with the usage")
    func prepaid() throws {
        var history = try Self.open(Self.content(), prepaid: true)
        try history.feed(
            .with { $0.topUpOrdered = .with { $0.account = "a"; $0.currency = "CZK"; $0.amountNanos = 9_000_000_000; $0.fromMs = Given.ms(Self.from) } })
        try history.feed(Self.call(1, 200, on: "01-15"))
        try history.feed(Self.suspended(from: "2026-01-10T00:00:00Z"))
        try Self.settle(&history)
        func last() throws -> UsageCorrected? { try history.log.rated.compactMap { try RatedRecord(serializedBytes: $0).usageCorrected }.last { $0.hasOriginal } }
        let taken = try #require(try last())
        #expect(taken.refused.reason == "subscription-barred")
        #expect(taken.replacement.map { [$0.quantityMicros, $0.chargeNanos, $0.prepaidNanos] } == [[0, 0, 1_000_000_000]])
        // What a rerate refused is remembered as what was refused when it came.
        try history.harness.restart()
        #expect(Self.proposals(try history.feed(Self.resumed(from: "2026-01-12T00:00:00Z"))).map(\.kind) == [.suspension])
        try Self.settle(&history)
        let given = try #require(try last())
        #expect(given.refusedBefore.reason == "subscription-barred" && !given.hasRefused)
        #expect(given.replacement.map { [$0.chargeNanos, $0.prepaidNanos] } == [[1_000_000_000, 1_000_000_000]])
    }

    @Test("a late fact changes no price: each usage keeps the version of the catalogue that priced it")
    func keepsCatalogues() throws {
        var history = try Self.open(Self.content())
        for (id, day) in [(1, "01-05"), (2, "01-15"), (3, "01-25")] as [(Int64, String)] { try history.feed(Self.call(id, 100, on: day)) }
        var dearer = Self.content()
        dearer.offerings[0].versions[0].prices[1].steps[0].priceNanos = 50_000_000
        try history.publish(dearer)
        try history.feed(Self.suspended(from: "2026-01-04T00:00:00Z"))
        try history.feed(Self.resumed(from: "2026-01-10T00:00:00Z"))
        try Self.settle(&history)
        #expect(try Self.standing(history).usages == [1: "subscription-barred for good", 2: "0", 3: "1000"])
    }
}
