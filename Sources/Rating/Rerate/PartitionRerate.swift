import Events
import Pipeline
import Quantities

/// Rates the history of one partition anew, in a state of its own, and compares each usage with what it was charged.
struct PartitionRerate<Log: ReadableLog> {
    let rerater: Rerater<Log>
    let tables: RateTables
    let tariff: Tariff
    let partition: Int32
    private(set) var end: Int64
    private let stage = RateStage()
    var state: RateState
    private var outbox = Outbox()
    private var bindings: [CatalogueHash: TariffBinding] = [:]
    var logBinding: TariffBinding?
    var fees: [FeeKey: FeeSums] = [:]
    var changes: [String: AccountChanges] = [:]
    /// What goes to another holder, by the account that it leaves.
    var leaving: [String: [Usage]] = [:]
    /// What comes to the partition's accounts from others: with any, that alone is told.
    let arrivals: [Usage]
    /// By which they will be rated: the catalogue in force, whatever is asked.
    let arrivalTariff: Tariff
    /// Accounts with usage that could be rated by neither catalogue: their counters are not known.
    private var unratable: Set<String> = []
    /// Usage that was suspended and would be rated now, by what makes it the same usage where it is sent again; and in the order of the walk.
    private var recyclable: [UsageIdentity: RerateOutcome.Recyclable] = [:]
    private var recyclableIDs: [UsageIdentity] = []
    var outcome: RerateOutcome
    /// What went over in the end, of amounts that were overdrawn before they did: as the run before found.
    private let left: [RolledKey: [Int128]]
    /// As this one found, by that: in all of its walks.
    private(set) var overdrawn: [RolledKey: [Int128]] = [:]

    /// What was charged as one fee, and what would have been.
    struct FeeSums {
        var fee: RecurringCharge
        var before: Int128 = 0
        var after: Int128 = 0
        var discountBefore: Int128 = 0
        var discountAfter: Int128 = 0

        mutating func settle() { (before, discountBefore) = (after, discountAfter) }

        mutating func add(_ fee: RecurringCharge, isBefore: Bool) {
            if isBefore {
                before += Int128(fee.chargeNanos)
                discountBefore += Int128(fee.discountNanos)
            } else {
                after += Int128(fee.chargeNanos)
                discountAfter += Int128(fee.discountNanos)
            }
        }
    }

    init(
        _ rerater: Rerater<Log>, _ tables: RateTables, _ tariff: Tariff, _ partition: Int32, end: Int64, _ outcome: RerateOutcome,
        left: [RolledKey: [Int128]], arrivals: [Usage] = [], by arrivalTariff: Tariff? = nil
    ) {
        self.rerater = rerater
        self.tables = tables
        self.tariff = tariff
        self.partition = partition
        self.end = end
        self.outcome = outcome
        self.left = left
        self.arrivals = arrivals
        self.arrivalTariff = arrivalTariff ?? tariff
        state = RateState(partition: partition)
    }

    mutating func run() throws {
        let accounts = rerater.request.accounts
        // What stands in the state was rated: history is read as far, so that an account's counters in it are those of the history's end.
        let live = rerater.request.keepsOrders ? try RateState(rerater.log, partition: partition) : nil
        if let live { for account in live.accounts.indices { end = max(end, live.lastOffset(of: UInt32(account)) + 1) } }
        let history = try RatedHistory(rerater.log, partition: partition, accounts: accounts, before: end)
        let timed = timedAccounts(history)
        if !timed.isEveryone {
            var cursor = try RatedCursor(rerater.log, partition: partition, accounts: accounts)
            begin()
            try read { walk, record in
                if !record.key.isEmpty, timed.isAnyone || !accounts.isEmpty {
                    let account = String(decoding: record.key, as: UTF8.self)
                    if timed.cut(account) != nil || !(accounts.isEmpty || accounts.contains(account)) { return }
                }
                walk.state.catalogueAnew?.offset = record.offset
                let fates = try cursor.fates(of: record.offset)
                walk.addPurchases(fates, record.offset, history)
                try walk.take(record, fates, history)
            }
            try conclude(history, live)
        }
        if timed.isAnyone { try runByTime(timed, history, live) }
    }

    /// Reads the partition's history, and tells how far it is.
    mutating func read(_ body: (inout Self, InputRecord) throws -> Void) throws {
        var count: Int64 = 0
        var walk = self
        try rerater.log.read(.usageNormalized, partition: partition, 0..<end) { record in
            count += 1
            if count % 10_000 == 0 { walk.rerater.progress(10_000) }
            try body(&walk, record)
            return true
        }
        self = walk
        rerater.progress(count % 10_000)
    }

