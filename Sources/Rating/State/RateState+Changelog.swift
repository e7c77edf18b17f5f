import Pipeline

/// Keys are "length of account, account, |, kind, rest": kinds are `a` account, `b` its balance, `f` its orders that are dated ahead, `s` subscription,
/// `x` when usage of a subscription was refused last, `h` what a subscription holds of an identifier, `c` a period's counter, `w` one of another window; and
/// without an account `n` name, `p` partition, `d` and `i` accepted usage as the first and the second format write it, `m` usage that left for another
/// holder, `g` price signal. Values begin with their layout's version.
extension RateState {
    enum Kind {
        static let account = UInt8(ascii: "a")
        static let subscription = UInt8(ascii: "s")
        static let counter = UInt8(ascii: "c")
        static let windowCounter = UInt8(ascii: "w")
        static let name = UInt8(ascii: "n")
        static let partition = UInt8(ascii: "p")
        static let balance = UInt8(ascii: "b")
        static let ahead = UInt8(ascii: "f")
        static let duplicates = UInt8(ascii: "d")
        static let identities = UInt8(ascii: "i")
        static let signal = UInt8(ascii: "g")
        static let refused = UInt8(ascii: "x")
        static let holder = UInt8(ascii: "h")
        static let away = UInt8(ascii: "m")
    }

    static let layout: UInt8 = 3
    /// Of the records of accepted usage, in the second format.
    static let identitiesLayout: UInt8 = 1
    /// Of a counter with a meter that needs more than 64 bits: as the layout before, the varints of its meters being as long as they need.
    static let wideLayout: UInt8 = 4

    public mutating func flush(into changelog: inout ChangelogWriter) {
        for number in flushedNames..<names.count {
            var key = Self.key(Kind.name)
            key.appendVarint(UInt64(number))
            changelog.put(key: key, value: names.withBytes(of: UInt32(number)) { [Self.layout] + Array($0) })
        }
        flushedNames = names.count
        if isPartitionDirty { changelog.put(key: Self.key(Kind.partition), value: encodedPartition()) }
        isPartitionDirty = false
        for account in dirtyAccounts { write(account: account, to: &changelog) }
        dirtyAccounts.removeAll(keepingCapacity: true)
        for subscription in dirtySubscriptions { write(subscription: subscription, to: &changelog) }
        dirtySubscriptions.removeAll(keepingCapacity: true)
        for key in removedCounterKeys { changelog.remove(key: key) }
        removedCounterKeys.removeAll(keepingCapacity: true)
        for counter in dirtyCounters where counters[Int(counter)].isDirty { write(counter: counter, to: &changelog) }
        dirtyCounters.removeAll(keepingCapacity: true)
        flushBalances(to: &changelog)
        flushAhead(to: &changelog)
        flushDuplicates(to: &changelog)
        flushSignals(to: &changelog)
        flushRefused(to: &changelog)
        flushHolders(to: &changelog)
    }

    private mutating func flushSignals(to changelog: inout ChangelogWriter) {
        signals.flush { name, fromMs, span in
            var key = Self.key(Kind.signal)
            key.appendVarint(UInt64(name))
            key.appendZigzag(fromMs)
            guard let span else { return changelog.remove(key: key) }
            var value: [UInt8] = [Self.layout]
            value.appendZigzag(span.toMs)
            value.appendZigzag(span.multiplierMicros)
            changelog.put(key: key, value: value)
        }
    }

    private mutating func flushDuplicates(to changelog: inout ChangelogWriter) {
        func key(_ kind: DuplicateGuard.Kind, _ day: Int32, _ record: Int64) -> [UInt8] {
            var key = Self.key(kind == .former ? Kind.duplicates : Kind.identities)
            key.appendZigzag(Int64(day))
            key.appendZigzag(record)
            return key
        }
        var removed: [[UInt8]] = []
        var written: [(key: [UInt8], value: [UInt8])] = []
        duplicates.flush(
            changelog.format,
            remove: { removed.append(key($0, $1, $2)) },
            put: { kind, day, record, bytes in
                var value: [UInt8] = []
                value.reserveCapacity(bytes.count + 1)
                if kind == .accepted { value.append(Self.identitiesLayout) }
                value += bytes
                written.append((key(kind, day, record), value))
            })
        for key in removed { changelog.remove(key: key) }
        for record in written { changelog.put(key: record.key, value: record.value) }
    }

    private func encodedPartition() -> [UInt8] {
        var bytes: [UInt8] = [Self.layout, catalogue == nil ? 0 : 1]
        if let catalogue { bytes += catalogue.bytes }
        bytes.appendZigzag(Int64(duplicates.horizonDay))
        ticks.encode(into: &bytes)
        bytes.appendVarint(UInt64(rerates.count))
        for rerate in rerates {
            for text in [rerate.account, rerate.rerate] {
                bytes.appendVarint(UInt64(text.utf8.count))
                bytes += text.utf8
            }
            bytes.appendVarint(UInt64(rerate.nextChunk))
        }
        return bytes
    }

    private mutating func write(account: UInt32, to changelog: inout ChangelogWriter) {
        accounts[Int(account)].isDirty = false
        let entry = accounts[Int(account)]
        var value: [UInt8] = [Self.layout]
        value.appendVarint(UInt64(terms[Int(entry.terms)].name))
        value.appendZigzag(entry.openedMs)
        value.appendZigzag(entry.openStartMs)
        value.appendZigzag(entry.openEndMs)
        value.appendVarint(UInt64(entry.subscriptionCount))
        value.appendZigzag(entry.changedOffset)
        changelog.put(key: accountIDs.withBytes(of: account) { Self.key(Kind.account, $0) }, value: value)
    }

