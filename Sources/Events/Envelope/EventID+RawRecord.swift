import Quantities

extension EventID {
    /// The id of a record of `usage.raw`, which outsiders write and which has none of its own: of its place and its bytes. A record without
    /// a value counts as one without bytes.
    public init(rawPartition partition: Int32, offset: Int64, value: UnsafeRawBufferPointer?) {
        var hash = SipHash128()
        hash.combine(text: Topic.usageRaw.rawValue)
        hash.combine(UInt64(bitPattern: Int64(partition)))
        hash.combine(UInt64(bitPattern: offset))
        if let value { hash.combine(bytes: value) }
        self = hash.finish()
    }
}
