import Events

/// How a topic should be, as its file under Topics/ says.
public struct TopicSpecification: Sendable, Hashable {
    public var topic: Topic
    public var partitions: Int32
    public var replicationFactor: Int32
    /// Kafka's topic settings, such as cleanup.policy.
    public var configs: [String: String]

    public init(topic: Topic, partitions: Int32, replicationFactor: Int32 = 1, configs: [String: String] = [:]) {
        self.topic = topic
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.configs = configs
    }
}

/// What has to be done to a topic.
public enum TopicChange: Sendable, Hashable, CustomStringConvertible {
    case unchanged(TopicSpecification)
    case create(TopicSpecification)
    case alter(TopicSpecification, [ConfigChange])
    /// Partitions are never added or taken away: the order of an account's records rests on their number.
    case wrongPartitionCount(TopicSpecification, actual: Int32)

    public struct ConfigChange: Sendable, Hashable {
        public var name: String
        /// Nil where the broker did not tell.
        public var old: String?
        public var new: String
    }

    public var isError: Bool {
        if case .wrongPartitionCount = self { return true }
        return false
    }

    public var description: String {
        switch self {
        case .unchanged(let wanted): "\(wanted.topic.rawValue): as specified"
        case .create(let wanted): "\(wanted.topic.rawValue): create with \(wanted.partitions) partitions"
        case .alter(let wanted, let changes):
            "\(wanted.topic.rawValue): alter "
                + changes.map { "\($0.name): \($0.old ?? "(unknown)") -> \($0.new)" }.joined(separator: ", ")
        case .wrongPartitionCount(let wanted, let actual):
            "\(wanted.topic.rawValue): has \(actual) partitions, but \(wanted.partitions) are specified. That can't be changed in place: "
                + "use another namespace, or specify \(actual)"
        }
    }
}

/// A topic as the cluster has it.
public struct TopicState: Sendable, Hashable {
    public var topic: Topic
    public var partitions: Int32
    /// Settings as the broker tells them.
    public var configs: [String: String]
    /// Those set for the topic itself, not the broker's defaults.
    public var explicitConfigs: [String: String]
}
