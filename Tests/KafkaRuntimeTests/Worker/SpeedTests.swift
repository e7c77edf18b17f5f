import Events
import Foundation
import KafkaRuntime
import Pipeline
import Testing

/// Measures, and asserts nothing of speed: machines differ. Set TOLLSTREAM_BENCH to run it.
@Suite(
    "Speed", .enabled(if: TestCluster.servers != nil && ProcessInfo.processInfo.environment["TOLLSTREAM_BENCH"] != nil, "set TOLLSTREAM_BENCH"),
    .serialized)
struct SpeedTests {
    struct CopyStage: Stage {
        struct State: StageState {
            var entries = 0
            init(partition: Int32) {}
            mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws { entries += 1 }
            mutating func flush(into changelog: inout ChangelogWriter) {}
        }

        static let name = StageName.aggregate
        static let input = Topic.usageRated
        static let outputs = [Topic.billingPeriods]
        static let changelog: Topic? = .stateAggregate
        static let topics: [Topic: Int32] = [.usageRated: 4, .billingPeriods: 4, .stateAggregate: 4]

        func step(_ record: InputRecord, tables: NoTables, state: inout State, outbox: inout Outbox) throws -> StepResult {
            outbox.put(.billingPeriods, partition: record.partition, key: record.key, value: record.value.map { Array($0) })
            return .done
        }
    }

    private func fill(_ cluster: TestCluster, _ topic: Topic, _ count: Int) throws {
        let writer = try cluster.writer()
        let value = [UInt8](repeating: 65, count: 140)
        for index in 0..<count { try writer.send(topic, partition: Int32(index % 4), key: "k\(index)", value: value) }
        try writer.flush()
    }

    @Test("of a copy, and of a restore")
    func copy() async throws {
        let cluster = try TestCluster(CopyStage.topics)
        let count = 2_000_000
        let start = Date()
        try fill(cluster, .usageRated, count)
        print("write: \(Int(Double(count) / Date().timeIntervalSince(start))) records/s")
        try fill(cluster, .stateAggregate, 1_000_000)
        let runner = try cluster.runner(CopyStage()) { $0.untilIdle = false }
        runner.start()
        #expect(try await eventually(within: 60) { runner.snapshot.recordsIn > 0 })
        let (first, from) = (runner.snapshot.recordsIn, Date())
        print("restore: \(Int(Double(runner.snapshot.restoredEntries) / runner.snapshot.restoreSeconds)) entries/s")
        #expect(try await eventually(within: 60) { runner.snapshot.recordsIn == count })
        let seconds = Date().timeIntervalSince(from)
        print("copy: \(Int(Double(count - first) / seconds)) records/s, \(runner.snapshot.commits) commits")
        try await measureLatency(cluster)
        runner.stop()
        try await runner.waitUntilFinished()
    }

    private func measureLatency(_ cluster: TestCluster) async throws {
        let log = cluster.log
        let starts = try (0..<4).map { LogPosition(topic: .billingPeriods, partition: $0, offset: try log.offsets(of: .billingPeriods, partition: $0).upperBound) }
        let writer = try cluster.writer()
        var latencies: [Double] = []
        var isStarted = false
        try log.follow(starts, until: .never) { _, record in
            latencies.append(Date().timeIntervalSince1970 - Double(text(record.value!))!)
        } atBoundary: { _ in
            if latencies.count >= 200 { return false }
            if isStarted || latencies.isEmpty {
                isStarted = true
                try writer.send(.usageRated, partition: 0, key: "k", value: Array(String(Date().timeIntervalSince1970).utf8))
                try writer.flush()
            }
            return true
        }
        latencies.sort()
        print("latency, produced to read after the commit: p50 \(latencies[100] * 1000) ms, p99 \(latencies[197] * 1000) ms")
    }
}
