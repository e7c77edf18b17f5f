import Events

/// A stage can't tell how far it has read, or its input is not the one that it has read. To guess would bill twice, or leave something out.
public struct PositionFault: Error, CustomStringConvertible {
    public enum Reason: Equatable, Sendable {
        /// There is state, and neither a position in the changelog nor an offset of the group.
        case noPosition
        /// There is no state to tell, but there are outputs.
        case outputsWithoutPosition(Topic)
        /// An older build's state stands behind the position, and the group does not say how far that build came.
        case stateBehindPosition(Int64)
        /// At the place of the last record stands another one, or none.
        case otherRecord(at: Int64, isMissing: Bool)
        case beyondEnd(Int64, end: Int64)
        /// The records [from, to) were never read.
        case expired(from: Int64, to: Int64)
        case otherPartitionCount(written: Int32, actual: Int32)
    }

    public let stage: StageName
    public let input: Topic
    public let partition: Int32
    public let reason: Reason

    public init(stage: StageName, input: Topic, partition: Int32, reason: Reason) {
        self.stage = stage
        self.input = input
        self.partition = partition
        self.reason = reason
    }

    public var description: String { "\(stage.rawValue) does not start on \(input.rawValue), partition \(partition): \(what). \(advice)" }

    private var what: String {
        let lost = "neither its changelog nor its consumer group says how far it has read; Kafka drops the offsets of an idle group"
        return switch reason {
        case .noPosition: "its state is there, but " + lost
        case .outputsWithoutPosition(let topic): "\(topic.rawValue) holds its outputs, but " + lost
        case .stateBehindPosition(let next):
            "an older build went on behind its position, \(next), and the consumer group's offset, which says how far, is gone"
        case .otherRecord(at: let offset, isMissing: true): "the last record that it read, at offset \(offset), is not there"
        case .otherRecord(at: let offset, isMissing: false): "at offset \(offset) stands another record than the one that it read last"
        case .beyondEnd(let offset, let end): "it has read up to offset \(offset), and the partition ends at \(end)"
        case .expired(let from, let to): "the records \(from) to \(to - 1) have expired before it read them"
        case .otherPartitionCount(let written, let actual): "it was written with \(written) partitions of its input, which has \(actual) now"
        }
    }

    private var advice: String {
        let keep = "`tollstream stage reset \(stage.rawValue) --keep-state --to OFFSET,OFFSET,…` (one a partition)"
        let reset = "`tollstream stage reset \(stage.rawValue) --dry-run` tells what reading all anew would mean"
        switch reason {
        case .noPosition, .outputsWithoutPosition, .stateBehindPosition:
            return "If you know where it stood (a backup of the group's offsets, the log of its last run), say so with \(keep); \(reset)"
        case .otherRecord, .beyondEnd:
            return "Was the topic deleted and made anew, or mirrored to other offsets? Bring back the records at their old offsets; or, if you know "
                + "where it stands there, say so with \(keep); \(reset)"
        case .expired:
            return "Bring them back from the archive; or, if they held nothing (transaction markers alone), go on behind them with \(keep); \(reset)"
        case .otherPartitionCount(let written, _):
            return "An account's partition follows from the count, so it can't change in place: give \(input.rawValue) \(written) partitions again, "
                + "or replay into another namespace (`tollstream replay rating`)"
        }
    }
}
