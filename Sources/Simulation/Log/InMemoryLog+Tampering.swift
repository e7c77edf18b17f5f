import Events
import Pipeline

/// What no honest writer does: for tests of the audit.
extension InMemoryLog {
    /// An independent log with the same content.
    public func copy() -> InMemoryLog {
        let copy = InMemoryLog { [self] in count(of: $0) }
        copy.nowMs = nowMs
        copy.partitions = partitions
        copy.transactions = transactions
        copy.committedOffsets = committedOffsets
        copy.unfinished = unfinished
        return copy
    }

    /// An empty log that holds only these topics of this one, offset for offset: what a replay starts from.
    public func replayed(keeping topics: [Topic]) -> InMemoryLog {
        let replay = InMemoryLog { [self] in count(of: $0) }
        replay.nowMs = nowMs
        for topic in topics { replay.partitions[topic] = partitions[topic] }
        replay.transactions = transactions
        return replay
    }

    /// As a mirror of another cluster is: the committed records alone, one behind the other, and no group's offsets.
    public func mirrored() -> InMemoryLog {
        let mirror = InMemoryLog { [self] in count(of: $0) }
        mirror.nowMs = nowMs
        for topic in Topic.allCases {
            for partition in 0..<count(of: topic) {
                let place = Int(partition)
                for offset in offsets(inPartition: partition, of: topic) {
                    var record = partitions[topic]![place].records[Int(offset)]
                    record.transaction = nil
                    mirror.partitions[topic]![place].records.append(record)
                }
            }
        }
        return mirror
    }

    /// Offsets of committed records.
    public func offsets(inPartition partition: Int32, of topic: Topic) -> [Int64] {
        var offsets: [Int64] = []
        read(topic, partition: partition, 0..<Int64.max) { record in
            offsets.append(record.offset)
            return true
        }
        return offsets
    }

    /// Makes a hole of the record.
    public func remove(_ topic: Topic, partition: Int32, offset: Int64) {
        partitions[topic]![Int(partition)].records[Int(offset)].isHole = true
    }

    /// Appends the record once more; returns the copy's offset.
    public func double(_ topic: Topic, partition: Int32, offset: Int64) -> Int64 {
        insert(partitions[topic]![Int(partition)].records[Int(offset)], topic, partition)
    }

    /// Changes the record's value where it stands.
    public func alter(_ topic: Topic, partition: Int32, offset: Int64, _ change: ([UInt8]) throws -> [UInt8]) rethrows {
        let old = partitions[topic]![Int(partition)].records[Int(offset)]
        let headers = old.headers.map { (name: $0.name, value: Array(old.payload[$0.value])) }
        partitions[topic]![Int(partition)].records[Int(offset)] = StoredRecord(
            key: old.key, value: try change(old.value ?? []), headers: headers, timestampMs: old.timestampMs, transaction: old.transaction)
    }

    /// Claims that the stage has come so far.
    public func pretend(_ stage: StageName, partition: Int32, committed offset: Int64) {
        committedOffsets[ConsumerPosition(stage: stage, partition: partition)] = offset
    }
}
