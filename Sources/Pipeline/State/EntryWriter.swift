/// Writes a changelog entry: varints, texts with their length, raw bytes. The same values always give the same bytes.
@frozen
public struct EntryWriter {
    public var bytes: [UInt8] = []

    @inlinable
    public init(capacity: Int = 64) { bytes.reserveCapacity(capacity) }

    /// Begins anew, with the memory there is.
    @inlinable
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    @inlinable
    public mutating func byte(_ value: UInt8) { bytes.append(value) }

    @inlinable
    public mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    /// Big-endian, so that keys sort as numbers do.
    @inlinable
    public mutating func fixed(_ value: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }

    @inlinable
    public mutating func fixed(_ value: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    @inlinable
    public mutating func unsigned(_ value: UInt64) {
        var left = value
        while left >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
            left >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: left))
    }

    /// Zigzag: small magnitudes of either sign are short.
    @inlinable
    public mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    /// Two words; the upper one is nearly always 0 or -1.
    @inlinable
    public mutating func signed(_ value: Int128) {
        signed(Int64(truncatingIfNeeded: value >> 64))
        unsigned(UInt64(truncatingIfNeeded: value))
    }

    @inlinable
    public mutating func text(_ value: String) {
        unsigned(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }
}
