import Events
import Pipeline
import Quantities

/// A generator with a seed (SplitMix64), so that a failure can be had again.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Writes a log as the stages would: accounts, plans, usage, late usage, ends of periods, invoices with seals. It keeps its own books,
/// account by account, which the view is compared with.
final class History {
    static let month: Int64 = 30 * 86_400_000
    let log = MemoryLog()
    private(set) var books: [String: Book] = [:]
    private(set) var balances: [String: Int64] = [:]
    private var normalizedOffset = [Int64](repeating: 0, count: Int(MemoryLog.partitions))

    struct Book {
        var endedUntilMs: Int64 = 0
        /// Charges not billed yet, by the period in which they fall.
        var open: [(periodStartMs: Int64, nanos: Int128)] = []
        /// Rated usages not sealed yet: period of their own, offset, record index in the partition.
        var unsealed: [(periodStartMs: Int64, normalizedOffset: Int64, index: Int)] = []
        var invoices: [(periodStartMs: Int64, seal: Seal, indices: [Int])] = []
        /// As they count now.
        var usages: [RatedUsage] = []
        var unbilledNanos: Int128 { open.reduce(0) { $0 + $1.nanos } }
    }

    func partition(_ account: String) -> Int32 { Partitioner.partition(account, of: MemoryLog.partitions) }

    func open(_ account: String, person: String = "Ada Lovelace", currency: String = "EUR") {
        var event = CustomerEvent()
        event.accountOpened.account = account
        event.accountOpened.terms.currency = currency
        event.accountOpened.terms.timeZone = "Europe/Prague"
        event.accountOpened.terms.billCycleDay = 1
        event.accountOpened.terms.issuer = "acme"
        event.accountOpened.terms.taxCategory = "standard"
        event.accountOpened.person.name = person
        log.append(event, to: .customersEvents, partition: partition(account), key: account)
        books[account] = Book()
    }

    func activate(_ account: String, _ subscription: String, _ offering: String, identifiers: [String] = []) {
        var activated = SubscriptionActivated()
        activated.account = account
        activated.subscription = subscription
        activated.offering = offering
        var rated = RatedRecord()
        rated.subscriptionActivated = activated
        append(&rated, account)
        activated.identifiers = identifiers
        var event = CustomerEvent()
        event.subscriptionActivated = activated
        log.append(event, to: .customersEvents, partition: partition(account), key: account)
    }

    func customer(_ account: String, _ fill: (inout CustomerEvent) -> Void) {
        var event = CustomerEvent()
        fill(&event)
        log.append(event, to: .customersEvents, partition: partition(account), key: account)
    }

    func changePlan(_ account: String, _ subscription: String, to offering: String, fromMs: Int64) {
        var rated = RatedRecord()
        rated.planChanged.account = account
        rated.planChanged.subscription = subscription
        rated.planChanged.offering = offering
        rated.planChanged.fromMs = fromMs
        append(&rated, account)
    }

    func rated(_ account: String, _ fill: (inout RatedRecord) -> Void) {
        var rated = RatedRecord()
        fill(&rated)
        append(&rated, account)
    }

    func refuseChange(_ account: String, reason: String) {
        var rated = RatedRecord()
        rated.changeRefused.account = account
        rated.changeRefused.reason = reason
        append(&rated, account)
    }

