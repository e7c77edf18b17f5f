/// Where a raw record stands, packed into 63 bits: 10 of partition, 37 of offset, 16 of index (the line of a text block). The top
/// bit is always set, so that a position is never zero.
struct RawPosition: Hashable {
    let packed: UInt64

    init(packed: UInt64) { self.packed = packed }

    /// Nil beyond 1,024 partitions, 1.3 × 10^11 records a partition, or 65,536 usages a record; mediation makes no more of one record.
    @inline(__always)
    init?(partition: UInt32, offset: Int64, index: UInt32) {
        guard partition < 1 << 10, offset >= 0, offset < 1 << 37, index < 1 << 16 else { return nil }
        packed = 1 << 63 | UInt64(partition) << 53 | UInt64(offset) << 16 | UInt64(index)
    }

    var partition: UInt32 { UInt32(packed >> 53 & 0x3ff) }
    var offset: Int64 { Int64(packed >> 16 & 0x1f_ffff_ffff) }
    var index: UInt32 { UInt32(packed & 0xffff) }
}
