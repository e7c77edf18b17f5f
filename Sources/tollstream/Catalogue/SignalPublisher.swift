import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

/// Publishes a price signal into every partition of usage.normalized, in one transaction.
struct SignalPublisher {
    private let client: ClientConfiguration

    init(_ client: ClientConfiguration) { self.client = client }

    func publish(_ signal: PriceSignal) throws {
        let writer = try client.writer(transactionalID: "signals")
        // The same signal may be published again after another one: the time keeps the two apart.
        let now = UInt64(Date().timeIntervalSince1970 * 1_000_000)
        let cause = EventID(cause: EventID(high: now, low: 1), stage: 0, ordinal: UInt64(bitPattern: signal.fromMs))
        try writer.inTransaction { try writer.sendToEveryPartition(.priceSignal(signal), cause: cause) }
    }

    /// The signals that the first partition holds; all partitions hold the same.
    func list() throws -> [PriceSignal] {
        let log = client.log()
        var signals: [PriceSignal] = []
        try log.read(.usageNormalized, partition: 0, try log.offsets(of: .usageNormalized, partition: 0)) { record in
            // Only what is about no account has no key.
            guard record.key.isEmpty, let value = record.value else { return true }
            if case .priceSignal(let signal)? = try NormalizedRecord(serializedBytes: BorrowedBytes(value)).body { signals.append(signal) }
            return true
        }
        return signals
    }
}
