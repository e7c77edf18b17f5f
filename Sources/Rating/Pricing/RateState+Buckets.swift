import Events
import Quantities

/// A part of an allowance in its place among all that pay for a usage.
struct Burn {
    var slot: Tariff.AllowanceSlot
    /// Where it counts.
    var key: CounterKey
    /// The least burns first: priority, then when it expires, then what was rolled over, then the smaller; then as listed, and as bought.
    var rank: (priority: Int32, expiryMs: Int64, isFresh: Int, amount: Int128)
}

/// What is given once, by a plan or with a purchase: allowances with a beginning and an end of their own, drawn like those of the period.
extension RateState {
    /// As `draw`, where purchases count, or what the plan gave once.
    mutating func drawWithBuckets(
        _ wanted: Int64, of kind: AllowanceKind, _ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext
    ) -> Int64 {
        burns.removeAll(keepingCapacity: true)
        listOfPeriod(kind, place, usage, tariff, context)
        eachBucket(at: parts[place].startMs, plan: parts[place].planName, soldMs: parts[place].soldMs, tariff, context) { state, rule, key in
            let slots = kind == .money ? tariff.rules[rule].moneyBuckets : tariff.rules[rule].buckets
            state.list(slots, key, at: state.parts[place].startMs, under: rule, state.parts[place].allowancePlace, usage, tariff, context)
        }
        if isFree(place, tariff) { burns.removeAll { !tariff.allowances[$0.slot.allowance].takesFree } }
        var rest = wanted
        for burn in burns.indices where rest > 0 { rest -= draw(rest, on: burns[burn].slot, place, burns[burn].key, tariff, context) }
        return wanted - rest
    }

    private mutating func listOfPeriod(_ kind: AllowanceKind, _ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) {
        for slot in kind == .money ? parts[place].moneyAllowances : parts[place].allowances {
            let allowance = tariff.slots[slot].allowance
            guard holds(allowance, at: parts[place].startMs, parts[place].allowancePlace, usage, tariff, context) else { continue }
            let isRolled = tariff.slots[slot].rolled >= 0
            let periods = isRolled ? tariff.slots[slot].rolled : tariff.allowances[allowance].rolledMeters.count
            insert(
                Burn(
                    slot: tariff.slots[slot], key: planKey(of: allowance, place, tariff, context),
                    rank: (
                        tariff.allowances[allowance].priority, periodEnd(of: context.account, at: parts[place].startMs, after: periods), isRolled ? 0 : 1,
                        isRolled ? 0 : tariff.allowances[allowance].amount
                    )))
        }
    }

    private mutating func list(
        _ slots: Range<Int>, _ key: CounterKey, at ms: Int64, under rule: Int, _ place: PrefixTree.Place, _ usage: UsageView, _ tariff: Tariff,
        _ context: UsageContext
    ) {
        guard !slots.isEmpty else { return }
        let mask = tariff.rules[rule].allowanceMask
        let destination = mask >= 0 ? tariff.place(of: usage.otherParty, in: mask) : place
        for slot in slots {
            let allowance = tariff.slots[slot].allowance
            let endMs = endMs(of: allowance, from: key.window.startMs, tariff, context.account)
            guard ms < endMs, holds(allowance, at: ms, destination, usage, tariff, context) else { continue }
            insert(Burn(slot: tariff.slots[slot], key: key, rank: (tariff.allowances[allowance].priority, endMs, 1, tariff.allowances[allowance].amount)))
        }
    }

    /// Behind all that burn before it or as early.
    private mutating func insert(_ burn: Burn) {
        var place = burns.count
        while place > 0, burn.rank < burns[place - 1].rank { place -= 1 }
        burns.insert(burn, at: place)
    }

