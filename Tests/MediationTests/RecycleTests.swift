import Events
import Mediation
import Pipeline
import Quantities
import Testing

/// A recycle stage with its directory.
struct Recycler {
    var tables = RecycleTables()
    var task = PartitionTask<RecycleStage>(partition: 0, position: 0)
    var outbox = Outbox()
    private var offset: Int64 = 0

    mutating func assign(_ identifier: String, from: Int64, to: Int64 = 0, revision: Int64 = 0) throws {
        let entry = DirectoryEntry.with {
            $0.identifier = identifier
            $0.revision = revision
            $0.assignments = [.with { $0.account = "a"; $0.subscription = "s"; $0.fromMs = from; $0.toMs = to }]
        }.wire
        try entry.withUnsafeBytes { try tables.apply(.customersDirectory, InputRecord(partition: 0, offset: 0, key: $0.prefixPointer(0), value: $0)) }
    }

    mutating func suspend(
        _ number: UInt64, _ subscriber: String, at startMs: Int64, reason: SuspenseReason = .unknownSubscriber, bytes: Int = 10, attempts: Int = 0
    ) throws {
        let record = SuspendedUsage.with {
            $0.meta = Meta(id: EventID(high: 1, low: number), cause: .none, engine: 1)
            $0.reason = reason.rawValue
            $0.stage = "normalize"
            $0.subscriber = subscriber
            $0.startMs = startMs
            $0.original = .init([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: bytes))
            $0.originalContentType = "text/csv"
            $0.originalSource = "calls"
        }.wire
        let count = Array(String(attempts).utf8)
        try record.withUnsafeBytes { value in
            try count.withUnsafeBytes { count in
                let record = InputRecord(
                    partition: 0, offset: offset, key: value.prefixPointer(0), value: value, headers: [.init(name: "recycle-attempts", value: count)])
                let result = try task.step(record, stage: RecycleStage(), tables: tables, outbox: &outbox)
                #expect(result == .done)
            }
        }
        offset += 1
    }

    mutating func reached() throws { try task.reached(end: offset, stage: RecycleStage(), tables: tables, outbox: &outbox) }

    /// The first byte of each original that was recycled: the number of its suspended event.
    mutating func take() -> [UInt8] {
        defer { outbox.removeAll() }
        return outbox.entries.filter { $0.topic == .usageRaw }.map { outbox.bytes[$0.value!.lowerBound] }
    }

    /// Commits, crashes, and restores from the changelog.
    mutating func restart(_ changelog: inout [(key: [UInt8], value: [UInt8]?)]) throws {
        outbox.removeAll()
        task.flush(into: &outbox)
        changelog += outbox.entries.map { entry in (Array(outbox.bytes[entry.key]), entry.value.map { Array(outbox.bytes[$0]) }) }
        outbox.removeAll()
        task = PartitionTask<RecycleStage>(partition: 0, position: offset)
        for entry in changelog {
            try entry.key.withUnsafeBytes { key in
                if let value = entry.value { try value.withUnsafeBytes { try task.restore(key: key, value: $0) } } else { try task.restore(key: key, value: nil) }
            }
        }
        task.finishRestore()
    }
}

/// A log of one block of usage, and of the catalogues that were published.
private struct BlockLog: ReadableLog {
    var catalogues: [CatalogueContent]

    func partitionCount(of topic: Topic) -> Int32 { 1 }
    func offsets(of topic: Topic, partition: Int32) -> Range<Int64> { 0..<Int64(topic == .catalogueContent ? catalogues.count : 0) }
    func committed(_ stage: StageName, partition: Int32) -> Int64? { nil }

    func read(_ topic: Topic, partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool) throws {
        guard topic == .catalogueContent else { return }
        for offset in range {
            let value = CatalogueRecord.with { $0.content = catalogues[Int(offset)] }.wire
            _ = try [UInt8(offset)].withUnsafeBytes { key in
                try value.withUnsafeBytes { try body(InputRecord(partition: 0, offset: offset, key: key, value: $0)) }
            }
        }
    }
}

