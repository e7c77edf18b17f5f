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

    /// The stage's position, as a stable fetch answers: nil where a decided transaction is about to change it.
    func stablePosition(_ stage: StageName, partition: Int32) -> Int64? {
        let position = ConsumerPosition(stage: stage, partition: partition)
        let isChanging = unfinished.contains { transaction in
            transactions[transaction.number].offsets.contains { $0.position == position }
        }
        return isChanging ? nil : committedOffsets[position] ?? 0
    }
}
