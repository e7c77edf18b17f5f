import Events

/// How far a view has read: the next offset of each partition. A partition that is not named stands at zero.
public struct LogPosition: Equatable, Sendable {
    public struct Place: Hashable, Comparable, Sendable {
        public let topic: Topic
        public let partition: Int32

        public init(_ topic: Topic, _ partition: Int32) {
            self.topic = topic
            self.partition = partition
        }

        public static func < (a: Place, b: Place) -> Bool { (a.topic.rawValue, a.partition) < (b.topic.rawValue, b.partition) }
    }

    private var offsets: [Place: Int64] = [:]

    public init() {}

    public subscript(topic: Topic, partition: Int32) -> Int64 {
        get { offsets[Place(topic, partition)] ?? 0 }
        set { offsets[Place(topic, partition)] = newValue }
    }

    /// The named partitions, by topic and number.
    public var places: [Place] { offsets.keys.sorted() }
}
