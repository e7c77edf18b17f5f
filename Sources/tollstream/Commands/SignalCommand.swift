import ArgumentParser
import Events
import Foundation
import Quantities
import Rating

struct SignalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal",
        abstract: "Publish and list price signals, whose multipliers discounts of the catalogue name.",
        discussion: """
            Example:
              tollstream signal publish --name congestion --multiplier 1.5 \\
                --from 2026-10-05T18:00:00+02:00 --to 2026-10-05T20:00:00+02:00
              tollstream signal list
            """,
        subcommands: [Publish.self, List.self])

    struct Publish: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a signal come into force.",
            discussion: """
                Usage that is rated from now on and starts within the time is charged by it, where a discount of its offering names the signal. What was \
                rated stays as it is. Of two that overlap, the one published last is in force.

                Example:
                  tollstream signal publish --name congestion --multiplier 1.5 \\
                    --from 2026-10-05T18:00:00+02:00 --to 2026-10-05T20:00:00+02:00
                """)
        @OptionGroup var global: GlobalOptions
        @Option(help: "The signal's name, as discounts of the catalogue name it.") var name: String
        @Option(help: "What charges are multiplied by: from 0 to 1000, at most six decimals.") var multiplier: String
        @Option(help: "From when on, RFC 3339.") var from: String
        @Option(help: "Until when, RFC 3339; this moment is not part of it.") var to: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            guard PriceSignal.isName(name) else {
                throw CommandFailure.usage("--name \"\(name)\": expected 1 to 64 of A–Z, a–z, 0–9, \".\", \"_\" and \"-\"")
            }
            guard let micros = SignalText.multiplier(multiplier) else {
                throw CommandFailure.usage("--multiplier \(multiplier): expected 0 to 1000 with at most six decimals, such as 1.5")
            }
            let (start, end) = (try Self.time("--from", from), try Self.time("--to", to))
            if end <= start { throw CommandFailure.usage("--to is not after --from") }
            let signal = PriceSignal.with {
                $0.name = name
                $0.fromMs = start.ms
                $0.toMs = end.ms
                $0.multiplierMicros = micros
            }
            let client = try global.configuration().client
            try SignalPublisher(client).publish(signal)
            try warn(CataloguePublisher(client).list())
            if json { return try JSONOutput.print(SignalText.Row(signal)) }
            Terminal.note("signal \(name) is published: times \(multiplier) from \(start) to \(end)")
        }

        /// It may be that the catalogue comes later: the signal stands all the same.
        private func warn(_ published: (contents: [(key: String, content: CatalogueContent)], current: String?)) {
            let inForce = published.contents.first { $0.key == published.current }?.content
            let known = Set((inForce?.offerings ?? []).flatMap(\.versions).flatMap(\.discounts).map(\.signal).filter { !$0.isEmpty })
            if known.contains(name) { return }
            let others = known.isEmpty ? "none names any" : "they name \(known.sorted().joined(separator: ", "))"
            Terminal.note("warning: no discount of the catalogue in force names the signal \(name): \(others)")
        }

        private static func time(_ option: String, _ text: String) throws -> Timestamp {
            guard let time = Timestamp(rfc3339: text) else {
                throw CommandFailure.usage("\(option) \(text): expected RFC 3339, such as 2026-10-05T18:00:00+02:00")
            }
            return time
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the signals that the log holds, in the order in which they were published.",
            discussion: "Example:\n  tollstream signal list --json")
        @OptionGroup var global: GlobalOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let rows = try SignalPublisher(try global.configuration().client).list().map(SignalText.Row.init)
            if json { return try JSONOutput.print(rows) }
            if rows.isEmpty { Terminal.note("no signals") }
            for row in rows { Terminal.output("\(row.name)  times \(row.multiplier)  from \(row.from) to \(row.to)") }
        }
    }
}

/// How signals are read and shown.
enum SignalText {
    struct Row: Encodable {
        var name: String
        var multiplier: String
        var from: String
        var to: String

        init(_ signal: PriceSignal) {
            name = signal.name
            multiplier = QuoteText.quantity(signal.multiplierMicros)
            from = Timestamp(ms: signal.fromMs).description
            to = Timestamp(ms: signal.toMs).description
        }
    }

    /// In millionths; nil where the text is no multiplier from 0 to 1000.
    static func multiplier(_ text: String) -> Int64? {
        DecimalText.parse(text, decimals: 6).flatMap { Int64(exactly: $0) }.flatMap { (0...RateStage.largestMultiplierMicros).contains($0) ? $0 : nil }
    }
}
