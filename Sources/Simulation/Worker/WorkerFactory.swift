import Events
import Pipeline
import Topology

/// Makes the workers of the stages that the topology hands it.
struct WorkerFactory: StageVisitor {
    let log: InMemoryLog
    let workersPerStage: Int
    let formats: [StateFormat]
    private(set) var groups: [StageGroup] = []
    private(set) var workers: [any SimulatedProcess] = []

    init(log: InMemoryLog, workersPerStage: Int, formats: [StateFormat]) {
        self.log = log
        self.formats = formats
        self.workersPerStage = workersPerStage
    }

    mutating func visit<S: Stage>(_ stage: S) {
        let group = StageGroup(stage: S.name, input: S.input, partitionCount: log.count(of: S.input), workerCount: workersPerStage,
            formats: formats)
        groups.append(group)
        for number in 0..<workersPerStage {
            workers.append(SimulatedWorker(stage, log: log, group: group, number: number))
        }
    }
}
