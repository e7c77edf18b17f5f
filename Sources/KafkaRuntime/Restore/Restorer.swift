import CRdkafka
import Events
import Logging
import Pipeline

/// Reads changelog partitions into new tasks, up to the true end of the log.
///
/// The end is asked of a client that sees open transactions too. A reader of committed data meets its PARTITION_EOF at the last stable
/// offset, before the end, as long as a predecessor's transaction is open; taking that for the end loses state (KAFKA-10167).
final class Restorer<S: Stage> {
    private let changelog: Topic
    private let reader: KafkaConsumer
    private let watermarks: KafkaConsumer
    private let logger: Logger
    private var tasks: [Int32: PartitionTask<S>] = [:]
    private var ends: [Int32: Int64] = [:]
    private var unfinished: Set<Int32> = []
    private let startedMs = Monotonic.nowMs
    private var lastProgressMs = Monotonic.nowMs
    private var positions: [Int32: Int64] = [:]
    private(set) var entries = 0

    /// - Parameter positions: where each partition of the input was committed.
    init(
        _ positions: [Int32: Int64], changelog: Topic, reader: KafkaConsumer, watermarks: KafkaConsumer, logger: Logger
    ) throws {
        self.changelog = changelog
        self.reader = reader
        self.watermarks = watermarks
        self.logger = logger
        var starts: [LogPosition] = []
        for (partition, position) in positions.sorted(by: { $0.key < $1.key }) {
            tasks[partition] = PartitionTask(partition: partition, position: position)
            let held = try watermarks.handle.offsets(of: changelog, partition: partition)
            guard !held.isEmpty else { continue }
            ends[partition] = held.upperBound
            self.positions[partition] = held.lowerBound
            unfinished.insert(partition)
            starts.append(LogPosition(topic: changelog, partition: partition, offset: held.lowerBound))
        }
        if !starts.isEmpty { try reader.assign(starts) }
    }

    var seconds: Double { Double(Monotonic.nowMs - startedMs) / 1000 }

    /// Reads on for about `budgetMs`. True when all is restored.
    func advance(budgetMs: Int64) throws -> Bool {
        let deadline = Monotonic.nowMs + budgetMs
        var polls = 0
        while !unfinished.isEmpty {
            polls += 1
            if polls & 1023 == 0 && Monotonic.nowMs >= deadline { break }
            let came = try reader.poll(timeoutMs: 50) { polled in
                let partition = polled.partition
                guard let end = ends[partition] else { return }
                if polled.isEnd {
                    positions[partition] = polled.offset
                } else {
                    positions[partition] = polled.offset + 1
                    entries += 1
                    let record = reader.record(polled, readsHeaders: false)
                    // In place: a copy of the dictionary's value would copy the whole state.
                    try tasks[partition]?.restore(key: record.key, value: record.value)
                }
                if positions[partition]! >= end { unfinished.remove(partition) }
            }
            if !came && Monotonic.nowMs >= deadline { break }
        }
        reportProgress()
        guard unfinished.isEmpty else { return false }
        reader.unassign()
        return true
    }

    /// The restored tasks. Once, after `advance` has returned true.
    func takeTasks() -> [Int32: PartitionTask<S>] {
        for partition in tasks.keys { tasks[partition]?.finishRestore() }
        defer { tasks = [:] }
        return tasks
    }

    private func reportProgress() {
        guard Monotonic.nowMs - lastProgressMs >= 2_000, !unfinished.isEmpty else { return }
        lastProgressMs = Monotonic.nowMs
        let missing = unfinished.sorted().map { "\($0) at \(positions[$0] ?? 0) of \(ends[$0] ?? 0)" }.joined(separator: ", ")
        logger.info(
            "restoring from the changelog", metadata: ["topic": "\(changelog.rawValue)", "entries": "\(entries)", "partitions": "\(missing)"])
    }
}
