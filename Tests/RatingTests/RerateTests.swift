import Events
import Pipeline
import Quantities
import Rating
import Testing

/// What a harness was fed, what it gave and its catalogues, as a log.
struct HarnessLog: ReadableLog {
    var normalized: [(key: [UInt8], value: [UInt8])] = []
    var rated: [[UInt8]] = []
    var catalogues: [(key: [UInt8], value: [UInt8])] = []
    var changelog: [(key: [UInt8], value: [UInt8]?)] = []

    func partitionCount(of topic: Topic) -> Int32 { 1 }
    func offsets(of topic: Topic, partition: Int32) -> Range<Int64> { 0..<Int64(records(topic).count) }
    func committed(_ stage: StageName, partition: Int32) -> Int64? { Int64(normalized.count) }

    private func records(_ topic: Topic) -> [(key: [UInt8], value: [UInt8]?)] {
        switch topic {
        case .usageNormalized: normalized.map { ($0.key, $0.value) }
        case .usageRated: rated.map { (Array("a".utf8), $0) }
        case .catalogueContent: catalogues.map { ($0.key, $0.value) }
        case .stateRate: changelog
        default: []
        }
    }

    func read(_ topic: Topic, partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool) throws {
        for (offset, record) in records(topic).enumerated() where range.contains(Int64(offset)) {
            let isWanted = try record.key.withUnsafeBytes { key in
                guard let value = record.value else { return try body(InputRecord(partition: 0, offset: Int64(offset), key: key, value: nil)) }
                return try value.withUnsafeBytes { try body(InputRecord(partition: 0, offset: Int64(offset), key: key, value: $0)) }
            }
            if !isWanted { return }
        }
    }
}

/// A harness whose history can be rated anew.
struct History {
    var harness: Harness
    var log = HarnessLog()
    private var catalogueCount: UInt8 = 0

    init(_ content: CatalogueContent) throws {
        harness = try Harness()
        try publish(content)
    }

    /// In force from here on; `correctsFrom` where it corrects what was in force.
    @discardableResult
    mutating func publish(_ content: CatalogueContent, correctsFrom: String? = nil) throws -> [RatedRecord] {
        catalogueCount += 1
        try harness.load(content, hash: catalogueCount)
        var marker = Harness.marker(catalogueCount)
        if let correctsFrom { marker.catalogue.correctsFromMs = Given.ms(correctsFrom) }
        let hash = Harness.hash(catalogueCount)
        log.catalogues.append((hash, try CatalogueRecord.with { $0.content = content }.serializedBytes()))
        log.catalogues.append((Array("current".utf8), try CatalogueRecord.with { $0.current = marker.catalogue }.serializedBytes()))
        return try feed(marker)
    }

    @discardableResult
    mutating func feed(_ record: NormalizedRecord) throws -> [RatedRecord] {
        let isControl: Bool
        switch record.body {
        case .barrier, .catalogue: isControl = true
        default: isControl = false
        }
        var stored = record
        stored.meta.idHigh = 7
        stored.meta.idLow = UInt64(harness.offset + 1)
        log.normalized.append((isControl ? [] : Array("a".utf8), try stored.serializedBytes()))
        try harness.feed(record)
        harness.commit()
        let outputs = harness.outputs.filter { $0.topic == .usageRated }.map(\.value)
        harness.outputs = []
        log.rated += outputs
        log.changelog = harness.changelog
        return try outputs.map { try RatedRecord(serializedBytes: $0) }
    }

    func rerate(
        from: String, to: String? = nil, accounts: Set<String> = [], by catalogue: CatalogueContent? = nil, with change: (inout RerateRequest) -> Void = { _ in }
    ) throws -> RerateOutcome {
        var request = RerateRequest(range: Given.ms(from)..<(to.map(Given.ms) ?? Int64.max))
        request.keepsOrders = true
        request.accounts = accounts
        request.catalogue = catalogue.map { ($0, String(repeating: "cd", count: 32)) }
        change(&request)
        return try Rerater(log, request).run()
    }

    /// Carries the orders out, and gives what came of them.
    mutating func apply(_ outcome: RerateOutcome) throws -> [RatedRecord] {
        try outcome.orders.flatMap(\.orders).flatMap { order in try feed(.with { $0.rerate = order }) }
    }
}