    private mutating func write(subscription: UInt32, to changelog: inout ChangelogWriter) {
        subscriptions[Int(subscription)].isDirty = false
        let entry = subscriptions[Int(subscription)]
        var value: [UInt8] = [Self.layout]
        value.appendVarint(UInt64(entry.ordinal))
        value.appendVarint(UInt64(entry.offering))
        value.appendZigzag(entry.fromMs)
        value.appendZigzag(entry.toMs)
        let changes = entry.changes < 0 ? [] : planChanges[Int(entry.changes)]
        value.appendVarint(UInt64(changes.count))
        for change in changes {
            value.appendZigzag(change.fromMs)
            value.appendVarint(UInt64(change.offering))
        }
        let lists = entry.favourites < 0 ? [] : favourites[Int(entry.favourites)]
        value.appendVarint(UInt64(lists.count))
        for list in lists {
            value.appendZigzag(list.fromMs)
            value.appendVarint(UInt64(list.hashes.count))
            for hash in list.hashes { for shift in stride(from: UInt64(0), to: 64, by: 8) { value.append(UInt8(truncatingIfNeeded: hash >> shift)) } }
        }
        let suspensions = suspensions[subscription] ?? []
        value.appendVarint(UInt64(suspensions.count))
        for suspension in suspensions { suspension.append(to: &value) }
        let bought = entry.purchases < 0 ? [] : purchases[Int(entry.purchases)]
        value.appendVarint(UInt64(bought.count))
        for purchase in bought {
            value.appendVarint(UInt64(purchase.offering))
            value.appendZigzag(purchase.fromMs)
            value.appendZigzag(purchase.endMs)
        }
        var key = accountIDs.withBytes(of: subscriptionIDs.owner(of: subscription)) { Self.key(Kind.subscription, $0) }
        subscriptionIDs.withBytes(of: subscription) { key += $0 }
        changelog.put(key: key, value: value)
    }

    private mutating func write(counter place: Int32, to changelog: inout ChangelogWriter) {
        counters[Int(place)].isDirty = false
        let entry = counters[Int(place)]
        let keyRoom = counterKeyRoom(entry)
        reserveScratch(keyRoom + 42 + Int(entry.meterCount) * 25)
        var scratch: [UInt8] = []
        swap(&scratch, &self.scratch)
        scratch.withUnsafeMutableBytes { room in
            let base = room.baseAddress!
            var key = WireWriter(base)
            write(keyOf: entry, into: &key)
            let start = base + keyRoom
            var value = WireWriter(start)
            // Where a meter is wide, it was so before the generation that is written went back: nothing is cut off.
            let isWide = (0..<Int(entry.meterCount)).contains { Int64(exactly: meters.meter($0, of: entry).value) == nil }
            value.byte(isWide ? Self.wideLayout : Self.layout)
            value.varint(UInt64(bitPattern: entry.windowEndMs &- entry.windowStartMs))
            value.zigzag(entry.lastRatedMs &- entry.windowStartMs)
            value.zigzag(entry.bookedOffset)
            value.varint(UInt64(entry.meterCount))
            for index in 0..<Int(entry.meterCount) {
                let meter = meters.meter(index, of: entry)
                value.varint(UInt64(meter.name))
                value.zigzag(meter.value)
            }
            changelog.putBytes(
                key: UnsafeRawBufferPointer(start: base, count: UnsafeMutableRawPointer(key.at) - base),
                value: UnsafeRawBufferPointer(start: start, count: UnsafeMutableRawPointer(value.at) - start))
        }
        swap(&scratch, &self.scratch)
    }

    func key(ofCounter place: Int32) -> [UInt8] {
        let entry = counters[Int(place)]
        return [UInt8](unsafeUninitializedCapacity: counterKeyRoom(entry)) { room, count in
            var writer = WireWriter(room.baseAddress!)
            write(keyOf: entry, into: &writer)
            count = writer.at - room.baseAddress!
        }
    }

    private func counterKeyRoom(_ entry: CounterEntry) -> Int {
        40 + accountIDs.length(of: subscriptionIDs.owner(of: entry.subscription)) + subscriptionIDs.length(of: entry.subscription)
    }

    @inline(__always)
    private func write(keyOf entry: CounterEntry, into key: inout WireWriter) {
        accountIDs.withBytes(of: subscriptionIDs.owner(of: entry.subscription)) { account in
            key.varint(UInt64(account.count))
            key.bytes(account)
        }
        key.byte(UInt8(ascii: "|"))
        if entry.window == CountWindow.Kind.period.rawValue {
            key.byte(Kind.counter)
        } else {
            key.byte(Kind.windowCounter)
            key.byte(entry.window)
        }
        key.varint(UInt64(entry.offering))
        key.zigzag(entry.windowStartMs)
        subscriptionIDs.withBytes(of: entry.subscription) { key.bytes($0) }
    }

    mutating func reserveScratch(_ count: Int) {
        if scratch.count < count { scratch = Array(repeating: 0, count: max(count, 4096)) }
    }

    static func key(_ kind: UInt8, _ account: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)) -> [UInt8] {
        var key: [UInt8] = []
        key.appendVarint(UInt64(account.count))
        key += account
        key.append(UInt8(ascii: "|"))
        key.append(kind)
        return key
    }
}
