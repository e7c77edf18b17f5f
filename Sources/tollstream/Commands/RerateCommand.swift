import ArgumentParser
import Catalogue
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
            Usage and fees from --from on are priced by the catalogue in force now, or by --catalog, or with --keep-catalogues by what priced them; facts \
            that came late count from their own time on. All later usage follows, for what an allowance has left depends on all before. --dry-run writes \
            nothing. --apply orders corrections that take back what was charged and charge it anew: in an open period the period's own lines change, of a \
            billed one the difference goes on the next bill. Applying twice changes nothing more. An account that is used meanwhile is rated anew once \
            more, up to --tries times. --order time rates by when usage began, whenever it came; all before keeps that order from then on.

            --proposed shows what plan changes, ends, suspensions, favourite numbers and changes of a number's holder that reach back and corrected \
            catalogues ask for; with --dry-run or --apply all of it is rated anew, with --by-policy only what the catalogue's `late_facts` let apply by \
            itself; --every does so again and again. What is another holder's by now is taken back, and charged there: both are shown.

            Example:
              tollstream rerate --proposed
              tollstream rerate --proposed --dry-run --order time
              tollstream rerate --proposed --apply --by-policy --every 60
              tollstream rerate --from 2026-10-01T00:00:00Z --dry-run
              tollstream rerate --from 2026-10-01T00:00:00Z --account a000001 --apply
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("Price usage anew from this time on, RFC 3339.", valueName: "time")) var from: String?
    @Option(help: ArgumentHelp("Up to this time; without it, to the end.", valueName: "time")) var to: String?
    @Option(help: "Only this account. May be repeated.") var account: [String] = []
    @Option(help: ArgumentHelp("Price by this catalogue in place of the one in force.", valueName: "folder")) var catalog: String?
    @Option(help: ArgumentHelp("A CSV table that the catalogue needs. May be repeated.", valueName: "name=file")) var table: [String] = []
    @Option(help: "By the log's order, or by the time at which usage began: log or time.") var order = "log"
    @Flag(help: "Price each usage by the version of the catalogue that priced it.") var keepCatalogues = false
    @Flag(help: "Show the differences and write nothing.") var dryRun = false
    @Flag(help: "Put the differences right.") var apply = false
    @Flag(help: "Show what asks for rating anew; with --dry-run or --apply, rate that.") var proposed = false
    @Flag(help: "Of what is proposed, only what may apply by itself.") var byPolicy = false
    @Option(help: ArgumentHelp("Apply what is proposed every so many seconds, until stopped.", valueName: "seconds")) var every: Int?
    @Option(help: "How often an account is tried that is used meanwhile.") var tries = 5
    @Option(help: ArgumentHelp("How long --apply waits for the pipeline to carry it out.", valueName: "seconds")) var wait = 60
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if dryRun, apply { throw ValidationError("say one of --dry-run and --apply.") }
        if proposed, from != nil || to != nil || catalog != nil || keepCatalogues {
            throw ValidationError("--proposed says by itself what is rated anew: no --from, --to, --catalog or --keep-catalogues.")
        }
        if byPolicy || every != nil, !proposed || (every != nil && !apply) {
            throw ValidationError("--by-policy is for --proposed, --every for --proposed --apply.")
        }
        if let every, every < 1 { throw ValidationError("--every \(every): at least 1 second.") }
        if tries < 1 { throw ValidationError("--tries \(tries): at least 1.") }
        if order != "log", order != "time" { throw ValidationError("--order \(order): expected log or time.") }
        if keepCatalogues, catalog != nil { throw ValidationError("--keep-catalogues and --catalog exclude each other.") }
    }

    func run() throws {
        guard proposed || dryRun || apply else { throw CommandFailure.usage("rerate: say one of --dry-run, --apply and --proposed") }
        let configuration = try global.configuration()
        if proposed {
            guard dryRun || apply else { return try showProposed(configuration.client.log()) }
            guard let every else { return try answerProposed(configuration) }
            let stop = StopSignal.install()
            while !stop.isRequested {
                do { try answerProposed(configuration) } catch let failure as CommandFailure where failure.exitCode == 1 {
                    // An account that is used all the while is tried again the next time.
                    Terminal.note(failure.message)
                }
                stop.wait(seconds: every)
            }
            return
        }
        guard let from else { throw CommandFailure.usage("rerate: --from is missing: the time from which on usage is priced anew") }
        var request = RerateRequest(range: try Self.range(from, to))
        request.accounts = Set(account)
        request.keepsCatalogues = keepCatalogues
        let compiled = try catalog.map { try CataloguePublisher.compile($0, tables: try CatalogCommand.Source.tables(table)) }
        request.catalogue = compiled.map { ($0.content, $0.key) }
        try answer(request, compiled, configuration)
    }

    /// What is open, less what waits for a person where only the rest is wanted.
    private func open(_ log: KafkaLog) throws -> [RerateProposals.Proposal] {
        try RerateProposals(log).open.filter { (account.isEmpty || account.contains($0.account)) && (!byPolicy || $0.applies) }
    }

    private func answerProposed(_ configuration: Configuration) throws {
        let requests = RerateProposals.requests(try open(configuration.client.log()))
        if requests.isEmpty, every == nil { Terminal.output(json ? "[]" : "nothing asks for rating anew") }
        for request in requests { try answer(request, nil, configuration) }
    }

    private func answer(_ request: RerateRequest, _ compiled: CompiledCatalogue?, _ configuration: Configuration) throws {
        var request = request
        request.keepsOrders = apply
        request.sequence = order == "time" ? .start : .log
        let log = configuration.client.log()
        var outcome = try Self.outcome(log, request)
        if let unknown = account.first(where: { !outcome.knownAccounts.contains($0) }), !proposed {
            throw CommandFailure.negative("no account \"\(unknown)\": rating knows none of that id, and nothing was rated anew")
        }
        var report = RerateReport(outcome, try RerateArrivals(outcome, request, log))
        guard apply else { return try show(report) }
        let publisher = ReratePublisher(configuration.client, waitSeconds: wait)
        let all = outcome.answers
        var isComplete = outcome.leftAlone.isEmpty
        report.applied = try publisher.publish(outcome, unpublished: compiled)
        for _ in 1..<max(tries, 2) where tries > 1 {
            let again = (report.applied?.refused ?? []) + (report.applied?.usedMeanwhile ?? [])
            if again.isEmpty || report.applied?.waiting.isEmpty == false { break }
            request.accounts = Set(again)
            outcome = try Self.outcome(log, request)
            isComplete = isComplete && outcome.leftAlone.isEmpty
            var next = RerateReport(outcome, try RerateArrivals(outcome, request, log))
            next.applied = try publisher.publish(outcome, unpublished: nil)
            report.add(next)
        }
        if !all.isEmpty, isComplete, report.applied?.refused.isEmpty == true, report.applied?.waiting.isEmpty == true {
            try publisher.publish(answers: all)
        }
        try show(report)
        if report.applied?.refused.isEmpty == false { throw CommandFailure.negative("some accounts changed while they were rated anew: run it again") }
        if report.applied?.usedMeanwhile.isEmpty == false {
            throw CommandFailure.negative("some accounts were used all the while: run it again, or with more --tries; `rerate --proposed` names them")
        }
    }

    private static func outcome(_ log: KafkaLog, _ request: RerateRequest) throws -> RerateOutcome {
        let progress = Progress("usages and changes read")
        defer { progress.finish() }
        do {
            return try Rerater(log, request, progress: { progress.advance(by: $0) }).run()
        } catch let fault as RerateFault { throw CommandFailure.data(fault.description) }
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
        let open = try open(log)
        if json { return try JSONOutput.print(open) }
        Terminal.output(open.isEmpty ? "nothing asks for rating anew" : open.map(\.text).joined(separator: "\n"))
    }
}
