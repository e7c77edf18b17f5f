import Audit
import Events
import Pipeline
import Quantities
import Simulation
import Testing

@Suite("Audit of what names usage")
struct IdentityAuditTests {
    private static let seed: UInt64 = 11

    private static func honestLog() throws -> InMemoryLog {
        let simulator = try Simulator(seed: seed, scenario: Scenario(seed: seed), settings: .init(plan: .all))
        try simulator.run()
        return simulator.log
    }

    /// A usage that was rated, and where it stands.
    private struct Rated {
        var usage: Usage
        var partition: Int32
        var normalizedOffset: Int64
        var offset: Int64
    }

    private static func rated(_ log: InMemoryLog) throws -> [Rated] {
        var all: [Rated] = []
        for partition in 0..<log.partitionCount(of: .usageRated) {
            var usages: [Int64: Usage] = [:]
            log.read(.usageNormalized, partition: partition, 0..<Int64.max) { record in
                usages[record.offset] = record.value.flatMap { try? NormalizedRecord(serializedBytes: BorrowedBytes($0)) }?.usage
                return true
            }
            log.read(.usageRated, partition: partition, 0..<Int64.max) { record in
                let fact = record.value.flatMap { try? RatedRecord(serializedBytes: BorrowedBytes($0)) }
                if case .usage(let part)? = fact?.body, part.part == 0, let offset = fact?.normalizedOffset, let usage = usages[offset] {
                    all.append(Rated(usage: usage, partition: partition, normalizedOffset: offset, offset: record.offset))
                }
                return true
            }
        }
        return all
    }

    private static func rename(_ rated: Rated, in log: InMemoryLog, _ change: (inout Usage) -> Void) throws {
        try log.alter(.usageNormalized, partition: rated.partition, offset: rated.normalizedOffset) { bytes in
            var record = try NormalizedRecord(serializedBytes: bytes)
            change(&record.usage)
            return try record.serializedBytes()
        }
    }

    @Test("a usage that was charged to accounts in two partitions is found, however few names are held at a time", arguments: [1 << 20, 40, 3])
    func twoAccounts(namesAtATime: Int) throws {
        let log = try Self.honestLog()
        #expect(try Auditor(log: log, namesAtATime: namesAtATime).run().holds)
        let all = try Self.rated(log)
        let first = try #require(all.first)
        let second = try #require(all.last { $0.partition != first.partition })
        try Self.rename(second, in: log) {
            ($0.recordHigh, $0.recordLow, $0.content) = (first.usage.recordHigh, first.usage.recordLow, first.usage.content)
        }
        let report = try Auditor(log: log, namesAtATime: namesAtATime).run()
        #expect(!report.holds)
        let place = "usage.rated/\(second.partition)/\(second.offset)"
        let other = "usage.rated/\(first.partition)/\(first.offset)"
        #expect(report.offenders.contains { $0.check == .duplicates && $0.place == place && $0.what.hasSuffix(other) }, "\(report.text.joined(separator: "\n"))")
    }

    @Test("of records by older builds, too, whose names are found from what they carry")
    func olderBuilds() throws {
        let log = try Self.honestLog()
        let all = try Self.rated(log)
        let first = try #require(all.first { $0.usage.type == "voice" })
        let second = try #require(all.last { $0.partition != first.partition && $0.usage.type == "voice" })
        for rated in [first, second] {
            try Self.rename(rated, in: log) {
                let (rawPartition, rawOffset, rawIndex, account, subscription) = ($0.rawPartition, $0.rawOffset, $0.rawIndex, $0.account, $0.subscription)
                $0 = first.usage
                ($0.recordHigh, $0.recordLow, $0.content) = (0, 0, 0)
                ($0.rawPartition, $0.rawOffset, $0.rawIndex, $0.account, $0.subscription) = (rawPartition, rawOffset, rawIndex, account, subscription)
            }
        }
        let report = try Auditor(log: log).run()
        #expect(report.offenders.contains { $0.check == .duplicates && $0.what.contains("another account") }, "\(report.text.joined(separator: "\n"))")
    }

    @Test("other content under one name in one account is told apart by what its source asks")
    func unasked() throws {
        let all = try Self.rated(try Self.honestLog())
        let first = try #require(all.first)
        let second = try #require(all.last { $0.partition == first.partition && $0.usage.content != first.usage.content })
        for bills in [false, true] {
            let log = try Self.honestLog()
            try Self.rename(second, in: log) { ($0.recordHigh, $0.recordLow, $0.billsConflicts) = (first.usage.recordHigh, first.usage.recordLow, bills) }
            let report = try Auditor(log: log).run()
            #expect(report.offenders.contains { $0.what.contains("does not ask for") } == !bills)
            #expect(report.usage.conflictsBilled == (bills ? 1 : 0))
        }
    }

    @Test("a log holds whichever of its records older builds wrote", arguments: [UInt64(1), 2, 3], [100, 50])
    func mixed(seed: UInt64, percentOfOlder: Int) throws {
        let upstream: [StageName] = [.customers, .normalize]
        let before = try Simulator(seed: seed, scenario: Scenario(seed: seed), settings: .init(stages: upstream))
        try before.run()
        let log = before.log
        var random = SeededRandom(seed: seed)
        for partition in 0..<log.partitionCount(of: .usageNormalized) {
            for offset in log.offsets(inPartition: partition, of: .usageNormalized) where random.below(100) < percentOfOlder {
                try log.alter(.usageNormalized, partition: partition, offset: offset) { bytes in
                    var record = try NormalizedRecord(serializedBytes: bytes)
                    guard case .usage? = record.body else { return bytes }
                    (record.usage.recordHigh, record.usage.recordLow, record.usage.content) = (0, 0, 0)
                    return try record.serializedBytes()
                }
            }
        }
        try Simulator(seed: seed, log: log).run()
        let report = try Auditor(log: log).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(report.usage.rated > 0 && report.usage.duplicate > 0)
    }
}
