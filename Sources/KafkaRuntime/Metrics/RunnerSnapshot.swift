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
