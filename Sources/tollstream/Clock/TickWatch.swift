import Events
import Foundation
import KafkaRuntime
import Pipeline

/// Waits until rating has let a tick take effect in every partition. Made before the tick is published, so that it needs to read
/// only what comes after.
struct TickWatch {
    private let log: KafkaLog
    private let start: [Int64]

    init(_ client: ClientConfiguration) throws {
        log = client.log()
        start = try (0..<log.partitionCount(of: .usageRated)).map { [log] in try log.offsets(of: .usageRated, partition: $0).upperBound }
    }

    /// - Throws: `CommandFailure` (1) after `seconds` without it, naming the partitions that are missing.
    func waitUntilEffective(_ tick: Tick, seconds: Int) throws {
        let deadline = Date().addingTimeInterval(TimeInterval(seconds))
        var missing = Set(start.indices)
        var from = start
        while !missing.isEmpty {
            for partition in missing.sorted() {
                let end = try log.offsets(of: .usageRated, partition: Int32(partition)).upperBound
                try log.read(.usageRated, partition: Int32(partition), from[partition]..<max(end, from[partition])) { record in
                    guard let value = record.value else { return true }
                    if case .tick(let effective) = try RatedRecord(serializedBytes: BorrowedBytes(value)).body,
                        effective.sequence >= tick.sequence
                    {
                        missing.remove(partition)
                        return false
                    }
                    from[partition] = record.offset + 1
                    return true
                }
            }
            if missing.isEmpty { return }
            if Date() > deadline {
                throw CommandFailure.negative(
                    "tick \(tick.sequence) has not taken effect in \(missing.count) of \(start.count) partitions of usage.rated after \(seconds) s; "
                        + "are normalize and rate running? See `tollstream status`.")
            }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }
}
