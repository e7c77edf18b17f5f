import ArgumentParser
import Foundation

/// The command line. Each command is one file under Commands.
@main
struct Tollstream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tollstream",
        abstract: "Telecom billing and customer views as a stream of events on Apache Kafka.",
        discussion: """
            Example:
              tollstream topics apply --namespace demo
              tollstream run all --namespace demo

            Every command reads tollstream.yaml (or --config FILE) and the environment: TOLLSTREAM_BOOTSTRAP_SERVERS, TOLLSTREAM_NAMESPACE, \
            and TOLLSTREAM_KAFKA_… for any setting of librdkafka (TOLLSTREAM_KAFKA_SASL_USERNAME is sasl.username).
            """,
        version: "0.1.0",
        subcommands: [
            TopicsCommand.self, CatalogCommand.self, CustomersCommand.self, UsageCommand.self, RunCommand.self, ClockCommand.self,
            SimulateCommand.self, StatusCommand.self, StageCommand.self, InvoicesCommand.self, AuditCommand.self, ReplayCommand.self, RecycleCommand.self,
            QuoteCommand.self, SignalCommand.self, RerateCommand.self, ExplainCommand.self, BenchCommand.self,
        ])

    /// One clear line and the right exit code, never a stack trace.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch where error is CommandFailure || Self.exitCode(for: error) == .failure && !(error is ExitCode) {
            let failure = CommandFailure(error)
            Terminal.error(failure.message)
            Foundation.exit(failure.exitCode)
        } catch {
            exit(withError: error)
        }
    }
}
