import Events
import Pipeline

extension RateState {
    /// The changelog holds what this version can't read.
    struct UnreadableEntry: Error, CustomStringConvertible {
        let reason: String
        var description: String { "state.rate: " + reason }
    }

    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        var reader = WireReader(key)
        let account = reader.delimited()
        let bar = reader.byte()
        let kind = reader.byte()
        guard bar == UInt8(ascii: "|"), !reader.isBroken else { throw UnreadableEntry(reason: "a key is broken") }
        if kind == Kind.duplicates {
            let (day, record) = (reader.zigzag(), reader.zigzag())
            guard let day = Int32(exactly: day), !reader.isBroken, duplicates.restore(day: day, record: record, value) else {
                throw UnreadableEntry(reason: "a duplicate record is broken")
            }
            return
        }
        guard let value else {
            // Of the rest, only these are ever removed.
            switch kind {
            case Kind.counter: removeCounter(account, .period, &reader)
            case Kind.windowCounter: removeCounter(account, try windowKind(&reader), &reader)
            case Kind.signal: restoreSignal(&reader, nil)
            case Kind.refused: refused[subscriptionNumber(reader.rest, account: accountNumber(account))] = nil
            default: break
            }
            return
        }
        var entry = WireReader(value)
        guard entry.byte() == Self.layout else { throw UnreadableEntry(reason: "an entry has an unknown layout") }
        switch kind {
        case Kind.counter: restoreCounter(account, .period, &reader, &entry)
        case Kind.windowCounter: restoreCounter(account, try windowKind(&reader), &reader, &entry)
        case Kind.account: restoreAccount(account, &entry)
        case Kind.balance: restoreBalance(account, &entry)
        case Kind.subscription: restoreSubscription(account, reader.rest, &entry)
        case Kind.refused: restoreRefused(account, reader.rest, &entry)
        case Kind.name: restoredNames.append((UInt32(truncatingIfNeeded: reader.varint()), Array(entry.rest)))
        case Kind.partition: restorePartition(&entry)
        case Kind.signal: restoreSignal(&reader, (entry.zigzag(), entry.zigzag()))
        default: throw UnreadableEntry(reason: "a key has an unknown kind")
        }
        if entry.isBroken || reader.isBroken { throw UnreadableEntry(reason: "an entry is broken") }
    }

    public mutating func finishRestore() {
        restoredNames.sort { $0.number < $1.number }
        for name in restoredNames {
            let given = name.bytes.withUnsafeBytes { names.number(of: $0) }
            precondition(given.number == name.number && given.isNew, "state.rate: the names are not complete")
        }
        restoredNames = []
        flushedNames = names.count
        for account in accounts.indices where accounts[account].isKnown {
            // Until now it held the name's number: the names were not complete.
            let name = UInt32(accounts[account].terms)
            guard let place = try? place(ofTerms: name) else { preconditionFailure("state.rate: billing terms can't be read") }
            accounts[account].terms = place
            openPeriod(UInt32(account))
        }
        for place in balances.indices { queueExpiry(of: place) }
    }

    private mutating func restorePartition(_ entry: inout WireReader) {
        catalogue = entry.byte() == 1 ? CatalogueHash(entry.bytes(32)) : nil
        duplicates.restore(horizonDay: Int32(truncatingIfNeeded: entry.zigzag()))
        ticks = TickProgress(from: &entry)
        rerates = []
        for _ in 0..<min(entry.varint(), 1 << 16) where !entry.isBroken {
            let account = String(decoding: entry.delimited(), as: UTF8.self)
            let rerate = String(decoding: entry.delimited(), as: UTF8.self)
            rerates.append(RerateInFlight(account: account, rerate: rerate, nextChunk: UInt32(truncatingIfNeeded: entry.varint())))
        }
    }

    private mutating func restoreSignal(_ key: inout WireReader, _ value: (toMs: Int64, multiplierMicros: Int64)?) {
        let (name, fromMs) = (UInt32(truncatingIfNeeded: key.varint()), key.zigzag())
        let span = value.map { PriceSignals.Span(fromMs: fromMs, toMs: $0.toMs, multiplierMicros: $0.multiplierMicros) }
        if !key.isBroken { signals.restore(name, fromMs: fromMs, span) }
    }

    private mutating func restoreAccount(_ id: UnsafeRawBufferPointer, _ entry: inout WireReader) {
        let account = Int(accountNumber(id))
        accounts[account].terms = Int32(truncatingIfNeeded: entry.varint())
        accounts[account].openedMs = entry.zigzag()
        accounts[account].openStartMs = entry.zigzag()
        accounts[account].openEndMs = entry.zigzag()
        accounts[account].subscriptionCount = UInt32(truncatingIfNeeded: entry.varint())
        accounts[account].changedOffset = entry.zigzag()
    }

    private mutating func restoreSubscription(_ account: UnsafeRawBufferPointer, _ id: UnsafeRawBufferPointer, _ entry: inout WireReader) {
        let subscription = Int(subscriptionNumber(id, account: accountNumber(account)))
        subscriptions[subscription].ordinal = UInt32(truncatingIfNeeded: entry.varint())
        subscriptions[subscription].offering = UInt32(truncatingIfNeeded: entry.varint())
        subscriptions[subscription].fromMs = entry.zigzag()
        subscriptions[subscription].toMs = entry.zigzag()
        var changes: [PlanChange] = []
        for _ in 0..<min(entry.varint(), 1 << 20) where !entry.isBroken {
            changes.append(PlanChange(fromMs: entry.zigzag(), offering: UInt32(truncatingIfNeeded: entry.varint())))
        }
        restoreFavourites(of: subscription, &entry)
        var suspended: [Suspension] = []
        for _ in 0..<min(entry.varint(), 1 << 20) where !entry.isBroken { suspended.append(Suspension(from: &entry)) }
        set(suspensions: suspended, of: UInt32(subscription))
        restore(changes: changes, of: subscription)
        var bought: [Purchase] = []
        for _ in 0..<min(entry.varint(), 1 << 20) where !entry.isBroken {
            bought.append(Purchase(offering: UInt32(truncatingIfNeeded: entry.varint()), fromMs: entry.zigzag(), endMs: entry.zigzag()))
        }
        restore(purchases: bought, of: UInt32(subscription))
    }

    private mutating func restore(changes: [PlanChange], of subscription: Int) {
        if changes.isEmpty, subscriptions[subscription].changes < 0 { return }
        if subscriptions[subscription].changes < 0 {
            subscriptions[subscription].changes = Int32(planChanges.count)
            planChanges.append(changes)
        } else {
            planChanges[Int(subscriptions[subscription].changes)] = changes
        }
    }

    private mutating func restoreFavourites(of subscription: Int, _ entry: inout WireReader) {
        var lists: [FavouriteList] = []
        for _ in 0..<min(entry.varint(), 1 << 20) where !entry.isBroken {
            var list = FavouriteList(fromMs: entry.zigzag(), hashes: [])
            for _ in 0..<min(entry.varint(), 1 << 10) where !entry.isBroken { list.hashes.append(entry.fixed64()) }
            lists.append(list)
        }
        if lists.isEmpty { return }
        if subscriptions[subscription].favourites < 0 {
            subscriptions[subscription].favourites = Int32(favourites.count)
            favourites.append(lists)
        } else {
            favourites[Int(subscriptions[subscription].favourites)] = lists
        }
    }

    private func windowKind(_ key: inout WireReader) throws -> CountWindow.Kind {
        guard let kind = CountWindow.Kind(rawValue: key.byte()), kind != .period else { throw UnreadableEntry(reason: "a counter has an unknown window") }
        return kind
    }

    private mutating func restoreCounter(
        _ account: UnsafeRawBufferPointer, _ window: CountWindow.Kind, _ reader: inout WireReader, _ entry: inout WireReader
    ) {
        let offering = UInt32(truncatingIfNeeded: reader.varint())
        let start = reader.zigzag()
        let subscription = subscriptionNumber(reader.rest, account: accountNumber(account))
        let length = entry.int64()
        let key = CounterKey(
            subscription: subscription, offering: offering, window: CountWindow(kind: window, startMs: start, endMs: start &+ length))
        let place = Int(counter(key) ?? addCounter(key))
        counters[place].lastRatedMs = entry.zigzag() &+ start
        counters[place].bookedOffset = entry.zigzag()
        for _ in 0..<min(entry.varint(), 1 << 14) { meters.set(UInt32(truncatingIfNeeded: entry.varint()), entry.zigzag(), in: &counters[place]) }
    }

    private mutating func removeCounter(_ account: UnsafeRawBufferPointer, _ window: CountWindow.Kind, _ key: inout WireReader) {
        let offering = UInt32(truncatingIfNeeded: key.varint())
        let start = key.zigzag()
        guard let account = accountIDs.find(account), let subscription = subscriptionIDs.find(key.rest, owner: account),
            let wanted = counter(
                CounterKey(subscription: subscription, offering: offering, window: CountWindow(kind: window, startMs: start, endMs: start)))
        else { return }
        var previous: Int32 = -1
        var place = subscriptions[Int(subscription)].firstCounter
        while place != wanted {
            previous = place
            place = counters[Int(place)].next
        }
        release(counter: wanted, after: previous)
    }
}