@Suite("Rating anew")
struct RerateTests {
    /// 100 s free, then by the second; a fee of 10.
    private static func content(
        perSecond: Int64 = 10_000_000, freeSeconds: Int64 = 100, fee: Int64 = 10_000_000_000, rollsOver: Bool = false, cheaperFrom: Int64? = nil
    ) -> CatalogueContent {
        let from = "2026-01-01T00:00:00Z"
        var free = Tariffs.allowance("free", "voice", freeSeconds * second)
        if rollsOver { free.rollover.periods = 1 }
        var call = Tariffs.price("call", "voice", [Tariffs.step(by: second, perSecond, per: second)])
        if let cheaperFrom {
            call.scope = .period
            call.steps.append(Tariffs.step(cheaperFrom * second, by: second, perSecond / 2, per: second))
        }
        return Tariffs.content(
            [
                ("small", [
                    Tariffs.version(from, fees: [Tariffs.fee("month", fee)], allowances: [free],
                        [call, Tariffs.price("message", "sms", [Tariffs.step(by: event, 100_000_000, per: event)])])
                ]),
                ("large", [
                    Tariffs.version(from, fees: [Tariffs.fee("month", 30_000_000_000)], allowances: [Tariffs.allowance("free", "voice", 1000 * second)],
                        [Tariffs.price("call", "voice", [Tariffs.step(by: second, 1_000_000, per: second)])])
                ]),
            ], latePeriods: 3)
    }

    /// Three calls of 60 s in January, one in February; January has ended.
    private func history() throws -> History {
        var history = try History(Self.content())
        try history.feed(Given.account("a"))
        try history.feed(Given.subscription("s", of: "a", "small"))
        for (id, day) in [(1, "05"), (2, "15"), (3, "25")] as [(Int64, String)] {
            try history.feed(Given.usage(id, "voice", 60 * second, at: "2026-01-\(day)T12:00:00Z"))
        }
        try history.feed(Given.usage(2, "voice", 60 * second, at: "2026-01-15T12:00:00Z"))
        try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        try history.feed(Given.usage(4, "voice", 130 * second, at: "2026-02-05T12:00:00Z"))
        return history
    }

    private func rows(_ outcome: RerateOutcome) -> [String] {
        outcome.rows.map { "\($0.offering)/\($0.price) \($0.charges): \($0.beforeNanos / 1_000_000) -> \($0.afterNanos / 1_000_000)" }
    }

    @Test("with nothing changed, nothing comes out otherwise")
    func unchanged() throws {
        let outcome = try history().rerate(from: "2026-01-01T00:00:00Z")
        #expect(rows(outcome).isEmpty && outcome.orders.isEmpty && outcome.problemCount == 0)
        #expect(outcome.usages == 4)
    }

    @Test("a corrected price: the range goes by it, what is before the range stays")
    func price() throws {
        var history = try history()
        let proposed = try history.publish(Self.content(perSecond: 20_000_000), correctsFrom: "2026-01-01T00:00:00Z")
        #expect(proposed.first?.rerateProposed.fromMs == Given.ms("2026-01-01T00:00:00Z"))
        #expect(proposed.first?.rerateProposed.toMs == Given.ms("2026-02-03T00:00:00Z"))
        // 20 s of the second call and all of the third are paid in January; 30 s in February.
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")) == ["small/call 3: 1100 -> 2200"])
        #expect(rows(try history.rerate(from: "2026-01-20T00:00:00Z", to: "2026-02-01T00:00:00Z")) == ["small/call 1: 600 -> 1200"])
        #expect(rows(try history.rerate(from: "2026-03-01T00:00:00Z")).isEmpty)
    }

    @Test("what follows the range follows its counters: a smaller allowance in the range leaves less behind it")
    func knockOn() throws {
        var history = try history()
        try history.publish(Self.content(freeSeconds: 30), correctsFrom: "2026-01-01T00:00:00Z")
        // The first call now pays for 30 s; by the tariff of their own time the second and the third have 70 s free in place of 40.
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z", to: "2026-01-10T00:00:00Z")
        #expect(rows(outcome) == ["small/call 3: 800 -> 800"])
    }

    @Test("a fee is found anew where its own moment lies in the range")
    func fees() throws {
        var history = try history()
        try history.publish(Self.content(fee: 12_000_000_000), correctsFrom: "2026-01-01T00:00:00Z")
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")) == ["small/month 1: 10000 -> 12000"])
        #expect(rows(try history.rerate(from: "2026-01-02T00:00:00Z")).isEmpty)
    }

