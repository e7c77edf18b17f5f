import Events
import Quantities
import Testing

@Suite("Prepaid")
struct PrepaidTests {
    private static let unit: Int64 = 1_000_000_000

    /// A second costs 1; a month 4, 1 of it only with usage.
    private static func harness(credit: Int64 = 0, isPrepaid: Bool = true, activeFrom: String = "2026-01-01T00:00:00Z") throws -> Harness {
        var files = PurchaseTests.files
        files["settings.yaml"] = CatalogueFolder.basics["settings.yaml"]! + "prepaid: {grace: 5d}\n"
        files["offerings/fee.yaml"] = """
            id: fee
            name: Fee
            currency: EUR
            versions:
              - valid_from: 2000-01-01
                recurring: [{id: month, amount: "3"}, {id: used, amount: "1", only_with_usage: true}]
                allowances: [{id: m, type: voice, amount: 10 s}]
                prices: [{id: p, type: voice, steps: [{increment: 1 s, price: "1", per: 1 s}]}, {id: back, type: sms, steps: [{increment: 1 event, price: "-2", per: 1 event}]}]

            """
        files["offerings/free.yaml"] = """
            id: free
            name: Free
            kind: addon
            currency: EUR
            versions: [{valid_from: 2000-01-01, allowances: [{id: f, type: sms, amount: 1 event, validity: 1 hour}]}]

            """
        var harness = try Harness(try CatalogueFolder.content(files))
        var account = Given.account("a", currency: "EUR")
        if isPrepaid { account.accountOpened.terms.payment = .prepaid }
        account.accountOpened.terms.creditLimitNanos = credit * unit
        try harness.feed(account)
        try harness.feed(Given.subscription("s", of: "a", "fee", from: activeFrom))
        _ = try harness.rated()
        return harness
    }

    private static func topUp(_ units: Int64, expires: String = "", from: String = "2026-01-01T00:00:00Z", currency: String = "EUR") -> NormalizedRecord {
        .with {
            $0.topUpOrdered.account = "a"
            $0.topUpOrdered.currency = currency
            $0.topUpOrdered.amountNanos = units * unit
            $0.topUpOrdered.fromMs = Given.ms(from)
            if !expires.isEmpty { $0.topUpOrdered.expiresMs = Given.ms(expires) }
        }
    }

    private static func settings(credit: Int64 = 0, below: Int64 = 0, amount: Int64 = 0, recurring: Int64 = 0) -> NormalizedRecord {
        .with {
            $0.prepaidSet.account = "a"
            $0.prepaidSet.creditLimitNanos = credit * unit
            $0.prepaidSet.autoBelowNanos = below * unit
            $0.prepaidSet.autoAmountNanos = amount * unit
            $0.prepaidSet.recurringAmountNanos = recurring * unit
        }
    }

    private static func text(_ record: RatedRecord) -> String {
        func short(_ nanos: Int64) -> String { "\(nanos / unit)" }
        return switch record.body {
        case .usage(let usage): "usage \(short(usage.chargeNanos)) paid \(short(usage.prepaidNanos)) left \(short(usage.balanceLeftNanos))"
        case .unrated(let usage): usage.reason
        case .recurring(let fee): "\(fee.price) \(short(fee.chargeNanos)) paid \(short(fee.prepaidNanos)) left \(short(fee.balanceLeftNanos))"
        case .oneTime(let charge): "\(charge.price) \(short(charge.chargeNanos)) paid \(short(charge.prepaidNanos)) left \(short(charge.balanceLeftNanos))"
        case .toppedUp(let event): "top-up \(short(event.amountNanos)) revived \(short(event.revivedNanos)) left \(short(event.balanceLeftNanos))"
        case .balanceExpired(let event): "expired \(short(event.amountNanos)) left \(short(event.balanceLeftNanos))"
        case .topUpRequested(let event): "request \(short(event.amountNanos)) \(event.cause == .lowBalance ? "low" : "period")"
        case .changeRefused(let event): event.reason
        case .offeringBought: "bought"
        case .periodEnded: "ended"
        default: ""
        }
    }

