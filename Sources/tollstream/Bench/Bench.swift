import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

/// The measurements, one after the other against one broker.
struct Bench {
    let options: TopicsCommand.Options
    let events: Int
    let accounts: Int
    let catalog: String
    let configuration: Configuration
    let prefix: String
    var rows: [BenchRow] = []

    init(_ options: TopicsCommand.Options, events: Int, accounts: Int, catalog: String) throws {
        self.options = options
        self.events = events
        self.accounts = accounts
        self.catalog = catalog
        configuration = try options.global.configuration()
        prefix = "bench-\(Int(Date().timeIntervalSince1970))"
    }

    /// Each stage alone on a full input, each after a copy of that input.
    mutating func measureStages() throws {
        let main = prefix
        let client = try prepare(main, traffic: BenchTraffic(accounts: accounts))
        _ = try prepare(prefix + "-copy", traffic: nil)
        try publish(client, run: "pb", json: false)
        try measure(.normalize, "normalize, protobuf in", namespace: main, expecting: events, skipping: 0)
        try measure(.rate, "rate", namespace: main, expecting: nil, skipping: 0)
        try measure(.aggregate, "aggregate", namespace: main, expecting: nil, skipping: 0)
        let json = prefix + "-json"
        let jsonClient = try prepare(json, traffic: BenchTraffic(accounts: accounts))
        try publish(jsonClient, run: "json", json: true)
        try measure(.normalize, "normalize, JSON in", namespace: json, expecting: events, skipping: 0)
    }

    private mutating func measure(_ stage: StageName, _ title: String, namespace: String, expecting: Int?, skipping: Int) throws {
        let input = Self.input(of: stage)
        let expected = try expecting ?? count(input, namespace)
        Terminal.note("measuring \(title)")
        let copy = try BenchProcess(
            ["bench", "copy", "--topic", input.rawValue, "--to", prefix + "-copy", "--expecting", "\(expected)"], configuration: configuration,
            namespace: namespace
        ).finish()
        let copyRow = BenchRow("copy of \(input.rawValue)", copy.workers[0], copy)
        let report = try BenchProcess(["run", stage.rawValue, "--until-idle"], configuration: configuration, namespace: namespace).finish()
        rows.append(copyRow)
        rows.append(BenchRow(title, report.workers[0], report, ratioTo: copyRow))
    }

    private static func input(of stage: StageName) -> Topic {
        switch stage {
        case .normalize: .usageRaw
        case .rate: .usageNormalized
        case .aggregate: .usageRated
        case .recycle: .usageSuspended
        case .customers: .customersCommands
        case .invoice: .billingPeriods
        case .number: .billingDrafts
        }
    }

    private func count(_ topic: Topic, _ namespace: String) throws -> Int {
        let log = try client(namespace).log()
        var records = 0
        for partition in 0..<(try log.partitionCount(of: topic)) {
            try log.read(topic, partition: partition, try log.offsets(of: topic, partition: partition)) { _ in
                records += 1
                return true
            }
        }
        return records
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
        _ = try BenchProcess(["run", "customers", "--until-idle"], configuration: configuration, namespace: namespace).finish()
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
