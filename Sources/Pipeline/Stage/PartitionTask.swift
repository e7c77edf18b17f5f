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
    public var format = StateFormat.newest {
        didSet { state.use(format) }
    }
    /// What the changelog says of the input's position.
    public private(set) var restored = RestoredPosition()
    private let inputPartitionCount: Int32
    /// The last record that was done.
    private var last: RecordMark?
    /// What the changelog says of the position, or where reading began.
    private var known: Int64
    /// The position is to be written even where nothing moves.
    public private(set) var owesPosition = false

    /// - Parameter inputPartitionCount: goes into the position; see `StartingPoint`.
    public init(partition: Int32, position: Int64, inputPartitionCount: Int32 = 0, format: StateFormat = .newest) {
        self.partition = partition
        self.position = position
        known = position
        self.inputPartitionCount = inputPartitionCount
        self.format = format
        state = S.State(partition: partition)
        state.use(format)
    }

    /// Feeds one record of the changelog, in its order.
    ///
    /// - Throws: `UnreadableEntry`.
    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?, offset: Int64 = -1) throws {
        do {
            if ReservedBytes.begin(key) {
                try restored.take(key: key, value: value)
                last = restored.position?.last
            } else {
                restored.noteState()
                try state.restore(key: key, value: value)
            }
        } catch let fault as EntryFault {
            throw UnreadableEntry(topic: S.changelog ?? S.input, partition: partition, offset: offset, fault: fault)
        }
    }

    /// Feeds several records of the changelog, in their order.
    public mutating func restore(_ records: UnsafeBufferPointer<InputRecord>) throws {
        for record in records { try restore(key: record.key, value: record.value, offset: record.offset) }
    }

    /// The changelog has been read to its end.
    public mutating func finishRestore() { state.finishRestore() }

    /// Begins at `start`, which `StartingPoint` found. Where the changelog or the group says another position, or none, the next flush mends that:
    /// a partition that stays idle would lose its place with its group's offsets.
    public mutating func begin(at start: Int64, group: Int64?) {
        position = start
        known = start
        let isKnown = restored.position != nil || restored.hasState || group != nil
        owesPosition = isKnown && (restored.position?.next != start || group != start)
    }

    public mutating func step(_ record: InputRecord, stage: S, tables: S.Tables, outbox: inout Outbox) throws -> StepResult {
        let result = try advance(record, stage, tables, &outbox)
        if result == .done { last = RecordMark(record) }
        return result
    }

    /// Steps through the records in order, up to the first that is not done. Returns how many were done, and what the next one said.
    public mutating func step(
        _ records: UnsafeBufferPointer<InputRecord>, stage: S, tables: S.Tables, outbox: inout Outbox
    ) throws -> (done: Int, next: StepResult) {
        var done = 0
        var result = StepResult.done
        while done < records.count {
            result = try advance(records[done], stage, tables, &outbox)
            if result != .done { break }
            done += 1
        }
        if done > 0 { last = RecordMark(records[done - 1]) }
        return (done, result)
    }

    @inline(__always)
    private mutating func advance(_ record: InputRecord, _ stage: S, _ tables: S.Tables, _ outbox: inout Outbox) throws -> StepResult {
        precondition(record.partition == partition && record.offset >= position, "a record came out of order")
        let result = try stage.step(record, tables: tables, state: &state, outbox: &outbox)
        if result == .done { position = record.offset + 1 }
        return result
    }

    /// All records before `end` have been stepped through; offsets up to it that were no records (aborted, transaction markers)
    /// are passed over.
    public mutating func reached(end: Int64, stage: S, tables: S.Tables, outbox: inout Outbox) throws {
        position = max(position, end)
        try stage.reached(position, partition: partition, tables: tables, state: &state, outbox: &outbox)
    }

    /// Writes what changed since the last flush to the changelog; the position behind it, so that entries behind a position are an older build's.
    ///
    /// In the first format no position is written, which older builds can't read, unless there is one already.
    public mutating func flush(into outbox: inout Outbox) {
        guard let changelog = S.changelog else { return }
        let before = outbox.entries.count
        var writer = ChangelogWriter(topic: changelog, partition: partition, format: format, outbox: consume outbox)
        state.flush(into: &writer)
        outbox = writer.finish()
        guard format > .first || restored.position != nil else { return }
        guard owesPosition || position != known || outbox.entries.count != before else { return }
        let written = InputPosition(next: position, partitionCount: inputPartitionCount, last: last)
        written.put(into: &outbox, changelog: changelog, partition: partition)
        restored.wrote(written)
        known = position
        owesPosition = false
    }
}
