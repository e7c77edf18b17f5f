import Audit
import Events
import Pipeline
import Quantities
import Simulation
import SwiftProtobuf
import Testing

@Suite("Audit of usage that moves")
struct MoveAuditTests {
    private static func stages(_ report: AuditReport) -> Set<String> { Set(report.suspended.map(\.stage)) }

    @Test("it holds, however few names are held at a time, and its sums agree with each other", arguments: [1 << 20, 3])
    func holds(namesAtATime: Int) throws {
        let report = try Auditor(log: MovingTown.log(), namesAtATime: namesAtATime).run()
        let usage = report.usage
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(usage.moved > 0 && usage.takenBack > 0 && usage.arrived > 0 && usage.unheld > 0 && usage.recycledMoves > 0 && usage.awaitingMove == 0)
        #expect(usage.normalized + usage.arrived == usage.rated + usage.duplicate + usage.unrated + usage.rejected + usage.moved)
        #expect(usage.moved + usage.takenBack + usage.recycledMoves == usage.arrived + usage.unheld)
        #expect(usage.received == usage.normalized + usage.suspended)
        #expect(report.suspended.reduce(0) { $0 + $1.recycled } == usage.recycled + usage.recycledMoves)
        #expect(Self.stages(report).isSuperset(of: ["move", "rate"]))
        #expect(report.proposed == 0 && report.sums.allSatisfy { $0.difference == "0" })
        #expect(report.text.contains { $0.contains("  moved  ") && $0.hasSuffix("\(usage.arrived) came to their holders") })
    }

    @Test("each call is charged once, to its holder, or waits")
    func once() throws {
        let report = try Auditor(log: MovingTown.log()).run()
        let calls = Int64(MovingTown.Number.allCases.count * 6)
        let open = report.suspended.reduce(0) { $0 + $1.open }
        #expect(report.usage.rated + report.usage.rejected - report.usage.takenBack + open == calls, "\(report.text.joined(separator: "\n"))")
    }

    @Test("before it is settled it holds, too: what waits is proposed")
    func unsettled() throws {
        let report = try Auditor(log: MovingTown.log(isSettled: false)).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(report.proposed > 0 && report.usage.takenBack == 0 && report.usage.moved > 0)
    }

    @Test("what the move stage has not read yet is on its way, and shown")
    func inFlight() throws {
        let log = try MovingTown.log()
        var behind: Int64 = 0
        for partition in 0..<log.partitionCount(of: .usageMoves) {
            let (id, offset) = try Self.last(log, partition)
            log.pretend(.move, partition: partition, committed: offset)
            // As if it had not come to anything yet, nor been rated.
            for target in 0..<log.partitionCount(of: .usageNormalized) {
                for arrival in log.offsets(inPartition: target, of: .usageNormalized) where try Self.move(log, target, arrival) == id {
                    log.remove(.usageNormalized, partition: target, offset: arrival)
                    for fate in log.offsets(inPartition: target, of: .usageRated) where try Self.fate(log, target, fate) == arrival {
                        log.remove(.usageRated, partition: target, offset: fate)
                    }
                    behind += 1
                }
            }
        }
        let report = try Auditor(log: log).run()
        #expect(behind > 0 && report.usage.awaitingMove >= behind)
        #expect(report.checks.allSatisfy { $0.check != .moves || $0.failures == 0 }, "\(report.text.joined(separator: "\n"))")
        #expect(report.text.contains { $0.hasSuffix("\(report.usage.awaitingMove) before move") })
    }

    private static func last(_ log: InMemoryLog, _ partition: Int32) throws -> (id: EventID, offset: Int64) {
        var last: (id: EventID, offset: Int64) = (.none, 0)
        try log.read(.usageMoves, partition: partition, 0..<Int64.max) { record in
            if let value = record.value { last = (try UsageMove(serializedBytes: BorrowedBytes(value)).meta.id, record.offset) }
            return true
        }
        return last
    }

    private static func move(_ log: InMemoryLog, _ partition: Int32, _ offset: Int64) throws -> EventID? {
        var id: EventID?
        try log.read(.usageNormalized, partition: partition, offset..<offset + 1) { record in
            let usage = try record.value.map { try NormalizedRecord(serializedBytes: BorrowedBytes($0)).usage }
            if let usage, usage.hasMoved { id = usage.moved.event.id }
            return false
        }
        return id
    }

