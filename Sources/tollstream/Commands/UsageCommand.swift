import ArgumentParser
import Events
import Foundation
import KafkaRuntime

struct UsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Publish usage from files.",
        discussion: "Example:\n  tollstream usage publish --source switch-cdr calls.csv", subcommands: [Publish.self])

    struct Publish: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a file's lines to usage.raw as the records of a source.",
            discussion: """
                The catalogue's source definition says what the columns mean.

                Example:
                  tollstream usage publish --source megaline-calls --header calls.csv
                  tollstream usage publish usage.jsonl
                """)
        @OptionGroup var global: GlobalOptions
        @Option(help: ArgumentHelp("The source definition's id; none for lines in Tollstream's own JSON.", valueName: "id")) var source: String?
        @Option(help: "Lines in one record, at most 1 MB of them.") var linesPerRecord = 1
        @Flag(help: "The first line names the columns: leave it out.") var header = false
        @Argument(help: "The files.") var files: [String]

        func run() throws {
            guard linesPerRecord >= 1 else { throw CommandFailure.usage("--lines-per-record \(linesPerRecord): at least 1 is needed") }
            if source == nil, linesPerRecord > 1 { throw CommandFailure.usage("--lines-per-record needs --source: a JSON record holds one usage") }
            let client = try global.configuration().client
            let definition = try source.map { try Self.definition($0, client) }
            for file in files where !FileManager.default.isReadableFile(atPath: file) { throw CommandFailure.data("\(file): can't be read") }
            let key = UsageKey(definition)
            let writer = try client.writer()
            var records = 0
            var headers: [(name: String, value: [UInt8])] = [("content-type", Array((source == nil ? "application/json" : "text/csv").utf8))]
            if let source { headers.append(("source", Array(source.utf8))) }
            for file in files {
                guard let data = FileManager.default.contents(atPath: file) else { throw CommandFailure.data("\(file): can't be read") }
                let progress = Progress(file, total: Int64(data.count))
                var block: [UInt8] = []
                var lines = 0
                func send() throws {
                    guard lines > 0 else { return }
                    let text = key.text(ofBlock: block, isOfManyLines: linesPerRecord > 1, number: records)
                    try writer.send(.usageRaw, key: text, value: block, headers: headers)
                    records += 1
                    progress.advance(by: Int64(block.count))
                    block.removeAll(keepingCapacity: true)
                    lines = 0
                }
                for line in Lines([UInt8](data), quotes: source != nil).dropFirst(header ? 1 : 0) {
                    if line.isEmpty { continue }
                    if !block.isEmpty { block.append(UInt8(ascii: "\n")) }
                    block.append(contentsOf: line)
                    lines += 1
                    if lines == linesPerRecord || block.count > 1_000_000 { try send() }
                }
                try send()
                try writer.flush()
                progress.finish()
            }
            Terminal.note("\(records) record(s) published to \(Topic.usageRaw.rawValue)")
        }

        /// What the catalogue in force says of the source: without it each record would be suspended.
        private static func definition(_ id: String, _ client: ClientConfiguration) throws -> SourceDefinition {
            let (contents, current) = try CataloguePublisher(client).list()
            guard let inForce = contents.first(where: { $0.key == current })?.content else {
                throw CommandFailure.data("no catalogue is in force, and so no source \"\(id)\": `tollstream catalog publish` comes first")
            }
            guard let found = inForce.sources.first(where: { $0.id == id }) else {
                let known = inForce.sources.isEmpty ? "none" : inForce.sources.map(\.id).sorted().joined(separator: ", ")
                throw CommandFailure.data("the catalogue in force has no source \"\(id)\"; it has \(known)")
            }
            return found
        }
    }
}

/// The lines of a text, without their ends. Where `quotes` count, a line end within double quotes belongs to the field.
struct Lines: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private let quotes: Bool
    private var at = 0

    init(_ bytes: [UInt8], quotes: Bool) {
        self.bytes = bytes
        self.quotes = quotes
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard at < bytes.count else { return nil }
        let start = at
        var quoted = false
        while at < bytes.count, quoted || bytes[at] != UInt8(ascii: "\n") {
            if quotes, bytes[at] == UInt8(ascii: "\"") { quoted.toggle() }
            at += 1
        }
        var end = at
        at += 1
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return bytes[start..<end]
    }
}
