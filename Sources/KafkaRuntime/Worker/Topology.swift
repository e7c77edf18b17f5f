import Events
import Glibc
import Pipeline

extension Namespace {
    /// The consumer group of a stage.
    func group(of stage: StageName) -> String { qualified(stage.rawValue) }
}

/// Whether the cluster's topics fit a stage.
struct Topology<S: Stage> {
    private let namespace: Namespace
    private let inputNamespace: Namespace

    init(_ namespace: Namespace, input: Namespace) {
        self.namespace = namespace
        inputNamespace = input
    }

    /// The partition counts of the cluster's topics by full name. Throws what does not fit. What is missing is looked for again for a few
    /// seconds: of several brokers one may not have heard of a new topic yet.
    func validCounts(_ consumer: KafkaConsumer) throws -> [String: Int32] {
        let deadline = Monotonic.nowMs + 5_000
        while true {
            let counts = try consumer.handle.partitionCounts()
            let missing = topics.filter { counts[name(of: $0)] == nil }
            if missing.isEmpty {
                let problems = faults(counts)
                guard problems.isEmpty else { throw TopologyError(problems: problems) }
                return counts
            }
            guard Monotonic.nowMs < deadline else { throw TopologyError(problems: missing.map { "\(name(of: $0)) doesn't exist" }) }
            usleep(100_000)
        }
    }

    private var topics: [Topic] { [S.input] + S.tableTopics + S.outputs + (S.changelog.map { [$0, .stateFormats] } ?? []) }

    private func faults(_ counts: [String: Int32]) -> [String] {
        var problems: [String] = []
        if let changelog = S.changelog { requireEqual(S.input, changelog, "its changelog", counts, &problems) }
        if S.input.isAccountKeyed {
            for output in S.outputs where output.isAccountKeyed { requireEqual(S.input, output, "keyed by account like it", counts, &problems) }
        }
        return problems
    }

    private func requireEqual(_ input: Topic, _ other: Topic, _ relation: String, _ counts: [String: Int32], _ problems: inout [String]) {
        guard let expected = counts[name(of: input)], let actual = counts[name(of: other)], expected != actual else { return }
        problems.append(
            "\(name(of: input)) has \(expected) partitions, but \(name(of: other)), \(relation), has \(actual)")
    }

    private func name(of topic: Topic) -> String {
        (topic == S.input || S.tableTopics.contains(topic) ? inputNamespace : namespace).name(of: topic)
    }
}
