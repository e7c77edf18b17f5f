import Events
import Pipeline
import Quantities
import Rating
import Testing

/// Usage whose identifier's holder changed: what rating does where it comes, where it was charged, and where it goes.
@Suite("Rating: usage of another holder")
struct MoveTests {
    private static let from = "2026-01-01T00:00:00Z"
    private static let served = Identifier("msisdn:420601000001")!

    /// A second costs 0.01; 100 s are free.
    private static func open(prepaid: Bool = false, late: [LateFactKind] = []) throws -> History {
        let call = Tariffs.price("call", "voice", [Tariffs.step(by: second, 10_000_000, per: second)])
        var content = Tariffs.content(
            [("plan", [Tariffs.version(from, allowances: [Tariffs.allowance("free", "voice", 100 * second)], [call])])], latePeriods: 3)
        content.rulesVersion = 2
        content.lateFactsApplied = late
        var history = try History(content)
        var account = Given.account("a")
        if prepaid { account.accountOpened.terms.payment = .prepaid }
        try history.feed(account)
        try history.feed(Given.subscription("s", of: "a", "plan"))
        return history
    }

    /// `id` is the record's identity and raw offset.
    private static func call(_ id: Int64, _ seconds: Int64, at time: String, moved revision: Int64? = nil, subscription: String = "s") -> NormalizedRecord {
        var record = Given.usage(id, "voice", seconds * second, at: "2026-" + time, to: "420777", subscription: subscription)
        record.usage.parties.served = served.text
        if let revision { record.usage.moved = .with { $0.revision = revision; $0.event = EventRef(EventID(high: 8, low: UInt64(id))) } }
        return record
    }

    /// What the account is told: the spans that are its own.
    private static func told(_ spans: [(String, String?)], revision: Int64, lost: String? = nil, subscription: String = "s") -> NormalizedRecord {
        .with {
            $0.holderChanged = .with {
                ($0.account, $0.subscription, $0.revision) = ("a", subscription, revision)
                ($0.identifierHigh, $0.identifierLow) = (served.key.high, served.key.low)
                $0.held = spans.map { span in .with { $0.fromMs = Given.ms("2026-" + span.0); $0.toMs = span.1.map { Given.ms("2026-" + $0) } ?? 0 } }
                if let lost { $0.lostFromMs = Given.ms("2026-" + lost) }
            }
        }
    }

    private static let start = "01-01T00:00:00Z"
    private static let ported = "01-10T12:00:00Z"

    /// One word a record: what became of a usage, what was proposed.
    private static func fates(_ records: [RatedRecord]) -> [String] {
        records.compactMap { record in
            switch record.body {
            case .usage(let usage): "rated \(usage.chargeNanos / 10_000_000)"
            case .moved: "moved"
            case .duplicate: "duplicate"
            case .unrated(let unrated): unrated.reason
            case .usageCorrected(let event):
                event.hasMoved ? "taken back \(event.reversed.reduce(0) { $0 + $1.chargeNanos } / 10_000_000)" : "corrected"
            case .rerateProposed(let event): "proposed \(event.kind) from \(Timestamp(ms: event.fromMs))"
            case .changeRefused(let event): event.reason
            default: nil
            }
        }
    }

