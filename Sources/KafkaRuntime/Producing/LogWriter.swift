import Events
import Logging
import Pipeline
import Quantities

/// Writes records for command line tools: imports, the clock, simulations, tests. Used from one thread.
public final class LogWriter {
    private let producer: KafkaProducer
    private let isTransactional: Bool

    /// - Parameters:
    ///   - transactionalID: makes `inTransaction` possible; the namespace goes before it. Stable and unique to the writer.
    ///   - isIdempotent: false sends at least once, so that a record may come twice.
    public init(_ configuration: ClientConfiguration, transactionalID: String? = nil, isIdempotent: Bool = true, logger: Logger) throws {
        isTransactional = transactionalID != nil
        if let transactionalID {
            producer = try KafkaProducer(configuration, mode: .transactional(id: configuration.namespace.qualified(transactionalID)), logger: logger)
            try producer.initTransactions()
        } else {
            producer = try KafkaProducer(configuration, mode: isIdempotent ? .idempotent : .atLeastOnce, logger: logger)
        }
    }

    public func partitionCount(of topic: Topic) throws -> Int32 { try producer.partitionCount(of: topic) }

    /// Sends one record; the bytes are copied. A nil partition means the key's own (murmur2); a nil value is a tombstone.
    public func send(
        _ topic: Topic, partition: Int32? = nil, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        headers: [(name: String, value: [UInt8])] = []
    ) throws {
        precondition(!isTransactional || producer.isInTransaction, "a transactional writer sends within `inTransaction`")
        try producer.send(topic, partition: partition, key: key, value: value, headers: headers)
    }

    public func send(
        _ topic: Topic, partition: Int32? = nil, key: String, value: [UInt8]?, headers: [(name: String, value: [UInt8])] = []
    ) throws {
        var key = key
        try key.withUTF8 { key in
            let key = UnsafeRawBufferPointer(key)
            guard let value else { return try send(topic, partition: partition, key: key, value: nil, headers: headers) }
            try value.withUnsafeBytes { try send(topic, partition: partition, key: key, value: $0, headers: headers) }
        }
    }

    /// Sends what an outbox holds, in order.
    public func send(_ outbox: Outbox) throws {
        precondition(!isTransactional || producer.isInTransaction, "a transactional writer sends within `inTransaction`")
        try producer.send(outbox)
    }

    /// Waits until the broker has everything. Throws the first record's failure. Needless within a transaction.
    public func flush() throws { try producer.flush() }

    /// All that `body` sends appears at once, or not at all if it throws.
    public func inTransaction<R>(_ body: () throws -> R) throws -> R {
        precondition(isTransactional, "the writer was made without a transactional id")
        try producer.begin()
        do {
            let result = try body()
            try producer.commit()
            return result
        } catch {
            try? producer.abort()
            throw error
        }
    }
}
