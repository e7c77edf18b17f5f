import Pipeline

/// What a worker is doing right now, for health pages, progress lines and tests.
public struct RunnerSnapshot: Sendable {
    public enum State: String, Sendable {
        case starting, loadingTables, waitingForPartitions, restoring, running, stopped, failed
    }

    public var stage: StageName
    public var worker: String
    public var state: State = .starting
    public var partitions: [Int32] = []
    /// Records of the input that were committed.
    public var recordsIn = 0
    /// Records that were produced and committed, changelog included.
    public var recordsOut = 0
    public var bytesIn = 0
    /// Keys and values that were produced and committed, changelog included.
    public var bytesOut = 0
    /// The process' steady clock at the beginning of the first batch and at the last commit, ns.
    public var firstBatchNs: Int64 = 0
    public var lastCommitNs: Int64 = 0
    /// What the whole process had used of the processors at these moments, ns.
    public var firstBatchCPUNs: Int64 = 0
    public var lastCommitCPUNs: Int64 = 0
    public var commits = 0
    public var aborts = 0
    public var rebalances = 0
    public var restoredEntries = 0
    public var restoreSeconds = 0.0
    public var tableRecords = 0
    /// Records behind the end of the assigned partitions.
    public var lag: Int64 = 0
    /// When the loop last went round, ms of the process' steady clock.
    public var lastBeatMs: Int64 = 0
    /// What the parked partitions wait for.
    public var waitsFor: [Int32: String] = [:]

    public init(stage: StageName, worker: String) {
        self.stage = stage
        self.worker = worker
    }

    /// From the first record to the last commit.
    public var activeSeconds: Double { Double(max(0, lastCommitNs - firstBatchNs)) / 1e9 }

    /// What the whole process used of the processors meanwhile, its other workers included.
    public var activeCPUSeconds: Double { Double(max(0, lastCommitCPUNs - firstBatchCPUNs)) / 1e9 }

    /// Restored, assigned and reading.
    public var isReady: Bool { state == .running }

    /// The loop has gone round in the last minute. A restore or a slow broker takes less between two rounds.
    public var isAlive: Bool {
        switch state {
        case .stopped, .failed: false
        default: lastBeatMs == 0 || Monotonic.nowMs - lastBeatMs < 60_000
        }
    }
}
