import Events
import Pipeline
import Quantities

/// A transaction's number in its log.
struct TransactionID: Hashable {
    var number: Int
}

/// What is known of a transaction: as in Kafka, the decision comes first and the markers follow, one partition after another.
struct Transaction {
    enum Outcome { case open, committed, aborted }

    var outcome = Outcome.open
    /// Partitions that it wrote to and that hold no marker yet.
    var unmarked: [(topic: Topic, partition: Int32)] = []
    /// Positions that take effect when the last marker is written: until then a stable fetch of them has to wait.
    var offsets: [(position: InMemoryLog.ConsumerPosition, offset: Int64)] = []
}

extension InMemoryLog {
    func begin() -> TransactionID {
        transactions.append(Transaction())
        return TransactionID(number: transactions.count - 1)
    }

    /// Writes an outbox's entry into the open transaction.
    func produce(_ entry: Outbox.Entry, of outbox: Outbox, in transaction: TransactionID) {
        precondition(transactions[transaction.number].outcome == .open, "a decided transaction takes no records")
        let key = Array(outbox.bytes[entry.key])
        let partition = entry.partition ?? key.withUnsafeBytes { Partitioner.partition($0, of: count(of: entry.topic)) }
        let record = StoredRecord(
            key: key, value: entry.value.map { Array(outbox.bytes[$0]) }, headers: entry.headers, timestampMs: nowMs, transaction: transaction)
        let offset = insert(record, entry.topic, partition)
        if !partitions[entry.topic]![Int(partition)].open.contains(where: { $0.transaction == transaction }) {
            partitions[entry.topic]![Int(partition)].open.append((transaction, offset))
            transactions[transaction.number].unmarked.append((entry.topic, partition))
        }
    }

    /// Decides the commit. Records are seen as the markers come: `finishOne`.
    func commit(_ transaction: TransactionID, offsets: [(position: ConsumerPosition, offset: Int64)]) {
        precondition(transactions[transaction.number].outcome == .open, "a transaction is decided once")
        transactions[transaction.number].outcome = .committed
        transactions[transaction.number].offsets = offsets
        unfinished.append(transaction)
    }

    /// Takes the records back: their offsets stay as holes.
    func abort(_ transaction: TransactionID) {
        guard transactions[transaction.number].outcome == .open else { return }
        transactions[transaction.number].outcome = .aborted
        unfinished.append(transaction)
    }

    func isFinished(_ transaction: TransactionID) -> Bool {
        transactions[transaction.number].outcome != .open && !unfinished.contains(transaction)
    }

    /// Writes the next marker of the `which`th unfinished transaction.
    func finishOne(_ which: Int) {
        let transaction = unfinished[which]
        if let (topic, partition) = transactions[transaction.number].unmarked.popLast() {
            insert(.marker(timestampMs: nowMs), topic, partition)
            partitions[topic]![Int(partition)].open.removeAll { $0.transaction == transaction }
        }
        if transactions[transaction.number].unmarked.isEmpty {
            for (position, offset) in transactions[transaction.number].offsets { committedOffsets[position] = offset }
            unfinished.remove(at: which)
        }
    }

    /// The group's offset, as a stable fetch answers.
    func stableOffset(_ stage: StageName, partition: Int32) -> StableOffset {
        let position = ConsumerPosition(stage: stage, partition: partition)
        let isChanging = unfinished.contains { transaction in
            transactions[transaction.number].offsets.contains { $0.position == position }
        }
        return isChanging ? .changing : .known(committedOffsets[position])
    }

    enum StableOffset {
        /// A decided transaction is about to change it.
        case changing
        /// Nil where there is none.
        case known(Int64?)
    }
}

extension InMemoryLog {
    /// What Kafka does to a group that was idle for seven days.
    public func loseOffsets(of stage: StageName) {
        for position in committedOffsets.keys.filter({ $0.stage == stage }) { committedOffsets[position] = nil }
    }

    /// What stands at an offset; nil where no record does.
    func mark(_ topic: Topic, partition: Int32, at offset: Int64) -> RecordMark? {
        let record = partitions[topic]![Int(partition)].records[Int(offset)]
        if record.isHole { return nil }
        return record.payload.withUnsafeBytes { payload in
            RecordMark(
                InputRecord(
                    partition: partition, offset: offset, key: UnsafeRawBufferPointer(rebasing: payload[..<record.keyEnd]),
                    value: record.valueEnd.map { UnsafeRawBufferPointer(rebasing: payload[record.keyEnd..<$0]) }))
        }
    }

    /// Whether the stage's changelog says as well as its group how far it has read: in the first format it says nothing.
    func keepsPositions(_ stage: StageName, input: Topic, changelog: Topic) throws -> Bool {
        for partition in 0..<count(of: input) {
            guard let group = committedOffsets[ConsumerPosition(stage: stage, partition: partition)] else { continue }
            var position: InputPosition?
            try read(changelog, partition: partition, 0..<Int64.max) { record in
                position = try InputPosition(changelogRecord: record, of: changelog) ?? position
                return true
            }
            if (position?.next ?? -1) < group { return false }
        }
        return true
    }
}
