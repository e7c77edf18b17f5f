import Events
import Pipeline

/// How a worker runs: who it is, how it batches, when it stops.
public struct WorkerOptions: Sendable {
    /// Which process this is, stable over restarts and unique among those of the namespace.
    public var instance: String
    /// Which worker of the process, from 0.
    public var worker: Int
    /// A replay reads its input and reference tables in another namespace, and writes only into its own.
    public var inputNamespace: Namespace?
    /// A transaction holds at most so many input records ...
    public var maxBatchRecords = 20_000
    /// ... so many bytes of input and output ...
    public var maxBatchBytes = 32_000_000
    /// ... and is committed at the latest after so long.
    public var maxBatchMs: Int64 = 150
    /// How long to wait for more when the input has run dry, or until the commit before is made if that takes longer, up to `maxBatchMs`.
    /// Each transaction costs a marker in each partition that it wrote.
    public var lingerMs: Int64 = 10
    /// After so long without a sign of life a worker's partitions go to others.
    public var sessionTimeoutMs = 10_000
    /// A static member keeps its partitions over a restart, so that a killed slot takes them back at once; a slot that never comes back holds
    /// them until the session times out. Else each restart is a rebalance, and a graceful stop gives the partitions to others at once.
    public var isStaticMember = true
    /// The broker aborts a dead worker's transaction after so long. At most 10,000.
    public var transactionTimeoutMs = 10_000
    /// The reference tables are read when there is a record to step, not before: a worker that hardly ever has one costs nothing until then.
    public var defersTables = false
    /// Stop once all input has been read and none came for `idleSeconds`.
    public var untilIdle = false
    public var idleSeconds = 3.0
    /// With `untilIdle`: who stops together; `idleSeconds` is then the group's.
    public var idleGroup: IdleGroup?
    /// What changelogs are written in.
    public var stateFormat = StateFormatSetting.auto
    /// The worker gives up after so many failures without a commit between them.
    public var maxConsecutiveFailures = 20

    public init(instance: String = "main", worker: Int = 0) {
        self.instance = instance
        self.worker = worker
    }

    func validate() throws(ConfigurationError) {
        let isName = !instance.isEmpty && instance.utf8.allSatisfy {
            ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) || $0 == 45 || $0 == 95
        }
        guard isName else { throw ConfigurationError(property: "instance", reason: "takes letters, digits, - and _") }
        guard (1_000...10_000).contains(transactionTimeoutMs) else {
            throw ConfigurationError(property: "transactionTimeoutMs", reason: "must be 1000 to 10000: an open transaction blocks its readers")
        }
        guard maxBatchRecords > 0, maxBatchBytes > 0, maxBatchMs > 0, lingerMs >= 0, Int64(transactionTimeoutMs) > 2 * maxBatchMs else {
            throw ConfigurationError(property: "batch limits", reason: "must be positive, and maxBatchMs under half of the transaction timeout")
        }
    }
}
