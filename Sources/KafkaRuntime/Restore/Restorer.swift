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
    /// By partition number: in place in an array, for a dictionary would move the whole state out and in again for each entry.
    private var tasks: ContiguousArray<PartitionTask<S>?> = []
    /// By partition number: where reading stands, and where it is to come.
    private var positions: ContiguousArray<Int64> = []
    private var ends: ContiguousArray<Int64> = []
    private var run = RecordRun()
    /// How many partitions have not come to their ends.
    private var unfinished = 0
    private let startedMs = Monotonic.nowMs
    private var lastProgressMs = Monotonic.nowMs
    private(set) var entries = 0
    /// Below what the reader keeps ahead (`ClientRole.restorer`), so that the client is woken while it still has something to hand over.
    private static var entriesPerWake: Int { 10_000 }

    /// - Parameter fresh: a task for each partition.
    init(_ fresh: [PartitionTask<S>], changelog: Topic, reader: KafkaConsumer, watermarks: KafkaConsumer, logger: Logger) throws {
        self.changelog = changelog
        self.reader = reader
        self.watermarks = watermarks
        self.logger = logger
        let count = Int(fresh.map(\.partition).max() ?? -1) + 1
        tasks = ContiguousArray(repeating: nil, count: count)
        positions = ContiguousArray(repeating: 0, count: count)
        ends = ContiguousArray(repeating: 0, count: count)
        var starts: [LogPosition] = []
        for task in fresh.sorted(by: { $0.partition < $1.partition }) {
            let partition = task.partition
            tasks[Int(partition)] = task
            let held = try watermarks.handle.offsets(of: changelog, partition: partition)
            guard !held.isEmpty else { continue }
            ends[Int(partition)] = held.upperBound
            positions[Int(partition)] = held.lowerBound
            unfinished += 1
            starts.append(LogPosition(topic: changelog, partition: partition, offset: held.lowerBound))
        }
        if !starts.isEmpty { try reader.assign(starts) }
    }

    var seconds: Double { Double(Monotonic.nowMs - startedMs) / 1000 }

    /// Reads on for about `budgetMs`. True when all is restored.
    func advance(budgetMs: Int64) throws -> Bool {
        let deadline = Monotonic.nowMs + budgetMs
        var polls = 0
        reading: while unfinished > 0 {
            polls += 1
            if polls & 1023 == 0 && Monotonic.nowMs >= deadline { break }
            switch try reader.next(timeoutMs: run.isEmpty ? 50 : 0) {
            case .nothing:
                if run.isEmpty && Monotonic.nowMs >= deadline { break reading }
                try restoreRun()
            case .event: break
            case .record(let message): try take(message)
            case .end(let partition, let offset): come(to: offset, in: Int(partition))
            }
        }
        try restoreRun()
        reportProgress()
        guard unfinished == 0 else { return false }
        reader.unassign()
        return true
    }

    @inline(__always)
    private func take(_ message: UnsafeMutablePointer<rd_kafka_message_t>) throws {
        let place = Int(message.pointee.partition)
        // What comes after the end, or was assigned before, is not part of this restore.
        guard place < ends.count, positions[place] < ends[place] else { return rd_kafka_message_destroy(message) }
        if !run.takes(message) {
            do { try restoreRun() } catch {
                rd_kafka_message_destroy(message)
                throw error
            }
        }
        run.append(message)
        entries += 1
        if entries % Self.entriesPerWake == 0 { reader.handle.wake(changelog, partition: message.pointee.partition) }
        come(to: message.pointee.offset + 1, in: place)
        if run.isFull { try restoreRun() }
    }

    @inline(__always)
    private func come(to position: Int64, in place: Int) {
        guard place < ends.count, positions[place] < ends[place] else { return }
        positions[place] = position
        if position >= ends[place] { unfinished -= 1 }
    }

    private func restoreRun() throws {
        guard !run.isEmpty else { return }
        defer { run.removeAll() }
        let place = Int(run.partition)
        try run.withRecords(readsHeaders: false) { try tasks[place]?.restore($0) }
    }

    /// The restored tasks. Once, after `advance` has returned true.
    func takeTasks() -> [Int32: PartitionTask<S>] {
        var restored: [Int32: PartitionTask<S>] = [:]
        for place in tasks.indices {
            tasks[place]?.finishRestore()
            if let task = tasks[place] { restored[Int32(place)] = task }
            tasks[place] = nil
        }
        return restored
    }

    private func reportProgress() {
        guard Monotonic.nowMs - lastProgressMs >= 2_000, unfinished > 0 else { return }
        lastProgressMs = Monotonic.nowMs
        let missing = ends.indices.filter { positions[$0] < ends[$0] }.map { "\($0) at \(positions[$0]) of \(ends[$0])" }.joined(separator: ", ")
        logger.info(
            "restoring from the changelog", metadata: ["topic": "\(changelog.rawValue)", "entries": "\(entries)", "partitions": "\(missing)"])
    }
}
