import Events
import KafkaRuntime
import Pipeline
import Testing

@Suite("What a worker refuses", .enabled(if: TestCluster.servers != nil, TestCluster.isMissing), .serialized)
struct RefusalTests {
    @Test("an unknown topic, before anything is read")
    func unknownTopic() async throws {
        let cluster = try TestCluster([.usageRated: 2, .billingPeriods: 2])
        do {
            _ = try await cluster.runUntilIdle(CountingStage())
            Issue.record("it ran without its changelog")
        } catch let error as TopologyError {
            #expect("\(error)".contains("state.aggregate doesn't exist"), "\(error)")
        }
    }

    @Test("a changelog or an output of another partition count")
    func partitionCounts() async throws {
        let cluster = try TestCluster([.usageRated: 2, .billingPeriods: 4, .stateAggregate: 3])
        do {
            _ = try await cluster.runUntilIdle(CountingStage())
            Issue.record("it ran")
        } catch let error as TopologyError {
            #expect(error.problems.count == 2, "\(error)")
        }
    }

    /// Emits one output of as many bytes as the input's value says.
    struct SizedStage: Stage {
        static let name = StageName.aggregate
        static let input = Topic.usageRated
        static let outputs = [Topic.billingPeriods]

        func step(_ record: InputRecord, tables: NoTables, state: inout NoState, outbox: inout Outbox) throws -> StepResult {
            outbox.put(.billingPeriods, key: record.key, value: [UInt8](repeating: 65, count: Int(text(record.value!))!))
            return .done
        }
    }

    @Test("an output over the size limit stops the worker with its size and topic, and nothing of the transaction is seen")
    func tooLarge() async throws {
        let cluster = try TestCluster(CountingStage.topics)
        let writer = try cluster.writer()
        for size in ["5", "12000000"] { try writer.send(.usageRated, partition: 0, key: "a", value: Array(size.utf8)) }
        try writer.flush()
        do {
            _ = try await cluster.runUntilIdle(SizedStage())
            Issue.record("it went on")
        } catch let error as KafkaError {
            #expect(error.code == "MSG_SIZE_TOO_LARGE")
            #expect("\(error)".contains("12000000 bytes to billing.periods"), "\(error)")
        }
        #expect(try cluster.texts(.billingPeriods) == [])
    }

    @Test("an output over the topic's own limit, which only the broker knows: the worker stops with its size and topic, and nothing is seen")
    func tooLargeForTheBroker() async throws {
        let cluster = try TestCluster(CountingStage.topics, configs: [.billingPeriods: ["max.message.bytes": "100000"]])
        let writer = try cluster.writer()
        try writer.send(.billingPeriods, partition: 0, key: "a", value: [UInt8](repeating: 65, count: 200_000))
        if (try? writer.flush()) != nil { try Test.cancel("this broker takes records over max.message.bytes") }
        // More than one request's worth: what follows the refused record is refused by the client.
        for size in ["5", "200000"] + Array(repeating: "90000", count: 40) { try writer.send(.usageRated, partition: 0, key: "a", value: Array(size.utf8)) }
        try writer.flush()
        do {
            _ = try await cluster.runUntilIdle(SizedStage())
            Issue.record("it went on")
        } catch let error as KafkaError {
            #expect(error.code == "MSG_SIZE_TOO_LARGE")
            #expect("\(error)".contains("200000 bytes to"), "\(error)")
            #expect("\(error)".contains("billing.periods/0"), "\(error)")
        }
        #expect(try cluster.texts(.billingPeriods) == [])
    }
}
