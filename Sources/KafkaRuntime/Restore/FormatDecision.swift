import Events
import Logging
import Pipeline

/// Decides which format a stage's changelog is written in: once, before a worker joins its group.
///
/// Whatever several workers see of each other's first steps, they decide alike: who writes a later format says so in `state.formats` before, so that
/// a changelog with anything in it and no such word is an older build's.
struct FormatDecision<S: Stage> {
    let setting: StateFormatSetting
    let configuration: ClientConfiguration
    /// Of the input.
    let partitionCount: Int32
    /// Of all topics, by full name.
    let counts: [String: Int32]
    /// Sees open transactions too.
    let watermarks: KafkaConsumer
    /// Knows the group's offsets.
    let consumer: KafkaConsumer
    let logger: Logger
    /// Of several workers in a process one says it.
    let isSpokesman: Bool

    func decide() throws -> StateFormat {
        guard let changelog = S.changelog else { return .first }
        let wanted: StateFormat? =
            switch setting {
            case .auto: nil
            case .first: max(.first, S.oldestFormat)
            case .second: .second
            }
        if let written = try written() {
            guard written.partitionCount == partitionCount else {
                throw PositionFault(
                    stage: S.name, input: S.input, partition: 0, reason: .otherPartitionCount(written: written.partitionCount, actual: partitionCount))
            }
            return wanted ?? written.format
        }
        if wanted == .first { return .first }
        // What is new beside an older build's state goes on as that does: else that build, brought back, could not read it.
        if wanted == nil || S.oldestFormat > .first, try !isFresh(changelog) || (S.oldestFormat == .first && hasOlderNeighbour()) {
            // Another worker may have written meanwhile; it has said so before.
            if let written = try self.written() { return wanted ?? written.format }
            if S.oldestFormat == .first {
                if isSpokesman {
                    logger.notice(
                        """
                        an older build wrote this state: it goes on in format 1, so that the upgrade can be rolled back. Say stateFormat: 2 (or \
                        TOLLSTREAM_STATE_FORMAT=2) once it need not be
                        """,
                        metadata: ["stage": "\(S.name.rawValue)"])
                }
                return .first
            }
        }
        try write(.newest)
        return .newest
    }

    private func written() throws -> StageFormat? { try StageFormat.written(of: S.name, KafkaLog(configuration, logger: logger)) }

    /// Nobody has ever done anything: the changelog holds no record, not even of an open transaction, and the group has no offset.
    private func isFresh(_ changelog: Topic) throws -> Bool {
        let partitions = Array(0..<partitionCount)
        for partition in partitions where try watermarks.handle.offsets(of: changelog, partition: partition).upperBound > 0 { return false }
        if try !consumer.handle.committed(S.input, partitions: partitions).isEmpty { return false }
        guard S.ranWithoutChangelog else { return true }
        // A build that kept no position here may have been at work, and its group's offsets be gone: its outputs tell.
        for output in S.outputs {
            for partition in 0..<(counts[configuration.namespace.name(of: output)] ?? 0)
            where try watermarks.handle.offsets(of: output, partition: partition).upperBound > 0 {
                if try written() != nil { return false }
                throw PositionFault(stage: S.name, input: S.input, partition: 0, reason: .outputsWithoutPosition(output))
            }
        }
        return true
    }

    /// An older build was at work here: some other stage's changelog holds records, and nothing says in which format.
    private func hasOlderNeighbour() throws -> Bool {
        for name in StageName.allCases where name != S.name {
            for partition in 0..<(counts[configuration.namespace.name(of: name.changelog)] ?? 0)
            where try watermarks.handle.offsets(of: name.changelog, partition: partition).upperBound > 0 {
                // Who writes a later format has said so before.
                if try StageFormat.written(of: name, KafkaLog(configuration, logger: logger)) == nil { return true }
                break
            }
        }
        return false
    }

    private func write(_ format: StateFormat) throws {
        let writer = try LogWriter(configuration, logger: logger)
        try writer.send(.stateFormats, partition: 0, key: S.name.rawValue, value: StageFormat(format: format, partitionCount: partitionCount).entry)
        try writer.flush()
    }
}

extension StageFormat {
    /// What `state.formats` says of a stage; nil where it says nothing.
    static func written(of stage: StageName, _ log: KafkaLog) throws -> StageFormat? {
        var found: StageFormat?
        let name = Array(stage.rawValue.utf8)
        try log.read(.stateFormats, partition: 0, log.offsets(of: .stateFormats, partition: 0)) { record in
            if record.key.elementsEqual(name) { found = try StageFormat(record) }
            return true
        }
        return found
    }
}
