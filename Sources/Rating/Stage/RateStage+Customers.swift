import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// Customer events: taken over, or refused because of what was rated already.
extension RateStage {
    func open(_ event: AccountOpened, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) throws {
        guard Self.knownTimes.contains(event.fromMs) else {
            return emitter.refuse(.timeOutOfRange, account: event.account, subscription: "", "from \(event.fromMs)", to: &outbox)
        }
        var id = event.account
        let account = id.withUTF8 { state.accountNumber(UnsafeRawBufferPointer($0)) }
        guard !state.accounts[Int(account)].isKnown else {
            return emitter.refuse(.accountExists, account: event.account, subscription: "", "the account is open", to: &outbox)
        }
        var terms = event.terms
        terms.taxPercentMicros = 0
        terms.series = ""
        terms.numberPrefix = ""
        terms.numberDigits = 0
        terms.creditLimitNanos = 0
        let encoded: [UInt8] = try terms.serializedBytes()
        let name = encoded.withUnsafeBytes { state.names.number(of: $0).number }
        state.accounts[Int(account)].terms = try state.place(ofTerms: name)
        state.accounts[Int(account)].openedMs = event.fromMs
        state.changed(account, at: emitter.offset)
        state.openPeriod(account)
        if event.terms.payment == .prepaid { state.openBalance(account, creditLimitNanos: event.terms.creditLimitNanos) }
        var opened = event
        opened.clearPerson()
        emitter.emit(.accountOpened(opened), account: event.account, to: &outbox)
    }

    func activate(_ event: SubscriptionActivated, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: event.subscription, detail, to: &outbox)
        }
        guard let account = state.known(account: event.account, at: event.fromMs, or: refuse) else { return }
        var id = event.subscription
        let subscription = id.withUTF8 { state.subscriptionNumber(UnsafeRawBufferPointer($0), account: account) }
        guard !state.subscriptions[Int(subscription)].isKnown else { return refuse(.subscriptionExists, "the subscription was activated before") }
        let offering = state.number(ofName: event.offering)
        guard !state.isAddon(offering) else { return refuse(.notPlan, "offering \"\(event.offering)\" is an add-on: it is bought beside a plan") }
        state.accounts[Int(account)].subscriptionCount += 1
        state.subscriptions[Int(subscription)].ordinal = state.accounts[Int(account)].subscriptionCount
        state.subscriptions[Int(subscription)].offering = offering
        state.subscriptions[Int(subscription)].fromMs = event.fromMs
        if state.lacksHeir { state.forgetHeirs() }
        state.changed(account, at: emitter.offset)
        state.markDirty(subscription: subscription)
        var activated = event
        activated.identifiers = []
        emitter.emit(.subscriptionActivated(activated), account: event.account, to: &outbox)
        state.emitMissedFees(of: subscription, account: account, from: event.fromMs, .withoutUsage, &emitter, &outbox)
    }

    func changePlan(_ event: PlanChangeOrdered, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: event.subscription, detail, to: &outbox)
        }
        guard let (account, subscription) = state.known(subscription: event.subscription, of: event.account, at: event.fromMs, or: refuse) else { return }
        let offering = state.number(ofName: event.offering)
        guard state.binding?.offering(ofName: offering) != nil else {
            return refuse(.unknownOffering, "the catalogue in force has no offering \"\(event.offering)\"")
        }
        guard !state.isAddon(offering) else { return refuse(.notPlan, "offering \"\(event.offering)\" is an add-on: it is bought beside a plan") }
        let entry = state.subscriptions[Int(subscription)]
        guard entry.fromMs <= event.fromMs, event.fromMs < entry.toMs else { return refuse(.notActive, "not active at \(Timestamp(ms: event.fromMs))") }
        state.change(subscription, to: offering, from: event.fromMs)
        state.changed(account, at: emitter.offset)
        var changed = PlanChanged()
        changed.account = event.account
        changed.subscription = event.subscription
        changed.offering = event.offering
        changed.fromMs = event.fromMs
        emitter.emit(.planChanged(changed), account: event.account, to: &outbox)
        proposeRerate(of: subscription, account, event, &emitter, state: state, outbox: &outbox)
    }

    func end(_ event: SubscriptionEnded, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: event.subscription, detail, to: &outbox)
        }
        guard let (account, subscription) = state.known(
            subscription: event.subscription, of: event.account, at: event.atMs, as: "at", or: refuse)
        else { return }
        state.subscriptions[Int(subscription)].toMs = event.atMs
        state.forgetHeirs()
        // Usage after the end goes by the plan in force at the end, if at all.
        let changes = Int(state.subscriptions[Int(subscription)].changes)
        if changes >= 0 { state.planChanges[changes].removeAll { $0.fromMs >= event.atMs } }
        state.changed(account, at: emitter.offset)
        state.markDirty(subscription: subscription)
        emitter.emit(.subscriptionEnded(event), account: event.account, to: &outbox)
        let fact = LateFact(
            kind: .end, account: event.account, subscription: event.subscription, fromMs: event.atMs,
            why: "the subscription ended at \(Timestamp(ms: event.atMs))")
        proposeRerate(for: fact, of: subscription, account, &emitter, state: &state, outbox: &outbox)
    }
}

extension RateState {
    /// Whether the catalogue in force has it as an add-on.
    func isAddon(_ offering: UInt32) -> Bool {
        guard let binding, let place = binding.offering(ofName: offering) else { return false }
        return binding.tariff.offerings[place].isAddon
    }

    /// A change to the same moment replaces the one before.
    mutating func change(_ subscription: UInt32, to offering: UInt32, from ms: Int64) {
        if subscriptions[Int(subscription)].changes < 0 {
            subscriptions[Int(subscription)].changes = Int32(planChanges.count)
            planChanges.append([])
        }
        let place = Int(subscriptions[Int(subscription)].changes)
        planChanges[place].removeAll { $0.fromMs == ms }
        let at = planChanges[place].firstIndex { $0.fromMs > ms } ?? planChanges[place].count
        planChanges[place].insert(PlanChange(fromMs: ms, offering: offering), at: at)
        forgetHeirs()
        markDirty(subscription: subscription)
    }
}
