/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012) under a fixed key.
///
/// It names events and spreads keys. It is no proof against someone who wants a collision: seals use SHA-256.
public struct SipHash128: Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var tail: UInt64 = 0
    private var length: UInt64 = 0

    public init(key0: UInt64 = 0x7463_6c6c_7374_7265, key1: UInt64 = 0x616d_2f69_6473_2f31) {
        v0 = 0x736f_6d65_7073_6575 ^ key0
        v1 = 0x646f_7261_6e64_6f6d ^ key1 ^ 0xee
        v2 = 0x6c79_6765_6e65_7261 ^ key0
        v3 = 0x7465_6462_7974_6573 ^ key1
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1; v1 = v1 << 13 | v1 >> 51; v1 ^= v0; v0 = v0 << 32 | v0 >> 32
        v2 = v2 &+ v3; v3 = v3 << 16 | v3 >> 48; v3 ^= v2
        v0 = v0 &+ v3; v3 = v3 << 21 | v3 >> 43; v3 ^= v0
        v2 = v2 &+ v1; v1 = v1 << 17 | v1 >> 47; v1 ^= v2; v2 = v2 << 32 | v2 >> 32
    }

    @inline(__always)
    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    /// Adds eight bytes, little-endian.
    @inline(__always)
    public mutating func combine(_ word: UInt64) {
        let filled = (length & 7) * 8
        length &+= 8
        if filled == 0 {
            compress(word)
        } else {
            compress(tail | word << filled)
            tail = word >> (64 - filled)
        }
    }

    @inline(__always)
    public mutating func combine(byte: UInt8) {
        tail |= UInt64(byte) << ((length & 7) * 8)
        length &+= 1
        if length & 7 == 0 {
            compress(tail)
            tail = 0
        }
    }

    public mutating func combine(bytes: UnsafeRawBufferPointer) {
        var at = 0
        while bytes.count - at >= 8 {
            combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        let left = bytes.count - at
        if left == 0 { return }
        // The last few at once, behind what waits to become a word.
        let word = bytes.word(at: at, count: left)
        let filled = length & 7
        length &+= UInt64(left)
        tail |= word << (filled * 8)
        if filled &+ UInt64(left) >= 8 {
            compress(tail)
            // Where nothing waited, none of them is left over either.
            tail = word >> ((8 - filled) * 8)
        }
    }

    /// Adds the text's UTF-8 and its length, so that ("ab", "c") and ("a", "bc") differ.
    public mutating func combine(text: String) {
        var text = text
        text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
        combine(UInt64(text.utf8.count))
    }

    public consuming func finish() -> EventID {
        compress(tail | (length & 0xff) << 56)
        v2 ^= 0xee
        round(); round(); round(); round()
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        round(); round(); round(); round()
        return EventID(high: v0 ^ v1 ^ v2 ^ v3, low: low)
    }
}
