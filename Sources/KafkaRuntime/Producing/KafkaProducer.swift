import CRdkafka
import Events
import Logging
import Pipeline
import Quantities

/// A producer, used from one thread: idempotent, or transactional as well. Records of one partition arrive once and in order.
public final class KafkaProducer {
    public enum Mode: Sendable {
        /// Retries without sequence numbers, as many probes do: a record may come twice.
        case atLeastOnce
        case idempotent
        /// - Parameter id: stable and unique to the worker slot: a second producer of the same id fences the first.
        case transactional(id: String, timeoutMs: Int = 10_000)
    }

    let handle: ClientHandle
    let name: String
    private var routes: [Topic: TopicRoute] = [:]
    private var lastRoute: TopicRoute?
    private var knownCounts: [String: Int32] = [:]
    private var scratch: [UInt8] = []
    private(set) var isInTransaction = false

    public init(_ configuration: ClientConfiguration, mode: Mode, logger: Logger) throws {
        switch mode {
        case .atLeastOnce:
            name = "the producer"
            handle = try ClientHandle(configuration, .atLeastOnceProducer, logger: logger)
        case .idempotent:
            name = "the producer"
            handle = try ClientHandle(configuration, .idempotentProducer, logger: logger)
        case .transactional(let id, let timeoutMs):
            name = id
            handle = try ClientHandle(configuration, .transactionalProducer(id: id, timeoutMs: timeoutMs), logger: logger)
        }
    }

    /// Sends every entry of the outbox, in order; the outbox may be emptied afterwards. Blocks while the client's buffer is full.
    public func send(_ outbox: Outbox) throws(KafkaError) {
        var failure: KafkaError?
        outbox.bytes.withUnsafeBytes { bytes in
            do throws(KafkaError) {
                for entry in outbox.entries {
                    try send(
                        entry.topic, partition: entry.partition, key: UnsafeRawBufferPointer(rebasing: bytes[entry.key]),
                        value: entry.value.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }, headers: entry.headers)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Sends one record; all its bytes are copied. Without a partition it goes where the key's murmur2 says. An empty key is sent as none.
    @inline(__always)
    public func send(
        _ topic: Topic, partition: Int32? = nil, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        headers: [(name: String, value: [UInt8])] = []
    ) throws(KafkaError) {
        let route = try route(to: topic)
        let partition = partition ?? Partitioner.partition(key, of: route.partitionCount)
        guard partition < route.partitionCount else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, place: "sending to \(topic.rawValue)/\(partition) of \(route.partitionCount) partitions")
        }
        if headers.isEmpty {
            try produce(route, partition, key, value, UnsafeBufferPointer(route.headers))
        } else {
            try produceWithHeaders(route, partition, key, value, headers)
        }
    }

    private func produce(
        _ route: TopicRoute, _ partition: Int32, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?,
        _ headers: UnsafeBufferPointer<tollstream_header_t>
    ) throws(KafkaError) {
        // A value of no bytes is not a null value: it needs an address, whichever.
        let valueAddress = value.map { $0.baseAddress ?? UnsafeRawPointer(route.rkt) }
        while true {
            let code = tollstream_produce(
                handle.rk, route.rkt, partition, key.count == 0 ? nil : key.baseAddress, key.count, valueAddress, value?.count ?? 0,
                headers.baseAddress, headers.count)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                if let fatal = handle.fatalError { throw fatal }
                if isInTransaction && code == RD_KAFKA_RESP_ERR__STATE { throw lostTransaction }
                throw KafkaError(code, place: "sending \(value?.count ?? 0) bytes to \(route.topic.rawValue)/\(partition)")
            }
            // The buffer is bounded: wait for the broker to take some of it.
            rd_kafka_poll(handle.rk, 1)
        }
    }

