import Events

/// How to reach the cluster. `properties` are librdkafka's own (TLS, SASL, buffers ...) and go to every client, over our defaults.
public struct ClientConfiguration: Sendable {
    public let bootstrapServers: String
    public private(set) var namespace: Namespace
    public let properties: [String: String]

    /// Throws where a property is one that correctness rests on, is unknown, or can't work, so that no client is ever made of it.
    public init(bootstrapServers: String, namespace: Namespace, properties: [String: String] = [:]) throws(ConfigurationError) {
        try Self.checkServers(bootstrapServers)
        for name in properties.keys.sorted() {
            if let reason = Self.forbidden[name] { throw ConfigurationError(property: name, reason: reason) }
        }
        if let timeout = properties["transaction.timeout.ms"], Int(timeout).map({ $0 < 1_000 || $0 > 10_000 }) ?? true {
            throw ConfigurationError(
                property: "transaction.timeout.ms",
                reason: "must be 1000 to 10000: a killed worker's open transaction blocks every reader for so long")
        }
        try Self.checkKnown(properties)
        try Self.checkLogin(properties)
        try Self.checkFiles(properties)
        self.bootstrapServers = bootstrapServers
        self.namespace = namespace
        self.properties = properties
    }

    /// The same cluster and settings in another namespace.
    public func inNamespace(_ namespace: Namespace) -> ClientConfiguration {
        var other = self
        other.namespace = namespace
        return other
    }

    /// Settings that are ours, each with the reason.
    static let forbidden: [String: String] = {
        let exactlyOnce = "is set by Tollstream; exactly-once processing rests on it"
        let naming = "is set by Tollstream from namespace, stage, instance and worker"
        return [
            "bootstrap.servers": "is given apart from the other properties",
            "metadata.broker.list": "is given as bootstrap servers, apart from the other properties",
            "isolation.level": exactlyOnce, "enable.auto.commit": exactlyOnce, "auto.commit.enable": exactlyOnce,
            "enable.auto.offset.store": exactlyOnce, "enable.idempotence": exactlyOnce, "auto.offset.reset": exactlyOnce,
            "enable.partition.eof": exactlyOnce, "partition.assignment.strategy": exactlyOnce,
            "acks": exactlyOnce, "request.required.acks": exactlyOnce, "delivery.report.only.error": exactlyOnce,
            "transactional.id": naming, "group.id": naming, "group.instance.id": naming,
            "partitioner": "is murmur2 in all our topics: an account has one partition",
        ]
    }()
}
