import Events
import Pipeline
import Quantities

/// What each subscription was charged in each period under the plan of that time, where its offering has a minimum spend.
struct MinimumBook {
    struct Key: Hashable, Comparable {
        var account: String
        var subscription: String
        var offering: String
        var periodStartMs: Int64

        static func < (a: Self, b: Self) -> Bool {
            (a.account, a.subscription, a.periodStartMs, a.offering) < (b.account, b.subscription, b.periodStartMs, b.offering)
        }
    }

    struct Page {
        /// Usage and recurring prices; and what was paid as minimum.
        var charged: Int128 = 0
        var paid: Int128 = 0
        /// What it has to come to; nil while the period has not ended, and where no minimum was due.
        var minimum: Int64?

        var lacking: Int128 { max(0, Int128(minimum ?? 0) - charged) }
    }

    /// Whether any published version has a minimum: else nothing is kept.
    var isNeeded = false
    private var pages: [String: [Key: Page]] = [:]
    /// Rated anew: from then on their charges may go from one plan to another.
    private var corrected: Set<String> = []

    mutating func add(_ usage: RatedUsage, _ subscriptions: SubscriptionBook) {
        guard isNeeded, let plan = subscriptions[usage.account, usage.subscription]?.plan(at: usage.startMs) else { return }
        let key = Key(account: usage.account, subscription: usage.subscription, offering: plan.offering, periodStartMs: usage.periodStartMs)
        pages[key.account, default: [:]][key, default: Page()].charged += Int128(usage.chargeNanos)
    }

    /// A fault where what was paid as minimum has none. `minimum` is what the catalogue in force asks.
    /// - Parameter isMissed: the fees of an ended period come with an activation or a resumption that reaches back, and the minimum with them.
    mutating func add(_ fee: RecurringCharge, _ minimum: Int64, isMissed: Bool) -> String? {
        guard isNeeded || fee.price == RecurringCharge.minimumSpend else { return nil }
        let key = Key(account: fee.account, subscription: fee.subscription, offering: fee.offering, periodStartMs: fee.periodStartMs)
        guard fee.price == RecurringCharge.minimumSpend else {
            if isMissed, minimum > 0 { pages[key.account, default: [:]][key, default: Page()].minimum = minimum }
            pages[key.account, default: [:]][key, default: Page()].charged += Int128(fee.chargeNanos)
            return nil
        }
        pages[key.account, default: [:]][key, default: Page()].paid += Int128(fee.chargeNanos)
        if pages[key.account]?[key]?.minimum != nil { return nil }
        pages[key.account]?[key]?.minimum = minimum
        return minimum > 0 ? nil : "charges a minimum spend that the offering does not have"
    }

    /// The period's minimums are due for all that were active in it, except where the version waives them for a suspension.
    mutating func end(_ period: PeriodEnded, _ subscriptions: SubscriptionBook, _ minimum: (RecurringCharge) -> CatalogueBook.Minimum) {
        guard isNeeded else { return }
        for key in subscriptions.keys(of: period.account) {
            guard let entry = subscriptions[key.account, key.subscription] else { continue }
            let fromMs = max(entry.fromMs, period.periodStartMs)
            guard fromMs < min(entry.toMs, period.periodEndMs), let plan = entry.plan(at: fromMs) else { continue }
            let due = minimum(
                .with {
                    $0.account = key.account
                    $0.subscription = key.subscription
                    $0.offering = plan.offering
                    $0.periodStartMs = period.periodStartMs
                })
            if due.isWaivedInSuspension, entry.isSuspended(from: fromMs, to: min(entry.toMs, period.periodEndMs)) { continue }
            let key = Key(account: key.account, subscription: key.subscription, offering: plan.offering, periodStartMs: period.periodStartMs)
            if due.nanos > 0 { pages[key.account, default: [:]][key, default: Page()].minimum = due.nanos }
        }
    }

    /// The account is rated anew from here on: what was wrong of it until then.
    mutating func correct(_ account: String) -> [(key: Key, page: Page)] {
        defer { corrected.insert(account) }
        return corrected.contains(account) ? [] : wrong(account)
    }

