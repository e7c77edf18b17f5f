import ArgumentParser
import Catalogue
import Events
import Foundation
import Quantities

extension CatalogCommand {
    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what differs between two catalogues.",
            discussion: """
                Each is a folder, the hash of a published version or its beginning, or "current". The second one is "current" where it is not named: \
                what would publishing the folder change? Behind the words that differ it says where the same words mean something else: by other rules of \
                rating, other zones, or the zones of an offering. Exits 1 where they differ.

                Example:
                  tollstream catalog diff Deploy/examples/demo/catalogue
                  tollstream catalog diff --json catalogue-2026 catalogue-2027
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The new catalogue, or the old one of two.") var first: String
        @Argument(help: "The new catalogue of two.") var second: String?
        @Option(help: ArgumentHelp("A CSV table that an offering file is repeated for. May be repeated.", valueName: "name=file")) var table: [String] = []
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let (old, new) = (try content(second == nil ? "current" : first), try content(second ?? first))
            let diff = try CatalogueDiff(from: old, to: new)
            let entries = diff.changes.map(Entry.change) + ChangedMeaning.find(from: old, to: new).map(Entry.meaning)
            if json { try JSONOutput.print(entries) } else { for entry in entries { Terminal.output(entry.line) } }
            if !diff.changes.isEmpty { throw ExitCode(1) }
            if !json { Terminal.note("no difference") }
        }

        private enum Entry: Encodable {
            case change(CatalogueDiff.Change)
            case meaning(ChangedMeaning)

            func encode(to encoder: any Encoder) throws {
                switch self {
                case .change(let change): try change.encode(to: encoder)
                case .meaning(let meaning): try meaning.encode(to: encoder)
                }
            }

            var line: String {
                guard case .change(let change) = self else {
                    guard case .meaning(let changed) = self else { return "" }
                    return "! \(changed.path): \(changed.meaning)"
                }
                return switch (change.old, change.new) {
                case (nil, let new?): "+ \(change.path) = \(new)"
                case (let old?, nil): "- \(change.path) = \(old)"
                case (let old, let new): "~ \(change.path): \(old ?? "") -> \(new ?? "")"
                }
            }
        }

        private func content(_ name: String) throws -> CatalogueContent {
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory), isDirectory.boolValue {
                return try CataloguePublisher.compile(name, tables: try Source.tables(table)).content
            }
            let (contents, current) = try CataloguePublisher(try global.configuration().client).list()
            guard name != "current" || current != nil else { throw CommandFailure.negative("no catalogue has been published") }
            let found = contents.filter { name == "current" ? $0.key == current : $0.key.hasPrefix(name) }
            guard found.count == 1 else {
                throw CommandFailure.data("\(name): no folder, and \(found.count) published catalogues begin with it")
            }
            return found[0].content
        }
    }
}
