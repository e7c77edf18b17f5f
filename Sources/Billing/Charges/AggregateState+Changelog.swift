import Pipeline
import Quantities

// Entries of state.aggregate:
//   "a" account                      → the end of the last closed period
//   "p" start, page number, account  → up to eight lines of an open period; page 0 begins with its seal
extension AggregateState {
    private static let header = UInt8(ascii: "a")
    private static let page = UInt8(ascii: "p")
    private static let version: UInt8 = 2
    /// Of a page that has a line with a sum of more than 64 bits.
    private static let wideVersion: UInt8 = 3

    public mutating func flush(into changelog: inout ChangelogWriter) {
        // Removals first: late charges may have come anew under a key that a closing freed.
        for entries in closed {
            for page in 0..<entries.pageCount {
                var key = EntryWriter()
                write(&key, slot: entries.slot, startMs: entries.startMs, page: page)
                changelog.remove(key: key.bytes)
            }
        }
        closed.removeAll(keepingCapacity: true)
        // One buffer each for all keys and values.
        var key = EntryWriter()
        var value = EntryWriter(capacity: 1024)
        for entry in dirty {
            let slot = Int(entry.slot)
            if entry.page < 0 {
                accounts[slot].isHeaderDirty = false
                changelog.put(key: headerKey(accounts[slot].id), value: header(accounts[slot]))
            } else if let place = accounts[slot].place(ofPeriod: entry.startMs),
                accounts[slot].periods[place].clearDirty(page: Int(entry.page)) {
                key.removeAll()
                write(&key, slot: entry.slot, startMs: entry.startMs, page: entry.page)
                value.removeAll()
                write(&value, accounts[slot].periods[place], page: Int(entry.page))
                changelog.put(key: key.bytes, value: value.bytes)
            }
        }
        dirty.removeAll(keepingCapacity: true)
    }

    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        var keyReader = EntryReader(key)
        switch keyReader.byte() {
        case Self.header:
            let slot = slot(of: keyReader.rest())
            guard let value else { throw EntryFault(kind: "a", reason: "an account's header was removed, though none ever is") }
            var reader = EntryReader(value)
            let version = try Self.version(&reader, of: "a")
            accounts[slot].closedThroughMs = reader.signed()
            guard reader.isComplete else { throw EntryFault.broken(kind: "a", version: version) }
        case Self.page:
            let startMs = Int64(bitPattern: keyReader.fixed64())
            let page = Int(keyReader.fixed32())
            guard keyReader.isSound, page <= Int32.max else { throw EntryFault(kind: "p", reason: "its key is cut off") }
            let slot = slot(of: keyReader.rest())
            try restore(slot: slot, startMs: startMs, page: page, value)
        default: throw EntryFault.unknown(kind: key.first.map(EntryFault.kind) ?? "none")
        }
    }

    private mutating func restore(slot: Int, startMs: Int64, page: Int, _ value: UnsafeRawBufferPointer?) throws {
        let (seal, lines) = try value.map { try read($0, hasSeal: page == 0) } ?? (UsageSeal(), [])
        let place = accounts[slot].openPeriod(startMs)
        if page == 0 { accounts[slot].periods[place].seal = seal }
        accounts[slot].periods[place].restore(page: page, lines)
        if accounts[slot].periods[place].lines.isEmpty { accounts[slot].periods.remove(at: place) }
    }

    private mutating func read(_ value: UnsafeRawBufferPointer, hasSeal: Bool) throws(EntryFault) -> (UsageSeal, [ChargeLine]) {
        var reader = EntryReader(value)
        let version = try Self.version(&reader, of: "p")
        // Version 1 grew at the end of its lines, without and with what discounts took and what was prepaid: it is the form that it is read whole in.
        let forms: [ChargeLine.Form] = version == 1 ? [.prepaid, .discounted, .plain] : [version == Self.wideVersion ? .wide : .prepaid]
        for form in forms {
            var attempt = reader
            let seal = hasSeal ? attempt.seal() : UsageSeal()
            let count = attempt.unsigned()
            guard count <= OpenPeriod.linesPerPage else { continue }
            var lines: [ChargeLine] = []
            for _ in 0..<count { lines.append(attempt.line(&shapes, form)) }
            if attempt.isComplete { return (seal, lines) }
        }
        throw .broken(kind: "p", version: version)
    }

    private static func version(_ reader: inout EntryReader, of kind: String) throws(EntryFault) -> UInt8 {
        let version = reader.byte()
        guard version > 0 else { throw .broken(kind: kind) }
        let newest = kind == "p" ? Self.wideVersion : Self.version
        guard version <= newest else { throw .unknown(version: version, of: kind, newest: newest) }
        return version
    }

    public mutating func finishRestore() {
        for slot in accounts.indices {
            for place in accounts[slot].periods.indices { accounts[slot].periods[place].finishRestore() }
        }
    }

    private func write(_ key: inout EntryWriter, slot: Int32, startMs: Int64, page: Int32) {
        key.byte(Self.page)
        key.fixed(UInt64(bitPattern: startMs))
        key.fixed(UInt32(page))
        key.raw(accounts[Int(slot)].id.utf8)
    }

    private func headerKey(_ account: String) -> [UInt8] { [Self.header] + Array(account.utf8) }

    private func header(_ account: borrowing AccountCharges) -> [UInt8] {
        var writer = EntryWriter(capacity: 12)
        writer.byte(Self.version)
        writer.signed(account.closedThroughMs)
        return writer.bytes
    }

    private func write(_ value: inout EntryWriter, _ period: borrowing OpenPeriod, page: Int) {
        let places = period.places(ofPage: page)
        // In the first generation none is, but what was before the generation went back: nothing is cut off.
        let isWide = places.contains { period.lines[$0].isWide }
        value.byte(isWide ? Self.wideVersion : Self.version)
        if page == 0 { value.seal(period.seal) }
        value.unsigned(UInt64(places.count))
        for place in places { value.line(period.lines[place], shapes[period.lines[place].shape], isWide: isWide) }
    }
}
