import Events

/// Where a partition of a stage's input is read from, by all that is known of it.
public struct StartingPoint {
    public var stage: StageName
    public var input: Topic
    public var partition: Int32
    /// What the changelog says.
    public var restored: RestoredPosition
    /// What the consumer group says; nil where it says nothing (any more).
    public var group: Int64?
    /// The input's partitions now.
    public var partitionCount: Int32
    /// The input's first offset and its end.
    public var held: Range<Int64>

    public init(
        stage: StageName, input: Topic, partition: Int32, restored: RestoredPosition, group: Int64?, partitionCount: Int32, held: Range<Int64>
    ) {
        self.stage = stage
        self.input = input
        self.partition = partition
        self.restored = restored
        self.group = group
        self.partitionCount = partitionCount
        self.held = held
    }

    /// The larger of the changelog's position and the group's offset: an older build, or one that writes the first format, advances the group alone.
    /// Where neither says anything nor is there any state, the beginning.
    ///
    /// - Throws: a fault where reading on from anywhere could bill twice or leave something out.
    public func offset() throws(PositionFault) -> Int64 {
        guard let position = restored.position else {
            if let group { return try within(group) }
            if restored.hasState { throw fault(.noPosition) }
            return held.lowerBound
        }
        guard position.partitionCount == partitionCount || position.partitionCount == 0 || partitionCount == 0 else {
            throw fault(.otherPartitionCount(written: position.partitionCount, actual: partitionCount))
        }
        if restored.hasStateBehind, (group ?? -1) < position.next { throw fault(.stateBehindPosition(position.next)) }
        return try within(max(position.next, group ?? 0))
    }

    private func within(_ offset: Int64) throws(PositionFault) -> Int64 {
        guard offset <= held.upperBound else { throw fault(.beyondEnd(offset, end: held.upperBound)) }
        guard offset >= held.lowerBound else { throw fault(.expired(from: offset, to: held.lowerBound)) }
        return offset
    }

    /// The record that has to stand where it stood. Nil where there is none to compare: none was read yet, or it has expired.
    public var expected: RecordMark? {
        guard let last = restored.position?.last, held.contains(last.offset) else { return nil }
        return last
    }

    /// - Parameter found: what stands at the place of `expected`; nil where no record does.
    public func check(_ found: RecordMark?) throws(PositionFault) {
        guard let expected, found != expected else { return }
        throw fault(.otherRecord(at: expected.offset, isMissing: found?.offset != expected.offset))
    }

    private func fault(_ reason: PositionFault.Reason) -> PositionFault {
        PositionFault(stage: stage, input: input, partition: partition, reason: reason)
    }
}
