import Events
import KafkaRuntime
import Pipeline
import Testing

@Suite("The log", .enabled(if: TestCluster.servers != nil, TestCluster.isMissing), .serialized)
struct KafkaLogTests {
    private struct Refused: Error {}

    @Test("shows committed records only, and a read ends where the range's tail is aborted records and markers")
    func abortedTail() throws {
        let cluster = try TestCluster([.usageRated: 1])
        let writer = try cluster.writer("log-test")
        try writer.inTransaction { try writer.send(.usageRated, key: "a", value: [49]) }
        #expect(throws: Refused.self) {
            try writer.inTransaction {
                for _ in 0..<3 { try writer.send(.usageRated, key: "a", value: [50]) }
                throw Refused()
            }
        }
        let offsets = try cluster.log.offsets(of: .usageRated, partition: 0)
        #expect(offsets.count > 1)
        #expect(try cluster.texts(.usageRated) == ["a=1"])
    }

    @Test("a body that has enough ends the read")
    func earlyEnd() throws {
        let cluster = try TestCluster([.usageRated: 1])
        let writer = try cluster.writer()
        for value in UInt8(48)...57 { try writer.send(.usageRated, key: "a", value: [value]) }
        try writer.flush()
        var found: [Int64] = []
        try cluster.log.read(.usageRated, partition: 0, 3..<10) { record in
            found.append(record.offset)
            return record.offset < 5
        }
        #expect(found == [3, 4, 5])
    }

    @Test("a read into an open transaction says so")
    func blocked() throws {
        let cluster = try TestCluster([.usageRated: 1])
        let open = try KafkaProducer(
            cluster.configuration, mode: .transactional(id: "open-" + cluster.configuration.namespace.prefix), logger: cluster.logger)
        try open.initTransactions()
        try open.begin()
        try [UInt8](repeating: 65, count: 1).withUnsafeBytes { try open.send(.usageRated, key: $0, value: $0) }
        try open.flush()
        #expect(try cluster.log.offsets(of: .usageRated, partition: 0) == 0..<0)
        #expect(throws: LogRangeError.self) { try cluster.log.read(.usageRated, partition: 0, 0..<1) { _ in true } }
        try open.abort()
    }

    @Test("each record but those of the hot topics names its schema, JSON topics their content type, and what was given besides")
    func headers() throws {
        let cluster = try TestCluster([.billingInvoices: 1, .usageRaw: 1])
        let writer = try cluster.writer()
        try writer.send(.billingInvoices, key: "a", value: Array("{}".utf8))
        try writer.send(.usageRaw, key: "", value: [], headers: [("content-type", Array("text/csv".utf8)), ("source", Array("calls".utf8))])
        try writer.flush()
        try cluster.log.read(.billingInvoices, partition: 0, 0..<1) { record in
            #expect(record.header("schema") == Topic.billingInvoices.schema)
            #expect(record.header("content-type") == "application/json")
            return true
        }
        try cluster.log.read(.usageRaw, partition: 0, 0..<1) { record in
            #expect(record.headers.map(\.name) == ["content-type", "source"])
            #expect(record.header("content-type") == "text/csv")
            #expect(record.header("source") == "calls")
            #expect(record.key.isEmpty)
            #expect(record.value?.count == 0)
            #expect(record.timestampMs > 0)
            return true
        }
    }

    @Test("following several partitions hands over each in order, ends at the captured ends and tells positions past markers")
    func follow() throws {
        let cluster = try TestCluster([.usageRated: 2, .billingPeriods: 1])
        let writer = try cluster.writer("follow-test")
        try writer.inTransaction {
            for value in UInt8(48)...52 {
                for partition in Int32(0)...1 { try writer.send(.usageRated, partition: partition, key: "a", value: [value]) }
                try writer.send(.billingPeriods, key: "b", value: [value])
            }
        }
        var found: [String: String] = [:]
        var positions: [LogPosition] = []
        try cluster.log.follow(
            [
                LogPosition(topic: .usageRated, partition: 0, offset: 0), LogPosition(topic: .usageRated, partition: 1, offset: 2),
                LogPosition(topic: .billingPeriods, partition: 0, offset: 0),
            ], until: .captured
        ) { topic, record in
            found["\(topic.rawValue)/\(record.partition)", default: ""] += text(record.value!)
        } atBoundary: {
            positions = $0
            return true
        }
        #expect(found == ["usage.rated/0": "01234", "usage.rated/1": "234", "billing.periods/0": "01234"])
        let ends = try positions.map { try cluster.log.offsets(of: $0.topic, partition: $0.partition).upperBound }
        #expect(positions.map(\.offset) == ends)
    }

    @Test("a stage's committed offset is known once it has worked, and not before")
    func committed() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        let writer = try cluster.writer()
        for _ in 0..<7 { try writer.send(.usageRated, partition: 1, key: "a", value: [49]) }
        try writer.flush()
        #expect(try cluster.log.committed(.aggregate, partition: 1) == nil)
        _ = try await cluster.runUntilIdle(CountingStage())
        #expect(try cluster.log.committed(.aggregate, partition: 1) == 7)
        #expect(try cluster.log.committed(.aggregate, partition: 0) == nil)
    }
}
