import CRdkafka

/// What went wrong between us and the broker: a code, the reason, what was being done, and what can be done about it.
public struct KafkaError: Error, Sendable, CustomStringConvertible {
    /// The name of the code in librdkafka, such as "MSG_SIZE_TOO_LARGE" or "_FENCED".
    public let code: String
    public let reason: String
    /// What was being done, such as "committing the transaction of main.rate.a.0".
    public let place: String
    /// The same call may work when made again.
    public let isRetriable: Bool
    /// The client is unusable: the process has to stop.
    public let isFatal: Bool
    /// The open transaction has to be aborted; a new one may work.
    public let needsAbort: Bool

    package init(code: String, reason: String, place: String, isRetriable: Bool = false, isFatal: Bool = false, needsAbort: Bool = false) {
        self.code = code
        self.reason = reason
        self.place = place
        self.isRetriable = isRetriable
        self.isFatal = isFatal
        self.needsAbort = needsAbort
    }

    init(_ code: rd_kafka_resp_err_t, place: String, reason: String? = nil, isFatal: Bool = false) {
        self.init(
            code: String(cString: rd_kafka_err2name(code)),
            reason: reason ?? String(cString: rd_kafka_err2str(code)),
            place: place,
            isRetriable: Self.retriable.contains(code.rawValue),
            isFatal: isFatal || Self.fatal.contains(code.rawValue))
    }

    /// Takes over `error` and frees it.
    init(consuming error: OpaquePointer, place: String) {
        let code = rd_kafka_error_code(error)
        self.init(
            code: String(cString: rd_kafka_err2name(code)),
            reason: String(cString: rd_kafka_error_string(error)),
            place: place,
            isRetriable: rd_kafka_error_is_retriable(error) != 0 || Self.retriable.contains(code.rawValue),
            isFatal: rd_kafka_error_is_fatal(error) != 0 || Self.fatal.contains(code.rawValue),
            needsAbort: rd_kafka_error_txn_requires_abort(error) != 0)
        rd_kafka_error_destroy(error)
    }

    /// Throws if the call that returned `error` failed.
    static func check(_ error: OpaquePointer?, _ place: @autoclosure () -> String) throws(KafkaError) {
        if let error { throw KafkaError(consuming: error, place: place()) }
    }

    static func check(_ code: rd_kafka_resp_err_t, _ place: @autoclosure () -> String) throws(KafkaError) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, place: place()) }
    }

    /// A worker may throw away its memory, restore and go on after this.
    public var isRecoverable: Bool { !isFatal && (needsAbort || isRetriable) && code != "MSG_SIZE_TOO_LARGE" }

    /// The broker knows the producer's id no more, as after seven days without a transaction (`transactional.id.expiration.ms`): a new producer is needed.
    public var isProducerForgotten: Bool { code == "INVALID_PRODUCER_ID_MAPPING" || code == "UNKNOWN_PRODUCER_ID" }

    /// The open transaction failed behind our back, and the client doesn't say why: where its producer is forgotten, an abort would wait in vain. A new
    /// producer ends what was open in any case.
    public var isTransactionLost: Bool { code == "_STATE" }

    /// No broker answered.
    public var isUnreachable: Bool { ["_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_RESOLVE"].contains(code) }

    public var description: String {
        let text = "\(place): \(reason) (\(code))"
        return advice.map { text + ". " + $0 } ?? text
    }

    private var advice: String? {
        switch code {
        case "_FENCED", "INVALID_PRODUCER_EPOCH", "PRODUCER_FENCED", "FENCED_INSTANCE_ID":
            "Another process uses the same slot name: give each `--slot` a name of its own, and start only one of each. "
                + "Or the broker was away for longer than the session: then starting again is enough."
        case "MSG_SIZE_TOO_LARGE":
            "A record is larger than the topic takes: raise the topic's max.message.bytes (`tollstream topics apply`) or the limit of the client."
        case "UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION": "Create the topics first: `tollstream topics apply`."
        case _ where isUnreachable:
            "The broker doesn't answer: check bootstrap servers, network and TLS or SASL settings."
        case "_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED": "Check the SASL mechanism, user and password."
        case "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED":
            "The user lacks a permission (ACL) for this."
        case "_MAX_POLL_EXCEEDED": "The worker slept too long and lost its partitions."
        case "_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE":
            "Records that were not read yet are gone from the topic: restore them from the archive, or set the group's offset on purpose."
        default: nil
        }
    }

    private static let retriable: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TIMED_OUT,
            RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__WAIT_COORD,
            RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT,
            RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__IN_PROGRESS,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
        ].map(\.rawValue))

    private static let fatal: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
            RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED,
        ].map(\.rawValue))
}