    /// A state in which nothing happened yet.
    mutating func begin() {
        state = RateState(partition: partition)
        bindings = [:]
        logBinding = nil
        let range = rerater.request.keepsCatalogues ? Int64.min..<Int64.min : rerater.request.range
        state.catalogueAnew = CatalogueAnew(asked: .init(range: range, binding: binding(tariff)), left: left)
    }

    /// Says what came out otherwise for the accounts of the walk that has ended.
    mutating func conclude(_ history: RatedHistory, _ live: RateState?) throws {
        overdrawn.merge(state.catalogueAnew?.overdrawn ?? [:]) { $1 }
        if !arrivals.isEmpty { return try takeArrivals() }
        compareFees(history)
        outcome.recyclable += recyclableIDs.compactMap { recyclable[$0] }
        outcome.knownAccounts.formUnion(rerater.request.accounts.filter { state.known(account: $0) != nil })
        var ids = Set(changes.keys).union(unratable)
        defer { forget() }
        guard let live else { return ids.sorted().forEach { finish($0) } }
        // Who was asked about by name gets an answer, if an empty one.
        ids.formUnion(rerater.request.accounts)
        for account in state.accounts.indices where state.accounts[account].isKnown {
            let id = state.accountIDs.text(of: UInt32(account))
            // What was used in the meantime differs for that reason alone.
            if let now = live.known(account: id), live.lastOffset(of: now) < end, !staleSubscriptions(of: UInt32(account), live).isEmpty { ids.insert(id) }
        }
        for id in ids.sorted() {
            finish(id)
            try order(id, live)
        }
    }

    mutating func forget() { (changes, leaving, fees, unratable, recyclable, recyclableIDs) = ([:], [:], [:], [], [:], []) }

    // MARK: Walking

    mutating func take(_ record: InputRecord, _ fates: ArraySlice<RatedRecord>, _ history: RatedHistory) throws {
        guard let value = record.value else { throw RateStage.corrupt(record, "it has no value") }
        var usage = UsageView()
        switch usage.parse(value) {
        case .usage: try take(usage, record, fates, history)
        case .other: try control(record, value, fates, history)
        case .broken: throw RateStage.corrupt(record, "it is no NormalizedRecord")
        }
        // Only now is the subscription known whose activation brought a fee.
        for fate in fates { if case .recurring(let fee) = fate.body { note(fee, isBefore: true) } }
    }

    private mutating func control(
        _ record: InputRecord, _ value: UnsafeRawBufferPointer, _ fates: ArraySlice<RatedRecord>, _ history: RatedHistory
    ) throws {
        guard let message = try? NormalizedRecord(serializedBytes: BorrowedBytes(value)) else {
            throw RateStage.corrupt(record, "it is no NormalizedRecord")
        }
        switch message.body {
        // What it brought, if anything, is what the history now gives by itself.
        case .rerate: return
        // What came late is known from the subscription's beginning.
        case .planChangeOrdered(let event): if history.late(event.account, event.subscription)?.has(.plan) == true { return }
        case .subscriptionEnded(let event): if history.late(event.account, event.subscription)?.has(.end) == true { return }
        case .subscriptionSuspended(let event): if history.late(event.account, event.subscription)?.has(.suspension) == true { return }
        case .subscriptionResumed(let event): if history.late(event.account, event.subscription)?.has(.suspension) == true { return }
        case .favouritesSet(let event): if history.late(event.account, event.subscription)?.has(.favourites) == true { return }
        // What was bought is taken from the facts; what the balance could not pay for then was not.
        case .purchaseOrdered: return
        // Before the activation, for it may bring fees of ended periods.
        case .subscriptionActivated(let event):
            try applyLateFacts(event, history)
            for bought in history.purchases(event.account, event.subscription) { add(bought.event, bought.offset, history) }
        default: break
        }
        if let logBinding { state.use(logBinding) }
        var result = StepResult.again
        while result == .again { result = try step(record) }
        if case .waiting(let what) = result { throw RerateFault(description: "usage.normalized/\(partition)/\(record.offset) waits for \(what)") }
        logBinding = state.binding
        if case .accountOpened(let event) = message.body {
            applyRerates(event.account, history)
            for bought in history.purchases(event.account, "") { add(bought.event, bought.offset, history) }
        }
    }

    /// What was bought is a fact, whatever brought it about: its order, or the time for which it was ordered.
    mutating func addPurchases(_ fates: some Sequence<RatedRecord>, _ offset: Int64, _ history: RatedHistory) {
        for fate in fates {
            if case .offeringBought(let bought)? = fate.body, !history.reachesBack(bought, offset) { add(bought, offset, history) }
        }
    }

