import ArgumentParser
import Events
import Foundation

struct CatalogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract: "Check, publish and list versions of the catalogue: offerings, prices, zones, issuers and sources.",
        discussion: "Example:\n  tollstream catalog validate Deploy/examples/demo/catalogue\n  tollstream catalog publish Deploy/examples/demo/catalogue",
        subcommands: [Validate.self, Publish.self, List.self, Show.self, Diff.self, ImportCGRateS.self])

    struct Source: ParsableArguments {
        @Argument(help: "The catalogue's folder.") var directory: String
        @Option(help: ArgumentHelp("A CSV table that an offering file is repeated for. May be repeated.", valueName: "name=file")) var table: [String] = []

        /// The path of each named table.
        func tables() throws -> [String: String] { try Self.tables(table) }

        static func tables(_ pairs: [String]) throws -> [String: String] {
            var tables: [String: String] = [:]
            for pair in pairs {
                guard let equals = pair.firstIndex(of: "=") else { throw CommandFailure.usage("--table \(pair): expected name=file") }
                let path = String(pair[pair.index(after: equals)...])
                guard FileManager.default.isReadableFile(atPath: path) else { throw CommandFailure.data("\(path): can't be read") }
                tables[String(pair[..<equals])] = path
            }
            return tables
        }
    }

    struct Publish: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a catalogue in force from now on.",
            discussion: """
                A version of an offering that has come into force can't change any more, nor can the time bands and profiles it is priced by, and a \
                new one keeps its notice; exits 65 where the text breaks that.

                Example:
                  tollstream catalog publish Deploy/examples/demo/catalogue
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var source: Source
        @Flag(help: "The published text was wrong: change it all the same.") var correction = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let outcome = try CataloguePublisher(try global.configuration().client).publish(
                directory: source.directory, tables: try source.tables(), isCorrection: correction)
            if json { return try JSONOutput.print(outcome) }
            Terminal.note(outcome.published ? "catalogue \(outcome.name) is in force, hash \(outcome.hash)" : "catalogue \(outcome.name) was in force already")
            if let before = outcome.rulesBefore, let hash = outcome.hashBefore {
                Terminal.note(
                    "the catalogue before was written for version \(before) of the rules of rating, this one for another, by which usage is rated from now "
                        + "on; see what changes: tollstream catalog diff \(hash.prefix(16)) \(outcome.hash.prefix(16))")
            }
            if let from = outcome.correctsFrom {
                Terminal.note("what was rated from \(from) on may cost otherwise now; see: tollstream rerate --from \(from) --dry-run")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the published versions.", discussion: "Example:\n  tollstream catalog list --json")
        @OptionGroup var global: GlobalOptions
        @Flag(help: "Print JSON.") var json = false

        struct Row: Encodable {
            var hash: String
            var name: String
            var offerings: [String]
            var inForce: Bool
        }

        func run() throws {
            let (contents, current) = try CataloguePublisher(try global.configuration().client).list()
            let rows = contents.map { Row(hash: $0.key, name: $0.content.name, offerings: $0.content.offerings.map(\.id), inForce: $0.key == current) }
            if json { return try JSONOutput.print(rows) }
            for row in rows {
                let offerings = row.offerings.joined(separator: ", ")
                Terminal.output("\(row.hash.prefix(16))  \(row.name)  \(offerings)\(row.inForce ? "  in force" : "")")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a published version as JSON.", discussion: "Example:\n  tollstream catalog show 3f2a1b")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The hash, or its beginning; none shows the one in force.") var hash: String?

        func run() throws {
            let (contents, current) = try CataloguePublisher(try global.configuration().client).list()
            guard let wanted = hash ?? current else { throw CommandFailure.negative("no catalogue has been published") }
            let found = contents.filter { $0.key.hasPrefix(wanted) }
            guard found.count == 1 else { throw CommandFailure.negative("\(found.count) published catalogues begin with \(wanted)") }
            Terminal.output(String(decoding: try found[0].content.jsonUTF8Bytes() as [UInt8], as: UTF8.self))
        }
    }
}