@Suite("Originals within a block")
struct RawOriginalsTests {
    private func find(_ usages: [(UInt32, String, String)], in block: String, _ catalogues: [CatalogueContent]) throws -> [UInt32: String] {
        let wanted = usages.map { index, subscriber, start in
            Usage.with {
                $0.rawIndex = index
                $0.parties.served = subscriber
                $0.startMs = Timestamp(rfc3339: start)!.ms
            }
        }
        let originals = try RawOriginals(BlockLog(catalogues: catalogues))
        let (value, source) = (Array(block.utf8), Array("calls".utf8))
        return try value.withUnsafeBytes { value in
            try source.withUnsafeBytes { source in
                let record = InputRecord(
                    partition: 0, offset: 0, key: value.prefixPointer(0), value: value, headers: [.init(name: "source", value: source)][...])
                return try originals.find(wanted, in: record).mapValues { String(decoding: $0, as: UTF8.self) }
            }
        }
    }

    private static let block = "id,user_id,call_date,duration\n1,1004,2026-10-01,1\n\"2\",1005,2026-10-02,\"2\"\nbroken\n3,1004,2026-10-03,3\n"

    @Test("each is its own line, header and lines at fault counted as mediation counts them")
    func lines() throws {
        let wanted = [(0, "user:1004", "2026-09-30T22:00:00Z"), (1, "user:1005", "2026-10-01T22:00:00Z"), (3, "user:1004", "2026-10-02T22:00:00Z")] as [(UInt32, String, String)]
        #expect(try find(wanted, in: Self.block, [Mediator.catalogue]) == [0: "1,1004,2026-10-01,1", 1: "\"2\",1005,2026-10-02,\"2\"", 3: "3,1004,2026-10-03,3"])
        // Whom the place does not hold is not sent.
        let others = [(0, "user:1005", "2026-09-30T22:00:00Z"), (1, "user:1005", "2026-10-02T22:00:00Z"), (9, "user:1004", "2026-09-30T22:00:00Z")] as [(UInt32, String, String)]
        #expect(try find(others, in: Self.block, [Mediator.catalogue]).isEmpty)
    }

    @Test("where the source is described otherwise since, by the version that knows the line")
    func versions() throws {
        var later = Mediator.catalogue
        later.sources[0].columns = ["user_id", "id", "duration", "call_date"]
        let wanted = [(0, "user:1004", "2026-09-30T22:00:00Z")] as [(UInt32, String, String)]
        #expect(try find(wanted, in: Self.block, [Mediator.catalogue, later]) == [0: "1,1004,2026-10-01,1"])
        #expect(try find(wanted, in: Self.block, [later]).isEmpty)
    }

    @Test("each line of a block of any length is found")
    func long() throws {
        let lines = (0..<9000).map { "\($0),\($0),2026-10-01,1" }
        let found = try find([(8999, "user:8999", "2026-09-30T22:00:00Z")], in: lines.joined(separator: "\n"), [Mediator.catalogue])
        #expect(found == [8999: lines[8999]])
    }
}

@Suite("Recycle")
struct RecycleTests {
    @Test("sends the original again, with its headers, when the directory comes to cover it, and once only")
    func activationComesLate() throws {
        var recycler = Recycler()
        try recycler.suspend(1, "user:1", at: 100)
        try recycler.suspend(2, "user:1", at: 50)
        try recycler.suspend(3, "user:2", at: 100)
        try recycler.reached()
        #expect(recycler.take() == [])
        try recycler.assign("user:1", from: 100)
        try recycler.reached()
        let entry = try #require(recycler.outbox.entries.first)
        #expect(entry.headers.map(\.name) == ["recycles", "recycle-attempts", "content-type", "source"])
        let values = entry.headers.map { String(decoding: $0.value, as: UTF8.self) }
        #expect(values == [EventID(high: 1, low: 1).description, "1", "text/csv", "calls"])
        #expect(recycler.take() == [1])
        try recycler.reached()
        #expect(recycler.take() == [])
        try recycler.assign("user:1", from: 50)
        try recycler.reached()
        #expect(recycler.take() == [2])
        #expect(recycler.task.state.count == 1)
    }

