import ArgumentParser
import Events
import Foundation
import KafkaRuntime
import Quantities
import ReadModels

struct CustomersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customers",
        abstract: "Import customers, and show one.",
        discussion: """
            Example:
              tollstream customers import --mapping users.mapping.yaml users.csv
              tollstream customers show a000001
            """,
        subcommands: [Import.self, Show.self, Refused.self])

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish commands that open accounts and activate subscriptions, from a CSV table or from JSON lines.",
            discussion: """
                A CSV table has a header line; without --mapping its columns are account, currency, timeZone, billCycleDay, issuer, \
                taxCategory, name, email, address, subscription, offering, identifiers and from, and segment, payment (prepaid or postpaid) \
                and credit_limit where it has them; a column that is none of these is refused, and with --mapping one that it does not name is not \
                read. A .jsonl file holds one command a line, as the topic customers.commands takes it. \
                Importing a file twice changes nothing: without a commandId equal lines are one command. A command whose id was used before for \
                another command is published, too, and refused; it is named, and the exit code is then 1.

                Example:
                  tollstream customers import --mapping users.mapping.yaml \\
                    --set start=2018-01-01T00:00:00Z users.csv
                """)
        @OptionGroup var global: GlobalOptions
        @Option(help: ArgumentHelp("What the columns mean: a template over them for each field.", valueName: "file")) var mapping: String?
        @Option(help: ArgumentHelp("A value for a {name} in the mapping. May be repeated.", valueName: "name=value")) var set: [String] = []
        @Argument(help: "The table (.csv) or the commands (.jsonl).") var file: String

        func run() throws {
            var constants: [String: String] = [:]
            for pair in set {
                guard let equals = pair.firstIndex(of: "=") else { throw CommandFailure.usage("--set \(pair): expected name=value") }
                constants[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            let isLines = file.hasSuffix(".jsonl")
            let numbered = try isLines ? readLines() : readTable(constants).map { (line: 0, command: $0) }
            let commands = numbered.map(\.command)
            guard !commands.isEmpty else { throw CommandFailure.data("\(file): holds no customer: nothing was published") }
            let client = try global.configuration().client
            var used = UsedCommandIDs(commands) { isLines ? "\(file):\(numbered[$0].line)" : file }
            // Only then may an id of another sender's be among them: those of tables come from their content.
            if isLines { try used.compare(client.log()) }
            let writer = try client.writer()
            let progress = Progress("customers", total: Int64(commands.count))
            for command in commands {
                try writer.send(command)
                progress.advance()
            }
            try writer.flush()
            progress.finish()
            Terminal.note("\(commands.count) commands published to customers.commands")
            if used.repeatedCount > 0 {
                Terminal.note(
                    "\(used.repeatedCount) of them had been published before and change nothing: what is to happen again needs a commandId of its own")
            }
            if let last = used.conflicts.last {
                for text in used.conflicts.dropLast() { Terminal.error(text) }
                throw CommandFailure.negative(last)
            }
        }

        private func readTable(_ constants: [String: String]) throws -> [CustomerCommand] {
            let mapping = try mapping.map(CustomerMapping.read) ?? CustomerMapping()
            return try mapping.commands(CSVTable(path: file), path: file, constants: constants)
        }

        private func readLines() throws -> [(line: Int, command: CustomerCommand)] {
            guard let data = FileManager.default.contents(atPath: file) else { throw CommandFailure.data("\(file): can't be read") }
            return try Lines([UInt8](data), quotes: false).enumerated().filter { !$0.element.isEmpty }.map { number, line in
                do {
                    let command = try CustomerCommand(jsonUTF8Bytes: Array(line))
                    let named = command.commandID.isEmpty ? try command.withContentID() : command
                    return (line: number + 1, command: named)
                } catch {
                    throw CommandFailure.data("\(file):\(number + 1): \(JSONFault<CustomerCommand>.describe(Array(line), error))")
                }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a customer: account, plan, unbilled usage so far, invoices, recent activity.",
            discussion: "Reads the view that `tollstream run project` keeps.\n\nExample:\n  tollstream customers show a000001 --json")
        @OptionGroup var global: GlobalOptions
        @Flag(help: "Print JSON.") var json = false
        @Argument(help: "The account's id.") var id: String

        func run() throws {
            let configuration = try global.configuration()
            let view = try CustomerView.openExisting(configuration)
            guard let customer = try view.customer(id) else {
                throw CommandFailure.negative("no account \"\(id)\" in \(configuration.view); `tollstream run project` brings the view up to date")
            }
            if json { try JSONOutput.print(customer) } else { Terminal.output(customer.text) }
        }
    }
}

extension CustomersCommand {
    struct Refused: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the commands that were refused, and why.",
            discussion: """
                By the customers stage, and by rating, which knows balances and what was used: of those the place is in usage.rated.

                Example:
                  tollstream customers refused --json
                """)
        @OptionGroup var global: GlobalOptions
        @Option(help: "At most so many, the last ones.") var limit = 100
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            guard limit >= 1 else { throw CommandFailure.usage("--limit \(limit): at least 1 is needed") }
            let rows = try RefusedCommands(try global.configuration().client.log()).rows.suffix(limit)
            if json { return try JSONOutput.print(Array(rows)) }
            for row in rows {
                let command = row.commandID.isEmpty ? "" : "  \(row.commandID)"
                Terminal.output("\(row.time)  \(row.place)\(command)  \(row.account)  \(row.reason): \(row.detail)")
            }
            if rows.isEmpty { Terminal.note("no command was refused") }
        }
    }
}

extension LogWriter {
    /// Sends a customer command as JSON, as outsiders do.
    func send(_ command: CustomerCommand) throws {
        let value: [UInt8] = try command.jsonUTF8Bytes()
        try send(.customersCommands, key: command.commandID, value: value, headers: [("content-type", Array("application/json".utf8))])
    }
}