    /// What is bought stands in the order in which it was, before what reaches back and was bought later: of what burns alike, the first does first.
    private mutating func add(_ bought: OfferingBought, _ offset: Int64, _ history: RatedHistory) {
        guard bought.startMs < bought.endMs, let account = state.known(account: bought.account) else { return }
        var id = bought.subscription
        let buyer = id.withUTF8 { state.subscriptionNumber(UnsafeRawBufferPointer($0), account: account) }
        let later = history.purchases(bought.account, bought.subscription).filter { $0.offset > offset }
        var all = state.purchases(of: buyer)
        let place = all.firstIndex { known in later.contains { $0.event.startMs == known.fromMs && state.number(ofName: $0.event.offering) == known.offering } }
        all.insert(Purchase(offering: state.number(ofName: bought.offering), fromMs: bought.startMs, endMs: bought.endMs), at: place ?? all.count)
        state.restore(purchases: all, of: buyer)
    }

    /// What was put right before fell due by the catalogue of that time.
    private mutating func applyRerates(_ id: String, _ history: RatedHistory) {
        guard let account = state.known(account: id), let rerates = history.rerated[id] else { return }
        let before: [CatalogueAnew.Stretch] = rerates.compactMap { event, offset in
            guard event.fromMs < event.toMs, let hash = CatalogueHash(event.catalogue), let tariff = tables.tariff(hash) else { return nil }
            return .init(range: event.fromMs..<event.toMs, binding: binding(tariff), endOffset: offset)
        }
        state.catalogueAnew?.before[account] = before
    }

    mutating func rate(_ record: InputRecord, _ binding: TariffBinding?) throws -> Result<[RatedUsage], Unrated> {
        if let binding { state.use(binding) }
        _ = try step(record)
        return rated
    }

    struct Unrated: Error {
        var usage: UnratedUsage
        var reason: UnratedReason { UnratedReason(rawValue: usage.reason) ?? .noPrice }
    }

    /// What the last step gave.
    private var rated: Result<[RatedUsage], Unrated> = .success([])

    /// Steps the record, takes the fees, and leaves its usages in `rated`.
    private mutating func step(_ record: InputRecord) throws -> StepResult {
        outbox.removeAll()
        let result = try stage.step(record, tables: tables, state: &state, outbox: &outbox)
        var parts: [RatedUsage] = []
        rated = .success([])
        for entry in outbox.entries where entry.topic == .usageRated {
            guard let value = entry.value else { continue }
            let message = try RatedRecord(serializedBytes: Array(outbox.bytes[value]))
            switch message.body {
            case .usage(let part): parts.append(part)
            case .unrated(let unrated): rated = .failure(Unrated(usage: unrated))
            case .recurring(let fee): note(fee, isBefore: false)
            default: break
            }
        }
        if case .success = rated { rated = .success(parts) }
        outbox.removeAll()
        return result
    }

    mutating func binding(_ tariff: Tariff) -> TariffBinding {
        if let known = bindings[tariff.hash] { return known }
        let made = state.makeBinding(tariff)
        bindings[tariff.hash] = made
        return made
    }

    mutating func problem(_ problem: RerateOutcome.Problem) {
        // The holders' own have been told.
        if arrivals.isEmpty { outcome.note(problem) }
    }

    /// Whether two ways of rating a usage charge and draw the same. Which version of the catalogue said so, and how much an allowance had left, may
    /// differ.
    static func isSame(_ before: [RatedUsage], _ after: [RatedUsage]) -> Bool {
        before.count == after.count && zip(before, after).allSatisfy { before, after in
            before.chargeNanos == after.chargeNanos && compared(before) == compared(after)
        }
    }

    private static func compared(_ usage: RatedUsage) -> RatedUsage {
        var usage = usage
        usage.catalogue = 0
        usage.sumBeforeMicrosPlusOne = 0
        usage.wideSumBeforePlusOne = ""
        usage.prepaidNanos = 0
        usage.balanceLeftNanos = 0
        for place in usage.draws.indices { (usage.draws[place].left, usage.draws[place].wideLeft) = (0, "") }
        for place in usage.discounts.indices { usage.discounts[place].spentBeforeNanos = 0 }
        return usage
    }

    /// Some usage of the account can be rated by no catalogue: all of it stays as it is.
    mutating func leaveAlone(_ account: String) { unratable.insert(account) }

    mutating func noteRecyclable(_ usage: UsageView, _ found: RerateOutcome.Recyclable) {
        let identity = usage.known.identity
        if recyclable.updateValue(found, forKey: identity) == nil { recyclableIDs.append(identity) }
    }

    /// A copy of the usage was rated since.
    mutating func forgetRecyclable(_ usage: UsageView) { if !recyclable.isEmpty { recyclable[usage.known.identity] = nil } }

    // MARK: Fees

    mutating func note(_ fee: RecurringCharge, isBefore: Bool) {
        guard isAsked(fee) else { return }
        fees[FeeKey(fee), default: FeeSums(fee: fee)].add(fee, isBefore: isBefore)
    }

