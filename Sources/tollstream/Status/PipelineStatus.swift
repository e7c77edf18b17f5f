import Events
import KafkaRuntime
import Pipeline
import Topology

/// How far each stage has come, from the log alone.
struct PipelineStatus {
    struct StageLag: Encodable, Equatable {
        var stage: String
        var input: String
        /// Records that the stage has not committed yet.
        var unread: Int64
        /// Where it stands in each partition.
        var committed: [Int64]
    }

    private struct Inputs: StageVisitor {
        var list: [(StageName, Topic)] = []
        mutating func visit<S: Stage>(_ stage: S) { list.append((S.name, S.input)) }
    }

    let log: KafkaLog

    /// In the order in which data flows, recycling first, so that a pass that finds nothing unread proves that nothing moves.
    func lags() throws -> [StageLag] {
        var inputs = Inputs()
        try Topology().visit([.customers, .recycle, .normalize, .rate, .aggregate, .invoice, .number], &inputs)
        return try inputs.list.map { stage, input in
            var lag = StageLag(stage: stage.rawValue, input: input.rawValue, unread: 0, committed: [])
            for partition in 0..<(try log.partitionCount(of: input)) {
                let range = try log.offsets(of: input, partition: partition)
                let from = max(try log.committed(stage, partition: partition) ?? range.lowerBound, range.lowerBound)
                lag.committed.append(from)
                guard from < range.upperBound else { continue }
                // Offsets may be transaction markers: only reading tells whether there is a record among them. A long way is all records.
                if range.upperBound - from > 10_000 {
                    lag.unread += range.upperBound - from
                } else {
                    try log.read(input, partition: partition, from..<range.upperBound) { _ in
                        lag.unread += 1
                        return true
                    }
                }
            }
            return lag
        }
    }
}
