import Events
import KafkaRuntime
import Mediation
import Pipeline
import Quantities

/// Sends suspended usage through mediation again, each entry as a raw record of its own: what stood beside it in a block, and may have been rated, is not
/// sent with it. Usage that has left its first holder goes to usage.moves: its first holder's partition would take a raw copy for a duplicate. In
/// transactions of a bounded size; what one of them sent is recycled, whatever becomes of those after it.
struct RecycleSender {
    private let log: KafkaLog
    private let writer: LogWriter
    /// Why entries were not sent, one text for each.
    private(set) var unsent: [String] = []
    private var chunk: [Copy] = []
    private var chunkBytes = 0

    private static let chunkRecords = 5_000
    private static let chunkLimit = 8_000_000

    private struct Copy {
        var topic = Topic.usageRaw
        /// Nil: the key's own.
        var partition: Int32?
        var key: [UInt8]
        var value: [UInt8]
        var headers: [(name: String, value: [UInt8])]
    }

    private struct RawRecord: Hashable, Comparable {
        var partition: Int32
        var offset: Int64
        static func < (a: Self, b: Self) -> Bool { (a.partition, a.offset) < (b.partition, b.offset) }
        var text: String { "\(Topic.usageRaw.rawValue)/\(partition)/\(offset)" }
    }

    init(_ log: KafkaLog, _ writer: LogWriter) {
        self.log = log
        self.writer = writer
    }

    mutating func send(_ ids: Set<EventID>) throws {
        var sender = self
        var ofRating: [RawRecord: [SuspendedUsage]] = [:]
        for partition in 0..<(try log.partitionCount(of: .usageSuspended)) {
            try log.read(.usageSuspended, partition: partition, try log.offsets(of: .usageSuspended, partition: partition)) { record in
                guard let value = record.value else { return true }
                let entry = try SuspendedUsage(serializedBytes: BorrowedBytes(value))
                guard ids.contains(entry.meta.id) else { return true }
                if entry.isMove {
                    try sender.add(move: entry)
                } else if entry.hasUsage {
                    ofRating[RawRecord(partition: Int32(entry.rawPartition), offset: entry.rawOffset), default: []].append(entry)
                } else {
                    try sender.add(entry, key: Array(record.key))
                }
                return true
            }
        }
        if !ofRating.isEmpty {
            let originals = try RawOriginals(log)
            for (raw, entries) in ofRating.sorted(by: { $0.key < $1.key }) { try sender.add(entries, of: raw, originals) }
        }
        try sender.flush()
        self = sender
    }

    // MARK: What mediation suspended, with its original

    private mutating func add(_ entry: SuspendedUsage, key: [UInt8]) throws {
        var headers: [(name: String, value: [UInt8])] = []
        if !entry.originalContentType.isEmpty { headers.append((UsageHeader.contentType, Array(entry.originalContentType.utf8))) }
        if !entry.originalSource.isEmpty { headers.append((UsageHeader.source, Array(entry.originalSource.utf8))) }
        var original = Array(entry.original)
        if original.count == MediationLimits.originalBytes {
            guard let whole = try whole(of: entry, original) else { return }
            original = whole
        }
        try add(entry.meta.id, key, original, headers)
    }

    /// An original that was cut, whole, from its raw record: all of that, or the rest of a block.
    private mutating func whole(of entry: SuspendedUsage, _ original: [UInt8]) throws -> [UInt8]? {
        let raw = RawRecord(partition: Int32(entry.rawPartition), offset: entry.rawOffset)
        var whole: [UInt8]?
        let isThere = try read(raw) { record in
            guard let value = record.value, value.count >= original.count else { return }
            let from = (0...value.count - original.count).first { value[$0] == original[0] && value[$0..<$0 + original.count].elementsEqual(original) }
            whole = from.map { Array(value[$0...]) }
        }
        if isThere, whole == nil { unsent.append("\(entry.meta.id): \(raw.text) holds other bytes than it had") }
        return whole
    }

    // MARK: What rating suspended

    private mutating func add(_ entries: [SuspendedUsage], of raw: RawRecord, _ originals: RawOriginals) throws {
        var key: [UInt8] = []
        var headers: [(name: String, value: [UInt8])] = []
        var found: [UInt32: [UInt8]] = [:]
        let isThere = try read(raw, answers: entries.count) { record in
            key = Array(record.key)
            headers = record.headers.filter { ![UsageHeader.recycles, UsageHeader.attempts, "schema"].contains($0.name) }
                .map { (name: $0.name, value: Array($0.value)) }
            found = try originals.find(entries.map(\.usage), in: record)
        }
        guard isThere else { return }
        for entry in entries {
            if let original = found[entry.rawIndex] {
                try add(entry.meta.id, key, original, headers)
            } else {
                unsent.append("\(entry.meta.id): its line in \(raw.text) can't be told any more: publish it again by itself")
            }
        }
    }

    /// False, and told, where the record has expired.
    private mutating func read(_ raw: RawRecord, answers count: Int = 1, _ body: (InputRecord) throws -> Void) throws -> Bool {
        var isThere = false
        let held = try log.offsets(of: .usageRaw, partition: raw.partition)
        if held.contains(raw.offset) {
            try log.read(.usageRaw, partition: raw.partition, raw.offset..<raw.offset + 1) { record in
                isThere = true
                try body(record)
                return false
            }
        }
        if !isThere {
            let text = "\(raw.text) has expired: publish the usage again from the archive, it will be recognised"
            unsent += Array(repeating: text, count: count)
        }
        return isThere
    }

    // MARK: What was on its way to another holder

    private mutating func add(move entry: SuspendedUsage) throws {
        let move = UsageMove.with {
            $0.meta = Meta(cause: entry.meta.id, stage: 0, ordinal: 0, engine: Engine.version)
            $0.usage = entry.usage
            // No older entry is asked than the one that named the holder, or none.
            $0.revision = max(entry.usage.moved.revision, entry.directoryRevision)
            $0.recycles = EventRef(entry.meta.id)
        }
        let account = entry.usage.account
        try add(
            Copy(
                topic: .usageMoves, partition: Partitioner.partition(account, of: try writer.partitionCount(of: .usageMoves)), key: Array(account.utf8),
                value: try move.serializedBytes(), headers: []))
    }

    // MARK: Sending

    private mutating func add(_ id: EventID, _ key: [UInt8], _ value: [UInt8], _ headers: [(name: String, value: [UInt8])]) throws {
        // Nought attempts: by hand, and the usage alone.
        let lineage = [(name: UsageHeader.recycles, value: Array(id.description.utf8)), (name: UsageHeader.attempts, value: Array("0".utf8))]
        try add(Copy(key: key, value: value, headers: headers + lineage))
    }

    private mutating func add(_ copy: Copy) throws {
        chunk.append(copy)
        chunkBytes += copy.value.count + 200
        if chunk.count >= Self.chunkRecords || chunkBytes >= Self.chunkLimit { try flush() }
    }

    private mutating func flush() throws {
        if chunk.isEmpty { return }
        try writer.inTransaction {
            for copy in chunk {
                try copy.key.withUnsafeBytes { key in
                    try copy.value.withUnsafeBytes {
                        try writer.send(copy.topic, partition: copy.partition, key: key, value: $0, headers: copy.headers)
                    }
                }
            }
        }
        chunk.removeAll(keepingCapacity: true)
        chunkBytes = 0
    }
}

extension SuspendedUsage {
    /// Whether the usage has left its first holder: it is sent again as a record of usage.moves.
    var isMove: Bool { stage == StageName.move.rawValue || hasUsage && usage.hasMoved }
}
