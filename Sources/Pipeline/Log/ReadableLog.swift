import Events

/// A log that can be read anew: Kafka's or the simulator's. Audits, call lists and replays go through it.
public protocol ReadableLog {
    /// False where the topic is not there, as in a namespace that an older build made. What keeps this from being known is thrown.
    func has(_ topic: Topic) throws -> Bool
    func partitionCount(of topic: Topic) throws -> Int32
    /// The offsets that the partition holds, [first, end): committed records lie within.
    func offsets(of topic: Topic, partition: Int32) throws -> Range<Int64>
    /// Hands over each committed record in `range`, headers filled, in order, until `body` returns false.
    func read(_ topic: Topic, partition: Int32, _ range: Range<Int64>, _ body: (InputRecord) throws -> Bool) throws
    /// How far a stage's committed work has come in a partition of its input; nil where it has not begun.
    func committed(_ stage: StageName, partition: Int32) throws -> Int64?
}

extension ReadableLog {
    /// Of a log that has all.
    public func has(_ topic: Topic) throws -> Bool { true }
}
