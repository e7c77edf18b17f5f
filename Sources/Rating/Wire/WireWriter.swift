/// Writes protobuf's wire format and the changelog's entries into memory that is large enough: the caller reckons how much.
struct WireWriter {
    private(set) var at: UnsafeMutablePointer<UInt8>

    @inline(__always)
    init(_ start: UnsafeMutableRawPointer) { at = start.assumingMemoryBound(to: UInt8.self) }

    @inline(__always)
    mutating func byte(_ value: UInt8) {
        at.pointee = value
        at += 1
    }

    /// The tag of a field from 16 on.
    @inline(__always)
    mutating func bytes(_ first: UInt8, _ second: UInt8) {
        byte(first)
        byte(second)
    }

    @inline(__always)
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            byte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        byte(UInt8(truncatingIfNeeded: rest))
    }

    @inline(__always)
    mutating func zigzag(_ value: Int64) { varint(zigzagged(value)) }

    /// The same bytes as of 64 bits, where those hold the value.
    @inline(__always)
    mutating func zigzag(_ value: Int128) {
        if let short = Int64(exactly: value) { return zigzag(short) }
        var rest = UInt128(bitPattern: value << 1 ^ value >> 127)
        while rest >= 0x80 {
            byte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        byte(UInt8(truncatingIfNeeded: rest))
    }

    @inline(__always)
    mutating func fixed64(_ value: UInt64) {
        UnsafeMutableRawPointer(at).storeBytes(of: value.littleEndian, as: UInt64.self)
        at += 8
    }

    @inline(__always)
    mutating func bytes(_ source: UnsafeRawBufferPointer) {
        guard let base = source.baseAddress else { return }
        UnsafeMutableRawPointer(at).copyMemory(from: base, byteCount: source.count)
        at += source.count
    }

    // Fields: left out where they hold proto3's default, as every protobuf encoder does.

    @inline(__always)
    mutating func field(_ tag: UInt8, varint value: Int64) {
        guard value != 0 else { return }
        byte(tag)
        varint(UInt64(bitPattern: value))
    }

    @inline(__always)
    mutating func field(_ first: UInt8, _ second: UInt8, varint value: Int64) {
        guard value != 0 else { return }
        bytes(first, second)
        varint(UInt64(bitPattern: value))
    }

    @inline(__always)
    mutating func field(_ tag: UInt8, zigzag value: Int64) {
        guard value != 0 else { return }
        byte(tag)
        zigzag(value)
    }

    @inline(__always)
    mutating func field(_ first: UInt8, _ second: UInt8, zigzag value: Int64) {
        guard value != 0 else { return }
        bytes(first, second)
        zigzag(value)
    }

    @inline(__always)
    mutating func field(_ tag: UInt8, fixed64 value: UInt64) {
        guard value != 0 else { return }
        byte(tag)
        fixed64(value)
    }

    @inline(__always)
    mutating func field(_ tag: UInt8, text: UnsafeRawBufferPointer) {
        guard text.count != 0 else { return }
        byte(tag)
        varint(UInt64(text.count))
        bytes(text)
    }

    @inline(__always)
    mutating func field(_ tag: UInt8, text: [UInt8]) { text.withUnsafeBytes { field(tag, text: $0) } }

    mutating func field(_ first: UInt8, _ second: UInt8, text: [UInt8]) {
        guard !text.isEmpty else { return }
        bytes(first, second)
        varint(UInt64(text.count))
        text.withUnsafeBytes { bytes($0) }
    }
}

/// Bytes that a varint takes.
@inline(__always)
func varintLength(_ value: UInt64) -> Int { (Int(70 - (value | 1).leadingZeroBitCount)) / 7 }

/// Bytes that a field takes whose number is below 16.
@inline(__always)
func fieldLength(varint value: Int64) -> Int { value == 0 ? 0 : 1 + varintLength(UInt64(bitPattern: value)) }

@inline(__always)
func fieldLength(text count: Int) -> Int { count == 0 ? 0 : 1 + varintLength(UInt64(count)) + count }

/// A number as protobuf's `sint64` has it, small ones short whatever their sign.
@inline(__always)
func zigzagged(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
