/// Reads protobuf's wire format, and the changelog's entries, where they lie.
///
/// A read past the end gives zero and sets `isBroken`: one test at the end instead of one a field.
struct WireReader {
    private var at: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private(set) var isBroken = false

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; nothing is ever read from this one then.
        let base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8)!
        at = base.assumingMemoryBound(to: UInt8.self)
        end = at + bytes.count
    }

    var isAtEnd: Bool { @inline(__always) get { at >= end } }

    /// What has not been read yet.
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: at, count: end - at) }

    @inline(__always)
    mutating func byte() -> UInt8 {
        guard at < end else { return broken(0) }
        defer { at += 1 }
        return at.pointee
    }

    @inline(__always)
    mutating func varint() -> UInt64 {
        guard at < end else { return broken(0) }
        let first = at.pointee
        at += 1
        if first < 0x80 { return UInt64(first) }
        return longVarint(first)
    }

    /// A varint of one or two bytes, as every field's tag is; a longer one, too.
    @inline(__always)
    mutating func tag() -> UInt64 {
        guard at < end else { return broken(0) }
        let first = at.pointee
        at += 1
        if first < 0x80 { return UInt64(first) }
        guard at < end, at.pointee < 0x80 else { return longVarint(first) }
        defer { at += 1 }
        return UInt64(first & 0x7f) | UInt64(at.pointee) << 7
    }

    private mutating func longVarint(_ first: UInt8) -> UInt64 {
        if end - at >= 8 {
            // All at once: the bytes up to the first without its highest bit, and of each the seven others, moved together.
            let word = UInt64(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt64.self))
            let ends = ~word & 0x8080_8080_8080_8080
            if ends != 0 {
                let end = ends & (0 &- ends)
                at += (end.trailingZeroBitCount + 1) / 8
                var value = word & (end | (end - 1)) & 0x7f7f_7f7f_7f7f_7f7f
                value = value & 0x007f_007f_007f_007f | (value & 0x7f00_7f00_7f00_7f00) >> 1
                value = value & 0x0000_3fff_0000_3fff | (value & 0x3fff_0000_3fff_0000) >> 2
                value = value & 0x0000_0000_0fff_ffff | (value & 0x0fff_ffff_0000_0000) >> 4
                return UInt64(first & 0x7f) | value << 7
            }
        }
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while at < end, shift < 64 {
            let byte = at.pointee
            at += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return broken(0)
    }

    @inline(__always)
    mutating func int64() -> Int64 { Int64(bitPattern: varint()) }

    @inline(__always)
    mutating func zigzag() -> Int64 {
        let raw = varint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// Of up to 128 bits.
    mutating func wideZigzag() -> Int128 {
        var value: UInt128 = 0
        var shift: UInt128 = 0
        while at < end, shift < 128 {
            let byte = at.pointee
            at += 1
            value |= UInt128(byte & 0x7f) << shift
            if byte < 0x80 { return Int128(bitPattern: value >> 1) ^ -Int128(bitPattern: value & 1) }
            shift += 7
        }
        return broken(0)
    }

    @inline(__always)
    mutating func fixed64() -> UInt64 {
        guard end - at >= 8 else { return broken(0) }
        defer { at += 8 }
        return UInt64(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    mutating func fixed32() -> UInt32 {
        guard end - at >= 4 else { return broken(0) }
        defer { at += 4 }
        return UInt32(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt32.self))
    }

    @inline(__always)
    mutating func bytes(_ count: UInt64) -> UnsafeRawBufferPointer {
        guard count <= UInt64(end - at) else { return broken(UnsafeRawBufferPointer(start: nil, count: 0)) }
        defer { at += Int(count) }
        return UnsafeRawBufferPointer(start: at, count: Int(count))
    }

    /// How many varints are left, where nothing else is.
    var varintsLeft: Int { rest.count { $0 < 0x80 } }

    /// A length and that many bytes.
    @inline(__always)
    mutating func delimited() -> UnsafeRawBufferPointer { bytes(varint()) }

    /// Passes over the value of a field that is not wanted.
    mutating func skip(_ tag: UInt64) {
        switch tag & 7 {
        case 0: _ = varint()
        case 1: _ = fixed64()
        case 2: _ = delimited()
        case 5: _ = bytes(4)
        default: isBroken = true
        }
    }

    private mutating func broken<T>(_ value: T) -> T {
        isBroken = true
        at = end
        return value
    }
}
