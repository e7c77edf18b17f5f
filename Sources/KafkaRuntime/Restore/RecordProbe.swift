import Events
import Logging
import Pipeline

/// Looks at single records of a topic's partitions.
struct RecordProbe {
    private let reader: KafkaConsumer
    private let timeoutMs: Int64

    init(_ configuration: ClientConfiguration, timeoutMs: Int64 = 30_000, logger: Logger) throws {
        // Open and aborted transactions do no harm: what stands at the place has to be the one record.
        reader = try KafkaConsumer(probing: configuration, logger: logger)
        self.timeoutMs = timeoutMs
    }

    /// What stands at each place, by partition; left out where no record does. The places have to lie before their partitions' ends.
    func marks(at places: [LogPosition]) throws -> [Int32: RecordMark] {
        var found: [Int32: RecordMark] = [:]
        var missing = Set(places.map(\.partition))
        try reader.assign(places)
        defer { reader.unassign() }
        let deadline = Monotonic.nowMs + timeoutMs
        while !missing.isEmpty {
            guard Monotonic.nowMs < deadline else {
                throw KafkaError(
                    code: "_TIMED_OUT", reason: "the broker does not hand them over", place: "looking at the last records that were read", isRetriable: true)
            }
            _ = try reader.poll(timeoutMs: 100) { polled in
                guard missing.remove(polled.partition) != nil, !polled.isEnd else { return }
                // The first that comes stands there, or behind it.
                found[polled.partition] = RecordMark(reader.record(polled, readsHeaders: false))
            }
        }
        return found
    }
}
