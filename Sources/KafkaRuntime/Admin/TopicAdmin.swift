import CRdkafka
import Events
import Glibc
import Logging

/// Brings a cluster's topics to their specification. Creates and alters; never deletes.
public final class TopicAdmin {
    private let handle: ClientHandle
    private let namespace: Namespace

    public init(_ configuration: ClientConfiguration, logger: Logger) throws {
        namespace = configuration.namespace
        handle = try ClientHandle(configuration, .idempotentProducer, logger: logger)
    }

    /// The topics of the namespace that exist.
    public func describe(_ topics: [Topic]) throws -> [TopicState] {
        let counts = try handle.partitionCounts()
        let existing = topics.filter { counts[namespace.name(of: $0)] != nil }
        guard !existing.isEmpty else { return [] }
        let configs = try describeConfigs(existing)
        return existing.map { topic in
            let entries = configs[namespace.name(of: topic)] ?? []
            return TopicState(
                topic: topic, partitions: counts[namespace.name(of: topic)] ?? 0,
                configs: Dictionary(entries.map { ($0.name, $0.value) }) { $1 },
                explicitConfigs: Dictionary(entries.filter { !$0.isDefault }.map { ($0.name, $0.value) }) { $1 })
        }
    }

    /// What `apply` would do, in the order of `specifications`.
    public func plan(_ specifications: [TopicSpecification]) throws -> [TopicChange] {
        let states = Dictionary(uniqueKeysWithValues: try describe(specifications.map(\.topic)).map { ($0.topic, $0) })
        return specifications.map { wanted in
            guard let state = states[wanted.topic] else { return .create(wanted) }
            guard state.partitions == wanted.partitions else { return .wrongPartitionCount(wanted, actual: state.partitions) }
            let changes = wanted.configs.sorted { $0.key < $1.key }.compactMap { name, value in
                state.configs[name] == value ? nil : TopicChange.ConfigChange(name: name, old: state.configs[name], new: value)
            }
            return changes.isEmpty ? .unchanged(wanted) : .alter(wanted, changes)
        }
    }

    /// Makes the changes. Throws before the first one if any of them is an error.
    public func apply(_ changes: [TopicChange]) throws {
        let errors = changes.filter(\.isError)
        guard errors.isEmpty else { throw TopologyError(problems: errors.map(\.description)) }
        try create(changes.compactMap { if case .create(let wanted) = $0 { wanted } else { nil } })
        for case .alter(let wanted, let configs) in changes { try alter(wanted.topic, configs) }
    }

    private func create(_ specifications: [TopicSpecification]) throws {
        guard !specifications.isEmpty else { return }
        var topics: [OpaquePointer?] = []
        defer { for topic in topics { rd_kafka_NewTopic_destroy(topic) } }
        for wanted in specifications {
            let name = namespace.name(of: wanted.topic)
            guard let topic = rd_kafka_NewTopic_new(name, wanted.partitions, wanted.replicationFactor, nil, 0) else {
                throw ConfigurationError(property: "topic \(name)", reason: "its name or partition count can't be used")
            }
            topics.append(topic)
            for (key, value) in wanted.configs.sorted(by: { $0.key < $1.key }) { rd_kafka_NewTopic_set_config(topic, key, value) }
        }
        try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, "creating topics") { queue, options in
            rd_kafka_CreateTopics(handle.rk, &topics, topics.count, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            for index in 0..<count {
                let result = results?[index]
                let code = rd_kafka_topic_result_error(result)
                if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
                throw KafkaError(
                    code, place: "creating the topic \(String(cString: rd_kafka_topic_result_name(result)))",
                    reason: rd_kafka_topic_result_error_string(result).map { String(cString: $0) })
            }
        }
        try awaitVisible(specifications)
    }

    /// Apache Kafka answers before its brokers' metadata holds the new topics: who comes next would not find them.
    private func awaitVisible(_ wanted: [TopicSpecification]) throws {
        let deadline = Monotonic.nowMs + 30_000
        while true {
            let counts = try handle.partitionCounts()
            let missing = wanted.map { namespace.name(of: $0.topic) }.filter { counts[$0] == nil }
            if missing.isEmpty { return }
            guard Monotonic.nowMs < deadline else {
                throw TopologyError(problems: missing.map { "\($0) was created, but no broker knew it for 30 s" })
            }
            usleep(50_000)
        }
    }

    /// librdkafka 2.0 has no incremental alteration: what is set for the topic already is sent along, or it would be reset.
    private func alter(_ topic: Topic, _ changes: [TopicChange.ConfigChange]) throws {
        let name = namespace.name(of: topic)
        var settings = try describe([topic]).first?.explicitConfigs ?? [:]
        for change in changes { settings[change.name] = change.new }
        var resources: [OpaquePointer?] = [rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)]
        defer { rd_kafka_ConfigResource_destroy(resources[0]) }
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) { rd_kafka_ConfigResource_set_config(resources[0], key, value) }
        try request(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, "altering the topic \(name)") { queue, options in
            rd_kafka_AlterConfigs(handle.rk, &resources, 1, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &count)
            for index in 0..<count { try Self.check(results?[index], "altering the topic \(name)") }
        }
    }

    private struct ConfigEntry {
        var name: String
        var value: String
        var isDefault: Bool
    }

    private func describeConfigs(_ topics: [Topic]) throws -> [String: [ConfigEntry]] {
        var resources: [OpaquePointer?] = topics.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, namespace.name(of: $0)) }
        defer { for resource in resources { rd_kafka_ConfigResource_destroy(resource) } }
        return try request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "reading the topics' settings") { queue, options in
            rd_kafka_DescribeConfigs(handle.rk, &resources, resources.count, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count)
            var found: [String: [ConfigEntry]] = [:]
            for index in 0..<count {
                let resource = results?[index]
                try Self.check(resource, "reading a topic's settings")
                found[String(cString: rd_kafka_ConfigResource_name(resource))] = Self.entries(resource)
            }
            return found
        }
    }

    private static func entries(_ resource: OpaquePointer?) -> [ConfigEntry] {
        var count = 0
        guard let list = rd_kafka_ConfigResource_configs(resource, &count) else { return [] }
        return (0..<count).compactMap { index in
            guard let entry = list[index], let value = rd_kafka_ConfigEntry_value(entry) else { return nil }
            return ConfigEntry(
                name: String(cString: rd_kafka_ConfigEntry_name(entry)), value: String(cString: value),
                isDefault: rd_kafka_ConfigEntry_source(entry) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
        }
    }

    private static func check(_ resource: OpaquePointer?, _ place: String) throws(KafkaError) {
        let code = rd_kafka_ConfigResource_error(resource)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw KafkaError(code, place: place, reason: rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) })
    }

    /// Sends an admin request and waits for its one answer.
    private func request<R>(
        _ operation: rd_kafka_admin_op_t, _ place: String, _ send: (OpaquePointer?, OpaquePointer?) -> Void,
        read: (OpaquePointer) throws -> R
    ) throws -> R {
        let queue = rd_kafka_queue_new(handle.rk)
        defer { rd_kafka_queue_destroy(queue) }
        let options = rd_kafka_AdminOptions_new(handle.rk, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_AdminOptions_set_request_timeout(options, 30_000, nil, 0)
        send(queue, options)
        guard let event = rd_kafka_queue_poll(queue, 40_000) else { throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, place: place) }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(code, place: place, reason: rd_kafka_event_error_string(event).map { String(cString: $0) })
        }
        return try read(event)
    }
}