    @Test("applied once it is put right, applied again nothing is left; the buckets are those of the whole history")
    func apply() throws {
        var history = try history()
        try history.publish(Self.content(freeSeconds: 30, fee: 12_000_000_000), correctsFrom: "2026-01-01T00:00:00Z")
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        #expect(rows(outcome) == ["small/call 3: 500 -> 1900", "small/month 1: 10000 -> 12000"])
        let carriedOut = try history.apply(outcome)
        let corrected = carriedOut.compactMap { if case .usageCorrected(let event)? = $0.body { event } else { nil } }
        #expect(corrected.map { $0.reversed.map(\.chargeNanos) } == [[0], [200_000_000], [300_000_000]])
        #expect(corrected.map { $0.replacement.map(\.chargeNanos) } == [[300_000_000], [600_000_000], [1_000_000_000]])
        #expect(corrected.allSatisfy { $0.rerate == outcome.rerate && $0.hasOriginal })
        #expect(carriedOut.contains { $0.feeCorrected.replacement.chargeNanos == 12_000_000_000 && $0.feeCorrected.reversed.chargeNanos == 10_000_000_000 })
        #expect(carriedOut.last?.rerated.rerate == outcome.rerate)
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")).isEmpty)
        // A second delivery of the same orders finds the account changed.
        #expect(try history.apply(outcome).map(\.changeRefused.reason) == ["rerate-outdated"])
        // February's 30 free seconds are used up, after a restart, too.
        try history.harness.restart()
        let next = try history.feed(Given.usage(5, "voice", 10 * second, at: "2026-02-06T12:00:00Z"))
        #expect(next.first?.usage.chargeNanos == 100_000_000 && next.first?.usage.allowanceMicros == 0)
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")).isEmpty)
    }

    @Test("a plan change that reaches back: fees and usage of its time go by the new plan, once applied")
    func planChange() throws {
        var history = try history()
        let changed = try history.feed(Given.planChange("s", of: "a", to: "large", from: "2026-01-01T00:00:00Z"))
        #expect(changed.map { if case .rerateProposed(let event)? = $0.body { event.toMs } else { 0 } } == [0, Given.ms("2026-02-05T12:00:00.001Z")])
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        #expect(rows(outcome) == ["large/call 4: 0 -> 0", "large/month 1: 0 -> 30000", "small/call 4: 1100 -> 0", "small/month 1: 10000 -> 0"])
        _ = try history.apply(outcome)
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")).isEmpty)
        let next = try history.feed(Given.usage(5, "voice", 900 * second, at: "2026-02-06T12:00:00Z"))
        #expect(next.first?.usage.allowanceMicros == 870 * second && next.first?.usage.chargeNanos == 30_000_000)
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")).isEmpty)
    }

    @Test("usage in between: what was before is put right, and rating anew again finds the rest")
    func outdated() throws {
        var history = try history()
        try history.publish(Self.content(perSecond: 20_000_000), correctsFrom: "2026-01-01T00:00:00Z")
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        try history.feed(Given.usage(5, "voice", 10 * second, at: "2026-02-06T12:00:00Z"))
        let carriedOut = try history.apply(outcome)
        #expect(carriedOut.compactMap { if case .usageCorrected? = $0.body { 1 } else { nil } }.count == 3)
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")).isEmpty)
    }

    @Test("the chunks of an order follow one another, over a restart, too; one without the one before is refused")
    func chunks() throws {
        var history = try history()
        try history.publish(Self.content(perSecond: 20_000_000), correctsFrom: "2026-01-01T00:00:00Z")
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        var first = try #require(outcome.orders.first?.orders.first)
        var second = first
        first.chunkCount = 2
        first.usages.removeLast(2)
        (second.chunk, second.chunkCount) = (1, 2)
        second.usages.removeFirst()
        (second.counters, second.subscriptions) = ([], [])
        #expect(try history.feed(.with { $0.rerate = second }).map(\.changeRefused.reason) == ["rerate-outdated"])
        let begun = try history.feed(.with { $0.rerate = first })
        #expect(begun.count == 1 && begun[0].usageCorrected.replacement.count == 1)
        try history.harness.restart()
        let done = try history.feed(.with { $0.rerate = second })
        #expect(done.count == 3 && done[2].rerated.account == "a")
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")).isEmpty)
    }

