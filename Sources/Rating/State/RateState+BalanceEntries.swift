import Pipeline

/// Balances in the changelog: under `b` and the account.
extension RateState {
    mutating func flushBalances(to changelog: inout ChangelogWriter) {
        for place in dirtyBalances { write(balance: Int(place), to: &changelog) }
        dirtyBalances.removeAll(keepingCapacity: true)
    }

    private mutating func write(balance place: Int, to changelog: inout ChangelogWriter) {
        balances[place].isDirty = false
        let balance = balances[place]
        var value: [UInt8] = [Self.layout]
        for nanos in [
            balance.owedNanos, balance.creditLimitNanos, balance.autoBelowNanos, balance.autoAmountNanos, balance.recurringAmountNanos,
        ] { value.appendZigzag(nanos) }
        value.append(balance.isRequested ? 1 : 0)
        // What counts only from a time on that no tick has passed stands with the account's orders.
        let parts = balance.hasDated ? balance.parts.filter { $0.fromMs == Int64.min } : balance.parts
        value.appendVarint(UInt64(parts.count))
        for part in parts {
            value.appendZigzag(part.nanos)
            value.appendZigzag(part.expiresMs)
        }
        changelog.put(key: accountIDs.withBytes(of: balance.account) { Self.key(Kind.balance, $0) }, value: value)
    }

    mutating func restoreBalance(_ id: UnsafeRawBufferPointer, _ entry: inout WireReader) {
        let account = accountNumber(id)
        var balance = Balance(account: account)
        balance.owedNanos = entry.zigzag()
        balance.creditLimitNanos = entry.zigzag()
        balance.autoBelowNanos = entry.zigzag()
        balance.autoAmountNanos = entry.zigzag()
        balance.recurringAmountNanos = entry.zigzag()
        balance.isRequested = entry.byte() == 1
        for _ in 0..<min(entry.varint(), UInt64(Balance.maxParts)) where !entry.isBroken {
            balance.parts.append(Balance.Part(nanos: entry.zigzag(), expiresMs: entry.zigzag()))
        }
        if accounts[Int(account)].balance >= 0 {
            balances[Int(accounts[Int(account)].balance)] = balance
        } else {
            accounts[Int(account)].balance = Int32(balances.count)
            balances.append(balance)
        }
    }
}
