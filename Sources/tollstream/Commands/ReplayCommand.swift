import ArgumentParser
import Events
import KafkaRuntime
import Logging
import Pipeline
import Quantities
import ReadModels
import Topology

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Build again from the log: the customer view, or all rating and billing.",
        discussion: """
            Example:
              tollstream replay crm
              tollstream replay rating --from-namespace prod --namespace prod-replay
            """,
        subcommands: [CRM.self, Rating.self])

    struct CRM: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build the customer view anew beside the live one, compare their checksums at the same offsets, and swap.",
            discussion: "Exits 1, and keeps the live view, where they differ.\n\nExample:\n  tollstream replay crm")
        @OptionGroup var global: GlobalOptions
        @Flag(help: "Swap even where the live view differs.") var force = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let configuration = try global.configuration()
            let progress = Progress("records")
            let rebuild = ViewRebuild(log: configuration.client.log(), path: configuration.view, namespace: configuration.client.namespace)
            let report = try rebuild.run(replacesDifferent: force) { progress.update(Int64($0.records)) }
            progress.finish()
            if json { try JSONOutput.print(report) } else { Terminal.output(report.text) }
            if !report.isEqual { throw CommandFailure.negative("the live view differs from what the log says") }
        }
    }

    struct Rating: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rate and bill another namespace's usage.normalized again, into this one, and compare the results byte by byte.",
            discussion: """
                Nothing in the original namespace is changed. Exits 1 where a rated usage, what rating moved to another holder, a closed \
                period or an unnumbered invoice differs.

                Example:
                  tollstream replay rating --from-namespace prod \\
                    --namespace prod-replay --instances 4
                """)
        @OptionGroup var options: TopicsCommand.Options
        @Option(help: "The namespace whose usage.normalized is replayed.") var fromNamespace: String
        @Option(help: "Workers of each stage.") var instances = 1

        struct Result: Encodable {
            var topic: String
            var records: Int
            var difference: LogComparison.Difference?
        }

        func run() async throws {
            let configuration = try options.global.configuration()
            guard let source = Namespace(fromNamespace) else { throw CommandFailure.usage("--from-namespace \(fromNamespace): only letters, digits, - and _") }
            guard source != configuration.client.namespace else {
                throw CommandFailure.usage("a replay writes only into another namespace: give one with --namespace")
            }
            guard (1...64).contains(instances) else { throw CommandFailure.usage("--instances \(instances): expected 1 to 64") }
            let original = configuration.client.inNamespace(source).log()
            try refuseMissingSource(original)
            try refuseUsedNamespace(configuration)
            let admin = try configuration.client.admin()
            let changes = try options.changes(admin, configuration)
            try TopicsCommand.refuseConflicts(changes)
            try admin.apply(changes)
            try LogSettings().install()
            try await replay(configuration, source)
            try compare(original, configuration.client.log())
        }

        /// Asked first, so that a misspelt name leaves no topics behind.
        private func refuseMissingSource(_ original: KafkaLog) throws {
            do { _ = try original.partitionCount(of: .usageNormalized) } catch is TopologyError {
                throw CommandFailure.usage("--from-namespace \(fromNamespace): there is no such namespace: it has no usage.normalized")
            }
        }

        private func refuseUsedNamespace(_ configuration: Configuration) throws {
            let log = configuration.client.log()
            guard let count = try? log.partitionCount(of: .usageRated) else { return }
            for partition in 0..<count where try log.offsets(of: .usageRated, partition: partition).upperBound > 0 {
                throw CommandFailure.usage("\(configuration.client.namespace) holds rated usage already: replay into an empty namespace")
            }
        }

        private func replay(_ configuration: Configuration, _ source: Namespace) async throws {
            var worker = WorkerOptions(instance: configuration.slot)
            worker.untilIdle = true
            worker.idleSeconds = 2
            var logger = Logger(label: "tollstream")
            if logger.logLevel < .warning { logger.logLevel = .warning }
            // One stage after the other: each is idle for good once all of its input is there.
            for stage in [StageName.rate, .aggregate, .invoice] {
                Terminal.note("replaying \(stage.rawValue)")
                worker.inputNamespace = stage == .rate ? source : nil
                let group = try StageGroup(
                    try StagePlan([stage.rawValue]), configuration, worker, instances: instances, metrics: MetricsRegistry(), logger: logger)
                group.start()
                try await group.waitUntilFinished()
            }
        }

        private func compare(_ original: KafkaLog, _ replayed: KafkaLog) throws {
            let comparison = LogComparison(original: original, replayed: replayed)
            var results: [Result] = []
            for topic in [Topic.usageRated, .usageMoves, .billingPeriods] {
                let (records, difference) = try comparison.compareInOrder(topic) { try topic != .usageMoves || !Self.isSentAgain($0) }
                results.append(Result(topic: topic.rawValue, records: records, difference: difference))
            }
            let (records, difference) = try comparison.compareByAccount(.billingDrafts) { record in
                guard let value = record.value else { return "" }
                let draft = try InvoiceRecord(serializedBytes: BorrowedBytes(value))
                if case .moreLines(let lines) = draft.body { return lines.account }
                return draft.invoice.account
            }
            results.append(Result(topic: Topic.billingDrafts.rawValue, records: records, difference: difference))
            if options.json {
                try JSONOutput.print(results)
            } else {
                for result in results { Terminal.output("\(result.topic): \(result.records) records, \(result.difference?.detail ?? "all equal")") }
            }
            if let first = results.compactMap(\.difference).first {
                throw CommandFailure.negative("the replay differs: \(first.topic)/\(first.partition), \(first.detail)")
            }
        }

        /// Whether a record of usage.moves is of recycling, not of rating.
        private static func isSentAgain(_ record: InputRecord) throws -> Bool {
            guard let value = record.value else { return false }
            return try UsageMove(serializedBytes: BorrowedBytes(value)).hasRecycles
        }
    }
}
