/// The one partitioner of all account-keyed topics: murmur2, as Kafka's Java clients choose a partition for a key
/// (org.apache.kafka.common.utils.Utils.murmur2).
public enum Partitioner {
    public static func murmur2(_ key: UnsafeRawBufferPointer) -> Int32 {
        let m: UInt32 = 0x5bd1_e995
        var h: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: key.count)
        var at = 0
        while key.count - at >= 4 {
            var k = UInt32(littleEndian: key.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            k = k &* m
            k ^= k >> 24
            h = h &* m ^ k &* m
            at += 4
        }
        let left = key.count - at
        if left >= 3 { h ^= UInt32(key[at + 2]) << 16 }
        if left >= 2 { h ^= UInt32(key[at + 1]) << 8 }
        if left >= 1 {
            h ^= UInt32(key[at])
            h = h &* m
        }
        h ^= h >> 13
        h = h &* m
        h ^= h >> 15
        return Int32(bitPattern: h)
    }

    /// The partition of `key` among `count`.
    public static func partition(_ key: UnsafeRawBufferPointer, of count: Int32) -> Int32 {
        (murmur2(key) & 0x7fff_ffff) % count
    }

    public static func partition(_ key: String, of count: Int32) -> Int32 {
        var key = key
        return key.withUTF8 { partition(UnsafeRawBufferPointer($0), of: count) }
    }
}