    @Test("an order with counters that there can't be is refused, not taken over", arguments: [
        { $0.counters[0].window = 9 }, { $0.counters[0].window = 300 }, { $0.counters[0].startMs = $0.counters[0].endMs },
        { $0.counters[0].subscription = "other" }, { $0.subscriptions = ["none"] }, { $0.counters[0].lastRatedMs = Int64.max },
        { $0.counters[0].meters[0].value = -1 }, { $0.counters[0].meters[0].value = Int64.max }, { $0.usages[0].replacement[0].account = "b" },
        { $0.usages[0].reversed[0].quantityMicros = Int64.min }, { $0.usages[0].replacement = [] }, { $0.fees = [FeeCorrected()] },
        { $0.fees = [.with { $0.reversed.account = "b" }] },
    ] as [@Sendable (inout RerateOrder) -> Void])
    func malformed(_ spoil: @Sendable (inout RerateOrder) -> Void) throws {
        var history = try history()
        try history.publish(Self.content(freeSeconds: 30), correctsFrom: "2026-01-01T00:00:00Z")
        var order = try #require(try history.rerate(from: "2026-01-01T00:00:00Z").orders.first?.orders.first)
        spoil(&order)
        #expect(try history.feed(.with { $0.rerate = order }).map(\.changeRefused.reason) == ["rerate-malformed"])
    }

    @Test("what was put right before says nothing of periods that ended since")
    func laterPeriods() throws {
        var history = try History(Self.content(rollsOver: true))
        try history.feed(Given.account("a"))
        try history.feed(Given.subscription("s", of: "a", "small"))
        try history.feed(Given.usage(1, "voice", 130 * second, at: "2026-01-05T12:00:00Z"))
        try history.publish(Self.content(perSecond: 20_000_000, rollsOver: true), correctsFrom: "2026-01-01T00:00:00Z")
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        #expect(rows(outcome) == ["small/call 1: 300 -> 600"])
        _ = try history.apply(outcome)
        // From here on there is more to roll over than the rerate's catalogue had.
        try history.publish(Self.content(perSecond: 20_000_000, freeSeconds: 300, rollsOver: true))
        try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        try history.feed(Given.barrier(2, "2026-03-03T00:00:00Z"))
        let march = try history.feed(Given.usage(2, "voice", 600 * second, at: "2026-03-05T12:00:00Z"))
        #expect(march.first?.usage.chargeNanos == 0)
        let later = try history.rerate(from: "2026-06-01T00:00:00Z")
        #expect(rows(later).isEmpty && later.orders.isEmpty)
    }

    @Test("counters are put right where no charge has changed yet, and once")
    func counters() throws {
        var history = try history()
        // February's 30 paid seconds count towards the 100 from which on it is cheaper.
        try history.publish(Self.content(cheaperFrom: 100), correctsFrom: "2026-01-01T00:00:00Z")
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        #expect(rows(outcome).isEmpty && outcome.orders.count == 1)
        #expect(try history.apply(outcome).map(\.rerated.account) == ["a"])
        #expect(try history.rerate(from: "2026-01-01T00:00:00Z").orders.isEmpty)
        let next = try history.feed(Given.usage(5, "voice", 90 * second, at: "2026-02-06T12:00:00Z"))
        #expect(next.first?.usage.chargeNanos == 800_000_000)
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")).isEmpty)
    }

    @Test("a late activation whose plan changed from then on: the fees of the periods between are the new plan's")
    func lateActivation() throws {
        var history = try History(Self.content())
        try history.feed(Given.account("a"))
        try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        try history.feed(Given.subscription("s", of: "a", "small"))
        try history.feed(Given.planChange("s", of: "a", to: "large", from: "2026-01-01T00:00:00Z"))
        #expect(rows(try history.rerate(from: "2026-01-01T00:00:00Z")) == ["large/month 1: 0 -> 30000", "small/month 1: 10000 -> 0"])
    }

    @Test("a catalogue that lacks the offering: its usage stays, and so do its fees")
    func missingOffering() throws {
        var content = Self.content()
        content.offerings.removeFirst()
        let outcome = try history().rerate(from: "2026-01-01T00:00:00Z", by: content)
        #expect(rows(outcome).isEmpty && outcome.problemCount == 4 && outcome.orders.isEmpty && outcome.answers.isEmpty)
    }

    @Test("usage that neither catalogue can price under the plan that it now has: the account is left alone")
    func unratable() throws {
        var history = try history()
        try history.feed(Given.usage(5, "sms", event, at: "2026-01-06T12:00:00Z"))
        try history.feed(Given.planChange("s", of: "a", to: "large", from: "2026-01-01T00:00:00Z"))
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        #expect(outcome.leftAlone.map(\.account) == ["a"] && outcome.rows.isEmpty && outcome.orders.isEmpty)
    }