    enum Step: Sendable {
        case usage(Int64, at: String = "2026-01-10T00:00:00Z")
        /// The usage before, once more: as when it is recycled.
        case again(Int64, at: String = "2026-01-10T00:00:00Z", id: Int64)
        case topUp(Int64, expires: String = "", from: String = "2026-01-01T00:00:00Z")
        case settings(credit: Int64 = 0, below: Int64 = 0, amount: Int64 = 0, recurring: Int64 = 0)
        case buy(String)
        case tick(String)
    }

    struct Case: Sendable {
        var name: String
        var credit: Int64 = 0
        var steps: [(step: Step, is: [String])]
    }

    static let cases = [
        Case(
            name: "a usage is paid after the allowance, or suspended with nothing booked, and taken when money has come",
            steps: [
                (.topUp(5), ["top-up 5 revived 0 left 5"]), (.usage(8), ["usage 0 paid 0 left 5"]), (.usage(5), ["usage 3 paid 3 left 2"]),
                (.again(9, id: 9), ["insufficient-balance"]), (.usage(2), ["usage 2 paid 2 left 0"]), (.usage(1), ["insufficient-balance"]),
                (.topUp(20), ["top-up 20 revived 0 left 20"]), (.again(9, id: 9), ["usage 9 paid 9 left 11"]),
            ]),
        Case(
            name: "no further than the credit limit; a top-up pays it back", credit: 4,
            steps: [
                (.usage(12), ["usage 2 paid 2 left -2"]), (.usage(3), ["insufficient-balance"]), (.usage(2), ["usage 2 paid 2 left -4"]),
                (.usage(0), ["usage 0 paid 0 left -4"]), (.topUp(5), ["top-up 5 revived 0 left 1"]), (.settings(credit: 0), []),
                (.usage(2), ["insufficient-balance"]), (.usage(1), ["usage 1 paid 1 left 0"]),
            ]),
        Case(
            name: "what expires first is spent first, by the time of the usage; expired money can be revived in its grace, and is written off after it",
            steps: [
                (.topUp(10), ["top-up 10 revived 0 left 10"]), (.topUp(6, expires: "2026-01-20T00:00:00Z"), ["top-up 6 revived 0 left 16"]),
                (.usage(12), ["usage 2 paid 2 left 14"]), (.usage(11, at: "2026-01-20T00:00:00Z"), ["insufficient-balance"]),
                (.usage(11, at: "2026-01-19T23:59:59Z"), ["usage 11 paid 11 left 3"]),
                (.topUp(2, expires: "2026-01-15T00:00:00Z"), ["top-up 2 revived 0 left 5"]), (.tick("2026-01-19T23:59:59Z"), []),
                (.topUp(1, expires: "2026-01-25T00:00:00Z", from: "2026-01-19T00:00:00Z"), ["top-up 1 revived 2 left 6"]),
                (.tick("2026-01-29T23:59:59Z"), []), (.tick("2026-01-30T00:00:00Z"), ["expired 3 left 3"]), (.usage(4), ["insufficient-balance"]),
                (.usage(3), ["usage 3 paid 3 left 0"]),
            ]),
        Case(
            name: "a fee is paid in full or goes on the bill, and late fees, too",
            steps: [
                (.topUp(3), ["top-up 3 revived 0 left 3"]), (.tick("2026-02-05T00:00:00Z"), ["month 3 paid 3 left 0", "ended"]),
                (.usage(1), ["usage 0 paid 0 left 0", "used 1 paid 0 left 0"]),
                (.tick("2026-03-05T00:00:00Z"), ["month 3 paid 0 left 0", "ended"]),
            ]),
        Case(
            name: "a purchase is paid in full, or refused",
            steps: [
                (.tick("2026-01-10T00:00:00Z"), []), (.buy("month"), ["insufficient-balance"]), (.topUp(5), ["top-up 5 revived 0 left 5"]), (.buy("month"), ["insufficient-balance"]),
                (.buy("extra"), ["bought", "price 5 paid 5 left 0"]), (.usage(60), ["usage 0 paid 0 left 0"]),
            ]),
        Case(
            name: "money is asked for once when there is too little, and at each period's end",
            steps: [
                (.settings(below: 3, amount: 20, recurring: 7), ["request 20 low"]), (.topUp(6), ["top-up 6 revived 0 left 6"]),
                (.usage(13), ["usage 3 paid 3 left 3"]), (.usage(1), ["usage 1 paid 1 left 2", "request 20 low"]), (.usage(1), ["usage 1 paid 1 left 1"]),
                (.topUp(1), ["top-up 1 revived 0 left 2"]), (.usage(1), ["usage 1 paid 1 left 1", "request 20 low"]),
                (.tick("2026-02-05T00:00:00Z"), ["month 3 paid 0 left 1", "used 1 paid 1 left 0", "ended", "request 7 period"]),
            ]),
        Case(
            name: "money is asked for once where a usage is more than is left, however much that is",
            steps: [
                (.topUp(9), ["top-up 9 revived 0 left 9"]), (.settings(below: 3, amount: 20), []), (.usage(20), ["insufficient-balance", "request 20 low"]),
                (.usage(21), ["insufficient-balance"]), (.usage(19), ["usage 9 paid 9 left 0"]),
            ]),
        Case(
            name: "what is revived pays back what is owed, too", credit: 10,
            steps: [
                (.topUp(5, expires: "2026-01-20T00:00:00Z"), ["top-up 5 revived 0 left 5"]),
                (.usage(20, at: "2026-01-21T00:00:00Z"), ["usage 10 paid 10 left -5"]),
                (.tick("2026-01-24T00:00:00Z"), []),
                (.topUp(2, expires: "2026-02-01T00:00:00Z", from: "2026-01-24T00:00:00Z"), ["top-up 2 revived 5 left -3"]),
                (.tick("2026-02-12T00:00:00Z"), ["month 3 paid 3 left -6", "used 1 paid 1 left -7", "ended"]),
            ]),
        Case(
            name: "in debt beyond a limit that was lowered, what costs nothing is taken", credit: 4,
            steps: [
                (.usage(12), ["usage 2 paid 2 left -2"]), (.settings(credit: 0), []), (.usage(0), ["usage 0 paid 0 left -2"]),
                (.tick("2026-01-10T00:00:00Z"), []), (.buy("free"), ["bought"]), (.usage(1), ["insufficient-balance"]),
            ]),
        Case(
            name: "each expiry is written off after its own grace, and money is asked for then",
            steps: [
                (.topUp(4, expires: "2026-01-20T00:00:00Z"), ["top-up 4 revived 0 left 4"]),
                (.topUp(2, expires: "2026-01-22T00:00:00Z"), ["top-up 2 revived 0 left 6"]), (.settings(below: 3, amount: 20), []),
                (.tick("2026-01-25T00:00:00Z"), ["expired 4 left 2", "request 20 low"]), (.tick("2026-01-26T23:59:59Z"), []),
                (.tick("2026-01-27T00:00:00Z"), ["expired 2 left 0"]),
            ]),
        Case(
            name: "from the moment of its expiry on money pays nothing",
            steps: [
                (.topUp(10), ["top-up 10 revived 0 left 10"]), (.topUp(6, expires: "2026-01-20T00:00:00Z"), ["top-up 6 revived 0 left 16"]),
                (.usage(14, at: "2026-01-20T00:00:00Z"), ["usage 4 paid 4 left 12"]), (.tick("2026-01-25T00:00:00Z"), ["expired 6 left 6"]),
            ]),
        Case(
            name: "money is revived from the moment of its expiry on until its grace is over",
            steps: [
                (.topUp(6, expires: "2026-01-20T00:00:00Z"), ["top-up 6 revived 0 left 6"]),
                (.tick("2026-01-20T00:00:00Z"), []),
                (.topUp(1, expires: "2026-01-21T00:00:00Z", from: "2026-01-20T00:00:00Z"), ["top-up 1 revived 6 left 7"]),
                (.tick("2026-01-25T23:59:59.999Z"), []),
                (.topUp(1, expires: "2026-01-26T00:00:00Z", from: "2026-01-25T23:59:59.999Z"), ["top-up 1 revived 7 left 8"]),
                // Dated ahead: it comes in with the tick, before what the tick lets expire.
                (.topUp(1, from: "2026-01-31T00:00:00Z"), []),
                (.tick("2026-01-31T00:00:00Z"), ["top-up 1 revived 0 left 9", "expired 8 left 1"]),
            ]),
        Case(
            name: "of money that only pays back nothing is left to expire", credit: 4,
            steps: [
                (.usage(12), ["usage 2 paid 2 left -2"]), (.topUp(2, expires: "2026-01-20T00:00:00Z"), ["top-up 2 revived 0 left 0"]),
                (.tick("2026-01-25T00:00:00Z"), []),
            ]),
        Case(
            name: "a purchase that leaves too little has money asked for",
            steps: [
                (.topUp(6), ["top-up 6 revived 0 left 6"]), (.settings(below: 3, amount: 20), []), (.tick("2026-01-10T00:00:00Z"), []),
                (.buy("extra"), ["bought", "price 5 paid 5 left 1", "request 20 low"]),
            ]),
    ]

