/// Reads what `EntryWriter` wrote. After anything that was not so written `isSound` is false and zeros come out.
public struct EntryReader {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    public private(set) var isSound = true

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// All was read, and nothing was missing.
    public var isComplete: Bool { isSound && at == bytes.count }

    /// Nothing has been read, and a version stands first: see `ReservedBytes`.
    var isMarked: Bool { at == 0 && ReservedBytes.begin(bytes) }

    public mutating func byte() -> UInt8 {
        guard at < bytes.count else {
            isSound = false
            return 0
        }
        at += 1
        return bytes[at - 1]
    }

    /// The next `count` bytes; empty where there are fewer.
    public mutating func raw(_ count: Int) -> UnsafeRawBufferPointer {
        guard count >= 0, bytes.count - at >= count else {
            isSound = false
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        at += count
        return UnsafeRawBufferPointer(rebasing: bytes[at - count..<at])
    }

    public mutating func rest() -> UnsafeRawBufferPointer { raw(bytes.count - at) }

    public mutating func fixed64() -> UInt64 { raw(8).reduce(0) { $0 << 8 | UInt64($1) } }
    public mutating func fixed32() -> UInt32 { raw(4).reduce(0) { $0 << 8 | UInt32($1) } }

    public mutating func unsigned() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let byte = byte()
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        isSound = false
        return 0
    }

    public mutating func signed() -> Int64 {
        let value = unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    public mutating func signed128() -> Int128 {
        let high = signed()
        return Int128(high) << 64 | Int128(unsigned())
    }

    public mutating func text() -> String {
        let count = unsigned()
        return String(decoding: raw(count > UInt64(bytes.count) ? -1 : Int(count)), as: UTF8.self)
    }
}
