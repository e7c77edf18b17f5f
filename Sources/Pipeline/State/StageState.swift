import Events

/// The state of one partition of a stage: a cache of its changelog.
public protocol StageState {
    init(partition: Int32)
    /// Takes one changelog record. The last for a key wins; a nil value removes the key. Reads every version that a build ever wrote, whatever the
    /// format is that is written now.
    ///
    /// - Throws: `EntryFault` where this build can't read it.
    mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws
    /// Called before the first step, and again where it changes: what entries are written in. What an earlier generation has no place for, the state
    /// must not come to hold.
    mutating func use(_ format: StateFormat)
    /// Called once after the last `restore`: builds what is derived.
    mutating func finishRestore()
    /// Writes the entries that changed since the last flush, in an order that does not depend on hashing, and forgets that they did.
    mutating func flush(into changelog: inout ChangelogWriter)
}

extension StageState {
    public mutating func use(_ format: StateFormat) {}
    public mutating func finishRestore() {}

    /// Takes a record of a changelog; what is the runtime's own is left out.
    ///
    /// - Throws: `UnreadableEntry`.
    public mutating func take(_ record: InputRecord, of changelog: Topic) throws {
        guard !ReservedBytes.begin(record.key) else { return }
        do {
            try restore(key: record.key, value: record.value)
        } catch let fault as EntryFault {
            throw UnreadableEntry(topic: changelog, partition: record.partition, offset: record.offset, fault: fault)
        }
    }
}

public struct NoState: StageState {
    public init(partition: Int32) {}
    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        throw EntryFault.unknown(kind: key.first.map(EntryFault.kind) ?? "none")
    }
    public mutating func flush(into changelog: inout ChangelogWriter) {}
}
