import ArgumentParser
import Events
import Foundation
import KafkaRuntime
import Logging
import Pipeline
import Quantities

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure each stage and the whole chain beside a plain copy, on this machine and broker.",
        discussion: """
            Works in namespaces of its own, and leaves them. Every ratio is of one run: a stage's rate over that of a plain copy of its \
            input, measured right before it through the same client. Topics have 4 partitions unless --partitions says otherwise.

            Example:
              tollstream bench --events 1000000 --accounts 100000
            """,
        subcommands: [Measure.self, Copy.self], defaultSubcommand: Measure.self)

    struct Measure: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "measure", abstract: "Measure (the default).", discussion: "Example:\n  tollstream bench --events 1000000 --json")
        @OptionGroup var topics: TopicsCommand.Options
        @Option(help: "What to measure: stages, chain, latency, restore, comma-separated.") var parts = "stages,chain,latency,restore"
        @Option(help: "Usage events for each measurement.") var events = 1_000_000
        @Option(help: "Accounts, each with one subscription.") var accounts = 100_000
        @Option(help: "Accounts for the measurement of memory and restore.") var restoreAccounts = 1_000_000
        @Option(help: "How many usages each of these accounts has before its state is restored: more leave more to compact in the changelog.")
        var restoreUsages = 2
        @Option(help: "The steady rate at which latency is measured, events a second.") var latencyRate = 20_000
        @Option(help: "How long latency is measured, seconds.") var latencySeconds = 20
        @Option(help: "The catalogue; its offering \"start\" is rated.") var catalog = "Deploy/examples/demo/catalogue"

        func run() throws {
            guard events > 0, accounts > 0, restoreAccounts > 0, restoreUsages > 0, latencyRate > 0, latencySeconds > 0 else {
                throw CommandFailure.usage(
                    "--events, --accounts, --restore-accounts, --restore-usages, --latency-rate and --latency-seconds take numbers above zero")
            }
            let wanted = parts.split(separator: ",").map(String.init)
            for part in wanted where !["stages", "chain", "latency", "restore"].contains(part) {
                throw CommandFailure.usage("--parts: \"\(part)\" is none of stages, chain, latency and restore")
            }
            var bench = try Bench(topics, events: events, accounts: accounts, catalog: catalog)
            if wanted.contains("stages") { try bench.measureStages() }
            if wanted.contains("chain") { try bench.measureChain() }
            if wanted.contains("latency") { try bench.measureLatency(rate: latencyRate, seconds: latencySeconds) }
            if wanted.contains("restore") { try bench.measureRestore(accounts: restoreAccounts, usages: restoreUsages) }
            if topics.json { try JSONOutput.print(bench.rows) } else { Terminal.output(BenchRow.table(bench.rows)) }
            if !bench.failures.isEmpty { throw CommandFailure.negative(bench.failures.joined(separator: "; ")) }
        }
    }

    /// The yardstick, as a process of its own so that its CPU can be told apart.
    struct Copy: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "copy", abstract: "Copy a topic to another namespace, in transactions, and do nothing else.",
            discussion: "Example:\n  tollstream bench copy --topic usage.raw --to other --report copy.json")
        @OptionGroup var global: GlobalOptions
        @Option(help: "The topic.") var topic: String
        @Option(help: "The namespace to copy to.") var to: String
        @Option(help: "Where to begin in each partition, comma-separated; else at the beginning.") var from = ""
        @Option(help: "Keeps several copies of one topic apart.") var group = "copy"
        @Option(help: "Write the report here.") var report: String?

        func run() throws {
            guard let topic = Topic(rawValue: topic) else { throw CommandFailure.usage("--topic \(topic): no such topic") }
            guard let namespace = Namespace(to) else { throw CommandFailure.usage("--to \(to): only letters, digits, - and _") }
            let begin = from.split(separator: ",").compactMap { Int64($0) }
            guard Namespace(group) != nil, begin.count == from.split(separator: ",").count else {
                throw CommandFailure.usage("--from takes offsets, --group letters, digits, - and _")
            }
            let source = try global.configuration().client
            let target = try ClientConfiguration(bootstrapServers: source.bootstrapServers, namespace: namespace, properties: source.properties)
            var logger = Logger(label: "copy")
            logger.logLevel = .error
            let result = try PlainCopy(topic, from: source, to: target, name: group, logger: logger).run(from: begin)
            let worker = ProcessReport.Worker(
                stage: "copy", recordsIn: result.records, recordsOut: result.records, bytesIn: result.bytes, bytesOut: result.bytes,
                firstBatchNs: 0, lastCommitNs: 0, seconds: result.seconds, cpuSeconds: result.cpuSeconds, restoredEntries: 0, restoreSeconds: 0)
            if let report { try ProcessReport([worker]).write(to: report) }
            Terminal.note("\(result.records) records in \(result.seconds) s")
        }
    }
}