    private static func fate(_ log: InMemoryLog, _ partition: Int32, _ offset: Int64) throws -> Int64? {
        var at: Int64?
        try log.read(.usageRated, partition: partition, offset..<offset + 1) { record in
            at = try record.value.map { try RatedRecord(serializedBytes: BorrowedBytes($0)).normalizedOffset }
            return false
        }
        return at
    }

    /// A log as an older build made it; or one of which some has expired.
    private struct Older: ReadableLog {
        let log: InMemoryLog
        var hasMoves = true
        var first: [Topic: Int64] = [:]
        /// The cluster can't tell of this topic whether it is there.
        var unknown: Topic?

        struct NoSuchTopic: Error {}
        struct BrokerFault: Error {}

        func has(_ topic: Topic) throws -> Bool {
            if topic == unknown { throw BrokerFault() }
            return hasMoves || (topic != .usageMoves && topic != .stateMove)
        }
        func partitionCount(of topic: Topic) throws -> Int32 {
            if try !has(topic) { throw NoSuchTopic() }
            return log.partitionCount(of: topic)
        }
        func offsets(of topic: Topic, partition: Int32) -> Range<Int64> {
            let range = log.offsets(of: topic, partition: partition)
            return min(first[topic] ?? 0, range.upperBound)..<range.upperBound
        }
        func read(_ topic: Topic, partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool) throws {
            try log.read(topic, partition: partition, range, body)
        }
        func committed(_ stage: StageName, partition: Int32) -> Int64? { log.committed(stage, partition: partition) }
    }

    @Test("a namespace of an older build has no such topic, and holds where nothing moved")
    func older() throws {
        let simulator = try Simulator(seed: 3, scenario: Scenario(seed: 3))
        try simulator.run()
        let report = try Auditor(log: Older(log: simulator.log, hasMoves: false)).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(try !Auditor(log: Older(log: MovingTown.log(), hasMoves: false)).run().holds)
    }

