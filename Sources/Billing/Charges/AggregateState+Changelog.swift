import Events
import Pipeline
import Quantities

// Entries of state.aggregate:
//   "a" account                      → the end of the last closed period
//   "p" start, page number, account  → up to eight lines of an open period; page 0 begins with its seal
extension AggregateState {
    private static let header = UInt8(ascii: "a")
    private static let page = UInt8(ascii: "p")
    private static let version: UInt8 = 1

    public mutating func flush(into changelog: inout ChangelogWriter) {
        // Removals first: late charges may have come anew under a key that a closing freed.
        for entries in closed {
            for page in 0..<entries.pageCount { changelog.remove(key: key(slot: entries.slot, startMs: entries.startMs, page: page)) }
        }
        closed.removeAll(keepingCapacity: true)
        for entry in dirty {
            let slot = Int(entry.slot)
            if entry.page < 0 {
                accounts[slot].isHeaderDirty = false
                changelog.put(key: headerKey(accounts[slot].id), value: header(accounts[slot]))
            } else if let place = accounts[slot].place(ofPeriod: entry.startMs),
                accounts[slot].periods[place].clearDirty(page: Int(entry.page)) {
                changelog.put(
                    key: key(slot: entry.slot, startMs: entry.startMs, page: entry.page),
                    value: value(of: accounts[slot].periods[place], page: Int(entry.page)))
            }
        }
        dirty.removeAll(keepingCapacity: true)
    }

    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        var keyReader = EntryReader(key)
        switch keyReader.byte() {
        case Self.header:
            let slot = slot(of: String(decoding: keyReader.rest(), as: UTF8.self))
            guard let value else { throw corrupt("an account's header was removed") }
            var reader = EntryReader(value)
            guard reader.byte() == Self.version else { throw corrupt("unknown version of an entry") }
            accounts[slot].closedThroughMs = reader.signed()
            guard reader.isComplete else { throw corrupt("an account's header is cut off") }
        case Self.page:
            let startMs = Int64(bitPattern: keyReader.fixed64())
            let page = Int(keyReader.fixed32())
            guard keyReader.isSound, page <= Int32.max else { throw corrupt("a key is cut off") }
            let slot = slot(of: String(decoding: keyReader.rest(), as: UTF8.self))
            try restore(slot: slot, startMs: startMs, page: page, value)
        default: throw corrupt("a key of an unknown kind")
        }
    }

    private mutating func restore(slot: Int, startMs: Int64, page: Int, _ value: UnsafeRawBufferPointer?) throws {
        var lines: [ChargeLine] = []
        var seal = UsageSeal()
        if let value {
            var reader = EntryReader(value)
            guard reader.byte() == Self.version else { throw corrupt("unknown version of an entry") }
            if page == 0 { seal = reader.seal() }
            let count = Int(clamping: reader.unsigned())
            guard count <= OpenPeriod.linesPerPage else { throw corrupt("a page has too many lines") }
            for _ in 0..<count { lines.append(reader.line(&shapes)) }
            guard reader.isComplete else { throw corrupt("a page is cut off") }
        }
        let place = accounts[slot].openPeriod(startMs)
        if page == 0 { accounts[slot].periods[place].seal = seal }
        accounts[slot].periods[place].restore(page: page, lines)
        if accounts[slot].periods[place].lines.isEmpty { accounts[slot].periods.remove(at: place) }
    }

    public mutating func finishRestore() {
        for slot in accounts.indices {
            for place in accounts[slot].periods.indices { accounts[slot].periods[place].finishRestore() }
        }
    }

    private func key(slot: Int32, startMs: Int64, page: Int32) -> [UInt8] {
        let account = accounts[Int(slot)].id
        var writer = EntryWriter(capacity: 13 + account.utf8.count)
        writer.byte(Self.page)
        writer.fixed(UInt64(bitPattern: startMs))
        writer.fixed(UInt32(page))
        writer.raw(account.utf8)
        return writer.bytes
    }

    private func headerKey(_ account: String) -> [UInt8] { [Self.header] + Array(account.utf8) }

    private func header(_ account: borrowing AccountCharges) -> [UInt8] {
        var writer = EntryWriter(capacity: 12)
        writer.byte(Self.version)
        writer.signed(account.closedThroughMs)
        return writer.bytes
    }

    private func value(of period: borrowing OpenPeriod, page: Int) -> [UInt8] {
        let lines = period.lines(ofPage: page)
        var writer = EntryWriter(capacity: 64 + 64 * lines.count)
        writer.byte(Self.version)
        if page == 0 { writer.seal(period.seal) }
        writer.unsigned(UInt64(lines.count))
        for line in lines { writer.line(line, shapes[line.shape]) }
        return writer.bytes
    }

    private func corrupt(_ reason: String) -> CorruptRecord {
        CorruptRecord(topic: .stateAggregate, partition: partition, offset: -1, reason: reason)
    }
}
