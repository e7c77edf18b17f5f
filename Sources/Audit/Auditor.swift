import Events
import Pipeline

/// Proves from the log alone that nothing was lost, doubled or altered, and that all charges stand on bills or are still unbilled, to the
/// last nano (`AuditCheck` lists the claims). It shares no code with the stages that it judges, and believes no sum that it can add up.
///
/// It reads each topic once, in order. Memory: 5 bytes a raw record; 8 bytes a rated usage, and 512 MB at most; for one partition at a time 24 to 64
/// bytes a rated usage and as much for event ids; some 100 bytes a suspended record, an account, a bill and,
/// twice as much, a usage that moved; 64 bytes a subscription that ended, where any did. Lines and usages are never held.
public struct Auditor<Log: ReadableLog> {
    private let log: Log
    private let namesAtATime: Int

    /// - Parameter namesAtATime: how many names of usage are held at a time, 8 bytes each, to find those that two accounts were charged for; what is
    ///   beyond takes a further walk over usage.rated and usage.normalized for each as many.
    public init(log: Log, namesAtATime: Int = 1 << 26) {
        self.log = log
        self.namesAtATime = namesAtATime
    }

    /// `progress` hears what is being read and how many records of it have been read.
    ///
    /// Throws only what the log throws: whatever is wrong with its content stands in the report.
    public func run(progress: (_ topic: Topic, _ records: Int64) -> Void = { _, _ in }) throws -> AuditReport {
        var run = AuditRun(log: log, cut: try LogCut(of: log), namesAtATime: namesAtATime)
        try withoutActuallyEscaping(progress) { progress in
            run.progress = progress
            try run.readClock()
            try run.readRaw()
            try run.readMoves()
            try run.readSuspended()
            try run.readCatalogues()
            for partition in run.cut.partitions(of: .usageNormalized) {
                try run.join(partition)
                try run.readPeriods(partition)
            }
            try run.finishNames()
            run.finishRaw()
            run.finishMoves()
            run.finishSuspended()
            try run.readDrafts()
            try run.readInvoices()
            try run.readCustomers()
            run.checkAssignments()
            run.progress = { _, _ in }
        }
        return run.finishReport()
    }
}