    /// What is wrong of all accounts that were never corrected.
    var wrong: [(key: Key, page: Page)] { pages.keys.filter { !corrected.contains($0) }.sorted().flatMap { wrong($0) } }

    private func wrong(_ account: String) -> [(key: Key, page: Page)] {
        (pages[account] ?? [:]).filter { $1.minimum != nil && $1.paid != $1.lacking }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// The published versions of the catalogue, by hash.
struct CatalogueBook {
    private var contents: [[UInt8]: CatalogueContent] = [:]
    /// By the first 8 bytes, as rated usage names them.
    private var zoneBooks: [UInt64: ZoneBook] = [:]
    private(set) var hasMinimums = false
    /// By offering and allowance.
    private(set) var rollovers: [String: Rollover] = [:]

    mutating func add(_ content: CatalogueContent, hash: [UInt8]) {
        contents[hash] = content
        zoneBooks[hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }] = ZoneBook(content)
        Self.rollovers(content, &rollovers)
        if content.offerings.contains(where: { $0.versions.contains { $0.minimumSpendNanos > 0 } }) { hasMinimums = true }
    }

    func offering(_ id: String, _ catalogue: [UInt8]) -> Offering? { contents[catalogue]?.offerings.first { $0.id == id } }

    /// Of how many ended periods late usage is taken; of none where the version is not known.
    func latePeriods(_ catalogue: [UInt8]) -> Int { Int(contents[catalogue]?.latePeriods ?? 0) }

    /// Nil where the version is of the rules before, or not known.
    func zones(of catalogue: UInt64) -> ZoneBook? { zoneBooks[catalogue] }

    struct Minimum {
        /// 0 where there is none.
        var nanos: Int64 = 0
        var isWaivedInSuspension = false
    }

    /// What the fee's offering asks at least of the fee's subscription and period.
    func minimum(of fee: RecurringCharge, _ catalogue: [UInt8], _ subscriptions: SubscriptionBook) -> Minimum {
        guard let offering = contents[catalogue]?.offerings.first(where: { $0.id == fee.offering }),
            let entry = subscriptions[fee.account, fee.subscription]
        else { return Minimum() }
        let fromMs = max(entry.fromMs, fee.periodStartMs)
        let soldMs = entry.plan(at: fromMs)?.fromMs ?? entry.fromMs
        let version = offering.versions.last { $0.validFromMs <= fromMs && ($0.reach == .everyone || $0.validFromMs <= soldMs) }
        return version.map { Minimum(nanos: $0.minimumSpendNanos, isWaivedInSuspension: $0.noFeesWhenSuspended) } ?? Minimum()
    }
}

extension AuditRun {
    mutating func readCatalogues() throws {
        for partition in cut.partitions(of: .catalogueContent) {
            try readAll(.catalogueContent, partition, as: CatalogueRecord.self) { run, record, catalogue in
                guard case .content(let content)? = catalogue.body, let hash = Self.hash(record.key) else { return }
                run.catalogues.add(content, hash: hash)
            }
        }
    }

    /// The key's 32 bytes, or what its 64 hexadecimal digits say.
    private static func hash(_ key: UnsafeRawBufferPointer) -> [UInt8]? {
        if key.count == 32 { return Array(key) }
        let digits = key.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard key.count == 64, digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// With what was paid as minimum, a period comes to its minimum exactly, or to more without.
    mutating func report(_ wrong: [(key: MinimumBook.Key, page: MinimumBook.Page)], _ state: JoinState) {
        guard bills.isComplete else { return }
        for (key, page) in wrong {
            findings.add(
                .minimums, .usageRated, state.partition, state.lastNormalizedOffset,
                "charges \(page.paid) nanos as minimum of \(key.offering) for subscription \(key.subscription) of account \(key.account) in the period from "
                    + "\(Timestamp(ms: key.periodStartMs)) on, which lacks \(page.lacking)")
        }
    }
}
