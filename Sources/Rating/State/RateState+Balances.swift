/// Prepaid balances. A charge is found first, as for any account, and then paid: the two are apart, so that money can come to be held in between.
extension RateState {
    mutating func openBalance(_ account: UInt32, creditLimitNanos: Int64) {
        accounts[Int(account)].balance = Int32(balances.count)
        balances.append(Balance(account: account, creditLimitNanos: max(0, creditLimitNanos)))
        markDirty(balance: balances.count - 1)
    }

    mutating func markDirty(balance place: Int) {
        if balances[place].hasDated { markDirty(ahead: balances[place].account) }
        if balances[place].isDirty { return }
        balances[place].isDirty = true
        dirtyBalances.append(Int32(place))
    }

    /// The account's balance; nil where it is not prepaid, and where history is rated anew: what was paid stays as it was.
    func balance(of account: UInt32) -> Int? {
        let place = Int(accounts[Int(account)].balance)
        return place >= 0 && catalogueAnew == nil ? place : nil
    }

    /// Pays for the priced parts of a usage, all or none: false where that is more than is available at its start. Charges below zero stay for the bill.
    mutating func payForUsage(_ account: UInt32, at ms: Int64) -> Bool {
        guard let place = balance(of: account) else { return true }
        var due: Int128 = 0
        for part in parts where part.chargeNanos > 0 { due += Int128(part.chargeNanos) }
        if due > 0, due > balances[place].availableNanos(at: ms) { return false }
        for part in parts { payments.append(pay(max(0, part.chargeNanos), place, at: ms)) }
        return true
    }

    /// Pays for what falls due by itself, all or nothing: what the balance can't pay for stays for the bill. Nil where the account is not prepaid.
    mutating func payFee(_ nanos: Int64, _ account: UInt32, at ms: Int64) -> Payment? {
        guard let place = balance(of: account) else { return nil }
        let isPaid = nanos > 0 && Int128(nanos) <= balances[place].availableNanos(at: ms)
        return pay(isPaid ? nanos : 0, place, at: ms)
    }

    private mutating func pay(_ nanos: Int64, _ place: Int, at ms: Int64) -> Payment {
        if nanos > 0 {
            balances[place].debit(nanos, at: ms)
            markDirty(balance: place)
        }
        return Payment(paidNanos: nanos, leftNanos: balances[place].totalNanos)
    }

    /// A tick has passed: what counted from then on counts for all.
    mutating func releaseMoney(by tickMs: Int64) {
        if datedBalances.isEmpty { return }
        for place in datedBalances {
            markDirty(balance: Int(place))
            balances[Int(place)].release(by: tickMs)
        }
        datedBalances.removeAll { !balances[Int($0)].hasDated }
    }

    // MARK: Expiry

    /// Queues the balance under what expires first of it.
    mutating func queueExpiry(of place: Int) {
        guard let firstMs = balances[place].parts.first?.expiresMs, firstMs < balances[place].queuedMs else { return }
        balances[place].queuedMs = firstMs
        expiries.insert(balances[place].account, endMs: firstMs, ids: accountIDs)
    }

    /// Takes the balance that was queued first out of the queue; nil where it is queued anew, for what was to expire first was spent.
    mutating func takeExpiry() -> Int? {
        let queuedMs = expiries.firstEndMs
        let place = Int(accounts[Int(expiries.popFirst(ids: accountIDs))].balance)
        // It may stand there under a later time, too, from before money came that expires earlier.
        guard balances[place].queuedMs == queuedMs else { return nil }
        balances[place].queuedMs = Int64.max
        if balances[place].parts.first?.expiresMs == queuedMs { return place }
        queueExpiry(of: place)
        return nil
    }
}
