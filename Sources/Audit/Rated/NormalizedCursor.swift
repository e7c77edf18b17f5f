import Events
import Pipeline

/// Reads one partition of usage.normalized a chunk at a time, so that it can be walked beside usage.rated.
struct NormalizedCursor<Log: ReadableLog> {
    static var chunk: Int { 8192 }

    enum Entry {
        case record(NormalizedRecord)
        case unreadable
    }

    private let log: Log
    private let partition: Int32
    private let end: Int64
    private var position: Int64
    private var entries: [(offset: Int64, entry: Entry)] = []
    private var next = 0

    init(log: Log, partition: Int32, range: Range<Int64>) {
        self.log = log
        self.partition = partition
        position = range.lowerBound
        end = range.upperBound
    }

    /// The record at or behind which the walk stands; nil at the end.
    mutating func peek() throws -> (offset: Int64, entry: Entry)? {
        if next == entries.count { try fill() }
        return next < entries.count ? entries[next] : nil
    }

    mutating func advance() { next += 1 }

    /// The usage that stands at `offset`, at which or behind which the walk has not come yet.
    mutating func usage(at offset: Int64) throws -> Usage? {
        while let (at, _) = try peek(), at < offset { advance() }
        guard let (at, entry) = try peek(), at == offset, case .record(let record) = entry, case .usage(let usage)? = record.body else { return nil }
        return usage
    }

    private mutating func fill() throws {
        entries.removeAll(keepingCapacity: true)
        next = 0
        guard position < end else { return }
        var read: [(offset: Int64, entry: Entry)] = []
        swap(&read, &entries)
        try log.read(.usageNormalized, partition: partition, position..<end) { record in
            let message = record.value.flatMap { try? NormalizedRecord(serializedBytes: BorrowedBytes($0)) }
            read.append((record.offset, message.map { .record($0) } ?? .unreadable))
            return read.count < Self.chunk
        }
        position = read.count < Self.chunk ? end : (read.last?.offset ?? end) + 1
        swap(&read, &entries)
    }
}
