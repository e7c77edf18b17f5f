import Events
import KafkaRuntime
import Pipeline
import Testing

@Suite("How far a worker has read, and in which format it says so", .enabled(if: TestCluster.servers != nil, TestCluster.isMissing), .serialized)
struct PositionTests {
    private func publish(_ cluster: TestCluster, _ values: ClosedRange<Int>) throws {
        let writer = try cluster.writer()
        for value in values { for partition in [Int32(0), 1] { try writer.send(.usageRated, partition: partition, key: "k\(partition)", value: Array(String(value).utf8)) } }
        try writer.flush()
    }

    /// The last position of each partition.
    private func positions(_ cluster: TestCluster) throws -> [InputPosition?] {
        try (Int32(0)..<2).map { partition in
            var found: InputPosition?
            try cluster.log.read(.stateAggregate, partition: partition, cluster.log.offsets(of: .stateAggregate, partition: partition)) { record in
                found = try InputPosition(changelogRecord: record, of: .stateAggregate) ?? found
                return true
            }
            return found
        }
    }

    private func put(_ position: InputPosition, _ cluster: TestCluster) throws {
        var outbox = Outbox()
        position.put(into: &outbox, changelog: .stateAggregate, partition: 0)
        let writer = try cluster.writer()
        try writer.send(outbox)
        try writer.flush()
    }

    private func fault(_ cluster: TestCluster) async throws -> PositionFault.Reason? {
        do { _ = try await cluster.runUntilIdle(CountingStage()) } catch let fault as PositionFault { return fault.reason }
        return nil
    }

    @Test("a new namespace has the newest format, whoever of two workers comes first, and a position for each partition")
    func fresh() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        try publish(cluster, 1...50)
        let runners = try ["a", "b"].map { try cluster.runner(CountingStage(), instance: $0, idleSeconds: 2) }
        for runner in runners { runner.start() }
        for runner in runners { try await runner.waitUntilFinished() }
        #expect(try positions(cluster).map(\.?.next) == [50, 50])
        #expect(try positions(cluster).map(\.?.last?.offset) == [49, 49])
        #expect(try cluster.texts(.stateFormats).contains { $0.hasPrefix("aggregate=") })
        #expect(try cluster.texts(.billingPeriods).count == 100)
    }

    @Test("an older build's state goes on in its format, a partition without any too, until the next one is asked for; it stays then")
    func upgrade() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        let writer = try cluster.writer()
        try writer.send(.usageRated, partition: 0, key: "k0", value: Array("1".utf8))
        try writer.flush()
        _ = try await cluster.runUntilIdle(CountingStage()) { $0.stateFormat = .first }
        try publish(cluster, 2...5)
        _ = try await cluster.runUntilIdle(CountingStage())
        #expect(try positions(cluster) == [nil, nil])
        #expect(try cluster.texts(.stateFormats) == [])
        // With nothing new to read.
        _ = try await cluster.runUntilIdle(CountingStage()) { $0.stateFormat = .second }
        #expect(try positions(cluster).map(\.?.next) == [5, 4])
        try publish(cluster, 6...9)
        _ = try await cluster.runUntilIdle(CountingStage()) { $0.stateFormat = .first }
        try publish(cluster, 10...12)
        _ = try await cluster.runUntilIdle(CountingStage())
        #expect(try positions(cluster).map(\.?.next) == [12, 11])
        #expect(try cluster.texts(.billingPeriods).count == 23)
    }

    @Test("what begins beside an older build's state goes on in the first format, as that does: the older build may come back", arguments: [false, true])
    func neighbour(_ hasSaidSo: Bool) async throws {
        let cluster = try TestCluster(CountingStage.topics.merging([.stateRecycle: 1]) { $1 })
        try publish(cluster, 1...5)
        let writer = try cluster.writer()
        if hasSaidSo {
            try writer.send(.stateFormats, partition: 0, key: "recycle", value: StageFormat(format: .second, partitionCount: 1).entry)
        }
        try writer.send(.stateRecycle, partition: 0, key: "k", value: Array("1".utf8))
        try writer.flush()
        _ = try await cluster.runUntilIdle(CountingStage())
        #expect(try positions(cluster).map(\.?.next) == (hasSaidSo ? [5, 5] : [nil, nil]))
        #expect(try cluster.texts(.stateFormats).contains { $0.hasPrefix("aggregate=") } == hasSaidSo)
    }

    @Test("the larger of position and group counts")
    func larger() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        try publish(cluster, 1...10)
        // As if the group had lost its place, and somebody had read the first seven records.
        try put(InputPosition(next: 7, partitionCount: 2), cluster)
        _ = try await cluster.runUntilIdle(CountingStage())
        #expect(try cluster.texts(.billingPeriods).count == 13)
        // Behind the group, as where an older build went on.
        try put(InputPosition(next: 3, partitionCount: 2), cluster)
        _ = try await cluster.runUntilIdle(CountingStage())
        #expect(try cluster.texts(.billingPeriods).count == 13)
        // Where there was none the first format writes none.
        #expect(try positions(cluster).map(\.?.next) == [10, nil])
    }

    @Test("a worker refuses a position beyond the end, another record at its place, another partition count")
    func refused() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        try publish(cluster, 1...10)
        try put(InputPosition(next: 12, partitionCount: 2), cluster)
        #expect(try await fault(cluster) == .beyondEnd(12, end: 10))
        try put(InputPosition(next: 4, partitionCount: 3), cluster)
        #expect(try await fault(cluster) == .otherPartitionCount(written: 3, actual: 2))
        let other = RecordMark(InputRecord(partition: 0, offset: 3, key: UnsafeRawBufferPointer(start: nil, count: 0), value: nil))
        try put(InputPosition(next: 4, partitionCount: 2, last: other), cluster)
        #expect(try await fault(cluster) == .otherRecord(at: 3, isMissing: false))
        try put(InputPosition(next: 4, partitionCount: 2), cluster)
        #expect(try await fault(cluster) == nil)
    }

    @Test("a reset takes the state along; a worker then reads anew what it was told to")
    func reset() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        try publish(cluster, 1...10)
        _ = try await cluster.runUntilIdle(CountingStage()) { $0.isStaticMember = false }
        let reset = StageReset<CountingStage>(cluster.configuration, logger: cluster.logger)
        let standings = try reset.standings()
        #expect(standings.map(\.entries) == [1, 1])
        #expect(standings.map(\.next) == [10, 10])
        #expect(try reset.format()?.format == .second)
        try reset.apply(standings, targets: [8, 0], keepsState: false)
        #expect(try reset.standings().map(\.entries) == [0, 0])
        #expect(try reset.standings().map(\.next) == [8, 0])
        _ = try await cluster.runUntilIdle(CountingStage())
        // Counted from 1 again: two records and ten.
        #expect(try cluster.texts(.billingPeriods).sorted() == ((1...10).flatMap { ["k0=\($0)", "k1=\($0)"] } + ["k0=1", "k0=2"] + (1...10).map { "k1=\($0)" }).sorted())
        try StageReset<CountingStage>(cluster.configuration, logger: cluster.logger).apply(reset.standings(), targets: [9, 9], keepsState: true)
        _ = try await cluster.runUntilIdle(CountingStage())
        #expect(try cluster.texts(.billingPeriods).filter { $0 == "k0=3" || $0 == "k1=11" }.count == 3)
    }
}
