import Events
import KafkaRuntime
import Pipeline
import Testing

@Suite("A worker", .enabled(if: TestCluster.servers != nil, TestCluster.isMissing), .serialized)
struct ExactlyOnceTests {
    /// `count` records of each of `keys`, valued 1 to `count`.
    private func publish(_ cluster: TestCluster, keys: [String], _ values: ClosedRange<Int>) throws {
        let writer = try cluster.writer()
        for value in values { for key in keys { try writer.send(.usageRated, key: key, value: Array(String(value).utf8)) } }
        try writer.flush()
    }

    private func expected(_ keys: [String], _ count: Int) -> [String] { keys.flatMap { key in (1...count).map { "\(key)=\($0)" } }.sorted() }

    @Test("counts each record once, also over a restart, which restores its state")
    func restart() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        let keys = ["a", "b", "c", "d", "e"]
        try publish(cluster, keys: keys, 1...300)
        let first = try await cluster.runUntilIdle(CountingStage())
        #expect(first.recordsIn == 1_500)
        try publish(cluster, keys: keys, 301...400)
        let second = try await cluster.runUntilIdle(CountingStage())
        #expect(second.recordsIn == 500)
        #expect(second.restoredEntries >= keys.count)
        #expect(try cluster.texts(.billingPeriods).sorted() == expected(keys, 400))
    }

    @Test("aborts and starts anew after a failure, and no one sees the aborted part")
    func abort() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        let keys = ["a", "b", "c"]
        try publish(cluster, keys: keys, 1...500)
        let snapshot = try await cluster.runUntilIdle(CountingStage(failingOnceAt: "250")) { $0.maxBatchRecords = 100 }
        #expect(snapshot.state == .stopped)
        #expect(snapshot.recordsIn == 1_500)
        #expect(try cluster.texts(.billingPeriods).sorted() == expected(keys, 500))
    }

    @Test("waits while the client's buffer is full, and loses nothing")
    func fullQueue() async throws {
        let cluster = try TestCluster(CountingStage.topics, properties: ["queue.buffering.max.messages": "20"])
        let keys = ["a", "b", "c"]
        // Of a writer with a full buffer as well.
        try publish(cluster, keys: keys, 1...500)
        let snapshot = try await cluster.runUntilIdle(CountingStage())
        #expect(snapshot.recordsIn == 1_500)
        #expect(snapshot.aborts == 0)
        #expect(try cluster.texts(.billingPeriods).sorted() == expected(keys, 500))
    }

    @Test("ends the transaction that a killed predecessor of its slot left open")
    func crash() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        try publish(cluster, keys: ["a"], 1...10)
        let id = cluster.configuration.namespace.qualified("aggregate.a.0")
        let killed = try KafkaProducer(cluster.configuration, mode: .transactional(id: id), logger: cluster.logger)
        try killed.initTransactions()
        try killed.begin()
        try send(killed, .stateAggregate, "a", "77")
        try send(killed, .billingPeriods, "a", "77")
        try killed.flush()
        _ = try await cluster.runUntilIdle(CountingStage())
        #expect(try cluster.texts(.billingPeriods) == expected(["a"], 10).sorted { Int($0.dropFirst(2))! < Int($1.dropFirst(2))! })
        // The killed one, should it come back, is refused.
        #expect(throws: KafkaError.self) { try killed.commit() }
    }

    @Test("waits for a predecessor's commit marker: the restore ends at the true end, not at the last stable offset")
    func openPredecessor() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        let predecessor = try KafkaProducer(cluster.configuration, mode: .transactional(id: "other-" + cluster.configuration.namespace.prefix), logger: cluster.logger)
        try predecessor.initTransactions()
        try predecessor.begin()
        try send(predecessor, .stateAggregate, "a", "41")
        var outbox = Outbox()
        for partition in [Int32(0), 1] { InputPosition(next: 0, partitionCount: 2).put(into: &outbox, changelog: .stateAggregate, partition: partition) }
        try predecessor.send(outbox)
        try predecessor.flush()
        try publish(cluster, keys: ["a"], 1...1)
        let runner = try cluster.runner(CountingStage())
        runner.start()
        #expect(try await eventually { runner.snapshot.state == .restoring })
        // It sees the last stable offset, where a careless restore would end, many times over meanwhile.
        #expect(try await !eventually(within: 1.5) { runner.snapshot.state == .running || runner.snapshot.recordsIn > 0 })
        try predecessor.commit()
        try await runner.waitUntilFinished()
        #expect(try cluster.texts(.billingPeriods) == ["a=42"])
    }

    @Test("is fenced when a second worker takes its slot, and says so")
    func fenced() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        let first = try cluster.runner(CountingStage()) { $0.untilIdle = false }
        first.start()
        #expect(try await eventually { first.snapshot.isReady })
        let second = try cluster.runner(CountingStage()) { $0.untilIdle = false }
        second.start()
        #expect(try await eventually { second.snapshot.isReady || second.snapshot.state == .restoring || second.snapshot.state == .waitingForPartitions })
        try publish(cluster, keys: ["a", "b", "c"], 1...100)
        do {
            try await first.waitUntilFinished()
            Issue.record("the first worker went on")
        } catch let error as KafkaError {
            #expect(error.isFatal, "\(error)")
            #expect("\(error)".contains("slot"), "\(error)")
        }
        #expect(try await eventually { second.snapshot.recordsIn == 300 })
        second.stop()
        try await second.waitUntilFinished()
        #expect(try cluster.texts(.billingPeriods).sorted() == expected(["a", "b", "c"], 100))
    }

    @Test("shares its partitions with another worker and takes them back")
    func rebalance() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        let keys = (1...20).map { "k\($0)" }
        let first = try cluster.runner(CountingStage(), instance: "a") {
            $0.untilIdle = false
            $0.isStaticMember = false
        }
        first.start()
        #expect(try await eventually { first.snapshot.partitions.count == 2 })
        try publish(cluster, keys: keys, 1...200)
        let second = try cluster.runner(CountingStage(), instance: "b") {
            $0.untilIdle = false
            $0.isStaticMember = false
        }
        second.start()
        try publish(cluster, keys: keys, 201...400)
        #expect(try await eventually { first.snapshot.partitions.count == 1 && second.snapshot.partitions.count == 1 })
        try publish(cluster, keys: keys, 401...500)
        second.stop()
        try await second.waitUntilFinished()
        try publish(cluster, keys: keys, 501...600)
        #expect(try await eventually { first.snapshot.recordsIn + second.snapshot.recordsIn == 12_000 })
        first.stop()
        try await first.waitUntilFinished()
        #expect(try cluster.texts(.billingPeriods).sorted() == expected(keys, 600))
    }

    private func send(_ producer: KafkaProducer, _ topic: Topic, _ key: String, _ value: String) throws {
        try Array(key.utf8).withUnsafeBytes { key in
            try Array(value.utf8).withUnsafeBytes { try producer.send(topic, key: key, value: $0) }
        }
    }
}
