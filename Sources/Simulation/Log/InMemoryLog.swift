import Events
import Pipeline

/// A log in memory that behaves as Kafka does to those who read committed records only: records of a transaction have offsets at
/// once but are seen after its marker; markers and aborted records leave holes in the offsets; an open transaction holds back
/// all that stands behind its first record.
///
/// It is used from one thread at a time.
public final class InMemoryLog {
    /// The virtual clock: the timestamp of what is appended, ms since 1970.
    public var nowMs: Int64 = 0

    var partitions: [Topic: [LogPartition]] = [:]
    var transactions: [Transaction] = []
    var committedOffsets: [ConsumerPosition: Int64] = [:]
    /// Decided transactions with markers still to write, oldest first.
    var unfinished: [TransactionID] = []

    public init(partitionCounts: (Topic) -> Int32) {
        for topic in Topic.allCases {
            partitions[topic] = Array(repeating: LogPartition(), count: Int(partitionCounts(topic)))
        }
    }

    /// Partition counts of a small cluster: `count` for what is keyed by account and for raw usage.
    public static func smallCluster(_ count: Int32) -> (Topic) -> Int32 {
        { topic in
            switch topic {
            case .usageRaw, .stateNormalize: count
            case .clock, .catalogueContent, .customersCommands, .stateCustomers: 1
            case .usageSuspended, .stateRecycle, .customersDirectory, .billingDrafts, .stateNumber: 2
            default: topic.isAccountKeyed ? count : 1
            }
        }
    }

    struct ConsumerPosition: Hashable {
        var stage: StageName
        var partition: Int32
    }

    func partition(_ topic: Topic, _ partition: Int32) -> LogPartition { partitions[topic]![Int(partition)] }

    func count(of topic: Topic) -> Int32 { Int32(partitions[topic]!.count) }

    /// Appends outside a transaction: seen at once, unless an open transaction stands before it.
    @discardableResult
    public func append(_ topic: Topic, partition: Int32, key: [UInt8], value: [UInt8]?, headers: [(name: String, value: [UInt8])] = []) -> Int64 {
        insert(StoredRecord(key: key, value: value, headers: headers, timestampMs: nowMs, transaction: nil), topic, partition)
    }

    @discardableResult
    func insert(_ record: StoredRecord, _ topic: Topic, _ partition: Int32) -> Int64 {
        let end = partitions[topic]![Int(partition)].end
        partitions[topic]![Int(partition)].records.append(record)
        return end
    }

    /// One more than the offset of the last record of any kind, as a reader of uncommitted records sees it.
    public func end(of topic: Topic, partition: Int32) -> Int64 { partitions[topic]![Int(partition)].end }

    /// Readers of committed records get no further than this.
    public func lastStableOffset(of topic: Topic, partition: Int32) -> Int64 {
        let partition = partitions[topic]![Int(partition)]
        return partition.open.reduce(partition.end) { min($0, $1.first) }
    }
}

/// One partition: what stands at each offset, and where open transactions begin.
struct LogPartition {
    var records: [StoredRecord] = []
    var open: [(transaction: TransactionID, first: Int64)] = []

    var end: Int64 { Int64(records.count) }
}

/// What stands at one offset.
struct StoredRecord {
    /// Key, value and header values, one after the other.
    var payload: [UInt8]
    var keyEnd: Int
    /// Nil for a null value.
    var valueEnd: Int?
    var headers: [(name: String, value: Range<Int>)]
    var timestampMs: Int64
    var transaction: TransactionID?
    /// Only an offset: a transaction's marker, or a record that was taken out.
    var isHole = false

    init(key: [UInt8], value: [UInt8]?, headers: [(name: String, value: [UInt8])], timestampMs: Int64, transaction: TransactionID?) {
        payload = key
        keyEnd = payload.count
        if let value {
            payload += value
            valueEnd = payload.count
        }
        self.headers = []
        for header in headers {
            let start = payload.count
            payload += header.value
            self.headers.append((header.name, start..<payload.count))
        }
        self.timestampMs = timestampMs
        self.transaction = transaction
    }

    static func marker(timestampMs: Int64) -> StoredRecord {
        var record = StoredRecord(key: [], value: nil, headers: [], timestampMs: timestampMs, transaction: nil)
        record.isHole = true
        return record
    }

    var key: [UInt8] { Array(payload[..<keyEnd]) }
    var value: [UInt8]? { valueEnd.map { Array(payload[keyEnd..<$0]) } }
}
