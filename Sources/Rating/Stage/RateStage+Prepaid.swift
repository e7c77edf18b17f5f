import Events
import Pipeline
import Quantities

/// Money that comes into a prepaid balance, is asked for, and expires.
extension RateStage {
    /// - Parameter isDue: it was dated ahead, and its time has come.
    func topUp(_ event: TopUpOrdered, isDue: Bool = false, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: "", detail, to: &outbox)
        }
        guard Self.knownTimes.contains(event.fromMs), event.expiresMs == 0 || Self.knownTimes.contains(event.expiresMs) else {
            return refuse(.timeOutOfRange, "from \(event.fromMs) to \(event.expiresMs)")
        }
        guard let (account, place) = state.knownBalance(of: event.account, or: refuse) else { return }
        let currency = state.terms[Int(state.accounts[Int(account)].terms)].message.currency
        guard event.currency == currency else { return refuse(.otherCurrency, "the balance is in \(currency)") }
        guard event.expiresMs == 0 || event.expiresMs > event.fromMs else { return refuse(.timeOutOfRange, "the money expires before it comes") }
        let held = state.balances[place].parts.reduce(Int128(event.amountNanos)) { $0 + Int128($1.nanos) }
        guard event.amountNanos > 0, held <= Int128(Int64.max) else { return refuse(.badAmount, "\(event.amountNanos) nanos") }
        if !isDue, state.isToCome(event.fromMs) {
            guard state.postpone(AheadOrder(.topUp(event)), account) else {
                return refuse(.tooManyChanges, "\(RateState.mostAhead) orders wait for their time: no more are taken")
            }
            return state.changed(account, at: emitter.offset)
        }
        let expiresMs = event.expiresMs == 0 ? Int64.max : event.expiresMs
        let graceMs = state.binding?.tariff.prepaidGraceMs ?? 0
        // Usage that comes before the tick and started before that time does not see it.
        let fromMs = isDue && state.isToCome(event.fromMs) ? event.fromMs : Int64.min
        guard let revived = state.balances[place].topUp(event.amountNanos, expiresMs: expiresMs, fromMs: fromMs, at: event.fromMs, graceMs: graceMs) else {
            return refuse(.tooManyExpiries, "the balance has \(Balance.maxParts) expiries")
        }
        if fromMs > Int64.min, !state.datedBalances.contains(Int32(place)) { state.datedBalances.append(Int32(place)) }
        state.balances[place].isRequested = false
        state.markDirty(balance: place)
        state.queueExpiry(of: place)
        state.changed(account, at: emitter.offset)
        var toppedUp = ToppedUp()
        toppedUp.account = event.account
        toppedUp.amountNanos = event.amountNanos
        toppedUp.expiresMs = event.expiresMs
        toppedUp.fromMs = event.fromMs
        toppedUp.revivedNanos = revived
        toppedUp.balanceLeftNanos = state.balances[place].totalNanos
        outbox.count("top_ups")
        emitter.emit(.toppedUp(toppedUp), account: event.account, to: &outbox)
    }

    func setPrepaid(_ event: PrepaidSet, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: "", detail, to: &outbox)
        }
        guard let (account, place) = state.knownBalance(of: event.account, or: refuse) else { return }
        let amounts = [event.creditLimitNanos, event.autoBelowNanos, event.autoAmountNanos, event.recurringAmountNanos]
        guard amounts.allSatisfy({ $0 >= 0 }) else { return refuse(.badAmount, "an amount below zero") }
        state.balances[place].creditLimitNanos = event.creditLimitNanos
        state.balances[place].autoBelowNanos = event.autoBelowNanos
        state.balances[place].autoAmountNanos = event.autoAmountNanos
        state.balances[place].recurringAmountNanos = event.recurringAmountNanos
        state.markDirty(balance: place)
        state.changed(account, at: emitter.offset)
        state.requestTopUp(account, &emitter, &outbox)
    }
}

extension RateState {
    /// The account and the place of its balance; nil where it is not known or has none, and `refuse` was told so.
    func knownBalance(of id: String, or refuse: (ChangeRefusal, String) -> Void) -> (account: UInt32, place: Int)? {
        guard let account = known(account: id, or: refuse) else { return nil }
        let place = Int(accounts[Int(account)].balance)
        if place >= 0 { return (account, place) }
        refuse(.notPrepaid, "the account is billed after the period")
        return nil
    }

    /// Asks for money where the balance is below what the account wants, once until some comes.
    /// - Parameter isShort: it could not pay for a usage, whatever is left of it.
    mutating func requestTopUp(_ account: UInt32, isShort: Bool = false, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        guard let place = balance(of: account), balances[place].autoAmountNanos > 0, !balances[place].isRequested,
            isShort || balances[place].totalNanos < balances[place].autoBelowNanos
        else { return }
        balances[place].isRequested = true
        markDirty(balance: place)
        request(balances[place].autoAmountNanos, .lowBalance, place, &emitter, &outbox)
    }

    /// Asks for what comes with each billing period.
    mutating func requestRecurringTopUp(_ account: UInt32, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        guard let place = balance(of: account), balances[place].recurringAmountNanos > 0 else { return }
        request(balances[place].recurringAmountNanos, .period, place, &emitter, &outbox)
    }

    private func request(_ nanos: Int64, _ cause: TopUpCause, _ place: Int, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        var requested = TopUpRequested()
        requested.account = accountIDs.text(of: balances[place].account)
        requested.amountNanos = nanos
        requested.cause = cause
        requested.balanceLeftNanos = balances[place].totalNanos
        outbox.count("top_ups_requested")
        emitter.emit(.topUpRequested(requested), account: requested.account, to: &outbox)
    }

    /// Writes off what the balance that is queued first has had expired for as long as the grace.
    mutating func writeOffFirst(tickMs: Int64, graceMs: Int64, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        guard let place = takeExpiry() else { return }
        let written = balances[place].writeOff(expiredBy: tickMs - graceMs)
        markDirty(balance: place)
        queueExpiry(of: place)
        var expired = BalanceExpired()
        expired.account = accountIDs.text(of: balances[place].account)
        expired.amountNanos = written
        expired.balanceLeftNanos = balances[place].totalNanos
        changed(balances[place].account, at: emitter.offset)
        outbox.count("balances_expired")
        emitter.emit(.balanceExpired(expired), account: expired.account, to: &outbox)
        requestTopUp(balances[place].account, &emitter, &outbox)
    }
}
