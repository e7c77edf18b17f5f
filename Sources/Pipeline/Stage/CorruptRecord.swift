import Events

/// One of our own records can't be read: the log or the program is damaged, and going on would make it worse.
public struct CorruptRecord: Error, CustomStringConvertible {
    public let topic: Topic
    public let partition: Int32
    public let offset: Int64
    public let reason: String

    public init(topic: Topic, partition: Int32, offset: Int64, reason: String) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.reason = reason
    }

    public var description: String { "corrupt record at \(topic.rawValue)/\(partition)/\(offset): \(reason)" }
}
