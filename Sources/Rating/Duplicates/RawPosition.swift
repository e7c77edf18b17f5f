/// Where a raw record stands, packed into 63 bits: 12 of partition, 43 of offset, 8 of index. The top bit is always set, so that a
/// position is never zero.
struct RawPosition: Hashable {
    let packed: UInt64

    init(packed: UInt64) { self.packed = packed }

    /// Nil beyond 4,096 partitions, 8.7 × 10^12 records a partition, or 256 usages a record.
    @inline(__always)
    init?(partition: UInt32, offset: Int64, index: UInt32) {
        guard partition < 1 << 12, offset >= 0, offset < 1 << 43, index < 1 << 8 else { return nil }
        packed = 1 << 63 | UInt64(partition) << 51 | UInt64(offset) << 8 | UInt64(index)
    }

    var partition: UInt32 { UInt32(packed >> 51 & 0xfff) }
    var offset: Int64 { Int64(packed >> 8 & 0x7ff_ffff_ffff) }
    var index: UInt32 { UInt32(packed & 0xff) }
}
