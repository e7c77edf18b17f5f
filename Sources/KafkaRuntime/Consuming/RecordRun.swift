import CRdkafka
import Pipeline

/// Records of one partition, in their order, that are stepped through in one go: a worker's code is generic over its stage and a stage's
/// is not, so that what is done once a run instead of once a record is worth it.
struct RecordRun: ~Copyable {
    private static let maxRecords = 256
    private static let maxBytes = 1 << 20

    private typealias Message = UnsafeMutablePointer<rd_kafka_message_t>
    /// Owned.
    private var messages: ContiguousArray<Message> = []
    private var records: ContiguousArray<InputRecord> = []
    private var headers: [InputRecord.Header] = []
    private(set) var bytes = 0

    var isEmpty: Bool { messages.isEmpty }
    var isFull: Bool { messages.count >= Self.maxRecords || bytes >= Self.maxBytes }
    /// Traps where the run is empty.
    var partition: Int32 { messages[0].pointee.partition }

    /// Whether the message's partition is that of the run.
    @inline(__always)
    func takes(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> Bool {
        messages.isEmpty || messages[0].pointee.partition == message.pointee.partition
    }

    @inline(__always)
    mutating func append(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        messages.append(message)
        bytes += message.pointee.len + message.pointee.key_len
    }

    /// Lends the records. Their bytes are those of the messages.
    mutating func withRecords<R>(readsHeaders: Bool, _ body: (UnsafeBufferPointer<InputRecord>) throws -> R) rethrows -> R {
        records.removeAll(keepingCapacity: true)
        for message in messages {
            records.append(
                InputRecord(
                    partition: message.pointee.partition, offset: message.pointee.offset,
                    key: UnsafeRawBufferPointer(start: message.pointee.key, count: message.pointee.key == nil ? 0 : message.pointee.key_len),
                    value: message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }))
        }
        if readsHeaders { readHeaders() }
        return try records.withUnsafeBufferPointer(body)
    }

    private mutating func readHeaders() {
        headers.removeAll(keepingCapacity: true)
        var ends: ContiguousArray<Int> = []
        ends.reserveCapacity(messages.count)
        for message in messages {
            KafkaConsumer.readHeaders(message) { headers.append($0) }
            ends.append(headers.count)
        }
        var start = 0
        for index in records.indices {
            records[index].timestampMs = rd_kafka_message_timestamp(messages[index], nil)
            records[index].headers = headers[start..<ends[index]]
            start = ends[index]
        }
    }

    /// Gives the messages back.
    mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        for message in messages { rd_kafka_message_destroy(message) }
        messages.removeAll(keepingCapacity: true)
        bytes = 0
    }

    deinit {
        for message in messages { rd_kafka_message_destroy(message) }
    }
}
