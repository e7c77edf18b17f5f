import Events
import Pipeline
import Quantities

extension RateStage {
    /// Tells of the percentages that the usage made its allowances cross.
    func emitNotices(_ usage: UsageView, _ context: UsageContext, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        if state.notices.isEmpty { return }
        state.emitNotices(of: String(decoding: usage.account, as: UTF8.self), &emitter, &outbox)
    }
}

extension RateState {
    func emitNotices(of account: String, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        guard let tariff = binding?.tariff else { return }
        for notice in notices {
            let key = notice.key
            var event = AllowanceNotice()
            event.account = account
            // The account's own counters hang on a subscription with an empty id.
            event.subscription = subscriptionIDs.text(of: key.subscription)
            event.offering = names.text(of: key.offering)
            event.allowance = String(decoding: tariff.allowances[notice.allowance].id, as: UTF8.self)
            event.percent = notice.percent
            event.periodStartMs = key.window.startMs
            event.periodEndMs = key.window.endMs
            event.set(used: notice.used, amount: notice.amount)
            outbox.count("allowance_notices")
            emitter.emit(.allowanceNotice(event), account: event.account, to: &outbox)
        }
    }

    /// Carries what the ended period's allowances have left into the next one, where the plan in force then rolls them over, too. What has gone over can't
    /// be used any more by usage of the ended period that comes late. Returns whether the next period had drawn more of it than there was, so that its charges
    /// may be wrong.
    mutating func rollOver(_ account: UInt32, _ subscriptions: [UInt32], from startMs: Int64, to endMs: Int64) -> Bool {
        notices.removeAll(keepingCapacity: true)
        forgetHeirs()
        guard let tariff = binding?.tariff, tariff.hasRollovers, accounts[Int(account)].openStartMs == endMs, accounts[Int(account)].hasPeriods
        else { return false }
        let ended = CountWindow(kind: .period, startMs: startMs, endMs: endMs)
        let next = CountWindow(kind: .period, startMs: endMs, endMs: accounts[Int(account)].openEndMs)
        // Shared amounts go over once, with the first of the subscriptions that has them.
        var shared: [(plan: UInt32, meter: Int)] = []
        var isOverdrawn = false
        for subscription in subscriptions {
            guard let (context, old, new) = stay(subscription, account, at: endMs, tariff) else { continue }
            for allowance in tariff.versions[old].rollovers {
                let meter = tariff.allowances[allowance].meter
                guard let heir = tariff.versions[new].rollovers.first(where: { tariff.allowances[$0].meter == meter }) else { continue }
                if tariff.allowances[allowance].owner == .account {
                    if shared.contains(where: { $0 == (context.planName, meter) }) { continue }
                    shared.append((context.planName, meter))
                }
                if rollOver(allowance, to: heir, ended, next, tariff, context) { isOverdrawn = true }
            }
        }
        return isOverdrawn
    }

    private mutating func rollOver(
        _ allowance: Int, to heir: Int, _ ended: CountWindow, _ next: CountWindow, _ tariff: Tariff, _ context: UsageContext
    ) -> Bool {
        updates.removeAll(keepingCapacity: true)
        var key = CounterKey(subscription: owner(tariff.allowances[allowance].owner, context), offering: context.planName, window: ended)
        let meters = tariff.allowances[allowance].rolledMeters.map { meterName($0) }
        rolledLeft.removeAll(keepingCapacity: true)
        leave(allowance, key, soldMs: context.soldMs, tariff, context)
        for (place, amount) in rolledLeft.enumerated() where amount > 0 {
            if place == meters.count - 1 {
                update(meterName(tariff.allowances[allowance].rolledOutMeter), key, held(amount, tariff))
            } else {
                update(meters[place + 1], key, (value(of: meters[place + 1], key) ?? 0) - held(amount, tariff))
            }
        }
        hand(to: heir, tariff)
        key.window = next
        let isOverdrawn = tariff.rulesVersion >= .second && settle(heir, key, tariff, context)
        for (place, amount) in rolledLeft.enumerated() {
            let name = meterName(tariff.allowances[heir].rolledMeters[place])
            if amount != value(of: name, key) ?? 0 { update(name, key, held(amount, tariff)) }
        }
        bookUpdates()
        return isOverdrawn
    }

    /// By the first rules what goes over was cut to 64 bits, and stays so; in the first generation of the changelog no more goes over than that holds.
    private func held(_ amount: Int128, _ tariff: Tariff) -> Int128 {
        if canHold(amount) { return amount }
        return Int128(tariff.rulesVersion < .second ? Int64(truncatingIfNeeded: amount) : Int64(clamping: amount))
    }

    /// Takes what the next period drew before off what it gets, as if it had got it first; what that does not cover is its own. Returns whether its charges may
    /// be other ones in the order of time.
    private mutating func settle(_ heir: Int, _ key: CounterKey, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        let got = Array(rolledLeft)
        let lacking = takeDrawn(heir, key, tariff)
        if lacking == 0 { return false }
        let name = meterName(tariff.allowances[heir].meter)
        let used = value(of: name, key) ?? 0
        let amount = amount(of: heir, key.window, soldMs: soldMs(context.subscription, at: key.window.startMs), tariff, context)
        let covered = min(lacking, max(0, amount - used))
        if covered > 0 {
            update(name, key, used + covered)
            tell(heir, used + covered, amount, key, tariff)
        }
        if lacking == covered, !isContested(tariff.allowances[heir].meter, tariff, context) { return false }
        let rolled = rolledKey(name, key, context.account)
        catalogueAnew?.overdrawn[rolled] = got
        return true
    }

    /// Whether anything may burn between an allowance's rolled amounts and its own: another allowance for the same usage, or what was bought or given once.
    private func isContested(_ meter: Int, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        if tariff.offerings[context.plan].givesOnce || accounts[Int(context.account)].purchases >= 0 { return true }
        var next = accounts[Int(context.account)].firstSubscription
        while next >= 0 {
            if subscriptions[Int(next)].purchases >= 0 { return true }
            next = subscriptions[Int(next)].next
        }
        for version in tariff.offerings[context.plan].versions {
            for type in tariff.units.indices {
                let rule = tariff.rules[tariff.versions[version].rules + type]
                for slots in [rule.allowances, rule.moneyAllowances] {
                    let meters = slots.map { tariff.allowances[tariff.slots[$0].allowance].meter }
                    if meters.contains(meter), meters.contains(where: { $0 != meter }) { return true }
                }
            }
        }
        return false
    }
}
