import Foundation
import KafkaRuntime

/// What a process did and what it cost, as `run --report` writes it.
struct ProcessReport: Codable {
    struct Worker: Codable {
        var stage: String
        var recordsIn: Int
        var recordsOut: Int
        var bytesIn: Int
        var bytesOut: Int
        /// By the process' steady clock; 0 where nothing came.
        var firstBatchNs: Int64
        var lastCommitNs: Int64
        /// From the first record to the last commit.
        var seconds: Double
        /// What the whole process used of the processors meanwhile.
        var cpuSeconds: Double
        var restoredEntries: Int
        var restoreSeconds: Double
    }

    var workers: [Worker]
    /// User and system time of the whole process, its start included.
    var cpuSeconds: Double
    var peakMemoryBytes: Int

    /// From the first record of any worker to the last commit of any.
    var seconds: Double {
        let active = workers.filter { $0.lastCommitNs > 0 }
        return Double((active.map(\.lastCommitNs).max() ?? 0) - (active.map(\.firstBatchNs).min() ?? 0)) / 1e9
    }

    static func usage() -> (cpuSeconds: Double, peakMemoryBytes: Int) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return (seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss * 1024)
    }

    init(_ workers: [Worker]) {
        self.workers = workers
        (cpuSeconds, peakMemoryBytes) = Self.usage()
    }

    init(_ snapshots: [RunnerSnapshot]) {
        self.init(snapshots.map {
            Worker(
                stage: $0.stage.rawValue, recordsIn: $0.recordsIn, recordsOut: $0.recordsOut, bytesIn: $0.bytesIn, bytesOut: $0.bytesOut,
                firstBatchNs: $0.firstBatchNs, lastCommitNs: $0.lastCommitNs, seconds: $0.activeSeconds,
                cpuSeconds: $0.activeCPUSeconds, restoredEntries: $0.restoredEntries, restoreSeconds: $0.restoreSeconds)
        })
    }

    func write(to path: String) throws {
        try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: path))
    }

    static func read(_ path: String) throws -> ProcessReport {
        try JSONDecoder().decode(ProcessReport.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
