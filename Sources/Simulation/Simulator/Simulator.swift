import Events
import Pipeline
import Topology

/// Runs the stages on an in-memory log, one small action after another, in an order that one seed decides, faults included. The same
/// seed and scenario give the same log, byte for byte.
public final class Simulator {
    public let log: InMemoryLog
    private let settings: Settings
    private var random: SeededRandom
    private var factory: WorkerFactory
    private var publisher: ScenarioPublisher
    /// By stage: the step before which none of its workers acts.
    private var delayedUntil: [Int]
    private var steps = 0
    public private(set) var faults = FaultCounts()

    public struct Settings: Sendable {
        public var stages: [StageName]
        public var partitions: Int32
        public var workersPerStage: Int
        public var plan: FaultPlan
        /// What changelogs are written in, one after the other.
        public var formats: [StateFormat]

        public init(
            stages: [StageName] = StageName.allCases, partitions: Int32 = 3, workersPerStage: Int = 2, plan: FaultPlan = .none,
            formats: [StateFormat] = [.newest]
        ) {
            self.stages = stages
            self.partitions = partitions
            self.workersPerStage = workersPerStage
            self.plan = plan
            self.formats = formats
        }
    }

    /// What went wrong on purpose.
    public struct FaultCounts: Equatable, Sendable {
        public var crashes = 0
        public var rebalances = 0
        public var delays = 0
        public var offsetLosses = 0
        public var formatSwitches = 0

        public init() {}
    }

    /// `log` goes on from where it stands; nil begins an empty one.
    public init(seed: UInt64, scenario: Scenario = Scenario(items: []), settings: Settings = Settings(), log: InMemoryLog? = nil) throws {
        self.log = log ?? InMemoryLog(partitionCounts: InMemoryLog.smallCluster(settings.partitions))
        self.settings = settings
        random = SeededRandom(seed: seed)
        factory = WorkerFactory(log: self.log, workersPerStage: settings.workersPerStage, formats: settings.formats)
        publisher = ScenarioPublisher(scenario, self.log)
        try Topology().visit(settings.stages, &factory)
        delayedUntil = Array(repeating: 0, count: factory.groups.count)
    }

    /// Until everything is sent and nobody has anything left to do.
    public func run() throws {
        try runUntilIdle()
        // Whatever was late by then, the last tick ends the periods of all.
        publisher.release()
        try runUntilIdle()
        if let stuck = factory.workers.first(where: { $0.waitingFor != nil }) {
            throw SimulationStuck(stage: stuck.stage, reason: stuck.waitingFor ?? "")
        }
        for group in factory.groups {
            for partition in 0..<group.partitionCount {
                guard let last = log.offsets(inPartition: partition, of: group.input).last else { continue }
                let position = log.committed(group.stage, partition: partition) ?? 0
                if position > last { continue }
                let workers = factory.workers.filter { $0.stage == group.stage }.map(\.status).joined(separator: "; ")
                throw SimulationStuck(
                    stage: group.stage, reason: "\(group.input.rawValue)/\(partition) is read to \(position) of \(last + 1): \(workers)")
            }
        }
    }

    private func runUntilIdle() throws {
        let actors = factory.workers.count + 2
        var idle = 0
        while !publisher.isDone || idle < actors * 4 {
            idle = try act(random.below(actors)) ? 0 : idle + 1
        }
        try drain()
    }

    private func act(_ actor: Int) throws -> Bool {
        steps += 1
        if steps > 5_000_000 { throw SimulationStuck(stage: settings.stages[0], reason: "no end after \(steps) steps") }
        switch actor {
        case factory.workers.count: return publisher.publish(1 + random.below(4))
        case factory.workers.count + 1:
            if log.unfinished.isEmpty { return false }
            log.finishOne(random.below(log.unfinished.count))
            return true
        default: return try act(worker: actor)
        }
    }

    private func act(worker number: Int) throws -> Bool {
        let worker = factory.workers[number]
        let stage = number / settings.workersPerStage
        let plan = settings.plan
        if random.happens(perMille: plan.crashPerMille) {
            worker.crash()
            faults.crashes += 1
        }
        if random.happens(perMille: plan.rebalancePerMille) {
            factory.groups[stage].rebalance(&random)
            faults.rebalances += 1
        }
        if random.happens(perMille: plan.delayPerMille) {
            delayedUntil[stage] = steps + random.below(2000)
            faults.delays += 1
        }
        if random.happens(perMille: plan.offsetLossPerMille) { try loseOffsets(stage) }
        if random.happens(perMille: plan.formatSwitchPerMille), factory.groups[stage].takeNextFormat() {
            crashAll(of: worker.stage)
            faults.formatSwitches += 1
        }
        if delayedUntil[stage] > steps { return false }
        return try worker.act(&random, faults: plan)
    }

    /// One stage's, or those of all; nobody is at work meanwhile.
    private func loseOffsets(_ stage: Int) throws {
        let lost = random.happens(perMille: 500) ? [factory.groups[stage].stage] : factory.groups.map(\.stage)
        for worker in factory.workers where worker.number == 0 && lost.contains(worker.stage) {
            // In the first format it could not: that it is refused then has a test of its own.
            guard try settings.formats == [.newest] || worker.keepsPositions else { continue }
            crashAll(of: worker.stage)
            log.loseOffsets(of: worker.stage)
            faults.offsetLosses += 1
        }
    }

    private func crashAll(of stage: StageName) {
        for worker in factory.workers where worker.stage == stage { worker.crash() }
    }

    /// Without further faults, all in turn, until a whole round changes nothing.
    private func drain() throws {
        var plan = settings.plan
        plan.abortPerMille = 0
        var didAct = true
        while didAct {
            didAct = false
            while !log.unfinished.isEmpty {
                log.finishOne(0)
                didAct = true
            }
            for worker in factory.workers where try worker.act(&random, faults: plan) { didAct = true }
            steps += 1
            if steps > 5_000_000 { throw SimulationStuck(stage: settings.stages[0], reason: "no end after \(steps) steps") }
        }
    }
}

/// The run came to no good end: a stage waits for what never comes, or never rests.
public struct SimulationStuck: Error, CustomStringConvertible {
    public let stage: StageName
    public let reason: String

    public var description: String { "stage \(stage.rawValue) is stuck: \(reason)" }
}
