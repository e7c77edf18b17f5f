import Quantities

/// Finds an account's slot by the bytes of its id. Eight bytes an entry, half of them filled, and no text is made to look one up.
struct AccountIndex {
    private struct Entry {
        var hash: UInt32 = 0
        /// -1 where the entry is free.
        var slot: Int32 = -1
    }

    private var entries = ContiguousArray(repeating: Entry(), count: 64)
    private var count = 0

    @inline(__always)
    private static func hash(_ id: UnsafeRawBufferPointer) -> UInt32 {
        var hash = SipHash128()
        hash.combine(bytes: id)
        return UInt32(truncatingIfNeeded: hash.finish().low)
    }

    /// The slot of the account, which `accounts` hold; else `insert` makes it.
    @inline(__always)
    mutating func slot(of id: UnsafeRawBufferPointer, in accounts: inout ContiguousArray<AccountCharges>) -> Int {
        let hash = Self.hash(id)
        var place = Int(hash) & (entries.count - 1)
        while entries[place].slot >= 0 {
            if entries[place].hash == hash {
                let slot = Int(entries[place].slot)
                if accounts[slot].id.equals(id) { return slot }
            }
            place = (place + 1) & (entries.count - 1)
        }
        let slot = accounts.count
        accounts.append(AccountCharges(id: String(id)))
        entries[place] = Entry(hash: hash, slot: Int32(slot))
        count += 1
        if count * 2 > entries.count { grow() }
        return slot
    }

    private mutating func grow() {
        let old = entries
        entries = ContiguousArray(repeating: Entry(), count: old.count * 2)
        for entry in old where entry.slot >= 0 {
            var place = Int(entry.hash) & (entries.count - 1)
            while entries[place].slot >= 0 { place = (place + 1) & (entries.count - 1) }
            entries[place] = entry
        }
    }
}