    private func produceWithHeaders(
        _ route: TopicRoute, _ partition: Int32, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?,
        _ extra: [(name: String, value: [UInt8])]
    ) throws(KafkaError) {
        scratch.removeAll(keepingCapacity: true)
        var places: [(name: Int, value: Int, size: Int)] = []
        for header in extra {
            let name = scratch.count
            scratch.append(contentsOf: header.name.utf8.lazy.map { $0 == 0 ? UInt8(ascii: "?") : $0 })
            scratch.append(0)
            places.append((name, scratch.count, header.value.count))
            scratch.append(contentsOf: header.value)
        }
        scratch.append(0)
        var failure: KafkaError?
        scratch.withUnsafeBytes { bytes in
            var all = Array(route.headers)
            for place in places {
                all.append(
                    tollstream_header_t(
                        name: bytes.baseAddress!.advanced(by: place.name).assumingMemoryBound(to: CChar.self),
                        value: bytes.baseAddress!.advanced(by: place.value), size: place.size))
            }
            all.withUnsafeBufferPointer { headers in
                do throws(KafkaError) { try produce(route, partition, key, value, headers) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    @inline(__always)
    private func route(to topic: Topic) throws(KafkaError) -> TopicRoute {
        if let lastRoute, lastRoute.topic == topic { return lastRoute }
        return try findRoute(to: topic)
    }

    private func findRoute(to topic: Topic) throws(KafkaError) -> TopicRoute {
        if let known = routes[topic] {
            lastRoute = known
            return known
        }
        let route = try TopicRoute(topic, handle: handle, partitionCount: partitionCount(of: topic))
        routes[topic] = route
        lastRoute = route
        return route
    }

    public func partitionCount(of topic: Topic) throws(KafkaError) -> Int32 {
        let full = handle.namespace.name(of: topic)
        if let known = knownCounts[full] { return known }
        knownCounts = try handle.partitionCounts()
        guard let count = knownCounts[full] else {
            throw KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, place: "looking up the topic \(full)")
        }
        return count
    }

    /// Waits until all records sent so far are on the broker. Throws the first failure.
    public func flush(timeoutMs: Int32 = 60_000) throws(KafkaError) {
        let code = rd_kafka_flush(handle.rk, timeoutMs)
        try throwDeliveryFailure()
        if let fatal = handle.fatalError { throw fatal }
        try KafkaError.check(code, "delivering what was sent")
    }

    private func throwDeliveryFailure() throws(KafkaError) {
        defer {
            handle.callbacks.firstFailure = nil
            handle.callbacks.failedDeliveries = 0
        }
        if let failure = handle.callbacks.firstFailure { throw failure }
    }
}

extension KafkaProducer {
    /// Fences earlier producers of the same id and ends what they left open. Once, before the first transaction.
    public func initTransactions(timeoutMs: Int32 = 60_000) throws(KafkaError) {
        try retrying("opening \(name)") { rd_kafka_init_transactions(self.handle.rk, timeoutMs) }
    }

    public func begin() throws(KafkaError) {
        try KafkaError.check(rd_kafka_begin_transaction(handle.rk), "beginning a transaction of \(name)")
        isInTransaction = true
    }

    /// Adds offsets of the input to the open transaction.
    func sendOffsets(_ offsets: TransactionOffsets) throws(KafkaError) {
        do throws(KafkaError) {
            try retrying("adding offsets to the transaction of \(name)") {
                rd_kafka_send_offsets_to_transaction(self.handle.rk, offsets.positions.pointer, offsets.metadata, 30_000)
            }
        } catch {
            throw explained(error)
        }
    }

    /// Delivers what was sent and commits. After an error that `needsAbort`, abort.
    public func commit() throws(KafkaError) {
        do throws(KafkaError) {
            awaitDelivery()
            try retrying("committing the transaction of \(name)") { rd_kafka_commit_transaction(self.handle.rk, 60_000) }
        } catch {
            throw explained(error)
        }
        isInTransaction = false
    }

    /// Why a record was not delivered says more than that the transaction failed for it. Its report may be a moment behind.
    private func explained(_ error: KafkaError) -> KafkaError {
        guard error.needsAbort else { return error }
        var rounds = 0
        while rounds < 20, handle.callbacks.firstFailure == nil {
            rd_kafka_poll(handle.rk, 10)
            rounds += 1
        }
        guard let cause = handle.callbacks.firstFailure else { return error }
        return KafkaError(
            code: cause.code, reason: cause.reason, place: cause.place, isRetriable: cause.isRetriable, isFatal: cause.isFatal, needsAbort: true)
    }

    /// Something sent before was not delivered: the client takes no more for this transaction.
    private var lostTransaction: KafkaError {
        explained(
            KafkaError(code: "_STATE", reason: "the transaction has failed already", place: "sending in a transaction of \(name)", needsAbort: true))
    }

    /// librdkafka looks only every 10 ms whether all is delivered: this asks more often, for a while. What is left by then the commit waits for.
    private func awaitDelivery() {
        var rounds = 0
        while rounds < 200, rd_kafka_outq_len(handle.rk) > 0 {
            rd_kafka_flush(handle.rk, 1)
            rounds += 1
        }
    }

    /// Ends the open transaction without a trace.
    public func abort(timeoutMs: Int32 = 60_000, attempts: Int = 5) throws(KafkaError) {
        guard isInTransaction else { return }
        defer {
            handle.callbacks.firstFailure = nil
            handle.callbacks.failedDeliveries = 0
        }
        // Right after a commit Apache Kafka refuses the next transaction's partitions for a moment, and librdkafka asks again; an abort before they
        // are taken would end a transaction that the broker does not know, which it refuses for good (INVALID_TXN_STATE).
        if handle.fatalError == nil { awaitDelivery() }
        try retrying("aborting the transaction of \(name)", attempts: attempts) { rd_kafka_abort_transaction(self.handle.rk, timeoutMs) }
        isInTransaction = false
    }

    /// Retries what librdkafka says may be called again, a bounded number of times.
    private func retrying(_ place: String, attempts limit: Int = 5, _ call: () -> OpaquePointer?) throws(KafkaError) {
        var attempts = 0
        while true {
            guard let error = call() else { return }
            attempts += 1
            let isRetriable = rd_kafka_error_is_retriable(error) != 0 && rd_kafka_error_txn_requires_abort(error) == 0
            let failure = KafkaError(consuming: error, place: place)
            if !isRetriable || attempts >= limit { throw failure }
            handle.callbacks.logger.warning("\(failure); trying again")
        }
    }
}
