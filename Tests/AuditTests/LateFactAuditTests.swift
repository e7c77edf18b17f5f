import Audit
import Events
import Pipeline
import Rating
import Simulation
import Testing

/// Towns by the second rules, whose late suspensions and ends were settled by rating anew.
@Suite("Audit of late facts")
struct LateFactAuditTests {
    private static func facts(_ log: InMemoryLog) throws -> [RatedRecord] {
        try (0..<log.partitionCount(of: .usageRated)).flatMap { try log.values(of: .usageRated, partition: $0).map { try RatedRecord(serializedBytes: $0) } }
    }

    private static func settled(_ seed: UInt64, _ order: RerateSequence) throws -> (log: InMemoryLog, again: RerateOutcome) {
        var scenario = Scenario(seed: seed, events: 120)
        scenario.items = scenario.items.map { item in
            guard case .catalogue(var content, let name) = item else { return item }
            content.rulesVersion = 2
            return .catalogue(content, name: name)
        }
        let simulator = try Simulator(seed: seed, scenario: scenario, settings: .init(plan: .all))
        try simulator.run()
        var request = RerateRequest(range: 0..<Int64.max)
        request.keepsCatalogues = true
        request.sequence = order
        _ = try simulator.log.orderRerate(request)
        try Simulator(seed: seed, log: simulator.log).run()
        return (simulator.log, try Rerater(simulator.log, request).run())
    }

    @Test("the audit holds, and nothing more comes out otherwise", arguments: 1...24 as ClosedRange<UInt64>, [RerateSequence.log, .start])
    func holds(seed: UInt64, order: RerateSequence) throws {
        let (log, again) = try Self.settled(seed, order)
        let report = try Auditor(log: log).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(again.rows.isEmpty && again.changedUsages == 0, "seed \(seed): \(again.rows)")
    }

    @Test("some of them took back what was barred; said to bar earlier, the audit tells what still stands charged")
    func tells() throws {
        for seed in 1...60 as ClosedRange<UInt64> {
            let log = try Self.settled(seed, .log).log
            let refused = Set(try Self.facts(log).compactMap { $0.usageCorrected.hasRefused ? $0.usageCorrected.refused.account : nil })
            for partition in 0..<log.partitionCount(of: .usageRated) {
                for offset in log.offsets(inPartition: partition, of: .usageRated) {
                    var isDone = false
                    let lie = log.copy()
                    try lie.alter(.usageRated, partition: partition, offset: offset) { bytes in
                        var record = try RatedRecord(serializedBytes: bytes)
                        guard case .subscriptionSuspended(var event)? = record.body, refused.contains(event.account), event.barring == .all else { return bytes }
                        event.fromMs -= 400 * 86_400_000
                        record.subscriptionSuspended = event
                        isDone = true
                        return try record.serializedBytes()
                    }
                    guard isDone else { continue }
                    if try Auditor(log: lie).run().checks.contains(where: { $0.check == .lateFacts && $0.failures > 0 }) { return }
                }
            }
        }
        Issue.record("no town has a late suspension that took usage back and left some before it")
    }

    @Test("an answer to all accounts settles what was proposed in the history that it read, and nothing that came behind")
    func answers() throws {
        let town = try #require(
            try (1...60 as ClosedRange<UInt64>).lazy.map { seed in
                let simulator = try Simulator(seed: seed, scenario: Scenario(seed: seed, events: 120))
                try simulator.run()
                return simulator.log
            }.first { try Auditor(log: $0).run().proposed > 0 })
        let open = try Auditor(log: town).run().proposed
        /// Where the first and the last proposal of a partition stand in usage.normalized.
        func proposed(_ partition: Int32) throws -> (first: Int64, last: Int64)? {
            let offsets = try town.values(of: .usageRated, partition: partition).map { try RatedRecord(serializedBytes: $0) }
                .compactMap { if case .rerateProposed? = $0.body { $0.normalizedOffset } else { nil } }
            return offsets.min().flatMap { first in offsets.max().map { (first, $0) } }
        }
        func waiting(_ asOf: (_ first: Int64, _ last: Int64) -> Int64) throws -> Int64 {
            let log = town.copy()
            for partition in 0..<log.partitionCount(of: .usageRated) {
                guard let found = try proposed(partition) else { continue }
                let answer = try RatedRecord.with {
                    $0.meta.idHigh = UInt64(partition) + 1
                    $0.normalizedOffset = log.end(of: .usageNormalized, partition: partition)
                    $0.rerated = .with { ($0.rerate, $0.fromMs, $0.toMs) = ("r", .min, .max) }
                    $0.rerated.asOfOffset = asOf(found.first, found.last)
                }.serializedBytes() as [UInt8]
                log.append(.usageRated, partition: partition, key: [], value: answer)
            }
            return try Auditor(log: log).run().proposed
        }
        #expect(try waiting { $1 + 1 } == 0)
        #expect(try waiting { first, _ in first } == open)
        // What older builds answered says nothing of it.
        #expect(try waiting { _, _ in 0 } == 0)
    }
}
