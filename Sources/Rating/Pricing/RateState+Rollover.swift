import Events
import Quantities

/// What rolls over is there from the next period's first second (rules of version 2).
///
/// Data flow: a period's counters say what was used of its own amount ("a:") and what is left of what it got from the period before ("r1:", "r2:", …).
/// While the period before has not ended, nothing was handed over yet: what is drawn of the rolled amounts is borrowed, and a meter "r…" holds it as a value
/// below zero. What the period before will leave is worked out at each draw from that period's own counters, so that its usage that comes late always goes
/// first, and nothing has to be written for it. The period's end adds what it left to those meters, which from then on stand for themselves.
///
/// Invariants: an ended or older period never sees what the next one borrowed; what it leaves gets less and less until it ends; what was borrowed beyond that
/// is covered by the other rolled amounts and then by the period's own, in the order in which they burn; once the period before has ended, no meter "r…" of a
/// subscription that stayed with its plan is below zero.
///
/// Where late usage took what was lent, and either more than the period's own amount was used or other allowances would have burnt in between, charges are not
/// those of the order of time: the end of the period before proposes the next one's range for rating anew, which goes by what was left in the end.
extension RateState {
    /// What is left of each rolled amount of an allowance, in `rolledLeft`. Returns what was drawn of them beyond that: by now it is the period's own.
    mutating func measureRolled(_ allowance: Int, _ key: CounterKey, _ tariff: Tariff, _ context: UsageContext) -> Int128 {
        rolledLeft.removeAll(keepingCapacity: true)
        if isAhead(key, context) { inherit(allowance, key, tariff, context) }
        return takeDrawn(allowance, key, tariff)
    }

    /// Whether a period before that of the key has not ended.
    @inline(__always)
    func isAhead(_ key: CounterKey, _ context: UsageContext) -> Bool { drawsAhead && key.window.startMs > accounts[Int(context.account)].openStartMs }

    /// Takes what was drawn of the rolled amounts off what there was of each; where one was overdrawn, the next stands in. Returns what none covers.
    mutating func takeDrawn(_ allowance: Int, _ key: CounterKey, _ tariff: Tariff) -> Int128 {
        let count = tariff.allowances[allowance].rolledMeters.count
        while rolledLeft.count < count { rolledLeft.append(0) }
        var lacking: Int128 = 0
        for place in 0..<count {
            let left = rolledLeft[place] + Int128(value(of: meterName(tariff.allowances[allowance].rolledMeters[place]), key) ?? 0) - lacking
            rolledLeft[place] = max(0, left)
            lacking = max(0, -left)
        }
        return lacking
    }

    /// Turns `rolledLeft`, what the period got, into what it leaves, by its own places: what stays one period less, and behind that what is fresh. What had
    /// one period to go expires; beyond the cap, what would expire first is given up first.
    mutating func leave(_ allowance: Int, _ key: CounterKey, soldMs: Int64, _ tariff: Tariff, _ context: UsageContext) {
        let lacking = takeDrawn(allowance, key, tariff)
        let count = tariff.allowances[allowance].rolledMeters.count
        rolledLeft.removeLast(rolledLeft.count - count)
        let used = Int128(value(of: meterName(tariff.allowances[allowance].meter), key) ?? 0) + lacking
        rolledLeft.removeFirst()
        rolledLeft.append(max(0, Int128(amount(of: allowance, key.window, soldMs: soldMs, tariff, context)) - used))
        var sum: Int128 = 0
        for place in 0..<count { sum += rolledLeft[place] }
        var over = sum - Int128(tariff.allowances[allowance].rolloverCap)
        for place in 0..<count where over > 0 {
            let cut = min(over, rolledLeft[place])
            rolledLeft[place] -= cut
            over -= cut
        }
    }

    /// Turns what the ended period leaves into what the heir gets: a version with fewer periods holds it for as many as it has.
    mutating func hand(to heir: Int, _ tariff: Tariff) {
        let count = tariff.allowances[heir].rolledMeters.count
        while rolledLeft.count > count {
            let last = rolledLeft.removeLast()
            rolledLeft[rolledLeft.count - 1] += last
        }
        while rolledLeft.count < count { rolledLeft.append(0) }
    }

    // MARK: Before the period before has ended

    /// What the period of the key would get, were those before it to end now, in `rolledLeft`; empty for nothing.
    private mutating func inherit(_ allowance: Int, _ key: CounterKey, _ tariff: Tariff, _ context: UsageContext) {
        let meter = meterName(tariff.allowances[allowance].meter)
        if let left = catalogueAnew?.left, !left.isEmpty, let known = left[rolledKey(meter, key, context.account)] {
            rolledLeft.append(contentsOf: known)
            return
        }
        let isShared = tariff.allowances[allowance].owner == .account
        let (own, account) = (binding, context.account)
        // Where history is rated anew it may be another catalogue that says what goes over.
        let all = catalogueAnew == nil ? [] : subscriptions(of: account)
        let beganMs = isShared ? accounts[Int(account)].openedMs : subscriptions[Int(context.subscription)].fromMs
        var ended = period(of: account, at: max(accounts[Int(account)].openStartMs, beganMs))
        while let (startMs, endMs) = ended, endMs <= key.window.startMs {
            if let due = binding(of: account, all, dueAt: endMs - 1) { use(due) }
            var endedKey = key
            endedKey.window = CountWindow(kind: .period, startMs: startMs, endMs: endMs)
            inherit(meter, from: endedKey, isShared ? nil : context.subscription, account)
            if let own { use(own) }
            ended = period(of: account, at: endMs)
        }
    }

