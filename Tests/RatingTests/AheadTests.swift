import Events
import Pipeline
import Quantities
import Rating
import Testing

/// Top-ups and purchases that are dated ahead, and purchases that reach back.
@Suite("What is dated ahead")
struct AheadTests {
    private static let unit: Int64 = 1_000_000_000

    private static let files = [
        "settings.yaml": CatalogueFolder.basics["settings.yaml"]! + "prepaid: {grace: 5d}\n",
        "offerings/p.yaml": """
            id: p
            name: P
            currency: EUR
            versions:
              - valid_from: 2000-01-01
                prices:
                  - {id: v, type: voice, session: split, steps: [{increment: 1 s, price: "1", per: 1 s}]}
                  - {id: m, type: sms, steps: [{increment: 1 event, price: "1"}]}

            """,
        "offerings/pack.yaml": """
            id: pack
            name: Pack
            kind: addon
            currency: EUR
            versions:
              - valid_from: 2000-01-01
                one_time: [{id: price, amount: "50"}]
                allowances: [{id: x, type: voice, amount: 30 s, validity: 2 days}]

            """,
    ]

    private static func history(rules: UInt32 = 2, isPrepaid: Bool = true) throws -> History {
        var content = try CatalogueFolder.content(files)
        content.rulesVersion = rules
        content.latePeriods = 12
        var history = try History(content)
        var account = Given.account("a", currency: "EUR")
        if isPrepaid { account.accountOpened.terms.payment = .prepaid }
        try history.feed(account)
        for subscription in ["s", "t"] { try history.feed(Given.subscription(subscription, of: "a", "p")) }
        return history
    }

    private static func topUp(_ units: Int64, from: String, expires: String = "") -> NormalizedRecord {
        .with {
            $0.topUpOrdered = .with {
                $0.account = "a"
                $0.currency = "EUR"
                $0.amountNanos = units * unit
                $0.fromMs = Given.ms(from)
                $0.expiresMs = expires.isEmpty ? 0 : Given.ms(expires)
            }
        }
    }

    private static func text(_ record: RatedRecord) -> String? {
        func short(_ nanos: Int64) -> String { "\(nanos / unit)" }
        return switch record.body {
        case .usage(let usage): "usage \(short(usage.chargeNanos)) paid \(short(usage.prepaidNanos)) left \(short(usage.balanceLeftNanos))"
        case .unrated(let usage): usage.reason
        case .oneTime(let charge): "\(charge.price) \(short(charge.chargeNanos)) paid \(short(charge.prepaidNanos)) left \(short(charge.balanceLeftNanos))"
        case .toppedUp(let event): "top-up \(short(event.amountNanos)) revived \(short(event.revivedNanos)) left \(short(event.balanceLeftNanos))"
        case .balanceExpired(let event): "expired \(short(event.amountNanos)) left \(short(event.balanceLeftNanos))"
        case .changeRefused(let event): event.reason
        case .offeringBought(let event): "bought \(event.offering)"
        case .periodEnded(let event): "ended \(Timestamp(ms: event.periodStartMs).description.prefix(7))"
        case .rerateProposed(let event): "proposed \(Timestamp(ms: event.fromMs)) to \(Timestamp(ms: event.toMs))"
        default: nil
        }
    }

    enum Step: Sendable {
        case usage(Int64, at: String, of: String = "s", is: [String])
        case sms(at: String, is: [String])
        case topUp(Int64, from: String, expires: String = "", is: [String] = [])
        case buy(from: String, of: String = "s", is: [String] = [])
        case end(String)
        case tick(String, is: [String] = [])
    }

    struct Case: Sendable {
        var name: String
        var rules: UInt32 = 2
        var isPrepaid = true
        var steps: [Step]
    }

