import Events
import Pipeline

extension Namespace {
    /// The consumer group of a stage.
    func group(of stage: StageName) -> String { qualified(stage.rawValue) }
}

/// Whether the cluster's topics fit a stage.
struct Topology<S: Stage> {
    private let namespace: Namespace
    private let counts: [String: Int32]

    /// - Parameter counts: partition counts by full topic name.
    init(_ namespace: Namespace, _ counts: [String: Int32]) {
        self.namespace = namespace
        self.counts = counts
    }

    func validate() throws(TopologyError) {
        var problems: [String] = []
        for topic in [S.input] + S.tableTopics + S.outputs + [S.changelog].compactMap(\.self) where count(topic) == nil {
            problems.append("\(namespace.name(of: topic)) doesn't exist")
        }
        if let changelog = S.changelog { requireEqual(S.input, changelog, "its changelog", &problems) }
        if S.input.isAccountKeyed {
            for output in S.outputs where output.isAccountKeyed {
                requireEqual(S.input, output, "keyed by account like it", &problems)
            }
        }
        if !problems.isEmpty { throw TopologyError(problems: problems) }
    }

    private func requireEqual(_ input: Topic, _ other: Topic, _ relation: String, _ problems: inout [String]) {
        guard let expected = count(input), let actual = count(other), expected != actual else { return }
        problems.append(
            "\(namespace.name(of: input)) has \(expected) partitions, but \(namespace.name(of: other)), \(relation), has \(actual)")
    }

    private func count(_ topic: Topic) -> Int32? { counts[namespace.name(of: topic)] }
}
