import Events
import Foundation
import KafkaRuntime
import Logging
import Pipeline
import Testing

/// A broker that runs already, and a namespace of this test's own on it.
struct TestCluster: Sendable {
    let configuration: ClientConfiguration
    let logger: Logger

    static let servers = ProcessInfo.processInfo.environment["TOLLSTREAM_TEST_BOOTSTRAP_SERVERS"]
    static let isMissing: Comment = "needs a broker: set TOLLSTREAM_TEST_BOOTSTRAP_SERVERS to its host:port"

    /// - Parameter properties: of librdkafka, for every client.
    init(_ partitions: [Topic: Int32], configs: [Topic: [String: String]] = [:], properties: [String: String] = [:]) throws {
        let namespace = try #require(Namespace("test-" + UUID().uuidString.prefix(13)))
        configuration = try ClientConfiguration(bootstrapServers: try #require(Self.servers), namespace: namespace, properties: properties)
        var logger = Logger(label: "test")
        logger.logLevel = ProcessInfo.processInfo.environment["TOLLSTREAM_TEST_LOG"] == nil ? .critical : .debug
        self.logger = logger
        let admin = try TopicAdmin(configuration, logger: logger)
        // Every stage with a changelog looks into it.
        let specifications = partitions.merging([.stateFormats: 1]) { $1 }.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            TopicSpecification(topic: $0.key, partitions: $0.value, configs: configs[$0.key] ?? [:])
        }
        try admin.apply(try admin.plan(specifications))
    }

    func writer(_ transactionalID: String? = nil) throws -> LogWriter {
        try LogWriter(configuration, transactionalID: transactionalID, logger: logger)
    }

    var log: KafkaLog { KafkaLog(configuration, blockedTimeoutMs: 2_000, logger: logger) }

    /// Every committed record of a topic as "key=value", partition by partition.
    func texts(_ topic: Topic) throws -> [String] {
        var found: [String] = []
        let log = log
        for partition in 0..<(try log.partitionCount(of: topic)) {
            try log.read(topic, partition: partition, log.offsets(of: topic, partition: partition)) { record in
                found.append("\(text(record.key))=\(record.value.map { text($0) } ?? "null")")
                return true
            }
        }
        return found
    }

    func runner<S: Stage>(_ stage: S, instance: String = "a", idleSeconds: Double = 0.5, _ adjust: (inout WorkerOptions) -> Void = { _ in })
        throws -> StageRunner<S>
    {
        var options = WorkerOptions(instance: instance)
        options.untilIdle = true
        options.idleSeconds = idleSeconds
        adjust(&options)
        return try StageRunner(stage: stage, client: configuration, options: options, logger: logger)
    }

    func runUntilIdle<S: Stage>(_ stage: S, instance: String = "a", _ adjust: (inout WorkerOptions) -> Void = { _ in }) async throws -> RunnerSnapshot {
        let runner = try runner(stage, instance: instance, adjust)
        runner.start()
        try await runner.waitUntilFinished()
        return runner.snapshot
    }
}

func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

/// Waits until something came to be, or a deadline passes. Polls, for what a broker does tells nobody.
func eventually(within seconds: Double = 20, _ condition: () throws -> Bool) async throws -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
        if try condition() { return true }
        try await Task.sleep(nanoseconds: 20_000_000)
    }
    return try condition()
}