    /// What counts at `ms`: what the plan gave once, then the subscription's purchases, then the account's, as bought. `body` gets the rule for the
    /// usage's type by which it was given, and where it counts.
    private mutating func eachBucket(
        at ms: Int64, plan name: UInt32, soldMs: Int64, _ tariff: Tariff, _ context: UsageContext, _ body: (inout RateState, Int, CounterKey) -> Void
    ) {
        guard let binding else { return }
        // By the version at which the subscription came to the plan: a later one gives it to those who come later.
        if let plan = binding.offering(ofName: name), tariff.offerings[plan].givesOnce,
            let version = tariff.version(ofOffering: plan, at: soldMs, soldAt: soldMs), !tariff.versions[version].buckets.isEmpty
        {
            let endMs = bucketsEndMs(version, from: soldMs, tariff, context.account)
            if soldMs <= ms, ms < endMs {
                let window = CountWindow(kind: .purchase, startMs: soldMs, endMs: endMs)
                body(&self, tariff.versions[version].rules + context.type, CounterKey(subscription: context.subscription, offering: name, window: window))
            }
        }
        let owners = [subscriptions[Int(context.subscription)].purchases, accounts[Int(context.account)].purchases]
        for (owner, place) in owners.enumerated() where place >= 0 {
            let subscription = owner == 0 ? context.subscription : accountsOwn(context.account)
            for purchase in purchases[Int(place)] where purchase.fromMs <= ms && ms < purchase.endMs {
                // A catalogue that does not have the add-on any more gives nothing.
                guard let addon = binding.offering(ofName: purchase.offering),
                    let version = tariff.version(ofOffering: addon, at: purchase.fromMs, soldAt: purchase.fromMs)
                else { continue }
                let window = CountWindow(kind: .purchase, startMs: purchase.fromMs, endMs: purchase.endMs)
                let key = CounterKey(subscription: subscription, offering: purchase.offering, window: window)
                body(&self, tariff.versions[version].rules + context.type, key)
            }
        }
    }

    // MARK: Time

    /// The end of the billing period in which `ms` lies, or of the one so many periods later; of the last one that can be told.
    private mutating func periodEnd(of account: UInt32, at ms: Int64, after periods: Int) -> Int64 {
        var endMs = period(of: account, at: ms)?.endMs ?? Int64.max
        for _ in 0..<periods where endMs < RateStage.knownTimes.upperBound { endMs = period(of: account, at: endMs)?.endMs ?? endMs }
        return endMs
    }

    /// The end of an allowance that was given at `ms`.
    mutating func endMs(of allowance: Int, from ms: Int64, _ tariff: Tariff, _ account: UInt32) -> Int64 {
        let periods = tariff.allowances[allowance].validityPeriods
        let endMs = periods > 0 ? periodEnd(of: account, at: ms, after: periods - 1) : ms + tariff.allowances[allowance].validityMs
        return min(endMs, RateStage.knownTimes.upperBound)
    }

    /// The latest end of all that a version gives once, at `ms`; that itself where it gives nothing.
    mutating func bucketsEndMs(_ version: Int, from ms: Int64, _ tariff: Tariff, _ account: UInt32) -> Int64 {
        var latest = ms
        for allowance in tariff.versions[version].buckets { latest = max(latest, endMs(of: allowance, from: ms, tariff, account)) }
        return latest
    }

    // MARK: Sessions that are split

    /// Tells apart which of them are for the usage at `ms`, so that a session is cut where that changes.
    mutating func bucketBits(of part: RatedPart, at ms: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> UInt64 {
        burns.removeAll(keepingCapacity: true)
        eachBucket(at: ms, plan: context.planName, soldMs: context.soldMs, tariff, context) { state, rule, key in
            let slots = tariff.rules[rule].buckets.lowerBound..<tariff.rules[rule].moneyBuckets.upperBound
            state.list(slots, key, at: ms, under: rule, part.allowancePlace, usage, tariff, context)
        }
        return burns.reduce(part.allowanceBits) { ($0 ^ UInt64(bitPattern: $1.key.window.startMs) &+ UInt64($1.slot.allowance)) &* 0x9e37_79b9_7f4a_7c15 }
    }

    /// The next instant at which another of them may hold.
    mutating func nextBucketChange(after ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        var next = Int64.max
        for place in [subscriptions[Int(context.subscription)].purchases, accounts[Int(context.account)].purchases] where place >= 0 {
            for purchase in purchases[Int(place)] where purchase.fromMs > ms { next = min(next, purchase.fromMs) }
        }
        eachBucket(at: ms, plan: context.planName, soldMs: context.soldMs, tariff, context) { state, rule, key in
            for slot in tariff.rules[rule].buckets.lowerBound..<tariff.rules[rule].moneyBuckets.upperBound {
                let endMs = state.endMs(of: tariff.slots[slot].allowance, from: key.window.startMs, tariff, context.account)
                if endMs > ms { next = min(next, endMs) }
            }
            next = min(next, state.nextChange(after: ms, under: rule, tariff, context))
        }
        return next
    }
}
