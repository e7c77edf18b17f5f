import Events
import Pipeline
import Quantities

/// What proposed to rate anew, and what answered it.
struct LateBook {
    private var proposed: [(event: RerateProposed, isAnswered: Bool)] = []

    mutating func propose(_ event: RerateProposed) { proposed.append((event, false)) }

    mutating func answer(_ event: Rerated) {
        for place in proposed.indices where proposed[place].event.isAnswered(by: event) { proposed[place].isAnswered = true }
    }

    /// What waits, for a person or for its turn.
    var open: Int { proposed.count { !$0.isAnswered } }

    /// Subscriptions of which a suspension or an end came late, and all that their accounts proposed was answered.
    var settled: Set<SubscriptionBook.Key> {
        let waiting = Set(proposed.filter { !$0.isAnswered }.map(\.event.account))
        let reaching = proposed.filter { ($0.event.kind == .suspension || $0.event.kind == .end) && !waiting.contains($0.event.account) }
        return Set(reaching.map { SubscriptionBook.Key(account: $0.event.account, subscription: $0.event.subscription) })
    }
}

extension RerateProposed {
    func isAnswered(by event: Rerated) -> Bool {
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
        var standing: [RawPosition: (key: SubscriptionBook.Key, startMs: Int64, offset: Int64, isCharged: Bool)] = [:]
        try readAll(.usageRated, state.partition, as: RatedRecord.self) { _, record, rated in
            func stand(_ part: RatedUsage?, isCharged: Bool) {
                guard let part, part.part == 0 else { return }
                let key = SubscriptionBook.Key(account: part.account, subscription: part.subscription)
                guard settled.contains(key) else { return }
                let position = RawPosition(partition: part.rawPartition, offset: part.rawOffset, index: part.rawIndex)
                standing[position] = (key, part.startMs, record.offset, isCharged)
            }
            switch rated.body {
            case .usage(let usage): stand(usage, isCharged: true)
            case .usageCorrected(let event): stand(event.replacement.first ?? event.reversed.first, isCharged: !event.hasRefused)
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
