import Events
import Pipeline
import Quantities

/// Suspensions and their ends: taken over from their own time on, whenever they come. What was rated before stays as it is until it is rated anew.
extension RateStage {
    func suspend(_ event: SubscriptionSuspended, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: event.subscription, detail, to: &outbox)
        }
        guard let (account, subscription) = state.known(subscription: event.subscription, of: event.account, at: event.fromMs, or: refuse) else { return }
        guard event.barring.isKnown else { return refuse(.unknownBarring, "barring level \(event.barring.rawValue)") }
        let entry = state.subscriptions[Int(subscription)]
        guard entry.fromMs <= event.fromMs, event.fromMs < entry.toMs else { return refuse(.notActive, "not active at \(Timestamp(ms: event.fromMs))") }
        var all = state.suspensions[subscription] ?? []
        if all.contains(where: { $0.toMs > event.fromMs }) {
            return refuse(.alreadySuspended, "suspended at \(Timestamp(ms: event.fromMs)) or later")
        }
        guard all.count < RateState.mostChanges else { return refuse(.tooManyChanges, "\(all.count) suspensions are kept: no more are taken") }
        let openStartMs = state.accounts[Int(account)].openStartMs
        let orderedInMs = openStartMs == AccountEntry.unknown ? Int64.min : openStartMs
        all.append(Suspension(fromMs: event.fromMs, barring: event.barring, reason: event.reason, orderedInMs: orderedInMs))
        state.set(suspensions: all, of: subscription)
        state.markDirty(subscription: subscription)
        state.changed(account, at: emitter.offset)
        emitter.emit(.subscriptionSuspended(event), account: event.account, to: &outbox)
        let fact = LateFact(
            kind: .suspension, account: event.account, subscription: event.subscription, fromMs: event.fromMs,
            why: "the subscription was suspended from \(Timestamp(ms: event.fromMs)) on")
        proposeRerate(for: fact, of: subscription, account, &emitter, state: &state, outbox: &outbox)
    }

    func resume(_ event: SubscriptionResumed, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: event.subscription, detail, to: &outbox)
        }
        guard let (account, subscription) = state.known(subscription: event.subscription, of: event.account, at: event.fromMs, or: refuse) else { return }
        let before = state.suspensions[subscription] ?? []
        guard let last = before.last, last.toMs == Int64.max, last.fromMs < event.fromMs else {
            return refuse(.notSuspended, "no suspension that began before \(Timestamp(ms: event.fromMs)) lasts")
        }
        var all = before
        all[all.count - 1].toMs = event.fromMs
        state.set(suspensions: all, of: subscription)
        state.markDirty(subscription: subscription)
        state.changed(account, at: emitter.offset)
        emitter.emit(.subscriptionResumed(event), account: event.account, to: &outbox)
        if let tariff = state.binding?.tariff, tariff.rulesVersion >= .second {
            // Fees that were waived are found with all else that was refused: another suspension from the same moment on may waive them still.
            let fact = LateFact(
                kind: .suspension, account: event.account, subscription: event.subscription, fromMs: event.fromMs,
                why: "the subscription was resumed from \(Timestamp(ms: event.fromMs)) on")
            return proposeRerate(for: fact, of: subscription, account, &emitter, state: &state, outbox: &outbox)
        }
        state.emitMissedFees(of: subscription, account: account, from: max(event.fromMs, last.orderedInMs), .resumption(before), &emitter, &outbox)
    }
}
