import CRdkafka

/// What a client is for; it decides the defaults and what is fixed.
enum ClientRole {
    /// Member of a consumer group, a static one if `instance` names it. Reads committed data only.
    case groupMember(group: String, instance: String?, sessionTimeoutMs: Int)
    /// Reads partitions that it is told to; `group` is only named, for its committed offsets, and never joined.
    case reader(group: String, isCommittedOnly: Bool)
    /// Reads changelogs into a worker's memory, and so keeps little ahead: each fetched entry takes some 400 bytes until it is read.
    case restorer(group: String)
    /// Reads single records, of open and aborted transactions too.
    case probe(group: String)
    case transactionalProducer(id: String, timeoutMs: Int)
    case idempotentProducer
    case atLeastOnceProducer

    /// How long a consumer rests at most between two fetches of a broker that does not let an empty one wait: what a reader of tables and logs
    /// reads is less urgent than what a worker reads.
    var fetchPauseMs: Int32 {
        switch self {
        case .reader, .restorer, .probe: 50
        default: 20
        }
    }
}

extension ClientConfiguration {
    /// A new rd_kafka_conf_t, which the caller owns: our defaults, then the user's properties, then what is fixed.
    func makeConf(_ role: ClientRole) throws(ConfigurationError) -> OpaquePointer {
        let conf = rd_kafka_conf_new()!
        var settings = Self.defaults(role)
        settings.merge(properties) { $1 }
        settings.merge(fixed(role)) { $1 }
        do throws(ConfigurationError) {
            for (name, value) in settings.sorted(by: { $0.key < $1.key }) { try Self.set(conf, name, value) }
        } catch {
            rd_kafka_conf_destroy(conf)
            throw error
        }
        return conf
    }

    static func set(_ conf: OpaquePointer, _ name: String, _ value: String) throws(ConfigurationError) {
        switch rd_kafka_conf_set(conf, name, value, nil, 0) {
        case RD_KAFKA_CONF_OK: return
        case RD_KAFKA_CONF_UNKNOWN: throw ConfigurationError(property: name, reason: "is not known to librdkafka \(version)")
        default: throw ConfigurationError(property: name, reason: "has a value that librdkafka \(version) refuses")
        }
    }

    private static var version: String { String(cString: rd_kafka_version_str()) }

    private static func defaults(_ role: ClientRole) -> [String: String] {
        var settings = [
            "client.id": "tollstream",
            "socket.nagle.disable": "true",
            "socket.keepalive.enable": "true",
            "reconnect.backoff.ms": "50",
            "reconnect.backoff.max.ms": "1000",
            "log.connection.close": "false",
        ]
        switch role {
        case .groupMember, .reader, .restorer, .probe:
            // Bounded memory: at most so much is fetched ahead. Some brokers ignore the limits of a fetch, hence the large reply.
            settings.merge([
                "receive.message.max.bytes": "1000000000",
                "queued.min.messages": "1000000",
                "queued.max.messages.kbytes": "65536",
                "fetch.wait.max.ms": "100",
                "fetch.error.backoff.ms": "50",
                "fetch.message.max.bytes": "4194304",
                "max.poll.interval.ms": "300000",
            ]) { $1 }
            if case .restorer = role { settings.merge(["queued.min.messages": "40000", "fetch.message.max.bytes": "1048576"]) { $1 } }
            if case .probe = role { settings.merge(["queued.min.messages": "1", "fetch.message.max.bytes": "65536"]) { $1 } }
            if case .groupMember = role {
                // A steady stream comes in fewer answers, which leaves the processors more time and shortens the delay under load. It costs a
                // trickle up to 20 ms a stage, and an idle member asks 50 times a second.
                settings.merge(["fetch.min.bytes": "65536", "fetch.wait.max.ms": "20"]) { $1 }
            }
        case .transactionalProducer, .idempotentProducer, .atLeastOnceProducer:
            settings.merge([
                "message.max.bytes": "10000000",
                "queue.buffering.max.messages": "200000",
                "queue.buffering.max.kbytes": "262144",
                "linger.ms": "5",
                "retry.backoff.ms": "20",
            ]) { $1 }
        }
        return settings
    }

    private func fixed(_ role: ClientRole) -> [String: String] {
        var settings = ["bootstrap.servers": bootstrapServers]
        switch role {
        case .groupMember(let group, let instance, let sessionTimeoutMs):
            settings.merge([
                "group.id": group,
                "session.timeout.ms": String(sessionTimeoutMs),
                "heartbeat.interval.ms": String(max(100, sessionTimeoutMs / 6)),
                "partition.assignment.strategy": "range",
            ]) { $1 }
            if let instance { settings["group.instance.id"] = instance }
            settings.merge(Self.fixedConsumer(isCommittedOnly: true)) { $1 }
        case .reader(let group, let isCommittedOnly):
            settings["group.id"] = group
            settings.merge(Self.fixedConsumer(isCommittedOnly: isCommittedOnly)) { $1 }
        case .probe(let group):
            settings["group.id"] = group
            settings.merge(Self.fixedConsumer(isCommittedOnly: false)) { $1 }
        case .restorer(let group):
            settings["group.id"] = group
            settings.merge(Self.fixedConsumer(isCommittedOnly: true)) { $1 }
        case .transactionalProducer(let id, let timeoutMs):
            settings.merge([
                "transactional.id": id, "transaction.timeout.ms": properties["transaction.timeout.ms"] ?? String(timeoutMs),
                "enable.idempotence": "true", "delivery.report.only.error": "true",
            ]) { $1 }
        case .atLeastOnceProducer:
            settings.merge(["enable.idempotence": "false", "acks": "all", "delivery.report.only.error": "true"]) { $1 }
        case .idempotentProducer:
            settings.merge(["enable.idempotence": "true", "delivery.report.only.error": "true"]) { $1 }
        }
        return settings
    }

    private static func fixedConsumer(isCommittedOnly: Bool) -> [String: String] {
        [
            "isolation.level": isCommittedOnly ? "read_committed" : "read_uncommitted",
            "enable.auto.commit": "false",
            "enable.auto.offset.store": "false",
            "enable.partition.eof": "true",
            // A gap in the log is an error that names it, never a silent jump.
            "auto.offset.reset": "error",
        ]
    }
}
