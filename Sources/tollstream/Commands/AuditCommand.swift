import ArgumentParser
import Audit
import KafkaRuntime

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Prove from the log alone that nothing was lost, doubled or altered, and that every sum agrees.",
        discussion: "Exits 1 where it does not hold, and names the first offenders by topic/partition/offset.\n\nExample:\n  tollstream audit --json")
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print JSON.") var json = false
    @Option(help: ArgumentHelp("Write the identities of all accepted usage here, sorted.", valueName: "file")) var accepted: String?

    func run() throws {
        let log = try global.configuration().client.log()
        let progress = Progress("audited records")
        var records: Int64 = 0
        let report = try Auditor(log: log).run { _, count in
            records += count
            progress.update(records)
        }
        progress.finish()
        if let accepted { try AcceptedUsage(log: log).write(to: accepted) }
        if json { try JSONOutput.print(report) } else { Terminal.output(report.text.joined(separator: "\n")) }
        if !report.holds { throw CommandFailure.negative("the audit does not hold") }
    }
}
