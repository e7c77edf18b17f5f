import Events
import KafkaRuntime
import Pipeline

/// Compares what two namespaces hold in a topic, value by value.
struct LogComparison {
    struct Difference: Encodable {
        var topic: String
        var partition: Int32
        /// How many records agree before the first that does not.
        var agreeing: Int
        var detail: String
    }

    let original: KafkaLog
    let replayed: KafkaLog

    /// Partition by partition, in order: of the records that are `wanted`.
    func compareInOrder(_ topic: Topic, _ wanted: (InputRecord) throws -> Bool = { _ in true }) throws -> (records: Int, difference: Difference?) {
        var records = 0
        let there = try original.partitionCountIfThere(of: topic)
        for partition in 0..<(try replayed.partitionCount(of: topic)) {
            let expected = partition < there ? try digests(original, topic, partition, wanted) : []
            let got = try digests(replayed, topic, partition, wanted)
            records += expected.count
            if let difference = Self.firstDifference(expected, got, topic, partition) { return (records, difference) }
        }
        return (records, nil)
    }

    /// By key, whatever the order between keys: drafts of different accounts share a partition, and their interleaving is chance.
    func compareByAccount(_ topic: Topic, _ account: (InputRecord) throws -> String) throws -> (records: Int, difference: Difference?) {
        var records = 0
        for partition in 0..<(try original.partitionCount(of: topic)) {
            let expected = try grouped(original, topic, partition, account)
            let got = try grouped(replayed, topic, partition, account)
            records += expected.reduce(0) { $0 + $1.value.count }
            for key in Set(expected.keys).union(got.keys).sorted() {
                if let difference = Self.firstDifference(expected[key] ?? [], got[key] ?? [], topic, partition, of: " of account \(key)") {
                    return (records, difference)
                }
            }
        }
        return (records, nil)
    }

    private static func firstDifference(
        _ expected: [ContentHash], _ got: [ContentHash], _ topic: Topic, _ partition: Int32, of what: String = ""
    ) -> Difference? {
        if expected == got { return nil }
        let agreeing = zip(expected, got).prefix { $0 == $1 }.count
        let detail =
            agreeing < min(expected.count, got.count)
            ? "record \(agreeing)\(what) differs: offset \(expected[agreeing].offset) in the original, \(got[agreeing].offset) in the replay"
            : "the original has \(expected.count) records\(what), the replay \(got.count)"
        return Difference(topic: topic.rawValue, partition: partition, agreeing: agreeing, detail: detail)
    }

    private func digests(_ log: KafkaLog, _ topic: Topic, _ partition: Int32, _ wanted: (InputRecord) throws -> Bool) throws -> [ContentHash] {
        var list: [ContentHash] = []
        try log.read(topic, partition: partition, try log.offsets(of: topic, partition: partition)) { record in
            if try wanted(record) { list.append(ContentHash(record)) }
            return true
        }
        return list
    }

    private func grouped(
        _ log: KafkaLog, _ topic: Topic, _ partition: Int32, _ account: (InputRecord) throws -> String
    ) throws -> [String: [ContentHash]] {
        var groups: [String: [ContentHash]] = [:]
        try log.read(topic, partition: partition, try log.offsets(of: topic, partition: partition)) { record in
            groups[try account(record), default: []].append(ContentHash(record))
            return true
        }
        return groups
    }
}
