import Events
import Pipeline

/// The workers of one stage, as their consumer group sees them: who has which partition, and since which generation.
final class StageGroup {
    let stage: StageName
    let input: Topic
    let partitionCount: Int32
    let workerCount: Int
    private(set) var generation = 0
    /// What its workers write changelogs in, and what they are going to.
    private(set) var format: StateFormat
    private var laterFormats: ArraySlice<StateFormat>
    private var assignment: [[Int32]] = []

    init(stage: StageName, input: Topic, partitionCount: Int32, workerCount: Int, formats: [StateFormat]) {
        format = formats.first ?? .newest
        laterFormats = formats.dropFirst()
        self.stage = stage
        self.input = input
        self.partitionCount = partitionCount
        self.workerCount = workerCount
        assignment = (0..<workerCount).map { worker in
            (0..<partitionCount).filter { Int($0) % workerCount == worker }
        }
    }

    /// False where there is no other to come.
    func takeNextFormat() -> Bool {
        guard let next = laterFormats.popFirst() else { return false }
        format = next
        return true
    }

    func partitions(of worker: Int) -> [Int32] { assignment[worker] }

    /// Deals the partitions out anew; some workers may get none. Whoever has work of an earlier generation can't commit it.
    func rebalance(_ random: inout SeededRandom) {
        generation += 1
        assignment = Array(repeating: [], count: workerCount)
        for partition in 0..<partitionCount { assignment[random.below(workerCount)].append(partition) }
    }
}
