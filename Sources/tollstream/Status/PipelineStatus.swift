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
        /// Of its changelog.
        var format = 1
        /// The group's offsets are gone, and the changelog's positions tell where it stands.
        var isByPosition = false
    }

    private struct Inputs: StageVisitor {
        var list: [(name: StageName, input: Topic, changelog: Topic?, oldestFormat: StateFormat)] = []
        mutating func visit<S: Stage>(_ stage: S) { list.append((S.name, S.input, S.changelog, S.oldestFormat)) }
    }

    let log: KafkaLog

    /// With the format of each stage's changelog.
    func withFormats(_ lags: [StageLag]) throws -> [StageLag] {
        var inputs = Inputs()
        try Topology().visit(StageName.allCases, &inputs)
        return try lags.map { lag in
            var lag = lag
            for stage in inputs.list where stage.name.rawValue == lag.stage {
                lag.format = Int(max(try log.format(of: stage.name)?.format ?? .first, stage.oldestFormat).rawValue)
            }
            return lag
        }
    }

    /// A namespace that an older build made lacks some.
    private func hasTopic(_ topic: Topic) -> Bool { (try? log.partitionCount(of: topic)) != nil }

    /// In the order in which data flows. What is recycled or moved flows back: only two passes that find nothing unread and nothing changed prove that nothing
    /// is on its way.
    func lags() throws -> [StageLag] {
        var inputs = Inputs()
        try Topology().visit([.customers, .recycle, .normalize, .rate, .move, .aggregate, .invoice, .number], &inputs)
        return try inputs.list.map { stage, input, changelog, _ in
            var lag = StageLag(stage: stage.rawValue, input: input.rawValue, unread: 0, committed: [])
            for partition in 0..<(try log.partitionCountIfThere(of: input)) {
                let range = try log.offsets(of: input, partition: partition)
                var committed = try log.committed(stage, partition: partition)
                if committed == nil, let changelog, hasTopic(changelog) {
                    committed = try log.position(in: changelog, partition: partition)?.next
                    if committed != nil { lag.isByPosition = true }
                }
                let from = max(committed ?? range.lowerBound, range.lowerBound)
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