    @Test("what is paid and what is left, also where a worker is replaced in between", arguments: cases, [false, true])
    func table(_ item: Case, _ restarts: Bool) throws {
        var harness = try Self.harness(credit: item.credit)
        // Money of that time is not dated ahead.
        var sequence: Int64 = 1
        try harness.feed(Given.barrier(sequence, "2026-01-01T00:00:00Z"))
        _ = try harness.rated()
        for (place, step) in item.steps.enumerated() {
            if restarts { try harness.restart() }
            switch step.step {
            case .usage(let seconds, let at): try harness.feed(Given.usage(Int64(100 + place), "voice", seconds * second, at: at))
            case .again(let seconds, let at, let id): try harness.feed(Given.usage(id, "voice", seconds * second, at: at))
            case .topUp(let units, let expires, let from): try harness.feed(Self.topUp(units, expires: expires, from: from))
            case .settings(let credit, let below, let amount, let recurring):
                try harness.feed(Self.settings(credit: credit, below: below, amount: amount, recurring: recurring))
            case .buy(let offering): try harness.feed(PurchaseTests.buy(offering, at: "2026-01-10T00:00:00Z"))
            case .tick(let time):
                sequence += 1
                try harness.feed(Given.barrier(sequence, time))
            }
            #expect(try harness.rated().map(Self.text).filter { !$0.isEmpty } == step.is, "\(item.name), step \(place + 1)")
        }
    }

