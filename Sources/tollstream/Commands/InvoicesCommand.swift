import ArgumentParser
import KafkaRuntime
import Quantities
import ReadModels

struct InvoicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoices", abstract: "List invoices, and show one with its calls.",
        discussion: "Example:\n  tollstream invoices list --account a000001\n  tollstream invoices show T-000001 --items",
        subcommands: [List.self, Show.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List invoices from the view.", discussion: "Example:\n  tollstream invoices list --account a000001 --json")
        @OptionGroup var global: GlobalOptions
        @Option(help: "Only this account's.") var account: String?
        @Option(help: "Issued on this day or later, YYYY-MM-DD.") var from: String?
        @Option(help: "Issued on this day or earlier, YYYY-MM-DD.") var to: String?
        @Option(help: "At most so many.") var limit: Int?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try Self.checkDay(from, "--from")
            try Self.checkDay(to, "--to")
            if let limit, limit < 1 { throw CommandFailure.usage("--limit \(limit): at least 1 is needed") }
            let view = try CustomerView.openExisting(try global.configuration())
            let invoices = try view.invoices(InvoiceFilter(account: account, issuedFrom: from, issuedTo: to, limit: limit))
            if json { try JSONOutput.print(invoices) } else { Terminal.output(InvoiceHeader.text(of: invoices)) }
        }

        /// The view compares days as text: any other text would silently let through all or none.
        private static func checkDay(_ text: String?, _ option: String) throws {
            guard let text else { return }
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { $0.utf8.allSatisfy { (48...57).contains($0) } ? Int($0) : nil }
            guard parts.map(\.count) == [4, 2, 2], numbers.count == 3, CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]) != nil else {
                throw CommandFailure.usage("\(option) \(text): expected a day as YYYY-MM-DD, for example 2026-10-01")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an invoice.",
            discussion: """
                With --items the call list is drawn from the log and checked against the digest in the invoice; exit 1 where it differs.

                Example:
                  tollstream invoices show T-000001 --items
                """)
        @OptionGroup var global: GlobalOptions
        @Flag(help: "With each call, message and session.") var items = false
        @Flag(help: "Print JSON.") var json = false
        @Argument(help: "The invoice's number.") var number: String

        struct Document: Encodable {
            var invoice: InvoiceDetail
            var items: CallList?
        }

        func run() throws {
            let configuration = try global.configuration()
            let view = try CustomerView.openExisting(configuration)
            guard let invoice = try view.invoice(number: number) else {
                throw CommandFailure.negative("no invoice \"\(number)\" in \(configuration.view); `tollstream invoices list` shows what there is")
            }
            let calls = items ? try CallList.draw(from: configuration.client.log(), invoice: invoice) : nil
            if json {
                try JSONOutput.print(Document(invoice: invoice, items: calls))
            } else {
                Terminal.output(invoice.text)
                if let calls { Terminal.output("\n" + calls.text(timeZone: try view.customer(calls.account)?.terms.timeZone ?? "UTC")) }
            }
            if let calls, !calls.verified {
                throw CommandFailure.negative("the call list does not agree with the invoice: \(calls.finding ?? "its digest differs")")
            }
        }
    }
}
