import Events
import Pipeline

extension RateState {
    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        var reader = WireReader(key)
        let account = reader.delimited()
        let bar = reader.byte()
        let kind = reader.byte()
        guard bar == UInt8(ascii: "|"), !reader.isBroken else { throw EntryFault(kind: "?", reason: "its key is damaged") }
        if kind == Kind.duplicates || kind == Kind.identities { return try restoreDuplicates(kind, &reader, value) }
        guard let value else {
            // Of the rest, only these are ever removed.
            switch kind {
            case Kind.counter: removeCounter(account, .period, &reader)
            case Kind.windowCounter: removeCounter(account, try windowKind(&reader), &reader)
            case Kind.signal: restoreSignal(&reader, nil)
            case Kind.refused: forgetRefused(account, reader.rest)
            case Kind.ahead: forgetAhead(account)
            case Kind.away: restoreAway(&reader, day: nil)
            default: break
            }
            return
        }
        var entry = WireReader(value)
        let version = try Self.version(&entry, of: kind)
        switch kind {
        case Kind.counter: restoreCounter(account, .period, &reader, &entry, version)
        case Kind.windowCounter: restoreCounter(account, try windowKind(&reader), &reader, &entry, version)
        case Kind.account: restoreAccount(account, &entry, version)
        case Kind.balance: restoreBalance(account, &entry)
        case Kind.ahead: try restoreAhead(account, &entry)
        case Kind.refused: restoreRefused(account, reader.rest, &entry)
        case Kind.subscription: restoreSubscription(account, reader.rest, &entry, version)
        case Kind.name: restoredNames.append((UInt32(truncatingIfNeeded: reader.varint()), Array(entry.rest)))
        case Kind.partition: restorePartition(&entry, version)
        case Kind.signal: restoreSignal(&reader, (entry.zigzag(), entry.zigzag()))
        case Kind.holder: restoreHolder(account, &reader, &entry)
        case Kind.away: restoreAway(&reader, day: entry.varint())
        default: throw EntryFault.unknown(kind: EntryFault.kind(kind))
        }
        if entry.isBroken || reader.isBroken { throw EntryFault.broken(kind: EntryFault.kind(kind), version: version) }
    }

    /// The newest version of each kind. Version 1 knew no rerating, favourites, suspensions, signals or balances, 2 no balances and purchases;
    /// each is read for ever.
    private static func newestVersion(of kind: UInt8) -> UInt8? {
        switch kind {
        case Kind.counter, Kind.windowCounter: wideLayout
        case Kind.account, Kind.balance, Kind.subscription, Kind.name, Kind.partition, Kind.signal, Kind.ahead, Kind.refused, Kind.holder,
            Kind.away: layout
        default: nil
        }
    }

    private static func version(_ entry: inout WireReader, of kind: UInt8) throws(EntryFault) -> UInt8 {
        guard let newest = newestVersion(of: kind) else { throw .unknown(kind: EntryFault.kind(kind)) }
        let version = entry.byte()
        guard version > 0 else { throw .broken(kind: EntryFault.kind(kind)) }
        guard version <= newest else { throw .unknown(version: version, of: EntryFault.kind(kind), newest: newest) }
        return version
    }

    private mutating func restoreDuplicates(_ kind: UInt8, _ key: inout WireReader, _ value: UnsafeRawBufferPointer?) throws {
        let (day, record) = (key.zigzag(), key.zigzag())
        var entries = value
        if kind == Kind.identities, let value {
            guard let version = value.first, version > 0 else { throw EntryFault.broken(kind: EntryFault.kind(kind)) }
            guard version <= Self.identitiesLayout else {
                throw EntryFault.unknown(version: version, of: EntryFault.kind(kind), newest: Self.identitiesLayout)
            }
            entries = UnsafeRawBufferPointer(rebasing: value.dropFirst())
        }
        guard let day = Int32(exactly: day), !key.isBroken,
            duplicates.restore(kind == Kind.identities ? .accepted : .former, day: day, record: record, entries)
        else { throw EntryFault.broken(kind: EntryFault.kind(kind), version: 1) }
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
        finishAhead()
        for place in balances.indices { queueExpiry(of: place) }
    }

    private mutating func restorePartition(_ entry: inout WireReader, _ version: UInt8) {
        catalogue = entry.byte() == 1 ? CatalogueHash(entry.bytes(32)) : nil
        duplicates.restore(horizonDay: Int32(truncatingIfNeeded: entry.zigzag()))
        ticks = TickProgress(from: &entry)
        rerates = []
        // The first builds of version 1 had none.
        if version == 1, entry.isAtEnd { return }
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

    private mutating func restoreAccount(_ id: UnsafeRawBufferPointer, _ entry: inout WireReader, _ version: UInt8) {
        let account = Int(accountNumber(id))
        accounts[account].terms = Int32(truncatingIfNeeded: entry.varint())
        accounts[account].openedMs = entry.zigzag()
        accounts[account].openStartMs = entry.zigzag()
        accounts[account].openEndMs = entry.zigzag()
        accounts[account].subscriptionCount = UInt32(truncatingIfNeeded: entry.varint())
        if version == 1, entry.isAtEnd { return }
        accounts[account].changedOffset = entry.zigzag()
    }

    private mutating func restoreSubscription(
        _ account: UnsafeRawBufferPointer, _ id: UnsafeRawBufferPointer, _ entry: inout WireReader, _ version: UInt8
    ) {
        let subscription = Int(subscriptionNumber(id, account: accountNumber(account)))
        subscriptions[subscription].ordinal = UInt32(truncatingIfNeeded: entry.varint())
        subscriptions[subscription].offering = UInt32(truncatingIfNeeded: entry.varint())
        subscriptions[subscription].fromMs = entry.zigzag()
        subscriptions[subscription].toMs = entry.zigzag()
        var changes: [PlanChange] = []
        for _ in 0..<min(entry.varint(), 1 << 20) where !entry.isBroken {
            changes.append(PlanChange(fromMs: entry.zigzag(), offering: UInt32(truncatingIfNeeded: entry.varint())))
        }
        restore(changes: changes, of: subscription)
        // Versions 1 and 2 grew at their ends.
        if version < 3, entry.isAtEnd { return }
        restoreFavourites(of: subscription, &entry)
        if version < 3, entry.isAtEnd { return }
        var suspended: [Suspension] = []
        for _ in 0..<min(entry.varint(), 1 << 20) where !entry.isBroken { suspended.append(Suspension(from: &entry, version: version)) }
        set(suspensions: suspended, of: UInt32(subscription))
        if version < 3 { return }
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
        guard let kind = CountWindow.Kind(rawValue: key.byte()), kind != .period else {
            throw EntryFault(kind: EntryFault.kind(Kind.windowCounter), reason: "its window is of no kind that this build knows")
        }
        return kind
    }

    private mutating func restoreCounter(
        _ account: UnsafeRawBufferPointer, _ window: CountWindow.Kind, _ reader: inout WireReader, _ entry: inout WireReader,
        _ version: UInt8
    ) {
        let offering = UInt32(truncatingIfNeeded: reader.varint())
        let start = reader.zigzag()
        let subscription = subscriptionNumber(reader.rest, account: accountNumber(account))
        let length = entry.int64()
        let key = CounterKey(
            subscription: subscription, offering: offering, window: CountWindow(kind: window, startMs: start, endMs: start &+ length))
        let place = Int(counter(key) ?? addCounter(key))
        counters[place].lastRatedMs = entry.zigzag() &+ start
        // The first builds of version 1 had none: then a count and pairs are left, an odd number of varints.
        if version > 1 || entry.varintsLeft & 1 == 0 { counters[place].bookedOffset = entry.zigzag() }
        // Of all layouts: short values are written alike.
        for _ in 0..<min(entry.varint(), 1 << 14) { meters.set(UInt32(truncatingIfNeeded: entry.varint()), entry.wideZigzag(), in: &counters[place]) }
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
