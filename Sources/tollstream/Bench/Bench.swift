import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

/// The measurements, one after the other against one broker.
struct Bench {
    /// As many as suit one machine: each partition costs a request a transaction. The files' 12 are for a cluster.
    static let partitions = 4

    let options: TopicsCommand.Options
    let events: Int
    let accounts: Int
    let catalog: String
    let configuration: Configuration
    let prefix: String
    var rows: [BenchRow] = []
    /// What was not as it must be, whatever the speed.
    var failures: [String] = []

    init(_ options: TopicsCommand.Options, events: Int, accounts: Int, catalog: String) throws {
        var options = options
        options.partitions = options.partitions ?? Self.partitions
        self.options = options
        self.events = events
        self.accounts = accounts
        self.catalog = catalog
        configuration = try options.global.configuration()
        prefix = "bench-\(Int(Date().timeIntervalSince1970))"
    }

    /// Each stage alone on a full input, each after a copy of that input. What the customers stage wrote is read before: only usage is measured.
    mutating func measureStages() throws {
        let client = try prepare(prefix, traffic: BenchTraffic(accounts: accounts))
        _ = try prepare(prefix + "-copy", traffic: nil)
        try run(["rate", "aggregate"], prefix)
        let begin = try ends(prefix)
        try publish(client, run: "pb", json: false)
        // A broker that has just started is slower than it will be.
        _ = try copy(.usageRaw, prefix, from: begin, to: "warm")
        try measure(.normalize, "normalize, protobuf in", prefix, from: begin)
        try measure(.rate, "rate", prefix, from: begin)
        try measure(.aggregate, "aggregate", prefix, from: begin)
        let json = prefix + "-json"
        let jsonClient = try prepare(json, traffic: BenchTraffic(accounts: accounts))
        let jsonBegin = try ends(json)
        try publish(jsonClient, run: "json", json: true)
        try measure(.normalize, "normalize, JSON in", json, from: jsonBegin)
    }

    private mutating func measure(_ stage: StageName, _ title: String, _ namespace: String, from begin: [Topic: [Int64]]) throws {
        Terminal.note("measuring \(title)")
        let input = Self.input(of: stage)
        let copyRow = try copy(input, namespace, from: begin, to: "copy")
        let report = try BenchProcess(["run", stage.rawValue, "--until-idle"], configuration: configuration, namespace: namespace).finish()
        rows.append(copyRow)
        rows.append(BenchRow(title, report.workers[0], report, ratioTo: copyRow))
    }

    private func copy(_ topic: Topic, _ namespace: String, from begin: [Topic: [Int64]], to group: String) throws -> BenchRow {
        let report = try BenchProcess(
            ["bench", "copy", "--topic", topic.rawValue, "--to", prefix + "-copy", "--group", group, "--from",
             begin[topic, default: []].map(String.init).joined(separator: ",")],
            configuration: configuration, namespace: namespace
        ).finish()
        return BenchRow("copy of \(topic.rawValue)", report.workers[0], report)
    }

    func run(_ stages: [String], _ namespace: String) throws {
        _ = try BenchProcess(["run"] + stages + ["--until-idle"], configuration: configuration, namespace: namespace).finish()
    }

    /// Where the inputs of the stages end now.
    private func ends(_ namespace: String) throws -> [Topic: [Int64]] {
        let log = try client(namespace).log()
        var ends: [Topic: [Int64]] = [:]
        for topic in [Topic.usageRaw, .usageNormalized, .usageRated] {
            ends[topic] = try (0..<log.partitionCount(of: topic)).map { try log.offsets(of: topic, partition: $0).upperBound }
        }
        return ends
    }

    private static func input(of stage: StageName) -> Topic {
        switch stage {
        case .normalize: .usageRaw
        case .rate: .usageNormalized
        case .aggregate: .usageRated
        case .recycle: .usageSuspended
        case .move: .usageMoves
        case .customers: .customersCommands
        case .invoice: .billingPeriods
        case .number: .billingDrafts
        }
    }

    func client(_ namespace: String) throws -> ClientConfiguration {
        guard let name = Namespace(namespace) else { throw CommandFailure.usage("no namespace \(namespace)") }
        return try ClientConfiguration(bootstrapServers: configuration.client.bootstrapServers, namespace: name, properties: configuration.client.properties)
    }

    /// Topics, catalogue and customers of a namespace.
    func prepare(_ namespace: String, traffic: BenchTraffic?) throws -> ClientConfiguration {
        let client = try client(namespace)
        Terminal.note("preparing the namespace \(namespace)")
        let admin = try client.admin()
        var inner = configuration
        inner.client = client
        let changes = try options.changes(admin, inner)
        try TopicsCommand.refuseConflicts(changes)
        try admin.apply(changes)
        guard let traffic else { return client }
        _ = try CataloguePublisher(client).publish(directory: catalog, tables: [:])
        let writer = try client.writer()
        for command in try traffic.commands() { try writer.send(command) }
        try writer.flush()
        try run(["customers"], namespace)
        return client
    }

    func publish(_ client: ClientConfiguration, run: String, json: Bool) throws {
        let writer = try client.writer()
        let traffic = BenchTraffic(accounts: accounts)
        let progress = Progress("publishing usage", total: Int64(events))
        let headers: [(name: String, value: [UInt8])] = [("content-type", Array((json ? "application/json" : "application/x-protobuf").utf8))]
        for number in 0..<events {
            let usage = traffic.usage(number, run: run, startMs: BenchTraffic.startMs(number))
            let value: [UInt8] = try json ? usage.jsonUTF8Bytes() : usage.serializedBytes()
            try writer.send(.usageRaw, key: usage.subscriber, value: value, headers: headers)
            progress.advance()
        }
        try writer.flush()
        progress.finish()
    }
}
