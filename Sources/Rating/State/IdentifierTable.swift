/// Numbers for byte strings: the first gets 0, the next 1. Nothing is ever removed.
///
/// All of it lies in a few flat arrays: 16 to 24 bytes an entry beside the text itself. Found by hash, never walked by it.
struct IdentifierTable {
    /// Upper half: part of the hash; lower half: number + 1. Zero is free.
    private var slots: ContiguousArray<UInt64> = []
    private var ends: ContiguousArray<UInt32> = []
    private var owners: ContiguousArray<UInt32> = []
    private var arena: ContiguousArray<UInt8> = []

    var count: Int { ends.count }

    /// The number of `bytes` under `owner`, for texts that are unique only within something else.
    @inline(__always)
    func find(_ bytes: UnsafeRawBufferPointer, owner: UInt32 = 0) -> UInt32? {
        guard !slots.isEmpty else { return nil }
        let hash = Self.hash(bytes, owner)
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if entry >> 32 == hash >> 32 {
                let number = UInt32(truncatingIfNeeded: entry) &- 1
                if owners[Int(number)] == owner, isEqual(number, bytes) { return number }
            }
            slot = (slot + 1) & mask
        }
    }

    /// The number of `bytes` under `owner`, a new one where it has none yet.
    mutating func number(of bytes: UnsafeRawBufferPointer, owner: UInt32 = 0) -> (number: UInt32, isNew: Bool) {
        if let known = find(bytes, owner: owner) { return (known, false) }
        precondition(arena.count + bytes.count <= Int(UInt32.max) && ends.count < Int(UInt32.max) - 1, "a partition holds too many identifiers")
        arena.append(contentsOf: bytes)
        ends.append(UInt32(arena.count))
        owners.append(owner)
        let number = UInt32(ends.count - 1)
        if ends.count * 10 >= slots.count * 7 { grow() } else { insert(Self.hash(bytes, owner), number) }
        return (number, true)
    }

    func owner(of number: UInt32) -> UInt32 { owners[Int(number)] }

    @inline(__always)
    func withBytes<R>(of number: UInt32, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let range = range(of: number)
        return try arena.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    func text(of number: UInt32) -> String { withBytes(of: number) { String(decoding: $0, as: UTF8.self) } }
    func length(of number: UInt32) -> Int { range(of: number).count }

    /// Whether the bytes of `a` come before those of `b`, as unsigned bytes.
    func precedes(_ a: UInt32, _ b: UInt32) -> Bool {
        arena.withUnsafeBytes { all in
            let (left, right) = (range(of: a), range(of: b))
            var (i, j) = (left.lowerBound, right.lowerBound)
            while i < left.upperBound, j < right.upperBound {
                if all[i] != all[j] { return all[i] < all[j] }
                i += 1
                j += 1
            }
            return left.count < right.count
        }
    }

    @inline(__always)
    private func range(of number: UInt32) -> Range<Int> {
        (number == 0 ? 0 : Int(ends[Int(number) - 1]))..<Int(ends[Int(number)])
    }

    @inline(__always)
    private func isEqual(_ number: UInt32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let range = range(of: number)
        guard range.count == bytes.count else { return false }
        return arena.withUnsafeBytes { all in
            for place in 0..<bytes.count where all[range.lowerBound &+ place] != bytes[place] { return false }
            return true
        }
    }

    private mutating func insert(_ hash: UInt64, _ number: UInt32) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = hash & 0xffff_ffff_0000_0000 | UInt64(number + 1)
    }

    private mutating func grow() {
        slots = ContiguousArray(repeating: 0, count: max(16, slots.count * 2))
        for number in 0..<UInt32(ends.count) { insert(withBytes(of: number) { Self.hash($0, owners[Int(number)]) }, number) }
    }

    /// A multiply-and-fold hash under a fixed key: identifiers of accounts are given by the operator, not by strangers.
    @inline(__always)
    private static func hash(_ bytes: UnsafeRawBufferPointer, _ owner: UInt32) -> UInt64 {
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(bytes.count) ^ UInt64(owner) << 20
        var at = 0
        while bytes.count - at >= 8 {
            hash = fold(hash ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        var tail: UInt64 = 0
        while at < bytes.count {
            tail = tail << 8 | UInt64(bytes[at])
            at += 1
        }
        return fold(fold(hash ^ tail))
    }

    @inline(__always)
    private static func fold(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        return product.high ^ product.low
    }
}
