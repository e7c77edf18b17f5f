import Events
import Quantities

/// How far a stage has read one partition of its input, as its state stands for it: kept in the changelog, in the transaction that wrote the state.
///
/// The group's offsets alone are not enough: Kafka drops those of a group that was idle for seven days, and a stage that then began anew would
/// bill everything twice.
public struct InputPosition: Equatable, Sendable {
    /// The next record to read.
    public var next: Int64
    /// Of the input, when this was written.
    public var partitionCount: Int32
    /// The last record that was done; nil where none was yet.
    public var last: RecordMark?

    public init(next: Int64, partitionCount: Int32, last: RecordMark? = nil) {
        self.next = next
        self.partitionCount = partitionCount
        self.last = last
    }
}

/// One record of the input, by where it stands and what it says.
public struct RecordMark: Equatable, Sendable {
    public var offset: Int64
    public var digest: EventID

    /// The digest is of the record's key and value, not its event's id: raw usage and customers' commands come from outside and have none, and
    /// where in a value the id lies only the stages know. It is made once a run of records, so that it costs nothing that counts.
    public init(_ record: InputRecord) {
        offset = record.offset
        var hash = SipHash128()
        hash.combine(UInt64(record.key.count))
        hash.combine(bytes: record.key)
        hash.combine(UInt64(bitPattern: Int64(record.value?.count ?? -1)))
        if let value = record.value { hash.combine(bytes: value) }
        digest = hash.finish()
    }

    init(offset: Int64, digest: EventID) {
        self.offset = offset
        self.digest = digest
    }
}

// The entry: key 0x80 0x00 "o"; value version, next, partition count, offset of the last record (-1 where there is none), its digest.
extension InputPosition {
    static let key = [ReservedBytes.first, ReservedBytes.second, ReservedBytes.Kind.position]
    private static let version: UInt8 = 1
    static let kind = "position"

    var entry: [UInt8] {
        var value = EntryWriter(capacity: 40)
        value.byte(Self.version)
        value.signed(next)
        value.signed(Int64(partitionCount))
        value.signed(last?.offset ?? -1)
        if let last {
            value.fixed(last.digest.high)
            value.fixed(last.digest.low)
        }
        return value.bytes
    }

    init(entry: UnsafeRawBufferPointer) throws(EntryFault) {
        var reader = EntryReader(entry)
        let version = reader.byte()
        guard version == Self.version else {
            throw version > Self.version ? .unknown(version: version, of: Self.kind, newest: Self.version) : .broken(kind: Self.kind)
        }
        next = reader.signed()
        partitionCount = Int32(clamping: reader.signed())
        let offset = reader.signed()
        if offset >= 0 { last = RecordMark(offset: offset, digest: EventID(high: reader.fixed64(), low: reader.fixed64())) }
        guard reader.isComplete else { throw .broken(kind: Self.kind, version: version) }
    }
}

extension InputPosition {
    /// That of a changelog's record, for who looks into one; nil where the record is the state's.
    ///
    /// - Throws: `UnreadableEntry`.
    public init?(changelogRecord record: InputRecord, of changelog: Topic) throws {
        guard ReservedBytes.begin(record.key), let value = record.value else { return nil }
        do { self = try InputPosition(entry: value) } catch {
            throw UnreadableEntry(topic: changelog, partition: record.partition, offset: record.offset, fault: error)
        }
    }

    /// The entry that a tool writes which sets a position; the stage's own worker writes it with its state.
    public func put(into outbox: inout Outbox, changelog: Topic, partition: Int32) {
        outbox.put(changelog, partition: partition, key: Self.key, value: entry)
    }
}