    /// Whether the fee's moment, the later of its period's start and the subscription's own, lies in the range. What was paid as minimum follows from all
    /// that was charged, whatever its time.
    private func isAsked(_ fee: RecurringCharge) -> Bool {
        guard let account = state.known(account: fee.account) else { return false }
        if fee.price == RecurringCharge.minimumSpend { return true }
        guard let subscription = state.known(subscription: fee.subscription, of: account) else { return false }
        return rerater.request.range.contains(max(fee.periodStartMs, state.subscriptions[Int(subscription)].fromMs))
    }

    mutating func compareFees(_ history: RatedHistory?) {
        for (key, corrected) in history?.correctedFees ?? [:] where isAsked(corrected.fee) {
            fees[key, default: FeeSums(fee: corrected.fee)].before += corrected.nanos
            fees[key]?.discountBefore += corrected.discountNanos
        }
        for key in fees.keys.sorted() {
            guard let sums = fees[key], sums.before != sums.after else { continue }
            change(of: key.account) { changes, keepsOrders in
                let price = AccountChanges.Price(offering: key.offering, price: key.price)
                changes.add(key.offering, key.price, before: sums.before, after: sums.after)
                changes.count(price)
                if keepsOrders { changes.fees.append(Self.correction(sums)) }
            }
        }
    }

    private static func correction(_ sums: FeeSums) -> FeeCorrected {
        func side(_ nanos: Int128, _ discountNanos: Int128) -> RecurringCharge {
            var fee = sums.fee
            // What the balance paid stays paid: the difference goes on the next bill.
            fee.prepaidNanos = 0
            fee.balanceLeftNanos = 0
            fee.chargeNanos = Int64(clamping: nanos)
            // Which discounts they were, the charges that are summed here say.
            fee.discounts = []
            fee.discountNanos = Int64(clamping: discountNanos)
            return fee
        }
        return .with {
            if sums.before != 0 { $0.reversed = side(sums.before, sums.discountBefore) }
            if sums.after != 0 { $0.replacement = side(sums.after, sums.discountAfter) }
        }
    }

    // MARK: Accounts

    mutating func change(of account: String, _ body: (inout AccountChanges, Bool) -> Void) {
        body(&changes[account, default: AccountChanges()], rerater.request.keepsOrders)
    }

    mutating func finish(_ id: String) {
        if unratable.contains(id) {
            return outcome.leftAlone.append(.init(account: id, why: "some of its usage has no price under the plan that it now has at that time"))
        }
        guard let changed = changes[id], let account = state.known(account: id) else { return }
        outcome.moved += leaving[id] ?? []
        let currency = state.terms[Int(state.accounts[Int(account)].terms)].message.currency
        outcome.rows += changed.rows.values.map { row in
            .init(
                account: id, currency: currency, offering: row.price.offering, price: row.price.price, charges: row.charges,
                beforeNanos: row.before, afterNanos: row.after)
        }
    }

    private mutating func order(_ id: String, _ live: RateState) throws {
        guard let account = state.known(account: id), !unratable.contains(id) else { return }
        let subscriptions = staleSubscriptions(of: account, live)
        var head = RerateOrder()
        head.rerate = outcome.rerate
        head.account = id
        head.asOfOffset = end
        head.fromMs = rerater.request.range.lowerBound
        head.toMs = rerater.request.range.upperBound
        // Where each charge keeps its own, none is named: later rerates don't go by it.
        if !rerater.request.keepsCatalogues { head.catalogue.append(contentsOf: tariff.hash.bytes) }
        head.sequence = rerater.request.sequence
        let now = live.known(account: id)
        let base = now.map { now in subscriptions.flatMap { live.counterValues(of: $0, in: now) } }
        let counters = subscriptions.flatMap { state.counterValues(of: $0, in: account) }
        guard let orders = try (changes[id] ?? AccountChanges()).orders(head, subscriptions, counters, base: base) else {
            outcome.leftAlone.append(.init(account: id, why: "it has more counters than one order can hold"))
            return
        }
        outcome.orders.append(.init(account: id, partition: partition, orders: orders))
    }

    /// The account's subscriptions, an empty text for itself, whose counters are others than those that the history gives: whether or not that has
    /// changed a charge yet.
    private func staleSubscriptions(of account: UInt32, _ live: RateState) -> [String] {
        guard let now = live.known(account: state.accountIDs.text(of: account)) else { return [] }
        let ids = [""] + state.subscriptions(of: account).filter { state.subscriptions[Int($0)].isKnown }.map(state.subscriptionIDs.text)
        return ids.filter { live.counterValues(of: $0, in: now) != state.counterValues(of: $0, in: account) }
    }
}
