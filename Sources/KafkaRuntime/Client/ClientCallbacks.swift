import CRdkafka
import Logging
import Synchronization

/// What librdkafka calls back. Logs come from its own threads and touch only `logger`, a constant; all else is called on the thread
/// that polls.
final class ClientCallbacks {
    let logger: Logger
    var onRebalance: ((RebalanceEvent, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Void)?
    /// Records that could not be delivered since the last look, and why the first could not.
    var failedDeliveries = 0
    var firstFailure: KafkaError? {
        didSet { if firstFailure == nil { firstFailureBytes = 0 } }
    }
    private var firstFailureBytes = 0
    /// Why the last connection failed, in librdkafka's words: "SASL authentication error: …". Written by its threads.
    private let connectionFault = Mutex<String?>(nil)
    var lastConnectionFault: String? { connectionFault.withLock { $0 } }

    enum RebalanceEvent { case assigned, revoked }

    init(logger: Logger) { self.logger = logger }

    /// "[thrd:sasl_ssl://b:9093/bootstrap]: sasl_ssl://b:9093/bootstrap: SASL authentication error: … (after 5ms in state AUTH_REQ)", without what names
    /// threads and states.
    private static func fault(in text: String) -> String {
        let fault = text.split(separator: "]: ", maxSplits: 1).last.map(String.init) ?? text
        guard let state = fault.lastIndex(of: "("), fault[state...].hasPrefix("(after ") else { return fault }
        return String(fault[..<state].reversed().drop { $0 == " " }.reversed())
    }

    private static func of(_ opaque: UnsafeMutableRawPointer) -> ClientCallbacks {
        Unmanaged<ClientCallbacks>.fromOpaque(opaque).takeUnretainedValue()
    }

    static func install(in conf: OpaquePointer, _ role: ClientRole) {
        rd_kafka_conf_set_log_cb(conf) { rk, level, facility, text in
            guard let rk, let opaque = rd_kafka_opaque(rk), let text else { return }
            let facility = facility.map { String(cString: $0) } ?? ""
            // Properties for the other kind of client are ignored on purpose: one set of properties serves all.
            let isNoise = facility == "CONFWARN" || facility == "GETPID"
            if facility == "FAIL" { ClientCallbacks.of(opaque).connectionFault.withLock { $0 = ClientCallbacks.fault(in: String(cString: text)) } }
            // A connection that fails is tried again: what comes of it is what matters.
            let isPassing = facility == "FAIL" || level == 4
            let logLevel: Logger.Level = isNoise ? .debug : isPassing ? .warning : level <= 3 ? .error : level <= 6 ? .info : .debug
            ClientCallbacks.of(opaque).logger.log(level: logLevel, "\(String(cString: text))", metadata: ["librdkafka": "\(facility)"])
        }
        rd_kafka_conf_set_error_cb(conf) { _, code, reason, opaque in
            guard let opaque, code != RD_KAFKA_RESP_ERR__FATAL.rawValue else { return }
            ClientCallbacks.of(opaque).logger.warning(
                "\(reason.map { String(cString: $0) } ?? "")",
                metadata: ["code": "\(String(cString: rd_kafka_err2name(rd_kafka_resp_err_t(rawValue: code))))"])
        }
        switch role {
        case .groupMember:
            rd_kafka_conf_set_rebalance_cb(conf) { rk, code, partitions, opaque in
                guard let rk, let partitions, let opaque else { return }
                guard let handler = ClientCallbacks.of(opaque).onRebalance else {
                    rd_kafka_assign(rk, nil)
                    return
                }
                handler(code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? .assigned : .revoked, partitions)
            }
        case .transactionalProducer, .idempotentProducer, .atLeastOnceProducer:
            rd_kafka_conf_set_dr_msg_cb(conf) { _, message, opaque in
                guard let message, let opaque, message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
                let callbacks = ClientCallbacks.of(opaque)
                callbacks.failedDeliveries += 1
                let isOwnPurge =
                    message.pointee.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.pointee.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT
                // A request is refused as a whole: of its records the largest is the one that was too large.
                let isLarger = message.pointee.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && message.pointee.len > callbacks.firstFailureBytes
                if (callbacks.firstFailure == nil || isLarger) && !isOwnPurge {
                    callbacks.firstFailureBytes = message.pointee.len
                    let topic = message.pointee.rkt.flatMap { rd_kafka_topic_name($0) }.map { String(cString: $0) } ?? "?"
                    callbacks.firstFailure = KafkaError(
                        message.pointee.err, place: "delivering a record of \(message.pointee.len) bytes to \(topic)/\(message.pointee.partition)")
                }
            }
        case .reader, .restorer, .probe: break
        }
    }
}
