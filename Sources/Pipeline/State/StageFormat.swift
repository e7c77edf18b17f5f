import Events

/// That a stage's changelog may hold entries of a format after the first; written before the first of them is, so that nobody who finds one takes the
/// changelog for an older build's. Kept in `state.formats`, by the stage's name.
public struct StageFormat: Equatable, Sendable {
    public var format: StateFormat
    /// Of the stage's input, when it was written.
    public var partitionCount: Int32

    public init(format: StateFormat, partitionCount: Int32) {
        self.format = format
        self.partitionCount = partitionCount
    }

    private static let version: UInt8 = 1

    // Version, format, partition count.
    public var entry: [UInt8] {
        var value = EntryWriter(capacity: 8)
        value.byte(Self.version)
        value.byte(format.rawValue)
        value.signed(Int64(partitionCount))
        return value.bytes
    }

    /// - Throws: `UnreadableEntry` where a later build wrote it, or in a format that this one doesn't know.
    public init(_ record: InputRecord) throws {
        let kind = "format of " + String(decoding: record.key, as: UTF8.self)
        func fault(_ fault: EntryFault) -> UnreadableEntry {
            UnreadableEntry(topic: .stateFormats, partition: record.partition, offset: record.offset, fault: fault)
        }
        guard let value = record.value else { throw fault(.broken(kind: kind)) }
        var reader = EntryReader(value)
        let version = reader.byte()
        guard version <= Self.version else { throw fault(.unknown(version: version, of: kind, newest: Self.version)) }
        let generation = reader.byte()
        guard let format = StateFormat(rawValue: generation) else {
            throw fault(.unknown(version: generation, of: kind, newest: StateFormat.newest.rawValue))
        }
        self.init(format: format, partitionCount: Int32(clamping: reader.signed()))
        guard version > 0, reader.isComplete else { throw fault(.broken(kind: kind, version: version)) }
    }
}
