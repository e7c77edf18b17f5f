import Events
import KafkaRuntime
import Pipeline
import Testing

@Suite("Tables, waiting and long work", .enabled(if: TestCluster.servers != nil, TestCluster.isMissing), .serialized)
struct WaitingTests {
    /// Looks its input's value up in a table and waits until it is there; "again:N" takes N steps.
    struct LookupStage: Stage {
        struct Tables: ReferenceTables {
            var names: [String: String] = [:]
            init() {}
            mutating func apply(_ topic: Topic, _ record: InputRecord) throws { names[text(record.key)] = text(record.value!) }
        }

        struct State: StageState {
            var left: Int? {
                didSet { isDirty = true }
            }
            var isDirty = false
            init(partition: Int32) {}
            mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
                left = value.map { Int(text($0))! }
                isDirty = false
            }
            mutating func flush(into changelog: inout ChangelogWriter) {
                guard isDirty else { return }
                isDirty = false
                if let left { changelog.put(key: Array("left".utf8), value: Array(String(left).utf8)) } else { changelog.remove(key: Array("left".utf8)) }
            }
        }

        static let name = StageName.rate
        static let input = Topic.usageNormalized
        static let tableTopics = [Topic.catalogueContent]
        static let outputs = [Topic.usageRated]
        static let changelog: Topic? = .stateRate
        static let topics: [Topic: Int32] = [.usageNormalized: 2, .usageRated: 2, .stateRate: 2, .catalogueContent: 1]

        func step(_ record: InputRecord, tables: Tables, state: inout State, outbox: inout Outbox) throws -> StepResult {
            let value = text(record.value!)
            if value.hasPrefix("again:") {
                let left = state.left ?? Int(value.dropFirst(6))!
                outbox.put(.usageRated, partition: record.partition, key: record.key, value: Array("left \(left)".utf8))
                state.left = left == 1 ? nil : left - 1
                return left == 1 ? .done : .again
            }
            guard let name = tables.names[value] else { return .waiting("name of \(value)") }
            outbox.put(.usageRated, partition: record.partition, key: record.key, value: Array(name.utf8))
            return .done
        }
    }

    @Test("tables that are read when there is a record: a stop meanwhile leaves the record where it is, and nobody takes the worker for idle")
    func deferred() async throws {
        let cluster = try TestCluster(LookupStage.topics)
        let writer = try cluster.writer()
        try writer.send(.catalogueContent, key: "zero", value: Array("null".utf8))
        try writer.flush()
        // What is not committed yet is not read: the table is at "zero" until it is.
        let open = try KafkaProducer(
            cluster.configuration, mode: .transactional(id: "open-" + cluster.configuration.namespace.prefix, timeoutMs: 300_000), logger: cluster.logger)
        try open.initTransactions()
        try open.begin()
        var outbox = Outbox()
        outbox.put(.catalogueContent, partition: 0, key: Array("one".utf8), value: Array("first".utf8))
        try open.send(outbox)
        try open.flush()
        // Over at once when both are idle; the other one is not until the worker is in the midst of its tables.
        let group = IdleGroup(seconds: 0)
        group.join("other")
        let runner = try cluster.runner(LookupStage()) {
            $0.defersTables = true
            $0.idleGroup = group
        }
        runner.start()
        #expect(try await eventually(within: 60) { runner.snapshot.state == .running })
        #expect(runner.snapshot.tableRecords == 0)
        try writer.send(.usageNormalized, partition: 0, key: "p0", value: Array("one".utf8))
        try writer.flush()
        #expect(try await eventually(within: 60) { runner.snapshot.tableRecords == 1 })
        group.report("other", idleSinceMs: 1)
        #expect(!group.isOver)
        runner.stop()
        try await runner.waitUntilFinished()
        #expect(try cluster.texts(.usageRated) == [] && runner.snapshot.commits == 0)
        #expect(try cluster.log.committed(.rate, partition: 0) ?? 0 == 0)
        try open.commit()
        _ = try await cluster.runUntilIdle(LookupStage()) { $0.defersTables = true }
        #expect(try cluster.texts(.usageRated) == ["p0=first"])
    }

    @Test("a record that waits for a table holds up its own partition only, and goes on when the table comes")
    func waiting() async throws {
        let cluster = try TestCluster(LookupStage.topics)
        let writer = try cluster.writer()
        try writer.send(.catalogueContent, key: "one", value: Array("first".utf8))
        try writer.send(.catalogueContent, key: "three", value: Array("third".utf8))
        for value in ["one", "two", "one"] { try writer.send(.usageNormalized, partition: 0, key: "p0", value: Array(value.utf8)) }
        for value in ["one", "three"] { try writer.send(.usageNormalized, partition: 1, key: "p1", value: Array(value.utf8)) }
        try writer.flush()
        let runner = try cluster.runner(LookupStage())
        runner.start()
        #expect(try await eventually { runner.snapshot.recordsIn == 3 && runner.snapshot.waitsFor == [0: "name of two"] })
        #expect(try cluster.texts(.usageRated) == ["p0=first", "p1=first", "p1=third"])
        try writer.send(.catalogueContent, key: "two", value: Array("second".utf8))
        try writer.flush()
        try await runner.waitUntilFinished()
        #expect(try cluster.texts(.usageRated) == ["p0=first", "p0=second", "p0=first", "p1=first", "p1=third"])
    }

    @Test("work of many steps is spread over several transactions, in order, before the next record of its partition")
    func again() async throws {
        let cluster = try TestCluster(LookupStage.topics)
        let writer = try cluster.writer()
        try writer.send(.catalogueContent, key: "one", value: Array("first".utf8))
        for value in ["one", "again:25", "one"] { try writer.send(.usageNormalized, partition: 0, key: "k", value: Array(value.utf8)) }
        try writer.flush()
        let snapshot = try await cluster.runUntilIdle(LookupStage()) { $0.maxBatchRecords = 10 }
        #expect(try cluster.texts(.usageRated) == ["k=first"] + (1...25).reversed().map { "k=left \($0)" } + ["k=first"])
        #expect(snapshot.commits >= 3)
        #expect(snapshot.recordsIn == 3)
    }
}
