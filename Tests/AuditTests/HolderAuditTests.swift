import Audit
import Events
import Pipeline
import Simulation
import SwiftProtobuf
import Testing

@Suite("Audit of what holders are told")
struct HolderAuditTests {
    private static func changes(_ log: InMemoryLog) throws -> [(partition: Int32, offset: Int64, change: HolderChange)] {
        var changes: [(partition: Int32, offset: Int64, change: HolderChange)] = []
        for partition in 0..<log.partitionCount(of: .usageNormalized) {
            try log.read(.usageNormalized, partition: partition, 0..<Int64.max) { record in
                guard let value = record.value else { return true }
                let body = try NormalizedRecord(serializedBytes: BorrowedBytes(value)).body
                if case .holderChanged(let change)? = body { changes.append((partition, record.offset, change)) }
                return true
            }
        }
        return changes
    }

    /// Where rate confirms what stands at that offset of usage.normalized.
    private static func confirmation(_ log: InMemoryLog, _ partition: Int32, _ offset: Int64) throws -> Int64 {
        var found: Int64?
        try log.read(.usageRated, partition: partition, 0..<Int64.max) { record in
            guard let value = record.value else { return true }
            let rated = try RatedRecord(serializedBytes: BorrowedBytes(value))
            if rated.normalizedOffset == offset, case .holderChanged? = rated.body { found = record.offset }
            return found == nil
        }
        return try #require(found)
    }

    private static func faults(_ report: AuditReport) -> [String] { report.offenders.map { "\($0.place) \($0.what) [\($0.check.rawValue)]" } }

    @Test("it holds, whatever ended with its subscription")
    func holds() throws {
        for log in [try MovingTown.quiet().before, try MovingTown.quiet().after, try MovingTown.quietAfterEnds()] {
            let report = try Auditor(log: log).run()
            #expect(report.holds, "\(report.text.joined(separator: "\n"))")
            #expect(try !Self.changes(log).isEmpty)
        }
    }

    @Test("a holder that was told last that other usage is its own is found, and what it was told before is not asked for")
    func toldOtherwise() throws {
        let honest = try MovingTown.quietAfterEnds()
        let changes = try Self.changes(honest)
        var found = 0
        for (place, (partition, offset, change)) in changes.enumerated() {
            let log = honest.copy()
            let confirmed = try Self.confirmation(log, partition, offset)
            func lie(_ change: inout HolderChange) { change.held = change.held.isEmpty ? [HeldSpan()] : change.held.dropLast() }
            try log.alter(.usageNormalized, partition: partition, offset: offset) { bytes in
                var record = try NormalizedRecord(serializedBytes: bytes)
                lie(&record.holderChanged)
                return try record.serializedBytes()
            }
            try log.alter(.usageRated, partition: partition, offset: confirmed) { bytes in
                var record = try RatedRecord(serializedBytes: bytes)
                lie(&record.holderChanged)
                return try record.serializedBytes()
            }
            let isLast = !changes[(place + 1)...].contains {
                $0.change.account == change.account && $0.change.subscription == change.subscription && $0.change.identifierLow == change.identifierLow
            }
            let report = try Auditor(log: log).run()
            let expected = "usage.normalized/\(partition)/\(offset) tells a holder last that other usage of the identifier is its own than customers.events say"
            #expect(Self.faults(report) == (isLast ? [expected + " [moves]"] : []))
            found += report.offenders.count
        }
        #expect(found >= 7 && found < changes.count)
    }

    @Test("a holder that was told nothing of what it gave up is found")
    func toldNothing() throws {
        let honest = try MovingTown.quietAfterEnds()
        let near = Set(try Self.changes(honest).map(\.change.identifierLow)).sorted()
        var found = 0
        for identifier in near {
            let all = try Self.changes(honest).filter { $0.change.identifierLow == identifier }
            for account in Set(all.map(\.change.account)) {
                let log = honest.copy()
                for (partition, offset, change) in all where change.account == account {
                    log.remove(.usageRated, partition: partition, offset: try Self.confirmation(log, partition, offset))
                    log.remove(.usageNormalized, partition: partition, offset: offset)
                }
                let report = try Auditor(log: log).run()
                #expect(report.offenders.count <= 1, "\(Self.faults(report))")
                if let fault = Self.faults(report).first {
                    #expect(fault.hasPrefix("customers.events/") && fault.contains("takes an identifier from a holder that rating was not told of"))
                    found += 1
                }
            }
        }
        #expect(found >= 2)
    }

    @Test("an end that customers.events date otherwise is found")
    func otherEnd() throws {
        let log = try MovingTown.quietAfterEnds()
        try Lie.alter(log, .customersEvents, CustomerEvent.self) { event in
            guard case .subscriptionEnded(var ended)? = event.body else { return false }
            ended.atMs += 1
            event.subscriptionEnded = ended
            return true
        }
        #expect(try !Auditor(log: log).run().holds)
    }

    /// A log in use: the rest of it was written when the ends of all topics but customers.events had been captured.
    private final class InUse: ReadableLog {
        let (before, after): (InMemoryLog, InMemoryLog)
        /// How often an end of customers.events is told before it is written.
        var asked: Int

        init(_ logs: (before: InMemoryLog, after: InMemoryLog), asked: Int) { ((before, after), self.asked) = (logs, asked) }

        func partitionCount(of topic: Topic) -> Int32 { before.partitionCount(of: topic) }
        func offsets(of topic: Topic, partition: Int32) -> Range<Int64> {
            guard topic == .customersEvents else { return before.offsets(of: topic, partition: partition) }
            asked -= 1
            return (asked >= 0 ? before : after).offsets(of: topic, partition: partition)
        }
        func committed(_ stage: StageName, partition: Int32) -> Int64? { before.committed(stage, partition: partition) }
        func read(_ topic: Topic, partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool) throws {
            try after.read(topic, partition: partition, range, body)
        }
    }

    @Test("where customers' events are ahead of what rating was told, within the cut, it holds; where nobody ever tells, it does not")
    func inUse() throws {
        let logs = try MovingTown.quiet()
        let report = try Auditor(log: InUse(logs, asked: Int(logs.before.partitionCount(of: .customersEvents)))).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(try !Auditor(log: InUse(logs, asked: 0)).run().holds)
    }

    @Test("what is too old to be moved stays where it was charged; what is not so old does not", arguments: [UInt32(0), 1, 2, 12])
    func tooOld(latePeriods: UInt32) throws {
        let log = try MovingTown.late(latePeriods: latePeriods)
        let report = try Auditor(log: log).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(report.proposed == 0 && (report.usage.takenBack > 0) == (latePeriods > 1))
    }

    @Test("usage that a move brought under a record id that an older build had charged for another waits, and is no finding")
    func formerRecordID() throws {
        let log = try MovingTown.sharedRecordID()
        let report = try Auditor(log: log).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(report.usage.conflicting == 1 && report.usage.takenBack == 1 && report.usage.arrived == 1)
        // The other's is another record after all.
        try Lie.alter(log, .usageNormalized, NormalizedRecord.self) { record in
            guard record.usage.recordHigh == 0, record.usage.hasParties else { return false }
            record.usage.identityHigh ^= 1
            return true
        }
        let failed = try Auditor(log: log).run().checks.filter { $0.failures > 0 }.map(\.check)
        #expect(failed == [.duplicates])
    }
}