    /// As `History.feed`, with what went to usage.moves.
    private static func feed(_ history: inout History, _ record: NormalizedRecord) throws -> (fates: [String], moves: [UsageMove], rated: [RatedRecord]) {
        var copy = history.harness
        try copy.feed(record)
        copy.commit()
        let moves = try copy.outputs.filter { $0.topic == .usageMoves }
        let rated = try history.feed(record)
        for move in moves { #expect(move.partition == 3 && String(decoding: move.key, as: UTF8.self) == "a") }
        return (fates(rated), try moves.map { try UsageMove(serializedBytes: $0.value) }, rated)
    }

    @Test("what comes is another's from the moment on that the account was told; it is known, and a copy is a duplicate")
    func comes() throws {
        var history = try Self.open()
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported))
        let before = try Self.feed(&history, Self.call(1, 150, at: "01-10T11:59:59Z"))
        #expect(before.fates == ["rated 50"] && before.moves.isEmpty)
        let call = Self.call(2, 60, at: Self.ported)
        let other = try Self.feed(&history, call)
        #expect(other.fates == ["moved"])
        let move = try #require(other.moves.first)
        #expect(move.usage == call.usage && move.revision == 2 && move.meta.cause == other.rated[0].meta.id)
        #expect(try Self.feed(&history, Self.call(2, 60, at: Self.ported)).fates == ["duplicate"])
        // A restart forgets nothing of it.
        try history.harness.restart()
        #expect(try Self.feed(&history, Self.call(2, 60, at: Self.ported)).fates == ["duplicate"])
        #expect(try Self.feed(&history, Self.call(3, 60, at: "01-11T12:00:00Z")).fates == ["moved"])
        // Of another identifier of the subscription nothing was told.
        var data = Self.call(4, 10, at: "01-11T12:00:00Z")
        data.usage.parties.served = "user:alice"
        #expect(try Self.feed(&history, data).fates == ["rated 10"])
    }

    @Test("what had left and comes back as a move is taken once; a copy of it that does not come as a move stays a duplicate")
    func comesBack() throws {
        var history = try Self.open()
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported))
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported)).fates == ["moved"])
        _ = try history.feed(Self.told([(Self.start, nil)], revision: 4))
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported)).fates == ["duplicate"])
        try history.harness.restart()
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported, moved: 4)).fates == ["rated 50"])
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported, moved: 4)).fates == ["duplicate"])
        try history.harness.restart()
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported)).fates == ["duplicate"])
    }

    @Test("a move that comes by an older entry than the account was told of goes on; by a newer one it stays")
    func goesOn() throws {
        var history = try Self.open()
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 5, lost: Self.ported))
        let old = try Self.feed(&history, Self.call(1, 150, at: Self.ported, moved: 4))
        #expect(old.fates == ["moved"] && old.moves.map(\.revision) == [5])
        let again = try Self.feed(&history, Self.call(1, 150, at: Self.ported, moved: 4))
        #expect(again.fates == ["moved"] && again.moves.count == 1)
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported, moved: 6)).fates == ["rated 50"])
    }

    @Test("what was charged is proposed, and rating anew takes it back and sends it on, once")
    func charged() throws {
        var history = try Self.open()
        try history.feed(Self.call(1, 150, at: "01-10T11:00:00Z"))
        let call = Self.call(2, 60, at: Self.ported)
        try history.feed(call)
        try history.feed(Self.call(3, 40, at: "01-10T13:00:00Z"))
        let told = try Self.feed(&history, Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported))
        #expect(told.fates == ["proposed holder from 2026-01-10T12:00:00Z"])
        // Until that is carried out a copy is a duplicate: nothing is charged twice.
        #expect(try Self.feed(&history, call).fates == ["duplicate"])

        let outcome = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
        #expect(outcome.moved.count == 2 && outcome.rows.map(\.differenceNanos) == [-1_000_000_000])
        let orders = outcome.orders.flatMap(\.orders)
        #expect(orders.count == 1)
        let done = try Self.feed(&history, .with { $0.rerate = orders[0] })
        #expect(done.fates == ["taken back 60", "taken back 40"])
        #expect(done.moves.map(\.usage.rawOffset) == [2, 3] && done.moves[0].usage == call.usage)
        #expect(done.rated.compactMap { if case .rerated(let event)? = $0.body { event.asOfOffset } else { nil } } == [orders[0].asOfOffset])
        #expect(outcome.answers.map(\.asOfOffset) == [orders[0].asOfOffset])
        #expect(done.moves.map(\.meta.cause) == done.rated.filter { if case .usageCorrected? = $0.body { true } else { false } }.map(\.meta.id))

        let again = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
        #expect(again.orders.isEmpty && again.moved.count == 0)
        #expect(try Self.feed(&history, call).fates == ["duplicate"])
        // The free seconds that they had drawn are there again: 50 of the 150 s were charged, and still are.
        #expect(try Self.feed(&history, Self.call(4, 10, at: "01-10T11:30:00Z")).fates == ["rated 10"])

        // And back: it was an error. What left comes back as a record of its own, and the one that was taken back stays so.
        _ = try history.feed(Self.told([(Self.start, nil)], revision: 4))
        #expect(try Self.feed(&history, Self.call(2, 60, at: Self.ported, moved: 4)).fates == ["rated 60"])
        let third = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
        #expect(third.orders.isEmpty)
        // ... and away once more: only what stands is taken back.
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 6, lost: Self.ported))
        let fourth = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
        #expect(fourth.moved.count == 1)
        for order in fourth.orders.flatMap(\.orders) {
            #expect(try Self.feed(&history, .with { $0.rerate = order }).fates == ["taken back 60"])
        }
    }

    @Test("what comes costs what was shown before: behind all that its holder's history comes to", arguments: [RerateSequence.log, .start])
    func shown(_ sequence: RerateSequence) throws {
        var history = try Self.open()
        try history.feed(Self.call(1, 80, at: "01-10T11:00:00Z"))
        // Nobody knows this holder yet.
        var stray = Self.call(9, 60, at: Self.ported, moved: 3)
        stray.usage.account = "z"
        let some = try [(2, 60, "voice"), (3, 7, "voice"), (4, 1, "sms")].map { id, seconds, type in
            var record = Self.call(Int64(id), Int64(seconds), at: Self.ported, moved: 3)
            record.usage.type = type
            return record
        }
        var request = RerateRequest(range: Given.ms(Self.from)..<Int64.max)
        (request.keepsCatalogues, request.sequence) = (true, sequence)
        let shown = try Rerater(history.log, request).run(arrivals: some.map(\.usage))
        #expect(shown.rows.map(\.afterNanos) == [470_000_000] && shown.rows.map(\.beforeNanos) == [0] && shown.rows.map(\.charges) == [2])
        #expect(shown.problems.map(\.rawOffset) == [4] && shown.orders.isEmpty && shown.moved.isEmpty)
        // Of whom nothing is asked: by what is in force, in the log's order.
        request.accounts = ["b"]
        #expect(try Rerater(history.log, request).run(arrivals: some.map(\.usage)).rows.map(\.afterNanos) == [470_000_000])
        let unknown = try Rerater(history.log, request).run(arrivals: [stray.usage])
        #expect(unknown.rows.isEmpty && unknown.problems.map(\.reason) == [.unknownAccount])
        var came: [String] = []
        for record in some { came += try Self.feed(&history, record).fates }
        #expect(came == ["rated 40", "rated 7", shown.problems[0].reason.rawValue])
    }

    @Test("what a holder's own usage and fees come to otherwise is no part of what comes to it")
    func shownAlone() throws {
        func content(_ perSecond: Int64, fee: Int64) -> CatalogueContent {
            let call = Tariffs.price("call", "voice", [Tariffs.step(by: second, perSecond, per: second)])
            return Tariffs.content([("plan", [Tariffs.version(Self.from, fees: [Tariffs.fee("month", fee)], [call])])], latePeriods: 3)
        }
        var history = try History(content(10_000_000, fee: 1_000_000_000))
        try history.feed(Given.account("a"))
        try history.feed(Given.subscription("s", of: "a", "plan"))
        try history.feed(Self.call(1, 50, at: "01-10T11:00:00Z"))
        try history.feed(Given.barrier(1, "2026-02-05T00:00:00Z"))
        // Twice as dear, the fee too: its own 0.50 becomes 1.00, the fee of 1 is 2, and what comes costs 10 s at 0.02.
        try history.publish(content(20_000_000, fee: 2_000_000_000))
        let request = RerateRequest(range: Given.ms(Self.from)..<Int64.max)
        #expect(Set(try Rerater(history.log, request).run().rows.map(\.differenceNanos)) == [500_000_000, 1_000_000_000])
        let shown = try Rerater(history.log, request).run(arrivals: [Self.call(2, 10, at: Self.ported, moved: 3).usage])
        #expect(shown.rows.map(\.price) == ["call"] && shown.rows.map(\.beforeNanos) == [0] && shown.rows.map(\.afterNanos) == [200_000_000])
    }

    @Test("an order of history that was read before the account was told is refused")
    func outdated() throws {
        var history = try Self.open()
        try history.feed(Self.call(1, 150, at: Self.ported))
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported))
        let outcome = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
        _ = try history.feed(Self.told([(Self.start, nil)], revision: 4))
        for order in outcome.orders.flatMap(\.orders) {
            let done = try Self.feed(&history, .with { $0.rerate = order })
            #expect(done.fates == ["rerate-outdated"] && done.moves.isEmpty)
        }
    }

    @Test("what a balance had paid stays to the customer's good")
    func prepaid() throws {
        var history = try Self.open(prepaid: true)
        try history.feed(.with { $0.topUpOrdered = .with { $0.account = "a"; $0.currency = "CZK"; $0.amountNanos = 5_000_000_000; $0.fromMs = Given.ms(Self.from) } })
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported)).fates == ["rated 50"])
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported))
        let corrected = try history.apply(try history.rerate(from: Self.from) { $0.keepsCatalogues = true }).compactMap { record in
            if case .usageCorrected(let event)? = record.body { event } else { nil }
        }
        #expect(corrected.count == 1)
        let kept = corrected.first?.replacement ?? []
        #expect(kept.map(\.prepaidNanos) == [500_000_000] && kept.map(\.chargeNanos) == [0] && kept.map(\.quantityMicros) == [0])
    }

    @Test("between two subscriptions of one account: the usage comes back for the other")
    func sameAccount() throws {
        var history = try Self.open()
        try history.feed(Given.subscription("t", of: "a", "plan"))
        try history.feed(Self.call(1, 150, at: Self.ported))
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported))
        #expect(try history.apply(try history.rerate(from: Self.from) { $0.keepsCatalogues = true }).count > 0)
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported, moved: 3, subscription: "t")).fates == ["rated 50"])
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported)).fates == ["duplicate"])
        #expect(try history.rerate(from: Self.from) { $0.keepsCatalogues = true }.orders.isEmpty)
    }

    @Test("what is older than any usage that is taken is not remembered as gone")
    func horizon() throws {
        var history = try Self.open()
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported))
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported)).fates == ["moved"])
        try history.feed(Given.barrier(1, "2026-12-01T00:00:00Z"))
        let marks = history.harness.changelog.filter { $0.key.starts(with: Array("\0|m".utf8)) }
        #expect(marks.count == 2 && marks[0].value != nil && marks[1].value == nil)
    }

    @Test("what is so old that no holder would take it stays where it was charged, and is told")
    func tooOld() throws {
        var history = try Self.open()
        try history.feed(Self.call(1, 150, at: Self.ported))
        try history.feed(Self.call(2, 60, at: "05-10T12:00:00Z"))
        for month in 2...6 { try history.feed(Given.barrier(Int64(month), "2026-0\(month)-05T00:00:00Z")) }
        _ = try history.feed(Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported))
        let outcome = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
        #expect(outcome.moved.count == 1 && outcome.problems.map(\.reason) == [.tooOld] && outcome.problems.map(\.rawOffset) == [1])
        let done = try history.apply(outcome)
        #expect(Self.fates(done).contains("taken back 0"))
        // And a copy of it goes nowhere: what it was is not known any more.
        for month in 7...9 { try history.feed(Given.barrier(Int64(month), "2026-0\(month)-05T00:00:00Z")) }
        #expect(try Self.feed(&history, Self.call(1, 150, at: Self.ported)).fates == ["too-old"])
    }

    @Test("what an older build remembered by its id alone makes no duplicate of what a move brings, which is charged nowhere else any more")
    func formerMemory() throws {
        var history = try Self.open()
        // Of another subscriber, whose leg of the call has the same id.
        try history.feed(Given.usage(1, "voice", 150 * second, at: "2026-01-10T11:00:00Z", to: "420777"))
        var record = Self.call(1, 60, at: Self.ported, moved: 3)
        (record.usage.recordHigh, record.usage.recordLow, record.usage.content) = (77, 78, 79)
        #expect(try Self.feed(&history, record).fates == ["conflicting-duplicate"])
    }

    @Test("an account that rating never opened is told, too: usage comes to it first all the same")
    func unknownAccount() throws {
        var history = try Self.open()
        var told = Self.told([(Self.start, Self.ported)], revision: 2, lost: Self.ported)
        (told.holderChanged.account, told.holderChanged.subscription) = ("b", "t")
        #expect(try Self.feed(&history, told).fates == [])
        try history.harness.restart()
        var call = Self.call(1, 150, at: Self.ported)
        (call.usage.account, call.usage.subscription) = ("b", "t")
        var copy = history.harness
        try copy.feed(call)
        copy.commit()
        #expect(copy.outputs.contains { $0.topic == .usageMoves })
    }
}
