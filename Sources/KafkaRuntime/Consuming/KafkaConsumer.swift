import CRdkafka
import Events
import Logging
import Pipeline

/// A consumer, used from one thread. Either a member of a group (`subscribe`), or a reader of the partitions it is given (`assign`).
///
/// Reads with rd_kafka_consumer_poll: the batch call of librdkafka 2.0 may lose records when a rebalance, seek or pause runs beside it.
public final class KafkaConsumer {
    let handle: ClientHandle
    private var topicsByHandle: [OpaquePointer: Topic] = [:]

    init(_ configuration: ClientConfiguration, _ role: ClientRole, logger: Logger) throws {
        handle = try ClientHandle(configuration, role, logger: logger)
    }

    /// A reader of given partitions, outside of any group.
    /// - Parameter isCommittedOnly: false shows records of open and aborted transactions too.
    public convenience init(reading configuration: ClientConfiguration, isCommittedOnly: Bool = true, logger: Logger) throws {
        let group = configuration.namespace.qualified("reader")
        try self.init(configuration, .reader(group: group, isCommittedOnly: isCommittedOnly), logger: logger)
    }

    /// A reader of changelogs.
    convenience init(restoring configuration: ClientConfiguration, logger: Logger) throws {
        try self.init(configuration, .restorer(group: configuration.namespace.qualified("reader")), logger: logger)
    }

    /// A reader of single records.
    convenience init(probing configuration: ClientConfiguration, logger: Logger) throws {
        try self.init(configuration, .probe(group: configuration.namespace.qualified("reader")), logger: logger)
    }

    /// What a poll brought. Valid during the closure only.
    public struct Polled {
        let message: UnsafeMutablePointer<rd_kafka_message_t>

        public var partition: Int32 { message.pointee.partition }
        /// The record's offset; at the partition's end, that of the next record to come, past transaction markers and aborted records.
        public var offset: Int64 { message.pointee.offset }
        public var isEnd: Bool { message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF }
        var byteCount: Int { message.pointee.len + message.pointee.key_len }
    }

    /// Waits up to `timeoutMs` for a record or a partition's end and lends it to `body`. False where none came.
    /// Rebalances are called back from in here. Throws the consumer's errors.
    @inline(__always)
    public func poll(timeoutMs: Int32, _ body: (borrowing Polled) throws -> Void) throws -> Bool {
        guard let message = rd_kafka_consumer_poll(handle.rk, timeoutMs) else { return false }
        defer { rd_kafka_message_destroy(message) }
        if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR && message.pointee.err != RD_KAFKA_RESP_ERR__PARTITION_EOF {
            try fail(message)
            return true
        }
        try body(Polled(message: message))
        return true
    }

    /// The record that was polled, borrowed.
    @inline(__always)
    public func record(_ polled: borrowing Polled, readsHeaders: Bool) -> InputRecord {
        let message = polled.message
        var record = InputRecord(
            partition: message.pointee.partition, offset: message.pointee.offset,
            key: UnsafeRawBufferPointer(start: message.pointee.key, count: message.pointee.key == nil ? 0 : message.pointee.key_len),
            value: message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) })
        if readsHeaders {
            record.timestampMs = rd_kafka_message_timestamp(message, nil)
            var headers: [InputRecord.Header] = []
            Self.readHeaders(message) { headers.append($0) }
            record.headers = headers[...]
        }
        return record
    }

    /// Hands over each header of the record, borrowed from it.
    @inline(__always)
    static func readHeaders(_ message: UnsafeMutablePointer<rd_kafka_message_t>, _ body: (InputRecord.Header) -> Void) {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            if let name { body(.init(name: String(cString: name), value: UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : size))) }
            index += 1
        }
    }

    /// What a poll brought to a worker.
    enum Next {
        case nothing
        /// A rebalance, or an error that passes by itself.
        case event
        /// The caller owns the message, and destroys it.
        case record(UnsafeMutablePointer<rd_kafka_message_t>)
        case end(partition: Int32, offset: Int64)
    }

    /// As `poll`, but gives the record away.
    @inline(__always)
    func next(timeoutMs: Int32) throws -> Next {
        guard let message = rd_kafka_consumer_poll(handle.rk, timeoutMs) else { return .nothing }
        if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR { return .record(message) }
        defer { rd_kafka_message_destroy(message) }
        if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            return .end(partition: message.pointee.partition, offset: message.pointee.offset)
        }
        try fail(message)
        return .event
    }

    /// The topic that the record came from, among those assigned.
    public func topic(_ polled: borrowing Polled) -> Topic? {
        guard let rkt = polled.message.pointee.rkt else { return nil }
        if let known = topicsByHandle[rkt] { return known }
        let name = String(cString: rd_kafka_topic_name(rkt))
        let found = Topic.allCases.first { handle.namespace.name(of: $0) == name }
        if let found { topicsByHandle[rkt] = found }
        return found
    }

    private func fail(_ message: UnsafeMutablePointer<rd_kafka_message_t>) throws {
        if let fatal = handle.fatalError { throw fatal }
        let code = message.pointee.err
        let reason = rd_kafka_message_errstr(message).map { String(cString: $0) }
        let topic = message.pointee.rkt.flatMap { rd_kafka_topic_name($0) }.map { String(cString: $0) } ?? "the cluster"
        let error = KafkaError(code, place: "reading \(topic)", reason: reason)
        // The client reconnects by itself; what has no connection is simply not read meanwhile.
        if error.isRetriable && code != RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED {
            handle.callbacks.logger.warning("\(error)")
            return
        }
        throw error
    }
}
