import Audit
import Events
import Pipeline
import Quantities
import Rating
import Simulation

/// All that a town in which numbers move has to prove, whatever fails on the way.
struct MoveRun {
    let seed: UInt64
    /// What the run tried, for whoever asks whether it tried anything.
    var movedCount = 0
    var rounds = 0
    var inOnePartition = false

    /// Some begin with a build that writes the first format.
    private var hasOlderBuild: Bool { seed % 5 == 0 }

    static func text(_ seed: UInt64, _ failures: [String]) -> String {
        """
        seed \(seed) fails:
          \(failures.joined(separator: "\n  "))
        again: TOLLSTREAM_SIMULATION_SEED=\(seed) swift test --filter MoveTests
        """
    }

    mutating func failures() -> [String] {
        do { return try run() } catch { return ["\(error)"] }
    }

    private mutating func run() throws -> [String] {
        var shape = SeededRandom(seed: seed)
        let partitions = Int32(2 + shape.below(3))
        var settings = Simulator.Settings(partitions: partitions, workersPerStage: 1 + shape.below(3), plan: .all)
        // An older build knows its place by its groups' offsets alone.
        if hasOlderBuild { settings.plan.offsetLossPerMille = 0 }
        let scenario = Scenario.ports(seed: seed)
        let truth = PortTruth(scenario)
        inOnePartition = Self.neighbours(truth, partitions)

        let log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(partitions))
        for (place, part) in parts(scenario, &shape).enumerated() {
            // What is ordered by then is carried out while the next commands come.
            if try !Self.order(log, .start).isEmpty { rounds += 1 }
            var settings = settings
            if hasOlderBuild, place == 0 { settings.formats = [.first] }
            try Simulator(seed: seed, scenario: part, settings: settings, log: log).run()
            let doubled = try ChargedUsage(log).doubled
            if !doubled.isEmpty { return doubled }
        }
        if let failure = try auditFailure(log) { return ["before all was rated anew:"] + failure }
        rounds += try Self.settle(log, seed, settings)
        try Simulator(seed: seed &+ 1, scenario: Self.later(scenario, truth, log.nowMs), settings: settings, log: log).run()
        rounds += try Self.settle(log, seed &+ 1, settings)
        if let failure = try auditFailure(log) { return ["once all was settled:"] + failure }
        let charged = try ChargedUsage(log)
        movedCount = charged.movedCount
        let faults = charged.faults(truth)
        if !faults.isEmpty { return faults }
        let again = try againFailures(log, settings)
        if !again.isEmpty { return again }
        let inTime = try inTimeFailures(scenario, truth, charged)
        if !inTime.isEmpty { return inTime }
        return hasOlderBuild ? [] : try replayFailures(log)
    }

    /// One to three parts of it, one after the other. Where an older build has the first, nothing has moved by then.
    private func parts(_ scenario: Scenario, _ shape: inout SeededRandom) -> [Scenario] {
        var cuts: Set<Int> = [scenario.items.count]
        let firstMove = scenario.items.firstIndex { item in
            guard case .command(let command) = item else { return false }
            switch command.body {
            case .releaseIdentifier, .endSubscription: return true
            default: return false
            }
        }
        if hasOlderBuild, let firstMove { cuts = [scenario.items.count, firstMove] }
        for _ in 0..<shape.below(3) where !hasOlderBuild { cuts.insert(1 + shape.below(scenario.items.count)) }
        var begin = 0
        return cuts.sorted().map { end in
            defer { begin = end }
            return Scenario(items: Array(scenario.items[begin..<end]))
        }
    }

    private func auditFailure(_ log: InMemoryLog) throws -> [String]? {
        let report = try Auditor(log: log).run()
        if !report.holds { return report.text }
        return report.usage.awaitingNormalize + report.usage.awaitingRate > 0 ? ["the run ended with usage in flight"] + report.text : nil
    }

    /// Two holders of one number are in one partition.
    private static func neighbours(_ truth: PortTruth, _ partitions: Int32) -> Bool {
        truth.spans.values.contains { spans in
            let accounts = Set(spans.map(\.account))
            return accounts.count > Set(accounts.map { Partitioner.partition($0, of: partitions) }).count
        }
    }

    /// When all is long over: all files once more, and usage of each number, twice, that goes to its holder at once.
    private static func later(_ scenario: Scenario, _ truth: PortTruth, _ nowMs: Int64) -> Scenario {
        var seen: Set<[UInt8]> = []
        var items = scenario.items.filter { item in
            guard case .raw(_, let value?, _) = item else { return false }
            return seen.insert(value).inserted
        }
        for (place, number) in truth.spans.keys.sorted().enumerated() {
            var raw = RawUsage()
            (raw.source, raw.stream, raw.recordID, raw.type) = ("msc-1", "ports", "later-\(number)", "voice")
            raw.subscriber = number
            raw.startMs = nowMs + 1000
            (raw.quantity, raw.unit) = ("\(60 + place)", "s")
            let bytes: [UInt8] = (try? raw.serializedBytes()) ?? []
            items += [place, place + 1].map { .raw(partition: $0, value: bytes, contentType: "application/x-protobuf") }
        }
        return Scenario(items: items)
    }
}

