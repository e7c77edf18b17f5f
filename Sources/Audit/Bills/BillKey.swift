import Quantities

/// A bill: one account's period.
struct BillKey: Hashable {
    var account: String
    var startMs: Int64
}

/// The lines of one bill in one topic, gathered from the records in which they stand.
struct GatheredLines {
    var partition: Int32 = 0
    var offset: Int64 = 0
    var hasHead = false
    /// The last record's offset.
    var lastOffset: Int64 = 0
    var chunks: UInt32 = 0
    var chunkCount: UInt32 = 0
    var lines: UInt32 = 0
    var lineCount: UInt32 = 0
    var sum: Int128 = 0
    /// What discounts took off.
    var discount: Int128 = 0
    var quantities = QuantitySums()
    /// A quantity stands in it that can't be read.
    var hasUnreadable = false
    /// Of the lines, rounded, in their order.
    var hash = SipHash128()

    var isWhole: Bool { hasHead && chunks == chunkCount && lines == lineCount }
}