    func use(
        _ account: String, atMs: Int64, nanos: Int64, price: String = "peak", quantity: Int64 = 60_000_000, subscription: String? = nil,
        other: String = "420777000111"
    ) {
        let period = atMs / Self.month * Self.month
        var rated = RatedRecord()
        rated.usage.account = account
        rated.usage.subscription = subscription ?? account + "-s1"
        rated.usage.type = "voice"
        rated.usage.rawOffset = Int64(books[account]!.usages.count)
        rated.usage.startMs = atMs
        rated.usage.quantityMicros = quantity
        rated.usage.countedMicros = quantity
        rated.usage.unit = .second
        rated.usage.offering = "basic"
        rated.usage.price = price
        rated.usage.zone = "national"
        rated.usage.chargeNanos = nanos
        rated.usage.periodStartMs = period
        rated.usage.periodEndMs = period + Self.month
        rated.usage.parties.other = other
        let balance = balances[account] ?? 0
        let prepaid = balance >= nanos ? nanos : 0
        if balance > 0 {
            balances[account] = balance - prepaid
            rated.usage.prepaidNanos = prepaid
            rated.usage.balanceLeftNanos = balance - prepaid
        }
        append(&rated, account)
        let index = log.all(.usageRated, partition(account)).count - 1
        books[account]!.open.append((max(period, books[account]!.endedUntilMs), Int128(nanos) - Int128(rated.usage.prepaidNanos)))
        books[account]!.unsealed.append((max(period, books[account]!.endedUntilMs), rated.normalizedOffset, index))
        books[account]!.usages.append(rated.usage)
    }

    /// The passing of time, in the account's partition.
    func tick(_ account: String, _ ms: Int64) {
        var rated = RatedRecord()
        rated.tick.timeMs = ms
        append(&rated, account)
    }

    /// Money that usage is paid with from then on, as long as it lasts.
    func topUp(_ account: String, nanos: Int64) {
        customer(account) { $0.topUpOrdered = .with { $0.account = account; $0.amountNanos = nanos } }
        balances[account, default: 0] += nanos
        var rated = RatedRecord()
        rated.toppedUp.account = account
        rated.toppedUp.amountNanos = nanos
        rated.toppedUp.balanceLeftNanos = balances[account] ?? 0
        append(&rated, account)
    }

    /// An add-on with one price, which the balance does not pay.
    func buy(_ account: String, nanos: Int64) {
        let startMs = books[account]!.endedUntilMs
        var bought = RatedRecord()
        bought.offeringBought.account = account
        bought.offeringBought.offering = "extra"
        bought.offeringBought.startMs = startMs + 7
        append(&bought, account)
        var rated = RatedRecord()
        rated.oneTime.account = account
        rated.oneTime.offering = "extra"
        rated.oneTime.price = "price"
        rated.oneTime.chargeNanos = nanos
        rated.oneTime.periodStartMs = startMs
        rated.oneTime.periodEndMs = startMs + Self.month
        rated.oneTime.balanceLeftNanos = balances[account] ?? 0
        append(&rated, account)
        books[account]!.open.append((startMs, Int128(nanos)))
    }

    /// Rates the account's usage of that number anew.
    func correct(_ account: String, _ number: Int, nanos: Int64) {
        let before = books[account]!.usages[number]
        var rated = RatedRecord()
        rated.usageCorrected.reversed = [before]
        rated.usageCorrected.replacement = [before]
        rated.usageCorrected.replacement[0].chargeNanos = nanos
        append(&rated, account)
        let billed = max(before.periodStartMs, books[account]!.endedUntilMs)
        books[account]!.open.append((billed, Int128(nanos) - Int128(before.chargeNanos)))
        books[account]!.unsealed.append((billed, rated.normalizedOffset, log.all(.usageRated, partition(account)).count - 1))
        books[account]!.usages[number].chargeNanos = nanos
    }

    /// The account's usage of that number is refused, for a fact that came late; and where it `moves` then, there is nothing left to take back.
    func refuse(_ account: String, _ number: Int, moves: Bool) {
        let before = books[account]!.usages[number]
        var rated = RatedRecord()
        rated.usageCorrected.reversed = [before]
        rated.usageCorrected.refused.account = account
        append(&rated, account)
        let billed = max(before.periodStartMs, books[account]!.endedUntilMs)
        books[account]!.open.append((billed, -Int128(before.chargeNanos)))
        books[account]!.unsealed.append((billed, rated.normalizedOffset, log.all(.usageRated, partition(account)).count - 1))
        guard moves else { return }
        rated = RatedRecord()
        rated.usageCorrected.refusedBefore.account = account
        rated.usageCorrected.moved.account = account
        rated.usageCorrected.moved.rawOffset = before.rawOffset
        append(&rated, account)
    }