    /// One period's step: turns what it got into what the next one gets.
    /// - Parameter subscription: nil for what the account's subscriptions share, which goes over with the first of them that stays.
    private mutating func inherit(_ meter: UInt32, from ended: CounterKey, _ subscription: UInt32?, _ account: UInt32) {
        let endMs = ended.window.endMs
        guard let tariff = binding?.tariff, let subscription = subscription ?? firstHeir(meter, ended.offering, at: endMs, account, tariff),
            let rollover = rollover(of: meter, ended.offering, subscription, account, at: endMs, tariff)
        else { return rolledLeft.removeAll(keepingCapacity: true) }
        leave(rollover.allowance, ended, soldMs: rollover.context.soldMs, tariff, rollover.context)
        hand(to: rollover.heir, tariff)
    }

    /// An allowance that goes over at a period's end, and what it is in the next period.
    private struct Rollover {
        var allowance: Int
        var heir: Int
        var context: UsageContext
    }

    /// What of a subscription's plan goes over under a meter's name at `endMs`; nil where it is on another plan, or nothing goes over.
    private mutating func rollover(
        of meter: UInt32, _ plan: UInt32, _ subscription: UInt32, _ account: UInt32, at endMs: Int64, _ tariff: Tariff
    ) -> Rollover? {
        guard let (context, old, new) = stay(subscription, account, at: endMs, tariff), context.planName == plan else { return nil }
        for allowance in tariff.versions[old].rollovers where meterName(tariff.allowances[allowance].meter) == meter {
            for heir in tariff.versions[new].rollovers where tariff.allowances[heir].meter == tariff.allowances[allowance].meter {
                return Rollover(allowance: allowance, heir: heir, context: context)
            }
        }
        return nil
    }

    /// The plan with which a subscription stays over the end of a period, and its versions before and after; nil where it does not: whoever leaves the plan
    /// leaves what it had left.
    mutating func stay(_ subscription: UInt32, _ account: UInt32, at endMs: Int64, _ tariff: Tariff) -> (context: UsageContext, old: Int, new: Int)? {
        let entry = subscriptions[Int(subscription)]
        guard entry.isKnown, entry.fromMs < endMs, entry.toMs > endMs, offering(of: subscription, at: endMs - 1) == offering(of: subscription, at: endMs)
        else { return nil }
        var context = UsageContext(account: account, subscription: subscription)
        guard takePlan(at: endMs - 1, &context) == nil, let old = version(context.plan, at: endMs - 1, tariff, context),
            let new = version(context.plan, at: endMs, tariff, context)
        else { return nil }
        return (context, old, new)
    }

    /// The first subscription with which a shared amount goes over. Remembered, for an account may have a hundred thousand: until plans or ends change, or
    /// periods end. One that comes new is never before one that was there.
    private mutating func firstHeir(_ meter: UInt32, _ plan: UInt32, at endMs: Int64, _ account: UInt32, _ tariff: Tariff) -> UInt32? {
        let key = HeirKey(account: account, plan: plan, meter: meter, endMs: endMs, tariff: ObjectIdentifier(tariff))
        if let known = firstHeirs[key] { return known }
        var first: UInt32?
        var next = accounts[Int(account)].firstSubscription
        while next >= 0 {
            let (candidate, ordinal) = (UInt32(next), subscriptions[Int(next)].ordinal)
            next = subscriptions[Int(next)].next
            if let first, subscriptions[Int(first)].ordinal < ordinal { continue }
            if rollover(of: meter, plan, candidate, account, at: endMs, tariff) != nil { first = candidate }
        }
        firstHeirs[key] = first
        if first == nil { lacksHeir = true }
        return first
    }

    mutating func forgetHeirs() {
        if firstHeirs.isEmpty { return }
        firstHeirs.removeAll()
        lacksHeir = false
    }

    func rolledKey(_ meter: UInt32, _ key: CounterKey, _ account: UInt32) -> RolledKey {
        RolledKey(
            account: accountIDs.text(of: account), subscription: subscriptionIDs.text(of: key.subscription), offering: names.text(of: key.offering),
            meter: names.text(of: meter), startMs: key.window.startMs)
    }
}

/// A shared allowance at a period's end.
struct HeirKey: Hashable {
    var account: UInt32
    /// Numbers of names.
    var plan: UInt32
    var meter: UInt32
    var endMs: Int64
    var tariff: ObjectIdentifier
}

/// An allowance of one period, by texts: it names the same in every state.
struct RolledKey: Hashable {
    var account: String
    /// Empty where the account's subscriptions share it.
    var subscription: String
    var offering: String
    var meter: String
    var startMs: Int64
}
