import ArgumentParser
import Events
import Foundation
import KafkaRuntime
import Pipeline
import Topology

struct StageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stage",
        abstract: "Show where a stage stands in its input, or move it on purpose.",
        discussion: "Example:\n  tollstream stage show rate\n  tollstream stage reset rate --to-beginning --dry-run",
        subcommands: [Show.self, Reset.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the group's offset, the position in the changelog and the entries of the state, by partition.",
            discussion: "Example:\n  tollstream stage show rate --json")
        @OptionGroup var global: GlobalOptions
        @Flag(help: "Print JSON.") var json = false
        @Argument(help: "The stage.") var stage: String

        func run() throws {
            var visitor = StageVisit(work: .show, client: try global.configuration().client)
            try Topology().visit([StageCommand.named(stage)], &visitor)
            if json { return try JSONOutput.print(visitor.rows) }
            for row in visitor.rows { Terminal.output(row.text) }
        }
    }

    struct Reset: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move a stage in its input and take its state along: entries, position and the group's offset, in one transaction a partition.",
            discussion: """
                The stage must not run. Without --keep-state its state is emptied: that is for a stage whose outputs start anew, too, for \
                what it reads again it emits again. With --keep-state the state stays: that is for a place which you know, where the \
                offsets were lost.

                Example:
                  tollstream stage reset rate --to-beginning --dry-run
                  tollstream stage reset rate --keep-state --to 812,790,803
                """)
        @OptionGroup var global: GlobalOptions
        @Flag(help: "To the first record that the input still holds.") var toBeginning = false
        @Flag(help: "To the input's end: what is unread is left out.") var toEnd = false
        @Option(help: ArgumentHelp("To these offsets, one for each partition.", valueName: "offset,offset,…")) var to: String?
        @Flag(help: "Keep the state: it stands for just that place.") var keepState = false
        @Flag(help: "Show what it would do, and do nothing.") var dryRun = false
        @Flag(help: "Print JSON.") var json = false
        @Argument(help: "The stage.") var stage: String

        func run() throws {
            guard [toBeginning, toEnd, to != nil].count(where: { $0 }) == 1 else {
                throw CommandFailure.usage("say where to: one of --to-beginning, --to-end and --to OFFSET,OFFSET,…")
            }
            let target: StageVisit.Target
            if let to {
                let offsets = to.split(separator: ",", omittingEmptySubsequences: false).map { Int64($0.trimmingCharacters(in: .whitespaces)) }
                guard offsets.allSatisfy({ $0 ?? -1 >= 0 }) else { throw CommandFailure.usage("--to \(to): expected offsets, such as 812,790,803") }
                target = .offsets(offsets.compactMap(\.self))
            } else {
                target = toEnd ? .end : .beginning
            }
            let name = try StageCommand.named(stage)
            var visitor = StageVisit(
                work: .reset(target, keepsState: keepState, isDryRun: dryRun), client: try global.configuration().client)
            try Topology().visit([name], &visitor)
            if json { return try JSONOutput.print(visitor.rows) }
            for row in visitor.rows { Terminal.output(row.text) }
            if !keepState { Terminal.note(ResetConsequence.text(name, isDryRun: dryRun)) }
            Terminal.note(dryRun ? "nothing was changed" : "done")
        }
    }

    private static func named(_ name: String) throws -> StageName {
        guard let stage = StageName(rawValue: name) else {
            throw CommandFailure.usage("no stage is called \"\(name)\"; the stages are \(StageName.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return stage
    }
}
