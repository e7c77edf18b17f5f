import Events
import Pipeline
import Quantities

/// What proposed to rate anew, and what answered it.
struct LateBook {
    private var proposed: [(event: RerateProposed, offset: Int64, isAnswered: Bool)] = []

    /// - Parameter offset: of what proposed it, in usage.normalized.
    mutating func propose(_ event: RerateProposed, at offset: Int64) { proposed.append((event, offset, false)) }

    mutating func answer(_ event: Rerated) {
        for place in proposed.indices where proposed[place].event.isAnswered(by: event, at: proposed[place].offset) { proposed[place].isAnswered = true }
    }

    /// What waits, for a person or for its turn.
    var open: Int { proposed.count { !$0.isAnswered } }

    /// Accounts for which anything waits.
    var waiting: Set<String> { Set(proposed.lazy.filter { !$0.isAnswered }.map(\.event.account)) }

    /// Subscriptions of which a suspension or an end came late, and all that their accounts proposed was answered.
    var settled: Set<SubscriptionBook.Key> {
        let waiting = waiting
        let reaching = proposed.filter { ($0.event.kind == .suspension || $0.event.kind == .end) && !waiting.contains($0.event.account) }
        return Set(reaching.map { SubscriptionBook.Key(account: $0.event.account, subscription: $0.event.subscription) })
    }
}

extension RerateProposed {
    /// - Parameter offset: of what proposed it, in usage.normalized. Behind the history that was read, nothing is answered.
    func isAnswered(by event: Rerated, at offset: Int64) -> Bool {
        if event.asOfOffset > 0, offset >= event.asOfOffset { return false }
        // The rerate on whose way the account was used does not settle that.
        if kind == .usedMeanwhile, why.contains(event.rerate) { return false }
        return (event.account.isEmpty || event.account == account) && event.fromMs <= fromMs && max(fromMs, toMs) <= event.toMs
    }
}

extension AuditRun {
    /// Once all is answered that late facts proposed, no usage stands charged that was barred at its start, or began after the end, where the offering does not
    /// bill that; and none stands refused that was not. A second walk over the partition, where there are such subscriptions alone.
    mutating func checkLateFacts(_ state: JoinState) throws {
        report.proposed += Int64(state.late.open)
        let settled = state.late.settled
        guard !settled.isEmpty, bills.isComplete else { return }
        // By the event that rated it first: a usage that moved and came back is two of them.
        var standing: [EventID: (key: SubscriptionBook.Key, startMs: Int64, offset: Int64, isCharged: Bool)] = [:]
        try readAll(.usageRated, state.partition, as: RatedRecord.self) { _, record, rated in
            func stand(_ id: EventID, _ part: RatedUsage?, isCharged: Bool) {
                guard let part, part.part == 0 else { return }
                let key = SubscriptionBook.Key(account: part.account, subscription: part.subscription)
                guard settled.contains(key) else { return }
                standing[id] = (key, part.startMs, record.offset, isCharged)
            }
            switch rated.body {
            case .usage(let usage): stand(rated.meta.id, usage, isCharged: true)
            case .usageCorrected(let event) where event.hasMoved: standing[event.original.id] = nil
            case .usageCorrected(let event): stand(event.original.id, event.replacement.first ?? event.reversed.first, isCharged: !event.hasRefused)
            default: break
            }
        }
        for (_, usage) in standing.sorted(by: { $0.value.offset < $1.value.offset }) {
            guard let entry = state.subscriptions[usage.key.account, usage.key.subscription] else { continue }
            let hasEnded = usage.startMs >= entry.toMs
            let plan = entry.plan(at: hasEnded ? entry.toMs - 1 : usage.startMs)
            let policies = catalogues.policies(of: plan, at: hasEnded ? entry.toMs - 1 : usage.startMs, state.catalogue)
            let refuses = hasEnded ? policies.ended != .bill : entry.isBarredWholly(at: usage.startMs) && policies.suspended != .bill
            func report(_ fault: String) { findings.add(.lateFacts, .usageRated, state.partition, usage.offset, fault) }
            if usage.isCharged, refuses { report("stands charged, though a fact that came late refuses it, and what that proposed was answered") }
            if !usage.isCharged, !hasEnded, !entry.isSuspended(at: usage.startMs) { report("stands refused by a rerate, though nothing bars it") }
        }
    }
}

extension CatalogueBook {
    /// What the plan's version says of usage in suspension and after the end.
    func policies(of plan: (fromMs: Int64, offering: String)?, at ms: Int64, _ catalogue: [UInt8]) -> (suspended: UsagePolicy, ended: UsagePolicy) {
        let version = plan.flatMap { plan in
            offering(plan.offering, catalogue)?.versions.last { $0.validFromMs <= ms && ($0.reach == .everyone || $0.validFromMs <= plan.fromMs) }
        }
        return (version?.whenSuspended ?? .suspend, version?.whenEnded ?? .suspend)
    }
}
