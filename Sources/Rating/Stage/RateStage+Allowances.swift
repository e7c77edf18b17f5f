import Events
import Pipeline
import Quantities

extension RateStage {
    /// Tells of the percentages that the usage made its allowances cross.
    func emitNotices(_ usage: UsageView, _ context: UsageContext, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        guard !state.notices.isEmpty, let tariff = state.binding?.tariff else { return }
        for notice in state.notices {
            let key = notice.key
            var event = AllowanceNotice()
            event.account = String(decoding: usage.account, as: UTF8.self)
            // The account's own counters hang on a subscription with an empty id.
            event.subscription = state.subscriptionIDs.text(of: key.subscription)
            event.offering = state.names.text(of: key.offering)
            event.allowance = String(decoding: tariff.allowances[notice.allowance].id, as: UTF8.self)
            event.percent = notice.percent
            event.periodStartMs = key.window.startMs
            event.periodEndMs = key.window.endMs
            event.set(used: notice.used, amount: notice.amount)
            outbox.count("allowance_notices")
            emitter.emit(.allowanceNotice(event), account: event.account, to: &outbox)
        }
    }
}

extension RateState {
    /// Carries what the ended period's allowances have left into the next one, where the plan in force then rolls them over, too. What has gone over can't
    /// be used any more by usage of the ended period that comes late.
    mutating func rollOver(_ account: UInt32, _ subscriptions: [UInt32], from startMs: Int64, to endMs: Int64) {
        guard let tariff = binding?.tariff, tariff.hasRollovers, accounts[Int(account)].openStartMs == endMs, accounts[Int(account)].hasPeriods
        else { return }
        let ended = CountWindow(kind: .period, startMs: startMs, endMs: endMs)
        let next = CountWindow(kind: .period, startMs: endMs, endMs: accounts[Int(account)].openEndMs)
        // Shared amounts go over once, with the first of the subscriptions that has them.
        var shared: [(plan: UInt32, meter: Int)] = []
        for subscription in subscriptions where self.subscriptions[Int(subscription)].isKnown {
            let entry = self.subscriptions[Int(subscription)]
            // Whoever leaves the plan leaves what it had left.
            let plan = offering(of: subscription, at: endMs - 1)
            let stays = entry.fromMs < endMs && entry.toMs > endMs && plan == offering(of: subscription, at: endMs)
            var context = UsageContext(account: account, subscription: subscription)
            guard stays, takePlan(at: endMs - 1, &context) == nil, let old = version(context.plan, at: endMs - 1, tariff, context),
                let new = version(context.plan, at: endMs, tariff, context)
            else { continue }
            for allowance in tariff.versions[old].rollovers {
                let meter = tariff.allowances[allowance].meter
                guard let heir = tariff.versions[new].rollovers.first(where: { tariff.allowances[$0].meter == meter }) else { continue }
                if tariff.allowances[allowance].owner == .account {
                    if shared.contains(where: { $0 == (plan, meter) }) { continue }
                    shared.append((plan, meter))
                }
                rollOver(allowance, to: heir, ended, next, tariff, context)
            }
        }
    }

    private mutating func rollOver(
        _ allowance: Int, to heir: Int, _ ended: CountWindow, _ next: CountWindow, _ tariff: Tariff, _ context: UsageContext
    ) {
        updates.removeAll(keepingCapacity: true)
        let key = CounterKey(subscription: owner(tariff.allowances[allowance].owner, context), offering: context.planName, window: ended)
        let meters = tariff.allowances[allowance].rolledMeters.map { meterName($0) }
        let used = value(of: meterName(tariff.allowances[allowance].meter), key) ?? 0
        let fresh = max(0, amount(of: allowance, ended, soldMs: context.soldMs, tariff, context) - used)
        // What stays one period less; the last is what is fresh, and what had one period to go expires.
        var left = Array(meters.map { value(of: $0, key) ?? 0 }.dropFirst()) + [fresh]
        // What would expire first is given up first.
        var over = left.reduce(0, +) - tariff.allowances[allowance].rolloverCap
        for place in left.indices where over > 0 {
            let cut = min(over, left[place])
            left[place] -= cut
            over -= cut
        }
        // A version with fewer periods holds it for as many as it has.
        let heirs = tariff.allowances[heir].rolledMeters.map { meterName($0) }
        var received = heirs.map { _ in Int128(0) }
        for (place, amount) in left.enumerated() where amount > 0 {
            let slot = min(place, heirs.count - 1)
            received[slot] += amount
            if !canHold(received[slot]) {
                // By the first rules it was so, and stays so; in the first generation of the changelog no more goes over than that holds.
                let isFirst = tariff.rulesVersion < .second
                received[slot] = Int128(isFirst ? Int64(truncatingIfNeeded: received[slot]) : Int64(clamping: received[slot]))
            }
            if place == left.count - 1 {
                update(meterName(tariff.allowances[allowance].rolledOutMeter), key, amount)
            } else {
                update(meters[place + 1], key, (value(of: meters[place + 1], key) ?? 0) - amount)
            }
        }
        var nextKey = key
        nextKey.window = next
        for (name, amount) in zip(heirs, received) where amount > 0 { update(name, nextKey, amount) }
        bookUpdates()
    }
}
