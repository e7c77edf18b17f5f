import Events
import Pipeline

/// The workers of one stage, as their consumer group sees them: who has which partition, and since which generation.
final class StageGroup {
    let stage: StageName
    let input: Topic
    let partitionCount: Int32
    let workerCount: Int
    private(set) var generation = 0
    private var assignment: [[Int32]] = []

    init(stage: StageName, input: Topic, partitionCount: Int32, workerCount: Int) {
        self.stage = stage
        self.input = input
        self.partitionCount = partitionCount
        self.workerCount = workerCount
        assignment = (0..<workerCount).map { worker in
            (0..<partitionCount).filter { Int($0) % workerCount == worker }
        }
    }

    func partitions(of worker: Int) -> [Int32] { assignment[worker] }

    /// Deals the partitions out anew; some workers may get none. Whoever has work of an earlier generation can't commit it.
    func rebalance(_ random: inout SeededRandom) {
        generation += 1
        assignment = Array(repeating: [], count: workerCount)
        for partition in 0..<partitionCount { assignment[random.below(workerCount)].append(partition) }
    }
}
