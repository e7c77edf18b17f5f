import Pipeline

/// Which stages a process runs.
struct StagePlan {
    /// Stages on Kafka transactions.
    var stages: [StageName] = []
    /// Run beside them with one worker, in slots of their own: see `withCompanions`.
    var companions: [StageName] = []
    /// The customer view.
    var projects = false

    /// With the stage that takes on what rating sends to another holder. Whoever runs rate by a list that an earlier release knew would else leave such usage
    /// on its way for ever; where a process of its own runs it, they share the work.
    var withCompanions: StagePlan {
        var plan = self
        if stages.contains(.rate), !stages.contains(.move) { plan.companions = [.move] }
        return plan
    }

    /// - Throws: `CommandFailure` (64) for a name that is none, and for a stage that is named twice: more workers are --instances.
    init(_ names: [String]) throws {
        guard !names.isEmpty else { throw CommandFailure.usage("name the stages to run, or \"all\"") }
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw CommandFailure.usage("stage \"\(twice)\" is named twice; for more workers of a stage say --instances")
        }
        if names.count > 1, names.contains("all") { throw CommandFailure.usage("\"all\" is every stage: name no other beside it") }
        for name in names {
            if name == "all" {
                stages = StageName.allCases
                projects = true
            } else if name == "project" {
                projects = true
            } else if let stage = StageName(rawValue: name) {
                stages.append(stage)
            } else {
                let known = (StageName.allCases.map(\.rawValue) + ["project", "all"]).joined(separator: ", ")
                throw CommandFailure.usage("no stage is called \"\(name)\"; the stages are \(known)")
            }
        }
    }
}
