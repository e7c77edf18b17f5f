import CRdkafka
import Events
import Glibc
import Logging

/// Owns one librdkafka client. Its pointer is used by the types of this module only, and lives as long as this object.
final class ClientHandle {
    let rk: OpaquePointer
    let callbacks: ClientCallbacks
    let namespace: Namespace
    /// For messages: which brokers did not answer.
    let servers: String
    private let destroyFlags: Int32
    /// Used by librdkafka's threads; freed after the client.
    private let pace = UnsafeMutablePointer<tollstream_pace_t>.allocate(capacity: 1)

    init(_ configuration: ClientConfiguration, _ role: ClientRole, logger: Logger) throws {
        let conf = try configuration.makeConf(role)
        let callbacks = ClientCallbacks(logger: logger)
        pace.initialize(to: tollstream_pace_t())
        pace.pointee.limit_us = role.fetchPauseMs * 1000
        tollstream_pace_fetches(conf, pace)
        rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(callbacks).toOpaque())
        ClientCallbacks.install(in: conf, role)
        let kind: rd_kafka_type_t
        switch role {
        case .groupMember, .reader, .restorer, .probe:
            kind = RD_KAFKA_CONSUMER
            // Closing is said aloud (`KafkaConsumer.close`): freeing memory must not call back into a worker.
            destroyFlags = RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE
        case .transactionalProducer, .idempotentProducer, .atLeastOnceProducer:
            kind = RD_KAFKA_PRODUCER
            destroyFlags = 0
        }
        var reason = [CChar](repeating: 0, count: 512)
        guard let rk = rd_kafka_new(kind, conf, &reason, reason.count) else {
            // `conf` is ours again, but is given up rather than freed: on some failures rd_kafka_new has freed its interceptors (here: the
            // pace) and left them in the list, and rd_kafka_conf_destroy would free them once more. It happens once, before the process stops.
            pace.deallocate()
            throw ConfigurationError(refusedClient: reason.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
        }
        self.rk = rk
        servers = configuration.bootstrapServers
        self.callbacks = callbacks
        namespace = configuration.namespace
        if kind == RD_KAFKA_CONSUMER { rd_kafka_poll_set_consumer(rk) }
    }

    deinit {
        callbacks.onRebalance = nil
        rd_kafka_destroy_flags(rk, destroyFlags)
        pace.deallocate()
    }

    /// For a consumer that begins to read something else.
    func restartPace() { tollstream_restart_pace(pace) }

    /// The error that made the client unusable, if any.
    var fatalError: KafkaError? {
        var reason = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(rk, &reason, reason.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(
            code, place: "talking to the cluster", reason: reason.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }, isFatal: true)
    }

    /// The partition count of each topic of the cluster, by its full name, of those that it can tell about. Asks for all: asking for one may create it.
    func partitionCounts(timeoutMs: Int32 = 10_000) throws(KafkaError) -> [String: Int32] {
        try topics(timeoutMs: timeoutMs).compactMapValues { $0.fault == RD_KAFKA_RESP_ERR_NO_ERROR ? $0.partitionCount : nil }
    }

    /// False where the cluster names no such topic.
    func has(_ topic: Topic, timeoutMs: Int32 = 10_000) throws(KafkaError) -> Bool {
        guard let fault = try topics(timeoutMs: timeoutMs)[namespace.name(of: topic)]?.fault, fault != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART else {
            return false
        }
        try KafkaError.check(fault, "asking \(servers) for the topic \(topic.rawValue)")
        return true
    }

    private func topics(timeoutMs: Int32) throws(KafkaError) -> [String: (partitionCount: Int32, fault: rd_kafka_resp_err_t)] {
        var found: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(rk, 1, nil, &found, timeoutMs)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            // A broker that refuses the login or the certificate looks like none; what the last connection ended with tells them apart.
            throw KafkaError(code, place: "asking \(servers) for its topics", reason: callbacks.lastConnectionFault)
        }
        guard let found else { return [:] }
        defer { rd_kafka_metadata_destroy(found) }
        var topics: [String: (partitionCount: Int32, fault: rd_kafka_resp_err_t)] = [:]
        for index in 0..<Int(found.pointee.topic_cnt) {
            let topic = found.pointee.topics[index]
            topics[String(cString: topic.topic)] = (topic.partition_cnt, topic.err)
        }
        return topics
    }

    /// First offset and end, asked of the broker. For a client that reads committed data only, the end is the last stable offset.
    func offsets(of topic: Topic, partition: Int32, timeoutMs: Int32 = 10_000) throws(KafkaError) -> Range<Int64> {
        try patiently {
            () throws(KafkaError) in
            var low: Int64 = 0
            var high: Int64 = 0
            try KafkaError.check(
                rd_kafka_query_watermark_offsets(rk, namespace.name(of: topic), partition, &low, &high, timeoutMs),
                "asking \(servers) for the offsets of \(topic.rawValue)/\(partition)")
            return low..<max(low, high)
        }
    }

    /// Lets the connection to the partition's leader look again whether to fetch on. librdkafka 2.0 does so at the next event on that
    /// connection, and after a second at the latest: a consumer that keeps little in its queue would stand still until then.
    func wake(_ topic: Topic, partition: Int32) {
        var low: Int64 = 0
        var high: Int64 = 0
        // The answer is not needed, and an error will show where the records are read.
        _ = rd_kafka_query_watermark_offsets(rk, namespace.name(of: topic), partition, &low, &high, 1_000)
    }

    /// The group's committed offsets, stable ones; nil where none.
    func committed(_ topic: Topic, partitions: [Int32], timeoutMs: Int32 = 15_000) throws(KafkaError) -> [Int32: Int64] {
        try patiently {
            () throws(KafkaError) in
            let list = TopicPartitionList(namespace.name(of: topic), partitions)
            try KafkaError.check(rd_kafka_committed(rk, list.pointer, timeoutMs), "asking \(servers) for the committed offsets of \(topic.rawValue)")
            var offsets: [Int32: Int64] = [:]
            for index in 0..<list.count {
                let entry = list[index]
                try KafkaError.check(entry.err, "reading the committed offset of \(topic.rawValue)/\(entry.partition)")
                if entry.offset >= 0 { offsets[entry.partition] = entry.offset }
            }
            return offsets
        }
    }

    /// Asks again, for ten seconds, while the answer is of a passing state: a new topic's leader is not chosen yet, a broker restarts.
    private func patiently<R>(_ ask: () throws(KafkaError) -> R) throws(KafkaError) -> R {
        let deadline = Monotonic.nowMs + 10_000
        var pauseMs: UInt32 = 10
        while true {
            do throws(KafkaError) {
                return try ask()
            } catch {
                guard error.isRetriable, fatalError == nil, Monotonic.nowMs < deadline else { throw error }
                callbacks.logger.debug("\(error); asking again")
            }
            usleep(pauseMs * 1000)
            pauseMs = min(500, pauseMs * 2)
        }
    }
}
