import Events

/// Where a state writes its dirty entries: the changelog partition of its own number.
public struct ChangelogWriter: ~Copyable {
    private let topic: Topic
    private let partition: Int32
    /// What the entries are to be written in.
    public let format: StateFormat
    private var outbox: Outbox

    public init(topic: Topic, partition: Int32, format: StateFormat = .newest, outbox: consuming Outbox) {
        self.topic = topic
        self.partition = partition
        self.format = format
        self.outbox = outbox
    }

    public mutating func put(key: [UInt8], value: [UInt8]) { outbox.put(topic, partition: partition, key: key, value: value) }
    public mutating func remove(key: [UInt8]) { outbox.put(topic, partition: partition, key: key, value: nil) }

    /// As `put`, from where the bytes lie; a nil value removes the key.
    public mutating func putBytes(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        outbox.putBytes(topic, partition: partition, key: key, value: value)
    }

    public consuming func finish() -> Outbox { outbox }
}
