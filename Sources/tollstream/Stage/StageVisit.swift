import Events
import Foundation
import KafkaRuntime
import Pipeline
import Topology

/// Looks at a stage's standing, or moves it.
struct StageVisit: StageVisitor {
    enum Target {
        case beginning, end
        /// One for each partition.
        case offsets([Int64])
    }

    enum Work {
        case show
        case reset(Target, keepsState: Bool, isDryRun: Bool)
    }

    struct Row: Encodable {
        var partition: Int32
        /// What the input holds, [first, end).
        var first: Int64
        var end: Int64
        var groupOffset: Int64?
        var position: Int64?
        var entries: Int
        var format: Int
        /// Where it is moved.
        var target: Int64?
        var entriesRemoved: Int?

        var text: String {
            var parts = [
                "\(partition):", "input \(first) to \(end),", groupOffset.map { "group at \($0)," } ?? "group without an offset,",
                position.map { "position \($0)," } ?? "no position,", "\(entries) entries in format \(format)",
            ]
            if let target { parts.append("-> \(target)" + (entriesRemoved.map { $0 > 0 ? ", \($0) entries removed" : "" } ?? "")) }
            return parts.joined(separator: " ")
        }
    }

    let work: Work
    let client: ClientConfiguration
    var rows: [Row] = []

    /// A static member that was stopped leaves its group when its session ends, which takes ten seconds.
    private static var patienceSeconds: Double { 15 }

    init(work: Work, client: ClientConfiguration) {
        self.work = work
        self.client = client
    }

    mutating func visit<S: Stage>(_ stage: S) throws {
        let reset = StageReset<S>(client, logger: ClientConfiguration.toolLogger)
        if case .reset(_, _, isDryRun: false) = work { try refuseRunning(reset) }
        let standings = try reset.standings()
        let format = max(try reset.format()?.format ?? .first, S.oldestFormat)
        rows = standings.map {
            Row(
                partition: $0.partition, first: $0.held.lowerBound, end: $0.held.upperBound, groupOffset: $0.group, position: $0.position?.next,
                entries: $0.entries, format: Int(format.rawValue))
        }
        guard case .reset(let target, let keepsState, let isDryRun) = work else { return }
        let targets = try offsets(target, standings, S.input)
        for index in rows.indices {
            rows[index].target = targets[index]
            rows[index].entriesRemoved = keepsState ? 0 : rows[index].entries
        }
        if isDryRun { return }
        try reset.apply(standings, targets: targets, keepsState: keepsState)
    }

    private func refuseRunning<S: Stage>(_ reset: StageReset<S>) throws {
        let deadline = Date().addingTimeInterval(Self.patienceSeconds)
        while true {
            let members = try reset.members()
            if members.isEmpty { return }
            guard Date() < deadline else {
                throw CommandFailure.negative("\(S.name.rawValue) runs: stop its processes first; its group has the members \(members.joined(separator: ", "))")
            }
            Thread.sleep(forTimeInterval: 0.5)
        }
    }

    private func offsets<T>(_ target: Target, _ standings: [T], _ input: Topic) throws -> [Int64] where T: HeldPartition {
        switch target {
        case .beginning: return standings.map(\.held.lowerBound)
        case .end: return standings.map(\.held.upperBound)
        case .offsets(let offsets):
            guard offsets.count == standings.count else {
                throw CommandFailure.usage("--to names \(offsets.count) offsets, but \(input.rawValue) has \(standings.count) partitions")
            }
            for (standing, offset) in zip(standings, offsets) where offset < standing.held.lowerBound || offset > standing.held.upperBound {
                throw CommandFailure.usage(
                    "--to \(offset): partition \(standing.partition) of \(input.rawValue) holds \(standing.held.lowerBound) to \(standing.held.upperBound)")
            }
            return offsets
        }
    }
}

/// A partition of an input with what it holds.
protocol HeldPartition {
    var partition: Int32 { get }
    var held: Range<Int64> { get }
}

extension StageReset.Standing: HeldPartition {}