    /// The account's usage of that number is another's: rating takes it back, and puts nothing in its place but what a balance had paid.
    func move(_ account: String, _ number: Int, prepaidNanos: Int64 = 0) {
        let before = books[account]!.usages[number]
        var rated = RatedRecord()
        rated.usageCorrected.reversed = [before]
        rated.usageCorrected.moved.account = account
        rated.usageCorrected.moved.rawOffset = before.rawOffset
        if prepaidNanos != 0 {
            var kept = before
            (kept.chargeNanos, kept.quantityMicros, kept.countedMicros, kept.prepaidNanos) = (0, 0, 0, prepaidNanos)
            rated.usageCorrected.replacement = [kept]
        }
        append(&rated, account)
        let billed = max(before.periodStartMs, books[account]!.endedUntilMs)
        books[account]!.open.append((billed, -Int128(before.chargeNanos)))
        books[account]!.unsealed.append((billed, rated.normalizedOffset, log.all(.usageRated, partition(account)).count - 1))
    }

    /// A fee, the end of the period, its closing and its invoice. Amounts are billed unrounded: rounding is billing's own matter.
    func close(_ account: String, fee: Int64 = 5_000_000_000, number: String) {
        let startMs = books[account]!.endedUntilMs
        let endMs = startMs + Self.month
        tick(account, endMs)
        var charge = RatedRecord()
        charge.recurring.account = account
        charge.recurring.subscription = account + "-s1"
        charge.recurring.offering = "basic"
        charge.recurring.price = "monthly"
        charge.recurring.chargeNanos = fee
        charge.recurring.periodStartMs = startMs
        charge.recurring.periodEndMs = endMs
        append(&charge, account)
        books[account]!.open.append((startMs, Int128(fee)))
        var ended = RatedRecord()
        ended.periodEnded.account = account
        ended.periodEnded.periodStartMs = startMs
        ended.periodEnded.periodEndMs = endMs
        append(&ended, account)
        let total = books[account]!.open.filter { $0.periodStartMs == startMs }.reduce(Int128(0)) { $0 + $1.nanos }
        books[account]!.open.removeAll { $0.periodStartMs == startMs }
        books[account]!.endedUntilMs = endMs
        let seal = makeSeal(account, startMs)

        var period = PeriodRecord()
        period.closed.account = account
        period.closed.periodStartMs = startMs
        period.closed.periodEndMs = endMs
        period.closed.total = Money(Amount(nanos: total), "EUR")
        period.closed.seal = seal
        log.append(period, to: .billingPeriods, partition: partition(account), key: account)

        var line = Line()
        line.kind = .recurring
        line.subscription = account + "-s1"
        line.amount = Money(Amount(nanos: total), "EUR")
        line.count = 1
        var invoice = InvoiceRecord()
        invoice.invoice.number = number
        invoice.invoice.account = account
        invoice.invoice.issuer = "acme"
        invoice.invoice.series = "acme-2026"
        invoice.invoice.issueDate = CivilDate(daysSince1970: Int(endMs / 86_400_000)).description
        invoice.invoice.periodStartMs = startMs
        invoice.invoice.periodEndMs = endMs
        invoice.invoice.lines = [line]
        invoice.invoice.lineCount = 2
        invoice.invoice.chunkCount = 2
        invoice.invoice.net = Money(Amount(nanos: total), "EUR")
        invoice.invoice.tax.category = "standard"
        invoice.invoice.tax.percentMicros = 21_000_000
        invoice.invoice.total = Money(Amount(nanos: total), "EUR")
        invoice.invoice.seal = seal
        log.append(invoice, to: .billingInvoices, partition: partition(account), key: account)
        var more = InvoiceRecord()
        more.moreLines.account = account
        more.moreLines.periodStartMs = startMs
        more.moreLines.chunk = 2
        more.moreLines.chunkCount = 2
        more.moreLines.lines = [line]
        log.append(more, to: .billingInvoices, partition: partition(account), key: account)
    }