    @Test("whoever has left is not asked for the next month's money")
    func left() throws {
        var harness = try Self.harness()
        try harness.feed(Self.settings(recurring: 7))
        try harness.feed(Given.ended("s", of: "a", at: "2026-01-15T00:00:00Z"))
        try harness.feed(Given.barrier(1, "2026-02-05T00:00:00Z"))
        #expect(try harness.rated().map(Self.text).filter { $0.hasPrefix("request") } == ["request 7 period"])
        try harness.feed(Given.barrier(2, "2026-05-05T00:00:00Z"))
        #expect(try harness.rated().map(Self.text).filter { !$0.isEmpty } == ["ended", "ended", "ended"])
    }

    @Test("money of a period is asked for where the subscription was active in it", arguments: [
        ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", [1, 0]), ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00.001Z", [1, 1]),
        ("2026-01-31T23:59:59.999Z", "", [1, 1]), ("2026-02-01T00:00:00Z", "", [0, 1]),
    ])
    func activePeriods(from: String, to: String, requests: [Int]) throws {
        var harness = try Self.harness(activeFrom: from)
        try harness.feed(Self.settings(recurring: 7))
        if !to.isEmpty { try harness.feed(Given.ended("s", of: "a", at: to)) }
        for (place, time) in ["2026-02-05T00:00:00Z", "2026-03-05T00:00:00Z"].enumerated() {
            try harness.feed(Given.barrier(Int64(place + 1), time))
            #expect(try harness.rated().map(Self.text).filter { $0 == "request 7 period" }.count == requests[place], "\(time)")
        }
    }

    @Test("a charge below zero stays for the bill")
    func credit() throws {
        var harness = try Self.harness()
        try harness.feed(Given.usage(1, "sms", event))
        #expect(try harness.rated().map(Self.text) == ["usage -2 paid 0 left 0"])
    }

    @Test("what tops up nothing is refused")
    func refusals() throws {
        var harness = try Self.harness()
        try harness.feed(Given.barrier(1, "2026-01-01T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Self.topUp(0))
        try harness.feed(Self.topUp(-1))
        try harness.feed(Self.topUp(1, currency: "CZK"))
        try harness.feed(Self.topUp(1, expires: "2026-01-01T00:00:00Z"))
        try harness.feed(Self.topUp(9_000_000_000))
        try harness.feed(Self.topUp(9_000_000_000))
        // All that 64 bits hold, and a nano more.
        for nanos in [Int64.max - 9_000_000_000 * Self.unit, 1] {
            var topUp = Self.topUp(0)
            topUp.topUpOrdered.amountNanos = nanos
            try harness.feed(topUp)
        }
        try harness.feed(Self.settings(credit: -1))
        #expect(
            try harness.rated().map(Self.text) == [
                "bad-amount", "bad-amount", "other-currency", "time-out-of-range", "top-up 9000000000 revived 0 left 9000000000", "bad-amount",
                "top-up 223372036 revived 0 left 9223372036", "bad-amount", "bad-amount",
            ])
        var other = try Self.harness(isPrepaid: false)
        try other.feed(Self.topUp(1))
        try other.feed(Self.settings())
        #expect(try other.rated().map(Self.text) == ["not-prepaid", "not-prepaid"])
    }

    @Test("a balance has no more than a thousand expiries")
    func expiries() throws {
        var harness = try Self.harness()
        try harness.feed(Given.barrier(1, "2026-01-01T00:00:00Z"))
        _ = try harness.rated()
        let first = Given.ms("2026-06-01T00:00:00Z")
        for place in 0...Int64(1000) {
            var topUp = Self.topUp(1)
            topUp.topUpOrdered.expiresMs = first + place
            try harness.feed(topUp)
        }
        let facts = try harness.rated().map(Self.text)
        #expect(facts.dropLast().last == "top-up 1 revived 0 left 1000")
        #expect(facts.last == "too-many-expiries")
        var again = Self.topUp(1)
        again.topUpOrdered.expiresMs = first
        try harness.feed(again)
        #expect(try harness.rated().map(Self.text) == ["top-up 1 revived 0 left 1001"])
    }

    @Test("what is due in one tick expires in steps, in the order of expiry and account")
    func chunks() throws {
        var harness = try Harness(try CatalogueFolder.content(PurchaseTests.files), closingChunk: 1)
        try harness.feed(Given.barrier(1, "2026-01-01T00:00:00Z"))
        for account in ["b", "a", "c"] {
            var opened = Given.account(account, currency: "EUR")
            opened.accountOpened.terms.payment = .prepaid
            try harness.feed(opened)
            var topUp = Self.topUp(1, expires: account == "c" ? "2026-01-02T00:00:00Z" : "2026-01-03T00:00:00Z")
            topUp.topUpOrdered.account = account
            try harness.feed(topUp)
        }
        _ = try harness.rated()
        #expect(try harness.feedOnce(Given.barrier(2, "2026-01-10T00:00:00Z")) == .again)
        try harness.restart()
        try harness.feed(Given.barrier(2, "2026-01-10T00:00:00Z"))
        #expect(try harness.rated().compactMap { if case .balanceExpired(let event)? = $0.body { event.account } else { nil } } == ["c", "a", "b"])
    }
}
