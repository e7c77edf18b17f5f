/// A record as a stage reads it. Its buffers are borrowed: they are valid during the step only.
public struct InputRecord {
    public var partition: Int32
    public var offset: Int64
    /// The record's own timestamp on the broker, ms since 1970; 0 or less where there is none. It is data of the log as any other: a copy of a topic keeps it.
    /// Stages decide by it of usage.raw, how far ahead of it usage can begin, and of customers.commands, how long a released identifier's usage goes to its
    /// holder first: nothing else there says when a record came, and what was decided is a fact in the topics behind. No other stage looks at it.
    public var timestampMs: Int64
    public var key: UnsafeRawBufferPointer
    /// Nil for a null value (a tombstone in a compacted topic).
    public var value: UnsafeRawBufferPointer?
    /// Filled only for stages that ask for headers. A slice, so that the records of a run share one array.
    public var headers: ArraySlice<Header>

    public struct Header {
        public var name: String
        public var value: UnsafeRawBufferPointer

        public init(name: String, value: UnsafeRawBufferPointer) {
            self.name = name
            self.value = value
        }
    }

    public init(
        partition: Int32, offset: Int64, timestampMs: Int64 = 0, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        headers: ArraySlice<Header> = []
    ) {
        self.partition = partition
        self.offset = offset
        self.timestampMs = timestampMs
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// Key and value.
    public var byteCount: Int { key.count + (value?.count ?? 0) }

    /// The last header of that name, as text.
    public func header(_ name: String) -> String? {
        headers.last { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }
}