/// What others can run, too.
extension MoveRun {
    /// Carries out what is proposed, until nothing is any more; says how often.
    @discardableResult
    static func settle(_ log: InMemoryLog, _ seed: UInt64, _ settings: Simulator.Settings, sequence: RerateSequence = .start) throws -> Int {
        for round in 0..<12 {
            if try order(log, sequence).isEmpty { return round }
            try Simulator(seed: seed &+ UInt64(round) &* 7919, settings: settings, log: log).run()
        }
        throw Unsettled(why: "there is no end to what is proposed, last for \(try openProposals(log).sorted())")
    }

    /// Orders what is proposed, and says for whom.
    private static func order(_ log: InMemoryLog, _ sequence: RerateSequence) throws -> Set<String> {
        let accounts = try openProposals(log)
        if accounts.isEmpty { return [] }
        var request = RerateRequest(range: 0..<Int64.max)
        request.accounts = accounts
        request.keepsCatalogues = true
        request.sequence = sequence
        let outcome = try log.orderRerate(request)
        if let alone = outcome.leftAlone.first { throw Unsettled(why: "\(alone.account) is left alone: \(alone.why)") }
        return accounts
    }

    /// Accounts that ask to be rated anew, and were not.
    static func openProposals(_ log: InMemoryLog) throws -> Set<String> {
        var open: [RerateProposed] = []
        for partition in 0..<log.partitionCount(of: .usageRated) {
            for value in log.values(of: .usageRated, partition: partition) {
                switch try RatedRecord(serializedBytes: value).body {
                case .rerateProposed(let event): open.append(event)
                case .rerated(let event):
                    open.removeAll { $0.account == event.account && !($0.kind == .usedMeanwhile && $0.why.contains(event.rerate)) }
                default: break
                }
            }
        }
        return Set(open.map(\.account))
    }

    /// What the stages said to each other about usage, in order.
    static func facts(_ log: InMemoryLog) -> [[[UInt8]]] {
        [Topic.usageNormalized, .usageRated, .usageMoves, .usageSuspended, .usageRaw, .billingPeriods].flatMap { topic in
            (0..<log.partitionCount(of: topic)).map { log.values(of: topic, partition: $0) }
        }
    }
}

extension MoveRun {
    /// Nothing is left to do, however it is asked.
    private func againFailures(_ log: InMemoryLog, _ settings: Simulator.Settings) throws -> [String] {
        let before = Self.facts(log)
        try Simulator(seed: seed &+ 3, settings: settings, log: log).run()
        if Self.facts(log) != before { return ["started again, the stages do more"] }
        for sequence in [RerateSequence.log, .start] {
            var request = RerateRequest(range: 0..<Int64.max)
            request.keepsCatalogues = true
            request.sequence = sequence
            let outcome = try log.copy().orderRerate(request)
            if !outcome.rows.isEmpty || outcome.changedUsages > 0 || !outcome.orders.isEmpty {
                return ["all was settled, and rating anew \(sequence) still finds \(outcome.rows) in \(outcome.orders.map(\.account))"]
            }
        }
        return []
    }

    /// With all commands before all usage, each usage goes where it belongs at once, and the totals are the same.
    private func inTimeFailures(_ scenario: Scenario, _ truth: PortTruth, _ expected: ChargedUsage) throws -> [String] {
        func isUsage(_ item: Scenario.Item) -> Bool { if case .raw = item { true } else { false } }
        func isTick(_ item: Scenario.Item) -> Bool { if case .tick = item { true } else { false } }
        let log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(3))
        try Simulator(seed: seed, scenario: Scenario(items: scenario.items.filter { !isUsage($0) && !isTick($0) }), log: log).run()
        try Simulator(seed: seed, scenario: Scenario(items: scenario.items.filter { isUsage($0) || isTick($0) }), log: log).run()
        try Simulator(seed: seed, scenario: Self.later(scenario, truth, log.nowMs), log: log).run()
        let proposals = try Self.openProposals(log)
        if !proposals.isEmpty { return ["all was known in time, and yet \(proposals.sorted()) ask to be rated anew"] }
        let found = try ChargedUsage(log)
        let faults = found.faults(truth)
        if !faults.isEmpty { return ["with all commands first:"] + faults }
        return found.totals == expected.totals ? [] : ["with all commands first the totals are \(found.totals), else \(expected.totals)"]
    }

    /// What rating says depends on nothing but what it read.
    private func replayFailures(_ original: InMemoryLog) throws -> [String] {
        let log = original.replayed(keeping: [.usageNormalized, .catalogueContent])
        try Simulator(seed: seed &+ 5, settings: .init(stages: [.rate, .aggregate], workersPerStage: 2), log: log).run()
        return try [Topic.usageRated, .usageMoves, .billingPeriods].flatMap { topic in
            try (0..<log.partitionCount(of: topic))
                .filter { try Self.told(log, topic, $0) != Self.told(original, topic, $0) }
                .map { "a replay gives other bytes in \(topic.rawValue)/\($0)" }
        }
    }

    /// What recycling wrote apart.
    private static func told(_ log: InMemoryLog, _ topic: Topic, _ partition: Int32) throws -> [[UInt8]] {
        try log.values(of: topic, partition: partition).filter { try topic != .usageMoves || !UsageMove(serializedBytes: $0).hasRecycles }
    }
}

struct Unsettled: Error, CustomStringConvertible {
    let why: String

    var description: String { why }
}
