/// Writes protobuf fields into a buffer that is large enough. Values that are zero or empty are left out, as proto3 does.
struct WireWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        precondition(count < buffer.count, "the buffer of a usage record is too small")
        buffer[count] = byte
        count += 1
    }

    @inline(__always)
    private mutating func put(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        put(UInt8(rest))
    }

    @inline(__always)
    private mutating func put(tag field: UInt8, _ wireType: UInt8) {
        if field < 16 { put(field << 3 | wireType) } else { put(varint: UInt64(field) << 3 | UInt64(wireType)) }
    }

    @inline(__always)
    mutating func varint(_ field: UInt8, _ value: UInt64) {
        guard value != 0 else { return }
        put(tag: field, 0)
        put(varint: value)
    }

    @inline(__always)
    mutating func fixed64(_ field: UInt8, _ value: UInt64) {
        guard value != 0 else { return }
        put(tag: field, 1)
        precondition(buffer.count - count >= 8, "the buffer of a usage record is too small")
        buffer.storeBytes(of: value.littleEndian, toByteOffset: count, as: UInt64.self)
        count += 8
    }

    @inline(__always)
    mutating func fixed32(_ field: UInt8, _ value: UInt32) {
        guard value != 0 else { return }
        put(tag: field, 5)
        precondition(buffer.count - count >= 4, "the buffer of a usage record is too small")
        buffer.storeBytes(of: value.littleEndian, toByteOffset: count, as: UInt32.self)
        count += 4
    }

    @inline(__always)
    mutating func bytes(_ field: UInt8, _ value: UnsafeRawBufferPointer) {
        guard value.count > 0 else { return }
        put(tag: field, 2)
        put(varint: UInt64(value.count))
        precondition(buffer.count - count >= value.count, "the buffer of a usage record is too small")
        UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(from: value)
        count += value.count
    }

    /// A message that is there, be it empty. One byte is kept for its length; a longer message is moved up.
    @inline(__always)
    mutating func message(_ field: UInt8, _ body: (inout WireWriter) -> Void) {
        put(field << 3 | 2)
        let place = count
        put(0)
        body(&self)
        let length = count - place - 1
        if length >= 0x80 {
            let extra = length >= 0x4000 ? 2 : 1
            precondition(length < 0x20_0000 && buffer.count - count >= extra, "the buffer of a usage record is too small")
            let content = UnsafeRawBufferPointer(rebasing: buffer[place + 1..<count])
            UnsafeMutableRawBufferPointer(rebasing: buffer[(place + 1 + extra)...]).copyMemory(from: content)
        }
        count = place
        put(varint: UInt64(length))
        count += length
    }
}
