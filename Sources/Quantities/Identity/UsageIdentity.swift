/// What tells a usage from all others, and what it says: two usages of one name are the same where their contents are, else they are in conflict.
///
/// 96 bits are enough for a name: among 10^10 usages that are remembered at a time, two share one by chance once in 10^9 years' worth of them. 32 bits
/// of content are asked only where the name is the same: one conflict in four billion looks like a duplicate.
public struct UsageIdentity: Hashable, Sendable {
    /// The name's upper 64 bits and its lower 32.
    public var high: UInt64
    public var low: UInt32
    /// Of all that the charge can depend on (`UsageContent`).
    public var content: UInt32

    public init(high: UInt64, low: UInt32, content: UInt32) {
        self.high = high
        self.low = low
        self.content = content
    }

    /// What a record has whose build knew of none.
    public static let none = UsageIdentity(high: 0, low: 0, content: 0)

    public var isNone: Bool { @inline(__always) get { high == 0 && low == 0 } }

    /// The identity of a subscriber's usage.
    /// - Parameters:
    ///   - record: 128 bits of what names the record within its source and stream. Several subscribers may have used it, where 24 access servers
    ///     count their sessions from one.
    ///   - subscriber: the served subscriber's identifier, normalized.
    @inline(__always)
    public init(record: EventID, subscriber: UnsafeRawBufferPointer, content: UInt32) {
        var hash = SipHash128()
        hash.combine(record.high)
        hash.combine(record.low)
        hash.combine(part: subscriber)
        let name = hash.finish()
        (high, low, self.content) = (name.high, UInt32(truncatingIfNeeded: name.low), content)
    }

    /// Name and content in one: what is the same usage with the same content has the same.
    public var whole: EventID { EventID(high: high, low: UInt64(low) << 32 | UInt64(content)) }

    public func hasName(of other: UsageIdentity) -> Bool { high == other.high && low == other.low }
}

extension SipHash128 {
    /// Adds a part with its length, a word at a time, so that no two lists of parts read the same.
    @inline(__always)
    mutating func combine(part: UnsafeRawBufferPointer) {
        part.forEachWord { combine($0) }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as words that no other bytes give: the first holds the length and up to six bytes, the others eight each, the last filled up with zeros.
    @inline(__always)
    func forEachWord(_ body: (UInt64) -> Void) {
        // Fields have up to 1,000 bytes; what is longer differs in its words.
        let length = UInt64(truncatingIfNeeded: count & 0xffff) << 48
        if count < 8 {
            let word = word(at: 0, count: count)
            body(word & 0xffff_ffff_ffff | length)
            if count == 7 { body(word >> 48) }
            return
        }
        body(loadUnaligned(as: UInt64.self).littleEndian & 0xffff_ffff_ffff | length)
        var at = 6
        while count - at >= 8 {
            body(UInt64(littleEndian: loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        if at < count { body(word(at: at, count: count - at)) }
    }

    /// Up to seven bytes, little-endian, in two reads that may overlap instead of one a byte.
    @inline(__always)
    func word(at: Int, count: Int) -> UInt64 {
        if count >= 4 {
            let first = UInt64(UInt32(littleEndian: loadUnaligned(fromByteOffset: at, as: UInt32.self)))
            let last = UInt64(UInt32(littleEndian: loadUnaligned(fromByteOffset: at + count - 4, as: UInt32.self)))
            return first | last << UInt64((count - 4) * 8)
        }
        if count >= 2 {
            let first = UInt64(UInt16(littleEndian: loadUnaligned(fromByteOffset: at, as: UInt16.self)))
            return first | UInt64(self[at + count - 1]) << UInt64((count - 1) * 8)
        }
        return count == 1 ? UInt64(self[at]) : 0
    }
}