    static let cases = [
        Case(
            name: "the old rules: everything at once", rules: 1,
            steps: [
                .topUp(10, from: "2026-05-01T00:00:00Z", is: ["top-up 10 revived 0 left 10"]), .usage(3, at: "2026-04-05T10:00:00Z", is: ["usage 3 paid 3 left 7"]),
                .topUp(90, from: "2026-05-01T00:00:00Z", is: ["top-up 90 revived 0 left 97"]),
                .buy(from: "2026-06-01T10:00:00Z", is: ["bought pack", "price 50 paid 50 left 47"]),
            ]),
        Case(
            name: "money from May on pays no call of April, whether a call of May came before or not",
            steps: [
                .topUp(10, from: "2026-05-01T00:00:00Z"), .usage(3, at: "2026-04-05T10:00:00Z", is: ["insufficient-balance"]),
                .usage(4, at: "2026-05-01T00:00:00Z", is: ["top-up 10 revived 0 left 10", "usage 4 paid 4 left 6"]),
                .usage(3, at: "2026-04-30T23:59:59Z", is: ["insufficient-balance"]), .usage(0, at: "2026-04-30T23:59:59Z", is: ["usage 0 paid 0 left 6"]),
                .sms(at: "2026-05-01T00:00:01Z", is: ["usage 1 paid 1 left 5"]), .topUp(2, from: "2026-04-01T00:00:00Z"),
                .usage(3, at: "2026-04-30T23:59:00Z", is: ["top-up 2 revived 0 left 7", "insufficient-balance"]),
                .usage(2, at: "2026-04-30T23:59:00Z", is: ["usage 2 paid 2 left 5"]),
            ]),
        Case(
            name: "once a tick has passed its time, it is there for whatever comes",
            steps: [
                .topUp(10, from: "2026-05-01T00:00:00Z"), .tick("2026-04-30T23:59:59.999Z", is: ["ended 2026-01", "ended 2026-02", "ended 2026-03"]),
                .usage(3, at: "2026-04-30T10:00:00Z", is: ["insufficient-balance"]), .tick("2026-05-01T00:00:00Z", is: ["top-up 10 revived 0 left 10"]),
                .usage(3, at: "2026-04-30T10:00:00Z", is: ["usage 3 paid 3 left 7"]),
                .topUp(10, from: "2026-05-03T00:00:00Z"), .usage(8, at: "2026-05-03T00:00:00Z", is: ["top-up 10 revived 0 left 17", "usage 8 paid 8 left 9"]),
                .usage(8, at: "2026-05-02T10:00:00Z", is: ["insufficient-balance"]), .tick("2026-05-03T00:00:00Z", is: ["ended 2026-04"]),
                .usage(8, at: "2026-05-02T10:00:00Z", is: ["usage 8 paid 8 left 1"]),
            ]),
        Case(
            name: "a pack takes its price at its time, and not the money that a call needs before",
            steps: [
                .topUp(100, from: "2026-01-02T00:00:00Z"), .buy(from: "2026-01-20T10:00:00Z"),
                .usage(60, at: "2026-01-10T00:00:00Z", is: ["top-up 100 revived 0 left 100", "usage 60 paid 60 left 40"]),
                .tick("2026-01-20T09:59:59.999Z"), .tick("2026-01-20T10:00:00Z", is: ["insufficient-balance"]), .tick("2026-01-21T10:00:00Z"),
            ]),
        Case(
            name: "money for it that comes in at the same instant comes first, whatever was ordered first",
            steps: [
                .buy(from: "2026-01-20T10:00:00Z"), .topUp(60, from: "2026-01-20T10:00:00Z"),
                .tick("2026-01-25T00:00:00Z", is: ["top-up 60 revived 0 left 60", "bought pack", "price 50 paid 50 left 10"]),
            ]),
        Case(
            name: "usage of its time that comes before the tick has it, usage before does not", isPrepaid: false,
            steps: [
                .buy(from: "2026-01-20T10:00:00Z"), .usage(10, at: "2026-01-20T09:00:00Z", is: ["usage 10 paid 0 left 0"]),
                .usage(10, at: "2026-01-20T10:00:00Z", of: "t", is: ["bought pack", "price 50 paid 0 left 0", "usage 10 paid 0 left 0"]),
                .usage(10, at: "2026-01-20T10:00:00Z", is: ["usage 0 paid 0 left 0"]), .usage(10, at: "2026-01-20T09:59:59Z", is: ["usage 1 paid 0 left 0", "usage 0 paid 0 left 0"]),
                .tick("2026-01-25T00:00:00Z"),
            ]),
        Case(
            name: "a session that lasts until then has it from then on", isPrepaid: false,
            steps: [
                .buy(from: "2026-01-20T10:00:00Z"),
                .usage(30, at: "2026-01-20T09:59:50Z", is: ["bought pack", "price 50 paid 0 left 0", "usage 10 paid 0 left 0", "usage 0 paid 0 left 0"]),
            ]),
        Case(
            name: "what was ordered for a time behind the subscription's end is not bought then", isPrepaid: false,
            steps: [.buy(from: "2026-01-20T10:00:00Z"), .end("2026-01-15T00:00:00Z"), .tick("2026-01-25T00:00:00Z", is: ["subscription-not-active"])]),
        Case(
            name: "in one tick in the order of time: before the close of its own period, behind that of one that was due before", isPrepaid: false,
            steps: [
                .buy(from: "2026-02-02T00:00:00Z"), .buy(from: "2026-02-03T00:00:00Z", of: "t"),
                .tick(
                    "2026-03-05T00:00:00Z",
                    is: ["bought pack", "price 50 paid 0 left 0", "ended 2026-01", "bought pack", "price 50 paid 0 left 0", "ended 2026-02"]),
            ]),
        Case(
            name: "a purchase that reaches back proposes what it covers, and only that", isPrepaid: false,
            steps: [
                .tick("2026-01-25T00:00:00Z"), .usage(10, at: "2026-01-10T10:00:00Z", is: ["usage 10 paid 0 left 0"]),
                .buy(from: "2026-01-10T10:00:01Z", is: ["bought pack", "price 50 paid 0 left 0"]), .buy(from: "2026-01-10T10:00:00Z", of: "t", is: ["bought pack", "price 50 paid 0 left 0"]),
                .buy(from: "2026-01-10T10:00:00Z", is: ["bought pack", "price 50 paid 0 left 0", "proposed 2026-01-10T10:00:00Z to 2026-01-10T10:00:00.001Z"]),
                .buy(from: "2026-01-09T10:00:00Z", of: "", is: ["bought pack", "price 50 paid 0 left 0", "proposed 2026-01-09T10:00:00Z to 2026-01-10T10:00:00.001Z"]),
            ]),
    ]