    @Test("looks at what is newly suspended at once")
    func coveredAlready() throws {
        var recycler = Recycler()
        try recycler.assign("user:1", from: 100, to: 200)
        try recycler.suspend(1, "user:1", at: 150, reason: .noSubscriptionAtTime)
        #expect(recycler.take() == [1])
        try recycler.suspend(2, "user:1", at: 200, reason: .noSubscriptionAtTime)
        try recycler.reached()
        #expect(recycler.take() == [])
        #expect(recycler.task.state.count == 1)
    }

    @Test("leaves to people what is no matter of the directory, too long, or has come round too often")
    func leftAlone() throws {
        var recycler = Recycler()
        try recycler.assign("user:1", from: 0)
        try recycler.suspend(1, "user:1", at: 100, reason: .badQuantity)
        try recycler.suspend(2, "user:1", at: 100, bytes: MediationLimits.recycledBytes + 1)
        try recycler.suspend(3, "user:1", at: 100, attempts: MediationLimits.recycleAttempts)
        try recycler.suspend(4, "", at: 100)
        try recycler.reached()
        #expect(recycler.take() == [] && recycler.task.state.count == 0)
        try recycler.suspend(5, "user:1", at: 100, attempts: MediationLimits.recycleAttempts - 1)
        #expect(recycler.take() == [5])
    }

    @Test("remembers across a restart what it holds and what it has recycled")
    func restart() throws {
        var recycler = Recycler()
        var changelog: [(key: [UInt8], value: [UInt8]?)] = []
        for number in 1...4 { try recycler.suspend(UInt64(number), "user:\(number % 2)", at: 100, attempts: number) }
        try recycler.restart(&changelog)
        #expect(recycler.task.state.count == 4)
        try recycler.assign("user:1", from: 0)
        try recycler.reached()
        #expect(recycler.outbox.entries.map { String(decoding: $0.headers[1].value, as: UTF8.self) } == ["2", "4"])
        #expect(recycler.take() == [1, 3])
        try recycler.restart(&changelog)
        try recycler.reached()
        #expect(recycler.take() == [], "what was recycled before the restart is not recycled again")
        // The directory came to cover it while nobody was there to see it change.
        try recycler.restart(&changelog)
        try recycler.assign("user:0", from: 0)
        for number in 0..<140_000 { try recycler.assign("x:\(number % 7)", from: 0) }
        try recycler.reached()
        #expect(recycler.take() == [2, 4])
        try recycler.restart(&changelog)
        #expect(recycler.task.state.count == 0)
    }

    @Test("does a bounded part a call, and all of it in the end, each once")
    func bounded() throws {
        var recycler = Recycler()
        let count = MediationLimits.recycledPerCall * 2 + 5
        for number in 0..<count { try recycler.suspend(UInt64(number), number % 3 == 0 ? "user:big" : "user:\(number % 50)", at: 1) }
        for name in ["big"] + (0..<50).map({ "\($0)" }) { try recycler.assign("user:\(name)", from: 0) }
        var recycled: [String] = []
        repeat {
            recycler.outbox.removeAll()
            try recycler.reached()
            #expect(recycler.outbox.entries.count <= MediationLimits.recycledPerCall)
            recycled += recycler.outbox.entries.map { String(decoding: $0.headers[0].value, as: UTF8.self) }
        } while !recycler.outbox.isEmpty
        #expect(recycled.count == count && Set(recycled).count == count)
    }
}
