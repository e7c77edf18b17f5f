import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// Runs one partition of a stage as a runner would: steps, commits with a changelog, crashes and restores.
struct StageDriver<S: Stage> {
    struct Emitted: Equatable {
        var topic: Topic
        var key: String
        var value: [UInt8]
    }

    let stage: S
    let partition: Int32
    var task: PartitionTask<S>
    /// Everything ever written to the changelog, in order.
    private(set) var changelog: [(key: [UInt8], value: [UInt8]?)] = []
    /// Everything committed to other topics.
    private(set) var emitted: [Emitted] = []
    private var outbox = Outbox()
    private var nextOffset: Int64 = 0

    init(_ stage: S, partition: Int32 = 3) {
        self.stage = stage
        self.partition = partition
        task = PartitionTask(partition: partition, position: 0)
    }

    @discardableResult
    mutating func feed(_ message: some Message) throws -> StepResult { try feed(message.serializedBytes() as [UInt8]) }

    @discardableResult
    mutating func feed(_ value: [UInt8]?) throws -> StepResult {
        var result = StepResult.again
        let key: [UInt8] = []
        while result == .again {
            result = try key.withUnsafeBytes { key in
                guard let value else { return try step(InputRecord(partition: partition, offset: nextOffset, key: key, value: nil)) }
                return try value.withUnsafeBytes {
                    try step(InputRecord(partition: partition, offset: nextOffset, key: key, value: $0))
                }
            }
        }
        nextOffset += 1
        return result
    }

    private mutating func step(_ record: InputRecord) throws -> StepResult {
        try task.step(record, stage: stage, tables: S.Tables(), outbox: &outbox)
    }

    /// Commits what was emitted since the last commit, and returns how many entries went to the changelog.
    @discardableResult
    mutating func commit() -> Int {
        task.flush(into: &outbox)
        var entries = 0
        for entry in outbox.entries {
            let key = Array(outbox.bytes[entry.key])
            let value = entry.value.map { Array(outbox.bytes[$0]) }
            // How far the input was read is the runtime's own: these are about the state.
            if key.starts(with: [0x80, 0x00]) { continue }
            if entry.topic == S.changelog {
                changelog.append((key, value))
                entries += 1
            } else {
                emitted.append(Emitted(topic: entry.topic, key: String(decoding: key, as: UTF8.self), value: value ?? []))
            }
        }
        outbox.removeAll()
        return entries
    }

    /// Loses what is in memory since the last commit and restores from the changelog, compacted or whole.
    mutating func restore(compacted: Bool) throws {
        outbox.removeAll()
        task = PartitionTask(partition: partition, position: nextOffset)
        for entry in compacted ? compactedChangelog : changelog {
            try entry.key.withUnsafeBytes { key in
                if let value = entry.value {
                    try value.withUnsafeBytes { try task.restore(key: key, value: $0) }
                } else {
                    try task.restore(key: key, value: nil)
                }
            }
        }
        task.finishRestore()
    }

    /// The last entry of each key that was not removed, where it stands.
    var compactedChangelog: [(key: [UInt8], value: [UInt8]?)] {
        var last: [[UInt8]: Int] = [:]
        for (place, entry) in changelog.enumerated() { last[entry.key] = place }
        return changelog.enumerated().filter { last[$0.element.key] == $0.offset && $0.element.value != nil }.map(\.element)
    }

    func messages<M: Message>(_ topic: Topic, _ type: M.Type = M.self) throws -> [M] {
        try emitted.filter { $0.topic == topic }.map {
            topic.encoding == .json ? try M(jsonUTF8Bytes: $0.value) : try M(serializedBytes: $0.value)
        }
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
