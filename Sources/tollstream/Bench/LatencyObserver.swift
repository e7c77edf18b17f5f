import Events
import Foundation
import KafkaRuntime
import Pipeline
import Rating
import Synchronization

/// Reads rated usage as a downstream system would, and compares the clock with the usage's own start, which the benchmark set to the
/// moment of sending.
final class LatencyObserver: @unchecked Sendable {
    // Invariant: everything but `done`, `hasSeen` and `ignoredBeforeMs` belongs to the thread that runs `run`; `wait` reads after `done`.
    private let log: KafkaLog
    private var from: [Int64]
    private var latencies: [Int] = []
    private var total = 0
    private let ignoredBeforeMs = Mutex(Double.infinity)
    let hasSeen = Mutex(false)
    private let done = DispatchSemaphore(value: 0)

    init(_ client: ClientConfiguration) throws {
        log = client.log()
        from = []
        for partition in 0..<(try log.partitionCount(of: .usageRated)) {
            from.append(try log.offsets(of: .usageRated, partition: partition).upperBound)
        }
    }

    func ignoreBefore(_ ms: Double) { ignoredBeforeMs.withLock { $0 = ms } }

    func run(untilQuietSeconds quiet: TimeInterval) {
        defer { done.signal() }
        var last = Date()
        let positions = from.indices.map { LogPosition(topic: .usageRated, partition: Int32($0), offset: from[$0]) }
        // What could not be read shows in the count.
        try? log.follow(positions, until: .never) { _, record in
            hasSeen.withLock { $0 = true }
            last = Date()
            guard let value = record.value, let startMs = RatedUsageStart.milliseconds(in: value) else { return }
            total += 1
            if Double(startMs) >= ignoredBeforeMs.withLock({ $0 }) { latencies.append(max(0, Int(last.timeIntervalSince1970 * 1000) - Int(startMs))) }
        } atBoundary: { _ in
            Date().timeIntervalSince(last) < (hasSeen.withLock({ $0 }) ? quiet : 60)
        }
    }

    func wait() -> (total: Int, count: Int, p50: Int, p99: Int, max: Int) {
        done.wait()
        let sorted = latencies.sorted()
        guard let last = sorted.last else { return (total, 0, 0, 0, 0) }
        return (total, sorted.count, sorted[sorted.count / 2], sorted[min(sorted.count - 1, sorted.count * 99 / 100)], last)
    }
}
