import Events
import Pipeline

/// An order that is dated ahead: it is carried out when its time has come.
struct AheadOrder: Equatable {
    enum Body: Equatable {
        case topUp(TopUpOrdered)
        case purchase(PurchaseOrdered)
    }

    var body: Body

    var fromMs: Int64 {
        switch body {
        case .topUp(let event): event.fromMs
        case .purchase(let event): event.fromMs
        }
    }

    /// Of what is due in one moment money comes first, so that it can pay for what is bought; then as ordered.
    fileprivate var rank: (Int64, Int) { if case .topUp = body { (fromMs, 0) } else { (fromMs, 1) } }

    // MARK: In the changelog

    /// Nil for one that can't be read.
    init?(from entry: inout WireReader) {
        let (kind, bytes) = (entry.byte(), Array(entry.delimited()))
        switch kind {
        case 1: if let event = try? TopUpOrdered(serializedBytes: bytes) { body = .topUp(event) } else { return nil }
        case 2: if let event = try? PurchaseOrdered(serializedBytes: bytes) { body = .purchase(event) } else { return nil }
        default: return nil
        }
    }

    init(_ body: Body) { self.body = body }

    func append(to bytes: inout [UInt8]) {
        let (kind, message): (UInt8, [UInt8]?) =
            switch body {
            case .topUp(let event): (1, try? event.serializedBytes())
            case .purchase(let event): (2, try? event.serializedBytes())
            }
        guard let message else { preconditionFailure("proto3 has no required fields") }
        bytes.append(kind)
        bytes.appendVarint(UInt64(message.count))
        bytes += message
    }
}

/// What is dated ahead. An order counts by its own time: it waits in the state until a tick has passed that time, or usage comes that lasts until then or
/// starts later. Money that such usage called for is not there for what started before it, until a tick has passed its time: then it is there for whatever
/// comes, so that what was suspended for want of it can be recycled. What falls due in one tick is carried out in the order of time, each order before the
/// periods that end (their grace included) at that instant or later, so that its charge is in time for its own period.
///
/// The ticks are the only clock there is. Catalogues of the first rules, and changelogs of the first generation, which have no place for it, carry every order
/// out at once.
extension RateState {
    /// How many orders one account may have waiting: they are one entry of the changelog.
    static let mostAhead = 1000

    /// Whether an order from `ms` on has to wait.
    func isToCome(_ ms: Int64) -> Bool {
        ms > ticks.effective.timeMs && holdsAhead && catalogueAnew == nil && binding.map { $0.tariff.rulesVersion >= .second } == true
    }

    /// False where the account has too many.
    mutating func postpone(_ order: AheadOrder, _ account: UInt32) -> Bool {
        var all = ahead[account] ?? []
        if all.count >= Self.mostAhead { return false }
        let place = all.firstIndex { $0.rank > order.rank } ?? all.count
        all.insert(order, at: place)
        set(ahead: all, of: account)
        return true
    }

    /// Takes out what is due at `ms`, in its order.
    mutating func takeAhead(of account: UInt32, by ms: Int64) -> ArraySlice<AheadOrder> {
        let all = ahead[account] ?? []
        let due = all.prefix { $0.fromMs <= ms }
        if !due.isEmpty { set(ahead: Array(all.dropFirst(due.count)), of: account) }
        return due
    }

    private mutating func set(ahead orders: [AheadOrder], of account: UInt32) {
        ahead[account] = orders.isEmpty ? nil : orders
        markDirty(ahead: account)
        queueAhead(account)
    }

    mutating func markDirty(ahead account: UInt32) {
        if !dirtyAhead.contains(account) { dirtyAhead.append(account) }
    }

    /// Queues the account under the first order that waits.
    mutating func queueAhead(_ account: UInt32) {
        let firstMs = ahead[account]?.first?.fromMs ?? Int64.max
        if firstMs == accounts[Int(account)].aheadMs { return }
        accounts[Int(account)].aheadMs = firstMs
        if firstMs < Int64.max { aheadQueue.insert(account, endMs: firstMs, ids: accountIDs) }
    }

    /// Takes the account out of the queue whose order waits for the earliest time; nil where that was carried out before.
    mutating func takeFirstAhead() -> UInt32? {
        guard let queuedMs = aheadQueue.firstEndMs else { return nil }
        let account = aheadQueue.popFirst(ids: accountIDs)
        return accounts[Int(account)].aheadMs == queuedMs ? account : nil
    }

    // MARK: In the changelog: under `f` and the account, whose value is nothing once none waits

    mutating func flushAhead(to changelog: inout ChangelogWriter) {
        for account in dirtyAhead {
            let key = accountIDs.withBytes(of: account) { Self.key(Kind.ahead, $0) }
            let (orders, balance) = (ahead[account] ?? [], Int(accounts[Int(account)].balance))
            let money = balance < 0 ? [] : balances[balance].parts.filter { $0.fromMs > Int64.min }
            if orders.isEmpty, money.isEmpty {
                changelog.remove(key: key)
                continue
            }
            var value: [UInt8] = [Self.layout]
            value.appendVarint(UInt64(orders.count))
            for order in orders { order.append(to: &value) }
            value.appendVarint(UInt64(money.count))
            for part in money { for number in [part.nanos, part.expiresMs, part.fromMs] { value.appendZigzag(number) } }
            changelog.put(key: key, value: value)
        }
        dirtyAhead.removeAll(keepingCapacity: true)
    }

    mutating func restoreAhead(_ id: UnsafeRawBufferPointer, _ entry: inout WireReader) throws {
        let account = accountNumber(id)
        var orders: [AheadOrder] = []
        for _ in 0..<min(entry.varint(), UInt64(Self.mostAhead)) where !entry.isBroken {
            guard let order = AheadOrder(from: &entry) else { throw EntryFault.broken(kind: EntryFault.kind(Kind.ahead), version: Self.layout) }
            orders.append(order)
        }
        ahead[account] = orders.isEmpty ? nil : orders
        var money: [Balance.Part] = []
        for _ in 0..<min(entry.varint(), UInt64(Balance.maxParts)) where !entry.isBroken {
            money.append(Balance.Part(nanos: entry.zigzag(), expiresMs: entry.zigzag(), fromMs: entry.zigzag()))
        }
        restoredDated[account] = money
        if !waiting.contains(account) { waiting.append(account) }
    }

    mutating func forgetAhead(_ id: UnsafeRawBufferPointer) {
        guard let account = accountIDs.find(id) else { return }
        ahead[account] = nil
        restoredDated[account] = nil
    }

    /// Once all entries were read.
    mutating func finishAhead() {
        for account in waiting {
            queueAhead(account)
            let (money, place) = (restoredDated[account] ?? [], Int(accounts[Int(account)].balance))
            guard !money.isEmpty, place >= 0 else { continue }
            balances[place].parts = (balances[place].parts + money).sorted { ($0.expiresMs, $0.fromMs) < ($1.expiresMs, $1.fromMs) }
            balances[place].hasDated = true
            datedBalances.append(Int32(place))
        }
        waiting = []
        restoredDated = [:]
    }
}