    private func makeSeal(_ account: String, _ startMs: Int64) -> Seal {
        let sealed = books[account]!.unsealed.filter { $0.periodStartMs == startMs }
        books[account]!.unsealed.removeAll { $0.periodStartMs == startMs }
        var digest = MultisetDigest()
        for usage in sealed { log.all(.usageRated, partition(account))[usage.index].value.withUnsafeBytes { digest.add($0) } }
        var seal = Seal()
        seal.usageCount = Int64(sealed.count)
        seal.usageDigest.append(contentsOf: digest.bytes)
        seal.partition = UInt32(partition(account))
        seal.firstOffset = sealed.map(\.normalizedOffset).min() ?? 0
        seal.endOffset = sealed.map { $0.normalizedOffset + 1 }.max() ?? 0
        books[account]!.invoices.append((startMs, seal, sealed.map(\.index)))
        return seal
    }

    private func append(_ rated: inout RatedRecord, _ account: String) {
        let partition = partition(account)
        // usage.normalized has records that leave no trace in usage.rated, such as barriers.
        normalizedOffset[Int(partition)] += 3
        rated.normalizedOffset = normalizedOffset[Int(partition)]
        log.append(rated, to: .usageRated, partition: partition, key: account)
    }

    /// A history of a few accounts over three months, with late usage, plan changes and refusals.
    static func random(seed: UInt64, steps: Int = 600) -> History {
        var random = Seeded(seed)
        let history = History()
        let accounts = (1...8).map { "A-\($0)" }
        for account in accounts {
            history.open(account)
            history.activate(account, account + "-s1", "basic", identifiers: ["msisdn:42060\(account.suffix(1))"])
        }
        var invoices = 0
        for _ in 0..<steps {
            let account = accounts.randomElement(using: &random)!
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<4:
                invoices += 1
                history.close(account, fee: Int64.random(in: 0..<9_000_000_000, using: &random), number: "ACME-\(invoices)")
            case 4..<6:
                let plan = ["basic", "plus"].randomElement(using: &random)!
                history.changePlan(account, account + "-s1", to: plan, fromMs: Int64.random(in: 0..<9, using: &random))
            case 14..<15:
                history.rated(account) {
                    $0.subscriptionSuspended = .with { $0.account = account; $0.subscription = account + "-s1"; $0.reason = "unpaid"; $0.barring = .all; $0.fromMs = 5 }
                }
            case 15..<16:
                history.rated(account) { $0.subscriptionResumed = .with { $0.account = account; $0.subscription = account + "-s1"; $0.fromMs = 7 } }
            case 6..<7: history.refuseChange(account, reason: "period-closed")
            case 7..<8:
                history.customer(account) {
                    $0.identifierReleased.account = account
                    $0.identifierReleased.subscription = account + "-s1"
                    $0.identifierReleased.identifier = "msisdn:42060\(account.suffix(1))"
                    $0.identifierReleased.atMs = 77
                }
            case 8..<14:
                let usages = history.books[account]!.usages
                if !usages.isEmpty {
                    history.correct(account, Int.random(in: 0..<usages.count, using: &random), nanos: Int64.random(in: 0..<3_000_000_000, using: &random))
                }
            case 16..<18: history.topUp(account, nanos: Int64.random(in: 1..<9_000_000_000, using: &random))
            case 18..<20: history.buy(account, nanos: Int64.random(in: 0..<9_000_000_000, using: &random))
            default:
                // Of the open month, of the next, or up to two months late.
                let ended = history.books[account]!.endedUntilMs
                let atMs = max(0, Int64.random(in: (ended - 2 * month)..<(ended + 2 * month), using: &random))
                history.use(
                    account, atMs: atMs, nanos: Int64.random(in: 0..<3_000_000_000, using: &random),
                    price: ["peak", "off-peak"].randomElement(using: &random)!)
            }
        }
        return history
    }
}
