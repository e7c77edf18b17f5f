import Pipeline

/// What the open transaction holds so far.
struct Batch {
    var recordsIn = 0
    var bytesIn = 0
    var recordsOut = 0
    var bytesOut = 0
    /// Steps taken, those of unfinished records included.
    var steps = 0
    /// When its first record came.
    var startedNs: Int64 = 0
    var startedCPUNs: Int64 = 0
    /// Outcomes, counted in the metrics only once they are committed.
    var tallies: [Outbox.Tally: Int] = [:]

    mutating func start() {
        startedNs = Monotonic.nowNs
        startedCPUNs = Monotonic.processCPUNs
    }
}
