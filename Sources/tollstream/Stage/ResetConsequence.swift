import Events
import Pipeline
import Topology

/// What reading again means for those behind a stage.
enum ResetConsequence {
    private struct Flow: StageVisitor {
        var stages: [(name: StageName, input: Topic, outputs: [Topic])] = []
        mutating func visit<S: Stage>(_ stage: S) { stages.append((S.name, S.input, S.outputs)) }
    }

    static func text(_ name: StageName, isDryRun: Bool) -> String {
        var flow = Flow()
        try? Topology().visit(StageName.allCases, &flow)
        guard let stage = flow.stages.first(where: { $0.name == name }) else { return "" }
        let outputs = stage.outputs.map { output in
            let readers = flow.stages.filter { $0.input == output }.map(\.name.rawValue)
            return output.rawValue + (readers.isEmpty ? "" : " (read by \(readers.joined(separator: " and ")))")
        }
        let will = isDryRun ? "would emit" : "emits"
        return "warning: with its state emptied, \(name.rawValue) \(will) again to \(outputs.joined(separator: ", ")) what it emitted before for "
            + "the records that it reads again; what is there already stays. \(special(name)) It is safe only where those topics, and all that read "
            + "them, start anew, too; to rate and bill the history again beside the one there is, use `tollstream replay rating`."
    }

    private static func special(_ name: StageName) -> String {
        switch name {
        case .customers: "Commands are carried out once more: accounts, top-ups and purchases come twice."
        case .normalize: "Rating refuses usage that it remembers as duplicates, as far back as its horizon; older usage is suspended."
        case .recycle: "Usage that was sent again is sent again once more; rating refuses what it remembers as duplicates."
        case .rate: "Usage, fees and periods' ends come twice: aggregate adds them up, and bills double."
        case .move: "What went to another holder goes there once more; rating refuses what it remembers there as duplicates."
        case .aggregate: "Periods close twice, and each is invoiced and numbered again."
        case .invoice: "Each draft comes twice, and each is given a legal number of its own."
        case .number: "Numbers begin anew at 1: invoices that were issued with those numbers already get doubles, which no authority accepts."
        }
    }
}
