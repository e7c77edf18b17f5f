import Crypto

/// The sum modulo 2^256 of the SHA-256 of each member: the same in any order, other for any member removed, doubled or altered.
public struct MultisetDigest: Hashable, Sendable {
    // Least significant first.
    private var w0: UInt64 = 0
    private var w1: UInt64 = 0
    private var w2: UInt64 = 0
    private var w3: UInt64 = 0

    public init() {}

    public mutating func add(_ member: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: member)
        hash.finalize().withUnsafeBytes { add(sum: $0) }
    }

    /// Adds another digest's members. `sum` is 32 bytes, big-endian.
    public mutating func add(sum: UnsafeRawBufferPointer) {
        precondition(sum.count == 32, "a digest has 32 bytes")
        func word(_ at: Int) -> UInt64 { UInt64(bigEndian: sum.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
        var carry = false
        (w0, carry) = Self.add(w0, word(24), carry)
        (w1, carry) = Self.add(w1, word(16), carry)
        (w2, carry) = Self.add(w2, word(8), carry)
        (w3, carry) = Self.add(w3, word(0), carry)
    }

    /// Adds another digest's members.
    public mutating func add(_ other: MultisetDigest) {
        var carry = false
        (w0, carry) = Self.add(w0, other.w0, carry)
        (w1, carry) = Self.add(w1, other.w1, carry)
        (w2, carry) = Self.add(w2, other.w2, carry)
        (w3, carry) = Self.add(w3, other.w3, carry)
    }

    @inline(__always)
    private static func add(_ a: UInt64, _ b: UInt64, _ carry: Bool) -> (UInt64, Bool) {
        let (sum, first) = a.addingReportingOverflow(b)
        let (total, second) = sum.addingReportingOverflow(carry ? 1 : 0)
        return (total, first || second)
    }

    /// 32 bytes, big-endian.
    public var bytes: [UInt8] {
        Array(unsafeUninitializedCapacity: 32) { buffer, count in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.storeBytes(of: w3.bigEndian, toByteOffset: 0, as: UInt64.self)
            raw.storeBytes(of: w2.bigEndian, toByteOffset: 8, as: UInt64.self)
            raw.storeBytes(of: w1.bigEndian, toByteOffset: 16, as: UInt64.self)
            raw.storeBytes(of: w0.bigEndian, toByteOffset: 24, as: UInt64.self)
            count = 32
        }
    }

    /// Nil unless 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        Array(bytes).withUnsafeBytes { add(sum: $0) }
    }
}
