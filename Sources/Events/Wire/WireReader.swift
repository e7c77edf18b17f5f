/// Walks the fields of a protobuf message where they lie, without making a message of it: for the hottest topics, of which a stage
/// needs a few fields only. Unknown fields are passed over.
@frozen
public struct WireReader {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline var at = 0
    /// False once something was cut off or no protobuf.
    @usableFromInline var sound = true

    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inlinable
    public var isSound: Bool { sound }

    /// The next field's number times eight plus its wire type; 0 at the end.
    @inlinable @inline(__always)
    public mutating func tag() -> UInt64 { at < bytes.count ? varint() : 0 }

    @inlinable @inline(__always)
    public mutating func varint() -> UInt64 {
        if at < bytes.count, bytes[at] < 0x80 {
            at += 1
            return UInt64(bytes[at - 1])
        }
        return longVarint()
    }

    @inlinable
    mutating func longVarint() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < bytes.count, shift < 64 {
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return fail()
    }

    @inlinable @inline(__always)
    public mutating func zigzag() -> Int64 {
        let value = varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// The bytes of a text, of bytes or of a message.
    @inlinable @inline(__always)
    public mutating func slice() -> UnsafeRawBufferPointer {
        let count = varint()
        guard count <= UInt64(bytes.count - at) else {
            _ = fail()
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        at += Int(count)
        return UnsafeRawBufferPointer(rebasing: bytes[at - Int(count)..<at])
    }

    /// Passes over the value of a field.
    @inlinable @inline(__always)
    public mutating func skip(_ tag: UInt64) {
        switch tag & 7 {
        case 0: _ = varint()
        case 1: advance(8)
        case 2: _ = slice()
        case 5: advance(4)
        default: _ = fail()
        }
    }

    @inlinable @inline(__always)
    mutating func advance(_ count: Int) { if bytes.count - at >= count { at += count } else { _ = fail() } }

    @inlinable
    mutating func fail() -> UInt64 {
        sound = false
        at = bytes.count
        return 0
    }
}
