import ArgumentParser
import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities
import Rating

struct RerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerate",
        abstract: "Rate history anew: show what comes out otherwise, and put it right.",
        discussion: """
            Usage and fees from --from on are priced by the catalogue in force now, or by --catalog; plan changes count from their own time on. All \
            later usage follows, for what an allowance has left depends on all before. --dry-run writes nothing. --apply orders corrections that take \
            back what was charged and charge it anew: in an open period the period's own lines change, of a billed one the difference goes on the \
            next bill. Applying twice changes nothing more. --proposed shows the ranges that plan changes reaching back and corrected catalogues ask for.

            Example:
              tollstream rerate --proposed
              tollstream rerate --from 2026-10-01T00:00:00Z --dry-run
              tollstream rerate --from 2026-10-01T00:00:00Z --account a000001 --apply
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("Price usage anew from this time on, RFC 3339.", valueName: "time")) var from: String?
    @Option(help: ArgumentHelp("Up to this time; without it, to the end.", valueName: "time")) var to: String?
    @Option(help: "Only this account. May be repeated.") var account: [String] = []
    @Option(help: ArgumentHelp("Price by this catalogue in place of the one in force.", valueName: "folder")) var catalog: String?
    @Option(help: ArgumentHelp("A CSV table that the catalogue needs. May be repeated.", valueName: "name=file")) var table: [String] = []
    @Flag(help: "Show the differences and write nothing.") var dryRun = false
    @Flag(help: "Put the differences right.") var apply = false
    @Flag(help: "Show what asks for rating anew.") var proposed = false
    @Option(help: ArgumentHelp("How long --apply waits for the pipeline to carry it out.", valueName: "seconds")) var wait = 60
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        guard [dryRun, apply, proposed].filter({ $0 }).count == 1 else {
            throw CommandFailure.usage("rerate: say one of --dry-run, --apply and --proposed")
        }
        let configuration = try global.configuration()
        if proposed { return try showProposed(configuration.client.log()) }
        guard let from else { throw CommandFailure.usage("rerate: --from is missing: the time from which on usage is priced anew") }
        var request = RerateRequest(range: try Self.range(from, to))
        request.accounts = Set(account)
        request.keepsOrders = apply
        let compiled = try catalog.map { try CataloguePublisher.compile($0, tables: try CatalogCommand.Source.tables(table)) }
        request.catalogue = compiled.map { ($0.content, $0.key) }
        let progress = Progress("usages and changes read")
        let outcome = try Self.outcome(configuration.client.log(), request) { progress.advance(by: $0) }
        progress.finish()
        if let unknown = account.first(where: { !outcome.knownAccounts.contains($0) }) {
            throw CommandFailure.negative("no account \"\(unknown)\": rating knows none of that id, and nothing was rated anew")
        }
        guard apply else { return try show(RerateReport(outcome)) }
        let publisher = ReratePublisher(configuration.client, waitSeconds: wait)
        var report = RerateReport(outcome)
        report.applied = try publisher.publish(outcome, unpublished: compiled)
        try show(report)
        if report.applied?.refused.isEmpty == false { throw CommandFailure.negative("some accounts changed while they were rated anew: run it again") }
    }

    private static func outcome(_ log: KafkaLog, _ request: RerateRequest, _ progress: @escaping (Int64) -> Void) throws -> RerateOutcome {
        do { return try Rerater(log, request, progress: progress).run() } catch let fault as RerateFault { throw CommandFailure.data(fault.description) }
    }

    private static func range(_ from: String, _ to: String?) throws -> Range<Int64> {
        func time(_ name: String, _ text: String) throws -> Int64 {
            guard let time = Timestamp(rfc3339: text) else {
                throw CommandFailure.usage("--\(name) \(text): expected RFC 3339, for example 2026-10-01T00:00:00+02:00")
            }
            return time.ms
        }
        let (start, end) = (try time("from", from), try to.map { try time("to", $0) } ?? Int64.max)
        guard start < end else { throw CommandFailure.usage("--to \(to ?? ""): expected a time after --from") }
        return start..<end
    }

    private func show(_ report: RerateReport) throws {
        if json { try JSONOutput.print(report) } else { Terminal.output(report.text) }
    }

    private func showProposed(_ log: KafkaLog) throws {
        let open = try RerateProposals(log).open.filter { account.isEmpty || account.contains($0.account) }
        if json { return try JSONOutput.print(open) }
        Terminal.output(open.isEmpty ? "nothing asks for rating anew" : open.map(\.text).joined(separator: "\n"))
    }
}