    @Test("what comes of it when, also where a worker is replaced in between", arguments: cases, [false, true])
    func table(_ item: Case, _ restarts: Bool) throws {
        var history = try Self.history(rules: item.rules, isPrepaid: item.isPrepaid)
        var (id, sequence) = (Int64(0), Int64(0))
        for (place, step) in item.steps.enumerated() {
            if restarts { try history.harness.restart() }
            id += 1
            let facts: [RatedRecord], expected: [String]
            switch step {
            case .usage(let seconds, let at, let subscription, let texts):
                facts = try history.feed(Given.usage(id, "voice", seconds * second, at: at, subscription: subscription))
                expected = texts
            case .sms(let at, let texts):
                facts = try history.feed(Given.usage(id, "sms", event, at: at))
                expected = texts
            case .topUp(let units, let from, let expires, let texts):
                facts = try history.feed(Self.topUp(units, from: from, expires: expires))
                expected = texts
            case .buy(let from, let subscription, let texts):
                facts = try history.feed(PurchaseTests.buy("pack", for: subscription, at: from))
                expected = texts
            case .end(let at):
                facts = try history.feed(Given.ended("s", of: "a", at: at))
                expected = []
            case .tick(let time, let texts):
                sequence += 1
                facts = try history.feed(Given.barrier(sequence, time))
                expected = texts
            }
            #expect(facts.compactMap(Self.text) == expected, "\(item.name), step \(place + 1)")
            #expect(Set(facts.map { "\($0.meta.idHigh) \($0.meta.idLow)" }).count == facts.count, "\(item.name): an id comes twice")
        }
        if item.rules == 2, !item.name.hasPrefix("a purchase that reaches back") {
            #expect(try history.rerate(from: "2026-01-01T00:00:00Z").rows.isEmpty, "\(item.name)")
        }
    }

