/// One partition of a stage: its state and how far it has read. Both runners, Kafka's and the simulator's, step stages through it.
///
/// It is thrown away, and restored from the changelog, whenever the transaction in which it took part is not committed: an
/// aborted transaction leaves no trace in memory.
public struct PartitionTask<S: Stage> {
    public let partition: Int32
    /// The offset that will be committed: the next record to read.
    public private(set) var position: Int64
    public private(set) var state: S.State
    /// What its changelog is written in.
    public var format = StateFormat.newest { didSet { state.use(format) } }

    public init(partition: Int32, position: Int64) {
        self.partition = partition
        self.position = position
        state = S.State(partition: partition)
    }

    /// Feeds one record of the changelog, in its order.
    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        try state.restore(key: key, value: value)
    }

    /// Feeds several records of the changelog, in their order.
    public mutating func restore(_ records: UnsafeBufferPointer<InputRecord>) throws {
        for record in records { try state.restore(key: record.key, value: record.value) }
    }

    /// The changelog has been read to its end.
    public mutating func finishRestore() { state.finishRestore() }

    public mutating func step(_ record: InputRecord, stage: S, tables: S.Tables, outbox: inout Outbox) throws -> StepResult {
        precondition(record.partition == partition && record.offset >= position, "a record came out of order")
        let result = try stage.step(record, tables: tables, state: &state, outbox: &outbox)
        if result == .done { position = record.offset + 1 }
        return result
    }

    /// Steps through the records in order, up to the first that is not done. Returns how many were done, and what the next one said.
    public mutating func step(
        _ records: UnsafeBufferPointer<InputRecord>, stage: S, tables: S.Tables, outbox: inout Outbox
    ) throws -> (done: Int, next: StepResult) {
        for index in records.indices {
            let result = try step(records[index], stage: stage, tables: tables, outbox: &outbox)
            if result != .done { return (index, result) }
        }
        return (records.count, .done)
    }

    /// All records before `end` have been stepped through; offsets up to it that were no records (aborted, transaction markers)
    /// are passed over.
    public mutating func reached(end: Int64, stage: S, tables: S.Tables, outbox: inout Outbox) throws {
        position = max(position, end)
        try stage.reached(position, partition: partition, tables: tables, state: &state, outbox: &outbox)
    }

    /// Writes what changed since the last flush to the changelog.
    public mutating func flush(into outbox: inout Outbox) {
        guard let changelog = S.changelog else { return }
        var writer = ChangelogWriter(topic: changelog, partition: partition, format: format, outbox: consume outbox)
        state.flush(into: &writer)
        outbox = writer.finish()
    }
}
