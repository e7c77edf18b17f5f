import Events
import Quantities

/// What allowances that roll over paid in each period, to be held against their amounts and what the periods before left: by the largest amount and cap, and
/// the longest rollover, that any published version states, so that what breaks this bound is wrong whatever was in force.
struct RolloverBook {
    struct Key: Hashable, Comparable {
        var account: String
        /// Empty where the account's subscriptions share it.
        var subscription: String
        var offering: String
        var allowance: String

        static func < (a: Self, b: Self) -> Bool {
            (a.account, a.subscription, a.offering, a.allowance) < (b.account, b.subscription, b.offering, b.allowance)
        }
    }

    struct Wrong {
        var key: Key
        var periodStartMs: Int64
        var drawn: Int128
        var most: Int128
    }

    private var drawn: [Key: [Int64: Int128]] = [:]
    /// The starts of the account's periods that have ended, in order, and the end of the last.
    private var ended: [String: (startsMs: [Int64], endMs: Int64)] = [:]
    /// Not rated anew yet: what is proposed is not wrong in silence.
    private var proposed: [String: [(event: RerateProposed, offset: Int64)]] = [:]
    /// Rated anew while their subscriptions changed plans: what was drawn under which is not known any more.
    private var leftOut: Set<String> = []

    mutating func add(_ usage: RatedUsage, sign: Int128 = 1, _ subscriptions: SubscriptionBook, _ catalogues: CatalogueBook) {
        for draw in usage.draws where draw.purchaseStartMs == 0 && draw.offering.isEmpty {
            guard let entry = subscriptions[usage.account, usage.subscription], let plan = entry.plan(at: usage.startMs),
                let terms = catalogues.rollover(plan.offering, draw.allowance)
            else { continue }
            if sign < 0, entry.plans.count > 1 { leftOut.insert(usage.account) }
            let subscription = terms.isShared ? "" : usage.subscription
            let key = Key(account: usage.account, subscription: subscription, offering: plan.offering, allowance: draw.allowance)
            drawn[key, default: [:]][usage.periodStartMs, default: 0] += sign * Int128(draw.drawn)
        }
    }

    mutating func correct(_ corrected: UsageCorrected, _ subscriptions: SubscriptionBook, _ catalogues: CatalogueBook) {
        for part in corrected.reversed { add(part, sign: -1, subscriptions, catalogues) }
        for part in corrected.replacement { add(part, subscriptions, catalogues) }
    }

    mutating func end(_ period: PeriodEnded) {
        ended[period.account, default: ([], period.periodEndMs)].startsMs.append(period.periodStartMs)
        ended[period.account]?.endMs = period.periodEndMs
    }

    mutating func propose(_ proposal: RerateProposed, at offset: Int64) {
        if proposal.fromMs < proposal.toMs { proposed[proposal.account, default: []].append((proposal, offset)) }
    }

    mutating func answer(_ rerated: Rerated) {
        if rerated.account.isEmpty {
            proposed = proposed.mapValues { $0.filter { !$0.event.isAnswered(by: rerated, at: $0.offset) } }
        } else {
            proposed[rerated.account]?.removeAll { $0.event.isAnswered(by: rerated, at: $0.offset) }
        }
    }

    /// Periods in which more was drawn than there can have been. Of a period that began while the one before had not ended nothing is said: what it was lent
    /// may still be claimed back.
    func wrong(_ subscriptions: SubscriptionBook, _ catalogues: CatalogueBook) -> [Wrong] {
        drawn.keys.sorted().flatMap { key -> [Wrong] in
            guard !leftOut.contains(key.account), let terms = catalogues.rollover(key.offering, key.allowance), let ended = ended[key.account]
            else { return [] }
            let pages = drawn[key] ?? [:]
            let fromMs = key.subscription.isEmpty ? Int64.min : subscriptions[key.account, key.subscription]?.fromMs ?? Int64.min
            var (left, wrong) = ([Int128](repeating: 0, count: terms.periods), [Wrong]())
            let starts = ended.startsMs + (ended.startsMs.last == ended.endMs ? [] : [ended.endMs])
            for (place, startMs) in starts.enumerated() {
                // What came before the subscription did left nothing.
                if place + 1 < starts.count, starts[place + 1] <= fromMs { continue }
                let drawn = pages[startMs] ?? 0
                let most = left.reduce(terms.amount) { $0 + $1 }
                if drawn > most, !isProposed(key.account, startMs) { wrong.append(Wrong(key: key, periodStartMs: startMs, drawn: drawn, most: most)) }
                // What expires first was used first.
                var rest = drawn
                for slot in left.indices {
                    let used = min(rest, left[slot])
                    left[slot] -= used
                    rest -= used
                }
                left.removeFirst()
                left.append(max(0, terms.amount - max(0, rest)))
                var over = terms.cap == 0 ? 0 : left.reduce(0, +) - terms.cap
                for slot in left.indices where over > 0 {
                    let cut = min(over, left[slot])
                    left[slot] -= cut
                    over -= cut
                }
            }
            return wrong
        }
    }

    private func isProposed(_ account: String, _ ms: Int64) -> Bool {
        ((proposed[account] ?? []) + (proposed[""] ?? [])).contains { $0.event.fromMs <= ms && ms < $0.event.toMs }
    }
}

extension CatalogueBook {
    /// The most that any version states of an allowance that rolls over.
    struct Rollover {
        var amount: Int128 = 0
        /// 0: none.
        var cap: Int128 = 0
        var periods = 1
        var isShared = false
        /// Whether one of the contents is of the first rules, for which what rolls over was another thing.
        var isOld = false
    }

    static func rollovers(_ content: CatalogueContent, _ known: inout [String: Rollover]) {
        for offering in content.offerings {
            for allowance in offering.versions.flatMap(\.allowances) where allowance.hasRollover {
                let key = offering.id + "/" + allowance.id
                let isNew = known[key] == nil
                var terms = known[key] ?? Rollover()
                terms.amount = max(terms.amount, Int128(allowance.amountNanos > 0 ? allowance.amountNanos : allowance.amountMicros))
                terms.cap = allowance.rollover.cap == 0 || (!isNew && terms.cap == 0) ? 0 : max(terms.cap, Int128(allowance.rollover.cap))
                terms.periods = max(terms.periods, Int(allowance.rollover.periods))
                terms.isShared = allowance.owner == .account
                if content.rulesVersion < 2 { terms.isOld = true }
                known[key] = terms
            }
        }
    }

    /// Nil where it does not roll over, or under the first rules.
    func rollover(_ offering: String, _ allowance: String) -> Rollover? {
        guard let terms = rollovers[offering + "/" + allowance], !terms.isOld else { return nil }
        return terms
    }
}

extension AuditRun {
    mutating func reportRollovers(_ state: JoinState) {
        guard bills.isComplete else { return }
        for wrong in state.rollovers.wrong(state.subscriptions, catalogues) {
            findings.add(
                .rollovers, .usageRated, state.partition, state.lastNormalizedOffset,
                "draws \(wrong.drawn) on \(wrong.key.allowance) of \(wrong.key.offering) for subscription \(wrong.key.subscription) of account "
                    + "\(wrong.key.account) in the period from \(Timestamp(ms: wrong.periodStartMs)) on, for which there were at most \(wrong.most), with what "
                    + "the periods before left of it, and proposes nothing")
        }
    }
}
