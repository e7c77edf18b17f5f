import Events
import Pipeline
import Quantities

/// Add-ons: bought where the catalogue, the account and its balance allow it.
extension RateStage {
    /// - Parameter isDue: it was dated ahead, and its time has come.
    func buy(_ event: PurchaseOrdered, isDue: Bool = false, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: event.subscription, detail, to: &outbox)
        }
        guard let account = state.known(account: event.account, at: event.fromMs, or: refuse) else { return }
        var buyer = state.accountsOwn(account)
        var (fromMs, toMs) = (state.accounts[Int(account)].openedMs, Int64.max)
        if !event.subscription.isEmpty {
            guard let subscription = state.known(subscription: event.subscription, of: account, or: refuse) else { return }
            buyer = subscription
            (fromMs, toMs) = (state.subscriptions[Int(subscription)].fromMs, state.subscriptions[Int(subscription)].toMs)
        }
        let name = state.number(ofName: event.offering)
        guard let binding = state.binding, let addon = binding.offering(ofName: name) else {
            return refuse(.unknownOffering, "the catalogue in force has no offering \"\(event.offering)\"")
        }
        guard fromMs <= event.fromMs, event.fromMs < toMs else { return refuse(.notActive, "not active at \(Timestamp(ms: event.fromMs))") }
        let tariff = binding.tariff
        guard tariff.offerings[addon].isAddon else {
            return refuse(.notAddon, "offering \"\(event.offering)\" is a plan: it is not bought beside one")
        }
        guard binding.currencyOfOffering[addon] == state.terms[Int(state.accounts[Int(account)].terms)].currency else {
            return refuse(.otherCurrency, "offering \"\(event.offering)\" is priced in \(tariff.offerings[addon].currency), the account is not")
        }
        guard let version = tariff.version(ofOffering: addon, at: event.fromMs, soldAt: event.fromMs) else {
            return refuse(.noVersion, "offering \"\(event.offering)\" has no version at \(Timestamp(ms: event.fromMs))")
        }
        if !isDue, state.isToCome(event.fromMs) {
            guard state.postpone(AheadOrder(.purchase(event)), account) else {
                return refuse(.tooManyChanges, "\(RateState.mostAhead) orders wait for their time: no more are taken")
            }
            return state.changed(account, at: emitter.offset)
        }
        let known = state.purchases(of: buyer)
        guard known.count < RateState.maxPurchases else {
            return refuse(.tooManyPurchases, "\(known.count) purchases can still be used: no more are taken")
        }
        var startMs = event.fromMs
        while known.contains(where: { $0.offering == name && $0.fromMs == startMs }) { startMs += 1 }
        guard let period = state.period(of: account, at: startMs) else {
            return refuse(.unknownTimeZone, "the catalogue has no rules of the account's time zone")
        }
        // A balance pays for all of a purchase, or nothing is bought.
        let due = tariff.versions[version].oneTime.reduce(Int128(0)) { $0 + Int128(max(0, $1.amountNanos)) }
        if let balance = state.balance(of: account), due > 0, due > state.balances[balance].availableNanos(at: event.fromMs) {
            return refuse(.insufficientBalance, "the balance can't pay for offering \"\(event.offering)\"")
        }
        let endMs = state.bucketsEndMs(version, from: startMs, tariff, account)
        if endMs > startMs, endMs <= state.keptStartMs(of: account, latePeriods: tariff.latePeriods) {
            return refuse(.purchaseTooOld, "it would be over at \(Timestamp(ms: endMs)): usage of that time is not taken any more")
        }
        let sale = Sale(
            account: account, subscription: buyer, purchase: Purchase(offering: name, fromMs: startMs, endMs: endMs),
            prices: tariff.versions[version].oneTime, period: period)
        carryOut(sale, event, &emitter, state: &state, outbox: &outbox)
    }

    private struct Sale {
        var account: UInt32
        /// Without an id where it is the account that buys.
        var subscription: UInt32
        var purchase: Purchase
        var prices: [OneTimePrice]
        var period: (startMs: Int64, endMs: Int64)
    }

    private func carryOut(
        _ sale: Sale, _ event: PurchaseOrdered, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox
    ) {
        if sale.purchase.fromMs < sale.purchase.endMs { state.add(sale.purchase, to: sale.subscription) }
        state.changed(sale.account, at: emitter.offset)
        var bought = OfferingBought()
        bought.account = event.account
        bought.subscription = event.subscription
        bought.offering = event.offering
        bought.startMs = sale.purchase.fromMs
        bought.endMs = sale.purchase.endMs
        outbox.count("purchases")
        emitter.emit(.offeringBought(bought), account: event.account, to: &outbox)
        for price in sale.prices {
            var charge = OneTimeCharge()
            charge.account = event.account
            charge.subscription = event.subscription
            charge.offering = event.offering
            charge.price = price.id
            charge.chargeNanos = price.amountNanos
            charge.periodStartMs = sale.period.startMs
            charge.periodEndMs = sale.period.endMs
            charge.purchaseStartMs = sale.purchase.fromMs
            let payment = state.payFee(price.amountNanos, sale.account, at: event.fromMs)
            charge.prepaidNanos = payment?.paidNanos ?? 0
            charge.balanceLeftNanos = payment?.leftNanos ?? 0
            emitter.emit(.oneTime(charge), account: event.account, to: &outbox)
        }
        state.requestTopUp(sale.account, &emitter, &outbox)
        proposeRerate(of: sale.subscription, sale.account, bought, &emitter, state: state, outbox: &outbox)
    }
}
