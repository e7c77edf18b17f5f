import Events
import Logging
import Pipeline

/// Reads the topics of a stage's reference tables whole, then follows them.
final class TableFollower<S: Stage> {
    private(set) var tables = S.Tables()
    private var reader: KafkaConsumer?
    private var unfinished: [LogPosition: Int64] = [:]
    private(set) var records = 0
    private let configuration: ClientConfiguration
    private let watermarks: KafkaConsumer
    private let counts: [String: Int32]
    private let logger: Logger
    private var hasBegun = S.tableTopics.isEmpty

    init(_ configuration: ClientConfiguration, watermarks: KafkaConsumer, counts: [String: Int32], logger: Logger) {
        (self.configuration, self.watermarks, self.counts, self.logger) = (configuration, watermarks, counts, logger)
    }

    /// Captures the ends up to which is read before the tables can be used.
    func begin() throws {
        if hasBegun { return }
        let reader = try KafkaConsumer(reading: configuration, logger: logger)
        var starts: [LogPosition] = []
        for topic in S.tableTopics {
            for partition in 0..<(counts[configuration.namespace.name(of: topic)] ?? 0) {
                let held = try watermarks.handle.offsets(of: topic, partition: partition)
                starts.append(LogPosition(topic: topic, partition: partition, offset: held.lowerBound))
                // The key is the partition, whatever the position.
                if !held.isEmpty { unfinished[LogPosition(topic: topic, partition: partition, offset: 0)] = held.upperBound }
            }
        }
        try reader.assign(starts)
        self.reader = reader
        hasBegun = true
    }

    /// The captured ends have been read.
    var isLoaded: Bool { hasBegun && unfinished.isEmpty }

    /// What is still to be read, for the log.
    var missing: String {
        unfinished.map { "\($0.key.topic.rawValue)/\($0.key.partition) to \($0.value)" }.sorted().joined(separator: ", ")
    }

    /// Applies what has come, waiting at most `timeoutMs` for the first and taking at most `limit`. True if the tables changed.
    func follow(timeoutMs: Int32, limit: Int = 10_000) throws -> Bool {
        guard let reader else { return false }
        let before = records
        var taken = 0
        while taken < limit, try reader.poll(timeoutMs: taken == 0 ? timeoutMs : 0, { polled in try apply(polled, reader) }) { taken += 1 }
        return records != before
    }

    private func apply(_ polled: borrowing KafkaConsumer.Polled, _ reader: KafkaConsumer) throws {
        guard let topic = reader.topic(polled) else { return }
        var position = polled.offset
        if !polled.isEnd {
            try tables.apply(topic, reader.record(polled, readsHeaders: false))
            records += 1
            position += 1
        }
        let key = LogPosition(topic: topic, partition: polled.partition, offset: 0)
        if let end = unfinished[key], position >= end { unfinished[key] = nil }
    }
}
