import Audit
import Events
import Foundation
import Pipeline
import Quantities
import Simulation
import Testing

@Suite("Simulation")
struct SimulationTests {
    /// One failing seed is run again, with all that it prints, by:
    /// `TOLLSTREAM_SIMULATION_SEED=n swift test -c release --filter SimulationTests`
    static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["TOLLSTREAM_SIMULATION_SEED"].flatMap(UInt64.init) { return [seed] }
        let count = environment["TOLLSTREAM_SIMULATION_SEEDS"].flatMap(UInt64.init) ?? 1000
        return Array(1...max(count, 1))
    }

    @Test("whatever is killed, aborted, delayed or rebalanced: nothing is lost, nothing counted twice, and a replay gives the same bytes")
    func seeds() async {
        let failures = await withTaskGroup(of: [String].self) { group in
            let seeds = Self.seeds
            let lanes = min(ProcessInfo.processInfo.activeProcessorCount, seeds.count)
            for lane in 0..<lanes {
                group.addTask {
                    var failures: [String] = []
                    for seed in stride(from: lane, to: seeds.count, by: lanes).map({ seeds[$0] }) {
                        let found = SeedRun(seed: seed).failures()
                        if !found.isEmpty { failures.append(SeedRun.text(seed, found)) }
                        if failures.count == 3 { break }
                    }
                    return failures
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }

    @Test("the same seed gives the same log, byte for byte; another seed another one")
    func determinism() throws {
        func digest(_ seed: UInt64) throws -> EventID {
            let simulator = try Simulator(seed: seed, scenario: Scenario(seed: 7), settings: .init(plan: .all))
            try simulator.run()
            return simulator.log.digest
        }
        #expect(try digest(1) == digest(1))
        #expect(try digest(1) != digest(2))
    }

    @Test("the faults do happen, and the traffic holds every kind of usage")
    func coverage() throws {
        var faults = Simulator.FaultCounts()
        var usage = AuditReport.UsageCounts()
        var reasons: Set<String> = []
        var kinds: Set<String> = []
        for seed in UInt64(1)...40 {
            let simulator = try Simulator(seed: seed, scenario: Scenario(seed: seed), settings: .init(plan: .all))
            try simulator.run()
            faults.crashes += simulator.faults.crashes
            faults.rebalances += simulator.faults.rebalances
            faults.delays += simulator.faults.delays
            faults.offsetLosses += simulator.faults.offsetLosses
            let turns = try Simulator(
                seed: seed, scenario: Scenario(seed: seed), settings: .init(plan: .all, formats: [.first, .second, .first, .second]))
            try turns.run()
            faults.formatSwitches += turns.faults.formatSwitches
            let report = try Auditor(log: simulator.log).run()
            usage.rated += report.usage.rated
            usage.duplicate += report.usage.duplicate
            usage.recycled += report.usage.recycled
            usage.rejected += report.usage.rejected
            reasons.formUnion(report.suspended.map(\.reason))
            kinds.formUnion(Self.ratedKinds(simulator.log))
        }
        #expect(faults.crashes > 40 && faults.rebalances > 40 && faults.delays > 40 && faults.offsetLosses > 40 && faults.formatSwitches > 40)
        #expect(usage.rated > 1000 && usage.duplicate > 50 && usage.recycled > 20 && usage.rejected > 20)
        for reason in ["above-limit", "far-ahead", "null-value", "malformed", "bad-quantity", "unknown-type", "bad-time", "unknown-subscriber", "no-subscription-at-time", "subscription-barred"] {
            #expect(reasons.contains(reason))
        }
        #expect(
            kinds.isSuperset(of: [
                "zero", "late", "allowance", "free", "charged", "planChanged", "rerateProposed", "favourite", "congestion", "spender", "january", "newcomer",
                "surcharge", "favouritesTaken", "signalTaken", "signalRefused", "resumed", "minimum", "minimumGivenBack", "afterEnd",
                "voice-business", "payment",
            ]))
    }

    private static func ratedKinds(_ log: InMemoryLog) -> Set<String> {
        var kinds: Set<String> = []
        for partition in 0..<log.partitionCount(of: .usageRated) {
            var ended: [String: Int64] = [:]
            var subscriptionsEnded: [String: Int64] = [:]
            for value in log.values(of: .usageRated, partition: partition) {
                switch (try? RatedRecord(serializedBytes: value))?.body {
                case .usage(let usage):
                    if usage.quantityMicros == 0 { kinds.insert("zero") }
                    if usage.allowanceMicros > 0 { kinds.insert("allowance") }
                    kinds.insert(usage.chargeNanos > 0 ? "charged" : "free")
                    for discount in usage.discounts { kinds.insert(discount.amountNanos < 0 ? "surcharge" : discount.discount) }
                    if ["voice-business", "payment"].contains(usage.price) { kinds.insert(usage.price) }
                    if usage.startMs >= subscriptionsEnded[usage.subscription] ?? Int64.max { kinds.insert("afterEnd") }
                    if usage.periodEndMs <= ended[usage.account] ?? 0 { kinds.insert("late") }
                case .periodEnded(let period): ended[period.account] = period.periodEndMs
                case .recurring(let fee) where fee.price == RecurringCharge.minimumSpend: kinds.insert(fee.chargeNanos > 0 ? "minimum" : "minimumGivenBack")
                case .subscriptionResumed: kinds.insert("resumed")
                case .subscriptionEnded(let event): subscriptionsEnded[event.subscription] = event.atMs
                case .planChanged: kinds.insert("planChanged")
                case .recurring(let fee): kinds.formUnion(fee.discounts.map(\.discount))
                case .favouritesTaken: kinds.insert("favouritesTaken")
                case .priceSignalTaken(let taken): kinds.insert(taken.refused.isEmpty ? "signalTaken" : "signalRefused")
                case .rerateProposed: kinds.insert("rerateProposed")
                default: break
                }
            }
        }
        return kinds
    }
}
