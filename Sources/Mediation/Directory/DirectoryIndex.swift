import Quantities

/// Identifiers and their holders by the identifier's key, in two flat arrays: one look into the slots and one into the bytes that they
/// point to, without a reference count or an object. There are millions of them, and each usage looks one up.
package struct DirectoryIndex: Sendable {
    /// What a lookup lends. The texts lie in the index.
    package struct Holder {
        package var account: UnsafeRawBufferPointer
        package var subscription: UnsafeRawBufferPointer
        package var fromMs: Int64
        /// `Int64.max` while it lasts.
        package var toMs: Int64
        /// The customer event that made it so.
        package var event: EventID
    }

    /// What is put in for each holder.
    package struct NewHolder {
        package var account: String
        package var subscription: String
        package var fromMs: Int64
        package var toMs: Int64
        package var event: EventID
        /// Usage after `toMs` is still this holder's where nobody held the identifier since.
        package var followsEnd: Bool
        /// Usage that began before it goes to this holder first, whoever holds the identifier by now.
        package var firstToMs: Int64

        package init(
            account: String, subscription: String, fromMs: Int64, toMs: Int64, event: EventID, followsEnd: Bool = false, firstToMs: Int64 = 0
        ) {
            self.account = account
            self.subscription = subscription
            self.fromMs = fromMs
            self.toMs = toMs
            self.event = event
            self.followsEnd = followsEnd
            self.firstToMs = firstToMs
        }
    }

    private struct Slot {
        static let free = -1
        static let removed = -2
        /// The lower half of the key; keys are hashes, so that it is as good as any.
        var low: UInt64 = 0
        /// Where the entry begins among the bytes.
        var at = free
    }

    // An entry: upper half of the key, size, length of the identifier, number of holders, revision, the identifier, the holders. A holder: from, to,
    // event, lengths of account and subscription, until when usage goes there first, whether usage follows its end, and both texts.
    private static let headBytes = 28
    private static let holderBytes = 49
    private static let wasteLimit = 1 << 20

    private var slots = ContiguousArray(repeating: Slot(), count: 64)
    private var bytes: ContiguousArray<UInt8> = []
    private var taken = 0
    private var waste = 0
    package private(set) var count = 0

    package init() {}

    /// Lends the entry's identifier and the holder at `ms`, or who held it last before where usage follows the end, if there is one then; and to whom usage of
    /// that time goes first, which is nearly always the same. Nil where the key is not known.
    @inline(__always)
    package func withEntry<R>(
        _ key: EventID, at ms: Int64, _ body: (_ identifier: UnsafeRawBufferPointer, _ holder: Holder?, _ first: Holder?) -> R
    ) -> R? {
        guard let place = place(of: key) else { return nil }
        return bytes.withUnsafeBytes { all in
            let at = slots[place].at
            let identifierCount = Int(Self.word32(all, at + 12))
            let holderCount = Int(Self.word32(all, at + 16))
            let identifier = all.slice(at + Self.headBytes..<at + Self.headBytes + identifierCount)
            var next = at + Self.headBytes + identifierCount
            // In the order in which they were made, which never changes.
            var first: Holder?
            for _ in 0..<holderCount {
                let firstToMs = Int64(bitPattern: Self.word64(all, next + 40))
                let holder = Self.holder(all, &next)
                guard holder.fromMs <= ms else { continue }
                if ms < holder.toMs { return body(identifier, holder, first ?? holder) }
                if first == nil, ms < firstToMs { first = holder }
            }
            let last = Self.last(before: ms, all, at + Self.headBytes + identifierCount, holderCount)
            return body(identifier, last, last == nil ? nil : first ?? last)
        }
    }

    /// The entry's revision; nil where the key is not known.
    package func revision(of key: EventID) -> Int64? {
        place(of: key).map { place in bytes.withUnsafeBytes { Int64(bitPattern: Self.word64($0, slots[place].at + 20)) } }
    }

    /// Who held it last before `ms`, where usage follows that end.
    private static func last(before ms: Int64, _ all: UnsafeRawBufferPointer, _ first: Int, _ count: Int) -> Holder? {
        var next = first
        var last: (holder: Holder, followsEnd: Bool)?
        for _ in 0..<count {
            let followsEnd = all[next + holderBytes - 1] == 1
            let holder = holder(all, &next)
            guard holder.fromMs < holder.toMs, holder.toMs <= ms, holder.toMs > last?.holder.toMs ?? Int64.min else { continue }
            last = (holder, followsEnd)
        }
        return last.flatMap { $0.followsEnd ? $0.holder : nil }
    }

    /// An identifier without holders is not known.
    package mutating func set(_ key: EventID, identifier: String, revision: Int64 = 0, _ holders: [NewHolder]) {
        remove(key)
        if holders.isEmpty { return }
        if (taken + 1) * 4 > slots.count * 3 || (waste > Self.wasteLimit && waste * 2 > bytes.count) { rebuild() }
        let at = bytes.count
        append(key.high)
        append(UInt32(0))
        append(UInt32(identifier.utf8.count))
        append(UInt32(holders.count))
        append(UInt64(bitPattern: revision))
        bytes.append(contentsOf: identifier.utf8)
        for holder in holders {
            append(UInt64(bitPattern: holder.fromMs))
            append(UInt64(bitPattern: holder.toMs))
            append(holder.event.high)
            append(holder.event.low)
            append(UInt32(holder.account.utf8.count))
            append(UInt32(holder.subscription.utf8.count))
            append(UInt64(bitPattern: holder.firstToMs))
            bytes.append(holder.followsEnd ? 1 : 0)
            bytes.append(contentsOf: holder.account.utf8)
            bytes.append(contentsOf: holder.subscription.utf8)
        }
        let size = UInt32(bytes.count - at)
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: size, toByteOffset: at + 8, as: UInt32.self) }
        insert(key.low, at)
        count += 1
    }

    package mutating func remove(_ key: EventID) {
        guard let place = place(of: key) else { return }
        waste += bytes.withUnsafeBytes { Int(Self.word32($0, slots[place].at + 8)) }
        slots[place].at = Slot.removed
        count -= 1
    }

    @inline(__always)
    private func place(of key: EventID) -> Int? {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: key.low) & mask
        while slots[place].at != Slot.free {
            if slots[place].low == key.low, slots[place].at >= 0,
                bytes.withUnsafeBytes({ Self.word64($0, slots[place].at) }) == key.high {
                return place
            }
            place = (place + 1) & mask
        }
        return nil
    }

    private mutating func insert(_ low: UInt64, _ at: Int) {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: low) & mask
        while slots[place].at != Slot.free { place = (place + 1) & mask }
        slots[place] = Slot(low: low, at: at)
        taken += 1
    }

    /// Without what was removed, and with room to grow.
    private mutating func rebuild() {
        let (oldSlots, oldBytes) = (slots, bytes)
        var capacity = 64
        while (count + 1) * 2 > capacity { capacity *= 2 }
        slots = ContiguousArray(repeating: Slot(), count: capacity)
        bytes = []
        bytes.reserveCapacity(oldBytes.count - waste)
        taken = 0
        waste = 0
        for slot in oldSlots where slot.at >= 0 {
            let size = oldBytes.withUnsafeBytes { Int(Self.word32($0, slot.at + 8)) }
            let at = bytes.count
            bytes.append(contentsOf: oldBytes[slot.at..<slot.at + size])
            insert(slot.low, at)
        }
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    @inline(__always)
    private static func holder(_ all: UnsafeRawBufferPointer, _ next: inout Int) -> Holder {
        let accountCount = Int(word32(all, next + 32))
        let subscriptionCount = Int(word32(all, next + 36))
        let account = next + holderBytes
        let subscription = account + accountCount
        defer { next = subscription + subscriptionCount }
        return Holder(
            account: all.slice(account..<subscription), subscription: all.slice(subscription..<subscription + subscriptionCount),
            fromMs: Int64(bitPattern: word64(all, next)), toMs: Int64(bitPattern: word64(all, next + 8)),
            event: EventID(high: word64(all, next + 16), low: word64(all, next + 24)))
    }

    @inline(__always)
    private static func word64(_ all: UnsafeRawBufferPointer, _ at: Int) -> UInt64 { all.loadUnaligned(fromByteOffset: at, as: UInt64.self) }
    @inline(__always)
    private static func word32(_ all: UnsafeRawBufferPointer, _ at: Int) -> UInt32 { all.loadUnaligned(fromByteOffset: at, as: UInt32.self) }
}
