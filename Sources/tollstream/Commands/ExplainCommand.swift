import ArgumentParser
import Events
import Foundation
import KafkaRuntime
import Quantities

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say how the charge of one usage came about.",
        discussion: """
            From its raw record to its charge, step by step, and computes the charge anew from the record and the catalogue that it names. The usage \
            is named by its raw record, by a record of usage.rated, or by the id of an event: of a rated usage, or of a suspended one, as `recycle` lists it. \
            What was suspended is followed to where it was recycled, what is another account's by now to what it costs there. Exits 1 where nothing is \
            found, or the charge is another one.

            Example:
              tollstream explain usage.raw/0/42
              tollstream explain usage.rated/3/120 --json
            """)
    @OptionGroup var global: GlobalOptions
    @Argument(help: "usage.raw/PARTITION/OFFSET (and /INDEX in a record of many), usage.rated/PARTITION/OFFSET, or an event id.") var event: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let configuration = try global.configuration()
        let trace = try UsageTrace(event, in: configuration.client.log())
        guard !trace.rated.isEmpty || trace.corrections.contains(where: { !$0.message.replacement.isEmpty }) else {
            throw CommandFailure.negative(Self.fate(event, trace))
        }
        let (contents, _) = try CataloguePublisher(configuration.client).list()
        var from: Int64 = 0
        func explained(
            _ usage: RatedUsage, at place: String, _ cause: String?, _ normalized: EventID?, _ correction: UsageTrace.Found<UsageCorrected>? = nil
        ) -> ExplainedUsage {
            if usage.part == 0 { from = 0 }
            let hash = Hex.string(withUnsafeBytes(of: usage.catalogue.bigEndian, Array.init))
            let content = contents.first { $0.key.hasPrefix(hash) }?.content
            defer { from += usage.countedMicros }
            var explained = ExplainedUsage(usage, at: place, normalized: cause, from: from, content, correction: correction?.message.rerate)
            let way = trace.way(to: normalized, of: usage.rawPlace)
            explained.suspensions = way.suspensions.map(ExplainedUsage.Suspension.init)
            explained.moves = way.moves.map { ExplainedUsage.Move($0, origin: trace.origin(of: $0)) }
            let corrections = trace.corrections(ofRated: normalized)
            if !trace.corrections.isEmpty { explained.isInForce = corrections.last?.place == correction?.place }
            // What became of the charge that was in force until then.
            let next = correction.flatMap { own in corrections.firstIndex { $0.place == own.place } }.map { $0 + 1 } ?? 0
            let after = corrections[next...].prefix { $0.message.replacement.isEmpty || $0.message.hasMoved }
            explained.refusedAs = after.first { $0.message.hasRefused }?.message.refused.reason
            if after.contains(where: \.message.hasMoved), let departure = trace.departure(ofRated: normalized) {
                explained.movedOn = ExplainedUsage.MovedOn(
                    rerate: departure.rerate, moveRecord: departure.move?.place, destination: departure.move.map(trace.destination))
            }
            return explained
        }
        var parts: [ExplainedUsage] = []
        for (normalized, cause, rated) in trace.arrivals {
            parts += rated.map { explained($0.message, at: $0.place, $0.cause, $0.causeID) }
            // What a balance had paid for what moved on is no charge.
            for found in trace.corrections(ofRated: normalized) where !found.message.hasMoved {
                parts += found.message.replacement.map { explained($0, at: found.place, cause, normalized, found) }
            }
        }
        if json { try JSONOutput.print(parts) } else { Terminal.output(parts.map(\.text).joined(separator: "\n\n")) }
        for open in trace.suspensions where open.copy == nil { Terminal.note(Self.fate("\(open.entry.message.rawPlace)", open)) }
        if parts.contains(where: { $0.isRecomputed == false }) { throw ExitCode(1) }
    }

    /// What became of a usage that was not rated.
    private static func fate(_ event: String, _ trace: UsageTrace) -> String {
        if let duplicate = trace.duplicates.first {
            let original = duplicate.message
            return "\(event) is a duplicate of usage.raw/\(original.originalRawPartition)/\(original.originalRawOffset) (\(duplicate.place))"
        }
        if let rejected = trace.rejected.first {
            return "\(event) is rejected by the policy of its offering: \(rejected.message.reason) (\(rejected.place))"
        }
        if let last = trace.suspensions.last { return fate(event, last) }
        if let left = trace.departures.last {
            let move = trace.moves.first { $0.message.meta.cause == left.id }
            return "\(event) is not account \(left.message.account)'s, for its number is another holder's (\(left.place)); it went on"
                + (move.map { " as \($0.place), \(trace.destination(of: $0))" } ?? "")
        }
        return "\(event): no rated usage is found for it; it may not be processed yet"
    }

    private static func fate(_ event: String, _ suspension: UsageTrace.Suspension) -> String {
        let text = "\(event) is suspended: \(suspension.entry.message.reason): \(suspension.entry.message.detail) (\(suspension.entry.place))"
        return text + (suspension.copy.map { "; it was recycled as \($0), which may not be processed yet" } ?? "")
    }
}
