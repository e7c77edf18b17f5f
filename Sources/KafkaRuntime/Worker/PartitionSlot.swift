import Pipeline

/// A partition that is assigned to the worker: its task, and why it is not being read if it isn't.
final class PartitionSlot<S: Stage> {
    enum Phase {
        /// Its state is being read from the changelog.
        case restoring
        case running
        /// A record needs more steps, or waits for the tables; the partition is paused meanwhile.
        case parked(OwnedRecord, waitsFor: String?)
    }

    let partition: Int32
    var phase: Phase = .restoring
    var task: PartitionTask<S>
    /// What the group said when the partition was taken; nil where it said nothing.
    let group: Int64?
    /// Where the consumer was told to begin.
    let assigned: Int64
    /// The offset of the last commit, made or handed over.
    var committed: Int64
    /// The partition's end, when the consumer has met it: everything before was handed over.
    var end: Int64?
    /// Something happened after which `Stage.reached` has to be called.
    var needsReached = true
    /// A record came while the slot was not running, and has to be read again.
    var hasSkipped = false

    init(partition: Int32, position: Int64, group: Int64? = nil) {
        self.partition = partition
        self.group = group
        assigned = position
        committed = position
        task = PartitionTask(partition: partition, position: position)
    }

    var isRunning: Bool {
        if case .running = phase { return true }
        return false
    }

    var isRestoring: Bool {
        if case .restoring = phase { return true }
        return false
    }

    /// Nothing to do here until a record comes.
    var isIdle: Bool { isRunning && end != nil }
}
