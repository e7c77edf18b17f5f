import Pipeline

/// Which stages a process runs.
struct StagePlan {
    /// Stages on Kafka transactions.
    var stages: [StageName] = []
    /// The customer view.
    var projects = false

    /// - Throws: `CommandFailure` (64) for a name that is none.
    init(_ names: [String]) throws {
        guard !names.isEmpty else { throw CommandFailure.usage("name the stages to run, or \"all\"") }
        for name in names {
            if name == "all" {
                stages = StageName.allCases
                projects = true
            } else if name == "project" {
                projects = true
            } else if let stage = StageName(rawValue: name) {
                if !stages.contains(stage) { stages.append(stage) }
            } else {
                let known = (StageName.allCases.map(\.rawValue) + ["project", "all"]).joined(separator: ", ")
                throw CommandFailure.usage("no stage is called \"\(name)\"; the stages are \(known)")
            }
        }
    }
}