    @Test("a topic that the cluster can't tell about is no topic that isn't there", arguments: [Topic.usageMoves, .usageSuspended])
    func brokerFault(topic: Topic) throws {
        let log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(3))
        #expect(throws: Older.BrokerFault.self) { try Auditor(log: Older(log: log, unknown: topic)).run() }
        // No group has committed anything, so that the changelog is asked how far its stage has come.
        #expect(throws: Older.BrokerFault.self) { try Auditor(log: Older(log: log, unknown: .stateMove)).run() }
    }

    @Test("however far the stages have come, it holds, and its sums agree with each other", arguments: 1...3 as ClosedRange<UInt64>)
    func underway(seed: UInt64) throws {
        var mostAtOnce: Int64 = 0
        let log = try MovingTown.log(seed: seed) { log in
            let report = try Auditor(log: log).run()
            let usage = report.usage
            #expect(report.holds, "\(report.text.joined(separator: "\n"))")
            #expect(usage.normalized + usage.arrived == usage.rated + usage.duplicate + usage.unrated + usage.rejected + usage.moved + usage.awaitingRate)
            #expect(usage.moved + usage.takenBack + usage.recycledMoves == usage.arrived + usage.unheld + usage.awaitingMove)
            mostAtOnce = max(mostAtOnce, usage.awaitingMove)
        }
        #expect(mostAtOnce > 0)
        #expect(try Auditor(log: log).run().usage.awaitingMove == 0)
    }

    @Test("where moves have expired, it holds", arguments: [1, 3, 1000] as [Int64])
    func expired(firstMove: Int64) throws {
        let report = try Auditor(log: Older(log: MovingTown.log(), first: [.usageMoves: firstMove])).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
    }

    @Test("where what stood suspended has expired, which is kept for less long than usage, it holds", arguments: [1, 3, 1000] as [Int64])
    func expiredSuspense(first: Int64) throws {
        let log = try MovingTown.log()
        // Raw records are kept for less long still.
        let report = try Auditor(log: Older(log: log, first: [.usageSuspended: first, .usageRaw: 1000])).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(report.usage.recycledMoves > 0)
        if first == 1000 { #expect(report.suspended.isEmpty) }
    }

    /// The records that carry a usage from one account to another.
    private static func carriers(_ log: InMemoryLog) throws -> [(topic: Topic, partition: Int32, offset: Int64)] {
        var carriers: [(topic: Topic, partition: Int32, offset: Int64)] = []
        for topic in [Topic.usageMoves, .usageNormalized, .usageRated, .usageSuspended] {
            for partition in 0..<log.partitionCount(of: topic) {
                try log.read(topic, partition: partition, 0..<Int64.max) { record in
                    if let value = record.value, try isCarrier(topic, BorrowedBytes(value)) { carriers.append((topic, partition, record.offset)) }
                    return true
                }
            }
        }
        return carriers
    }

    private static func isCarrier(_ topic: Topic, _ bytes: BorrowedBytes) throws -> Bool {
        switch topic {
        case .usageNormalized: return try NormalizedRecord(serializedBytes: bytes).usage.hasMoved
        case .usageRated:
            let record = try RatedRecord(serializedBytes: bytes)
            if case .moved? = record.body { return true }
            return record.usageCorrected.hasMoved
        case .usageSuspended:
            let event = try SuspendedUsage(serializedBytes: bytes)
            return event.stage == StageName.move.rawValue || event.usage.hasMoved
        default: return true
        }
    }

    @Test("whichever of the records that carry usage from one account to another is taken out or comes twice, it is found")
    func carriers() throws {
        let log = try MovingTown.log()
        let carriers = try Self.carriers(log)
        #expect(Set(carriers.map(\.topic)).count == 4)
        for (topic, partition, offset) in carriers {
            let without = log.copy()
            without.remove(topic, partition: partition, offset: offset)
            #expect(try !Auditor(log: without).run().holds, "\(topic.rawValue)/\(partition)/\(offset) is missing")
            let twice = log.copy()
            let copy = twice.double(topic, partition: partition, offset: offset)
            // As an event of its own.
            try twice.alter(topic, partition: partition, offset: copy) { try Self.renamed(topic, $0) }
            #expect(try !Auditor(log: twice).run().holds, "\(topic.rawValue)/\(partition)/\(offset) stands there twice")
        }
    }

    private static func renamed(_ topic: Topic, _ bytes: [UInt8]) throws -> [UInt8] {
        func renamed<M: Message>(_ type: M.Type, _ meta: WritableKeyPath<M, Meta>) throws -> [UInt8] {
            var message = try M(serializedBytes: bytes)
            message[keyPath: meta].idLow ^= 1
            return try message.serializedBytes()
        }
        switch topic {
        case .usageNormalized: return try renamed(NormalizedRecord.self, \.meta)
        case .usageRated: return try renamed(RatedRecord.self, \.meta)
        case .usageSuspended: return try renamed(SuspendedUsage.self, \.meta)
        default: return try renamed(UsageMove.self, \.meta)
        }
    }

    @Test("whichever usage was taken back from one account and charged to another: left with both, it is found as charged twice")
    func twice() throws {
        let log = try MovingTown.log()
        var found = 0
        for partition in 0..<log.partitionCount(of: .usageRated) {
            for offset in log.offsets(inPartition: partition, of: .usageRated) {
                let copy = log.copy()
                var original: EventID?
                try copy.alter(.usageRated, partition: partition, offset: offset) { bytes in
                    var record = try RatedRecord(serializedBytes: bytes)
                    guard record.usageCorrected.hasMoved, record.usageCorrected.reversed.count == 1 else { return bytes }
                    // A correction by which nothing changes.
                    original = record.usageCorrected.original.id
                    record.usageCorrected.clearMoved()
                    record.usageCorrected.replacement = record.usageCorrected.reversed
                    return try record.serializedBytes()
                }
                guard original != nil else { continue }
                let failed = try Auditor(log: copy).run().checks.filter { $0.failures > 0 }.map(\.check)
                // What waits in suspense was charged to the one alone, who is no holder of it; what came back is its first holder's, twice.
                let isFound = failed.contains(.duplicates) || failed.contains(.lateFacts)
                #expect(failed.contains(.moves) && isFound, "usage.rated/\(partition)/\(offset): \(failed)")
                if failed.contains(.duplicates) { found += 1 }
            }
        }
        #expect(found >= 4)
    }

    @Test("each claim can fail, and then says so", arguments: Lie.moves)
    func lies(_ lie: Lie) throws {
        let log = try MovingTown.log()
        try lie.tell(log)
        let report = try Auditor(log: log).run()
        let failed = report.checks.filter { $0.failures > 0 }.map(\.check)
        #expect(report.offenders.contains { $0.check == lie.check && $0.what.contains(lie.says) } || lie.says.isEmpty, "\(report.text.joined(separator: "\n"))")
        #expect(failed.contains(lie.check), "only \(failed) failed:\n\(report.text.joined(separator: "\n"))")
    }
}
