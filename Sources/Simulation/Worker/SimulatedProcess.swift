import Pipeline

/// A worker of any stage, as the scheduler sees it.
protocol SimulatedProcess: AnyObject {
    var stage: StageName { get }
    /// Among its stage's.
    var number: Int { get }
    /// Does one small thing; false where there was nothing to do, or it has to wait for others.
    func act(_ random: inout SeededRandom, faults: FaultPlan) throws -> Bool
    /// All memory is lost. An open transaction stays open until the worker comes back, as after `kill -9`.
    func crash()
    /// Whether its stage could go on without its group's offsets.
    var keepsPositions: Bool { get throws }
    /// What it waits for, where a record could not be done.
    var waitingFor: String? { get }
    /// Where it stands, for whoever looks into a run that got stuck.
    var status: String { get }
}

/// What may go wrong inside a worker, in chances of 1,000.
public struct FaultPlan: Sendable {
    public var abortPerMille = 0
    public var crashPerMille = 0
    public var rebalancePerMille = 0
    public var delayPerMille = 0
    /// A stage's workers, or those of all stages, are away for so long that the groups' offsets are dropped.
    public var offsetLossPerMille = 0
    /// A stage's workers are started again with the next of the run's formats.
    public var formatSwitchPerMille = 0
    /// How many records a worker steps through before it lets others act; batches end at random, too.
    public var stepsAtOnce = 1000
    public var batchEndPerMille = 1000

    public static let none = FaultPlan()

    public static let all = FaultPlan(
        abortPerMille: 60, crashPerMille: 12, rebalancePerMille: 4, delayPerMille: 4, offsetLossPerMille: 1, formatSwitchPerMille: 1, stepsAtOnce: 4,
        batchEndPerMille: 300)
}