    @Test("an account that is asked about by name is answered, though nothing is otherwise; an order sent again is another event")
    func answers() throws {
        var history = try history()
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z", accounts: ["a"])
        #expect(rows(outcome).isEmpty && outcome.answers.isEmpty)
        #expect(outcome.knownAccounts == ["a"])
        #expect(try history.rerate(from: "2026-01-01T00:00:00Z", accounts: ["nobody"]).knownAccounts == [])
        #expect(try history.apply(outcome).map(\.rerated.account) == ["a"])
        let order = try #require(outcome.orders.first?.orders.first)
        #expect(order.record(partition: 0, end: 9).meta == order.record(partition: 0, end: 9).meta)
        #expect(order.record(partition: 0, end: 9).meta != order.record(partition: 0, end: 10).meta)
    }

    @Test("an account is quoted as it stands: what is left of its allowance, its plan at that time, and nothing is booked")
    func quotedAsItStands() throws {
        var history = try history()
        try history.feed(Given.planChange("s", of: "a", to: "large", from: "2026-03-01T00:00:00Z"))
        var quoter = try AccountQuoter(history.log, account: "a")
        #expect(quoter.subscriptions == ["s"] && quoter.unit(of: "voice") == .second)
        // February's 100 free seconds are used up; January has ended, April begins anew under the other plan.
        let cases = [("2026-02-06T00:00:00Z", "0.1"), ("2026-02-06T00:00:00Z", "0.1"), ("2026-01-28T00:00:00Z", "0.1"), ("2026-04-01T00:00:00Z", "0")]
        for (at, cost) in cases {
            let request = QuoteRequest(type: "voice", startMs: Given.ms(at), quantityMicros: 10 * second)
            #expect(DecimalText.format(Int128(try quoter.quote(request, subscription: "s").costNanos), decimals: 9) == cost, "\(at)")
        }
        let request = QuoteRequest(type: "voice", startMs: Given.ms("2026-02-06T00:00:00Z"), quantityMicros: 10 * second)
        #expect(throws: NoQuote.self) { try quoter.quote(request, subscription: "t") }
        #expect(throws: QuoteFault.self) { try AccountQuoter(history.log, account: "b") }
    }

    @Test("a prepaid account's quote says whether its balance can pay")
    func quotedOfABalance() throws {
        var history = try History(Self.content(perSecond: 10_000_000))
        var account = Given.account("a")
        account.accountOpened.terms.payment = .prepaid
        try history.feed(account)
        try history.feed(Given.subscription("s", of: "a", "small"))
        try history.feed(
            .with {
                $0.topUpOrdered.account = "a"
                $0.topUpOrdered.currency = "CZK"
                $0.topUpOrdered.amountNanos = 3_000_000_000
                $0.topUpOrdered.fromMs = Given.ms("2026-01-01T00:00:00Z")
                $0.topUpOrdered.expiresMs = Given.ms("2026-02-01T00:00:00Z")
            })
        var quoter = try AccountQuoter(history.log, account: "a")
        // A hundred seconds are free; each other costs 0.01, and the 3 last to the end of January.
        let cases: [(String, Int64, Int64, Bool)] = [
            ("2026-01-05T00:00:00Z", 400, 3, true), ("2026-01-05T00:00:00Z", 401, 3, false), ("2026-02-01T00:00:00Z", 100, 0, true),
            ("2026-02-01T00:00:00Z", 101, 0, false),
        ]
        for (at, seconds, available, isPayable) in cases {
            let quote = try quoter.quote(QuoteRequest(type: "voice", startMs: Given.ms(at), quantityMicros: seconds * second), subscription: "s")
            #expect(quote.availableNanos == available * 1_000_000_000 && quote.isPayable == isPayable, "\(at) \(seconds)")
        }
    }

    @Test("usage that the new catalogue has no price for stays as it was, and is reported")
    func noPrice() throws {
        var history = try history()
        var content = Self.content(perSecond: 20_000_000)
        content.offerings[0].versions[0].prices[0].zones = ["none"]
        content.zones = [.with { $0.id = "none"; $0.prefixes = ["99"] }]
        try history.publish(content, correctsFrom: "2026-01-01T00:00:00Z")
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        #expect(rows(outcome).isEmpty && outcome.problemCount == 4 && outcome.problems.first?.reason == .noPrice)
    }
}
