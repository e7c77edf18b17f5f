import Audit
import Events
import Foundation
import Pipeline
import Quantities
import Rating
import Simulation
import Testing

/// Numbers that go from one holder to another as of a time whose usage was rated: each usage is charged once in the end, to whoever had the number.
@Suite("Moves")
struct MoveTests {
    /// As `SimulationTests.seeds`, with fewer where nobody says how many.
    private static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        let isSaid = (environment["TOLLSTREAM_SIMULATION_SEED"] ?? environment["TOLLSTREAM_SIMULATION_SEEDS"]) != nil
        return isSaid ? SimulationTests.seeds : Array(1...200)
    }

    @Test("whatever is killed, aborted, delayed or rebalanced: each usage is charged once, to its holder, and nothing is left to do")
    func seeds() async {
        let runs = await withTaskGroup(of: [(MoveRun, [String])].self) { group in
            let seeds = Self.seeds
            let lanes = min(ProcessInfo.processInfo.activeProcessorCount, seeds.count)
            for lane in 0..<lanes {
                group.addTask {
                    stride(from: lane, to: seeds.count, by: lanes).map { place in
                        var run = MoveRun(seed: seeds[place])
                        let failures = run.failures()
                        return (run, failures)
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let failures = runs.filter { !$0.1.isEmpty }.sorted { $0.0.seed < $1.0.seed }
        let texts = failures.prefix(3).map { MoveRun.text($0.0.seed, $0.1) }
        #expect(failures.isEmpty, "\(failures.count) of \(runs.count) fail: \(failures.map(\.0.seed))\n\(texts.joined(separator: "\n"))")
        guard runs.count >= 20 else { return }
        #expect(runs.reduce(0) { $0 + $1.0.movedCount } > runs.count, "usage was charged to one holder after the other")
        #expect(runs.contains { $0.0.rounds > 1 } && runs.contains { $0.0.inOnePartition } && runs.contains { !$0.0.inOnePartition })
    }

    // MARK: The same file at any time

    /// When the file is sent: before, between and after the commands.
    static let times: [Set<Int>] = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]

    struct Case: Sendable, CustomStringConvertible {
        /// Where the commands go to another account of the same partition, of another one, or to another subscription of the same account.
        var to: To
        var isPrepaid: Bool
        var path: Path
        /// Whether what is proposed is carried out at once, each time, or in the end.
        var settlesAtOnce: Bool

        enum To: CaseIterable { case samePartition, otherPartition, sameAccount }
        enum Path: CaseIterable {
            /// Released and assigned, as of before the file's usage.
            case there
            /// And back again.
            case thereAndBack
            /// Released, and assigned as of later.
            case recycled
            /// Ended, by a plan that bills nothing after it, and assigned.
            case ended
        }

        var description: String { "\(to), \(isPrepaid ? "prepaid, " : "")\(path), settled \(settlesAtOnce ? "at once" : "in the end")" }

        static let all: [Case] = To.allCases.flatMap { to in
            Path.allCases.flatMap { path in
                [(false, true), (false, false), (true, true)].map { Case(to: to, isPrepaid: $0.0, path: path, settlesAtOnce: $0.1) }
            }
        }
    }

    @Test("the same file before, between and after the commands", arguments: Case.all)
    func sameFile(_ some: Case) throws {
        for times in Self.times {
            var world = try SmallWorld(some.to, isPrepaid: some.isPrepaid)
            let steps = world.commands(some.path)
            for (place, commands) in ([[]] + steps).enumerated() {
                for command in commands { try world.send([.command(command)]) }
                if times.contains(min(place, 2)) { try world.sendFile() }
                #expect(try ChargedUsage(world.log).doubled == [], "\(some), file at \(times.sorted())")
                if some.settlesAtOnce { try world.settle() }
            }
            try world.settle()
            let found = try ChargedUsage(world.log)
            #expect(found.usages.count == SmallWorld.usageCount)
            #expect(found.faults(world.truth) == [], "\(some), file at \(times.sorted())")
            let report = try Auditor(log: world.log).run()
            #expect(report.holds, "\(some), file at \(times.sorted()): \(report.text.joined(separator: "\n"))")
        }
    }
}
