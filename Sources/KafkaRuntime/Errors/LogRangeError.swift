import Events

/// A range of the log that can't be read.
public enum LogRangeError: Error, Sendable, CustomStringConvertible {
    /// The records are gone: expired, deleted, or never there.
    case missing(topic: Topic, partition: Int32, offsets: Range<Int64>)
    /// A transaction that is still open hides the records from this offset on.
    case blocked(topic: Topic, partition: Int32, from: Int64, to: Int64)

    public var description: String {
        switch self {
        case .missing(let topic, let partition, let offsets):
            "offsets \(offsets.lowerBound) to \(offsets.upperBound - 1) of \(topic.rawValue)/\(partition) are missing: read them from the archive"
        case .blocked(let topic, let partition, let from, let to):
            "\(topic.rawValue)/\(partition) can be read up to offset \(from) only, not to \(to): a transaction is still open there. "
                + "It ends when its worker comes back, or by the broker's transaction timeout"
        }
    }
}