    @Test("in one tick in steps, over a replaced worker, too, each once")
    func chunks() throws {
        var harness = try Harness(try CatalogueFolder.content(Self.files), closingChunk: 1)
        for account in ["b", "a"] {
            try harness.feed(Given.account(account, currency: "EUR"))
            try harness.feed(Given.subscription("s", of: account, "p"))
            for day in ["11", "10"] {
                var buy = PurchaseTests.buy("pack", at: "2026-01-\(day)T00:00:00Z")
                buy.purchaseOrdered.account = account
                try harness.feed(buy)
            }
        }
        _ = try harness.rated()
        #expect(try harness.feedOnce(Given.barrier(1, "2026-01-12T00:00:00Z")) == .again)
        try harness.restart()
        try harness.feed(Given.barrier(1, "2026-01-12T00:00:00Z"))
        #expect(
            try harness.rated().compactMap { if case .offeringBought(let event)? = $0.body { "\(event.account) \(Timestamp(ms: event.startMs).description.prefix(10))" } else { nil } }
                == ["a 2026-01-10", "b 2026-01-10", "a 2026-01-11", "b 2026-01-11"])
        try harness.restart()
        try harness.feed(Given.barrier(2, "2026-01-13T00:00:00Z"))
        #expect(try harness.rated().allSatisfy { if case .tick? = $0.body { true } else { false } })
        // Nothing of it is kept.
        let kept = harness.changelog.filter { $0.key == [1, UInt8(ascii: "a"), UInt8(ascii: "|"), UInt8(ascii: "f")] }.map(\.value)
        #expect(kept.first??.isEmpty == false && kept.last == .some(nil))
    }

    @Test("a changelog of the first generation has no place for it: every order acts at once")
    func firstGeneration() throws {
        var harness = try Harness(try CatalogueFolder.content(Self.files))
        harness.task.format = .first
        var account = Given.account("a", currency: "EUR")
        account.accountOpened.terms.payment = .prepaid
        try harness.feed(account)
        _ = try harness.rated()
        try harness.feed(Self.topUp(10, from: "2026-05-01T00:00:00Z"))
        #expect(try harness.rated().compactMap(Self.text) == ["top-up 10 revived 0 left 10"])
        #expect(!harness.changelog.contains { $0.key.contains(UInt8(ascii: "f")) })
    }

    @Test("a quote for an account knows what would be there by then, and carries nothing out")
    func quotes() throws {
        var history = try Self.history()
        try history.feed(Self.topUp(60, from: "2026-01-20T10:00:00Z"))
        try history.feed(PurchaseTests.buy("pack", at: "2026-01-20T10:00:00Z"))
        var quoter = try AccountQuoter(history.log, account: "a")
        func quote(_ at: String) throws -> [Int64?] {
            let quote = try quoter.quote(QuoteRequest(type: "voice", startMs: Given.ms(at), quantityMicros: 10 * second), subscription: "s")
            return [quote.costNanos, quote.availableNanos]
        }
        #expect(try quote("2026-01-20T09:00:00Z") == [10 * Self.unit, 0])
        #expect(try quote("2026-01-20T10:00:00Z") == [0, 10 * Self.unit])
        #expect(try quote("2026-01-20T09:00:00Z") == [10 * Self.unit, 0])
    }

    @Test("applied, what a late purchase covers costs what it would have cost, and nothing comes out otherwise any more")
    func applied() throws {
        var history = try Self.history(isPrepaid: false)
        try history.feed(Given.barrier(1, "2026-01-25T00:00:00Z"))
        for (id, day) in [(1, "10"), (2, "11"), (3, "13")] as [(Int64, String)] {
            try history.feed(Given.usage(id, "voice", 20 * second, at: "2026-01-\(day)T12:00:00Z"))
        }
        try history.feed(PurchaseTests.buy("pack", at: "2026-01-12T00:00:00Z"))
        try history.feed(PurchaseTests.buy("pack", at: "2026-01-10T00:00:00Z"))
        let outcome = try history.rerate(from: "2026-01-01T00:00:00Z")
        // 30 s of the 40 that lie in the first pack's days, 20 in the second's.
        #expect(outcome.rows.map { $0.differenceNanos / Int128(Self.unit) } == [-50])
        _ = try history.apply(outcome)
        #expect(try history.rerate(from: "2026-01-01T00:00:00Z").rows.isEmpty)
        try history.harness.restart()
        let next = try history.feed(Given.usage(4, "voice", 30 * second, at: "2026-01-13T13:00:00Z"))
        #expect(next.compactMap(Self.text) == ["usage 20 paid 0 left 0"])
        #expect(try history.rerate(from: "2026-01-01T00:00:00Z").rows.isEmpty)
    }
}
