import Events
import Quantities
import SwiftProtobuf

/// What a step emits: records in order, in one growing buffer that a batch fills and the runner sends and empties.
public struct Outbox {
    public struct Entry {
        public var topic: Topic
        /// Where it goes; nil means by the key's hash (`Partitioner`).
        public var partition: Int32?
        public var key: Range<Int>
        /// Nil for a tombstone.
        public var value: Range<Int>?
        public var headers: [(name: String, value: [UInt8])]
    }

    public private(set) var bytes: [UInt8] = []
    public private(set) var entries: [Entry] = []
    /// Counters for metrics, such as suspended usage by reason.
    public private(set) var tallies: [Tally: Int] = [:]

    public struct Tally: Hashable, Sendable {
        public let name: String
        public let label: String
    }

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// Emits `message` to the partition of `key`, encoded as the topic says.
    public mutating func emit(_ message: some Message, to topic: Topic, key: String, headers: [(name: String, value: [UInt8])] = []) {
        append(topic, partition: nil, key: key.utf8, value: Self.encode(message, for: topic), headers: headers)
    }

    /// Emits `message` to a partition by number.
    public mutating func emit(_ message: some Message, to topic: Topic, partition: Int32, key: String = "") {
        append(topic, partition: partition, key: key.utf8, value: Self.encode(message, for: topic), headers: [])
    }

    /// Emits bytes as they are: recycled originals, changelog entries.
    public mutating func put(
        _ topic: Topic, partition: Int32? = nil, key: some Collection<UInt8>, value: [UInt8]?,
        headers: [(name: String, value: [UInt8])] = []
    ) {
        append(topic, partition: partition, key: key, value: value, headers: headers)
    }

    /// Emits bytes from where they lie, to a partition by number: the hot stages' way, without an array or a message a record.
    public mutating func putBytes(_ topic: Topic, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        let count = value?.count ?? 0
        write(topic, partition: partition, key: key, room: count) {
            if let value { $0.copyMemory(from: value) }
            return 0..<count
        }
        if value == nil { entries[entries.count - 1].value = nil }
    }

    /// Emits what `body` writes into `room` bytes, to the partition of `key` or to one by number. `body` says where among them the value
    /// lies; those before it stay in the buffer, and go nowhere.
    @inline(__always)
    public mutating func write(
        _ topic: Topic, partition: Int32? = nil, key: UnsafeRawBufferPointer, room: Int, _ body: (UnsafeMutableRawBufferPointer) -> Range<Int>
    ) {
        let keyStart = bytes.count
        let valueStart = keyStart + key.count
        var value = 0..<0
        bytes.append(addingCapacity: key.count + room) { span in
            span.withUnsafeMutableBufferPointer { buffer, count in
                let free = UnsafeMutableRawBufferPointer(buffer)
                free.copyMemory(from: key)
                value = body(UnsafeMutableRawBufferPointer(rebasing: free[key.count..<key.count + room]))
                precondition(value.upperBound <= room, "more was written than there was room for")
                count = key.count + value.upperBound
            }
        }
        entries.append(
            Entry(
                topic: topic, partition: partition, key: keyStart..<valueStart,
                value: valueStart + value.lowerBound..<valueStart + value.upperBound, headers: []))
    }

    public mutating func count(_ name: String, label: String = "") { tallies[Tally(name: name, label: label), default: 0] += 1 }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        tallies.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private mutating func append(
        _ topic: Topic, partition: Int32?, key: some Collection<UInt8>, value: [UInt8]?, headers: [(name: String, value: [UInt8])]
    ) {
        let keyStart = bytes.count
        bytes.append(contentsOf: key)
        let valueStart = bytes.count
        if let value { bytes.append(contentsOf: value) }
        entries.append(
            Entry(
                topic: topic, partition: partition, key: keyStart..<valueStart, value: value == nil ? nil : valueStart..<bytes.count,
                headers: headers))
    }

    private static func encode(_ message: some Message, for topic: Topic) -> [UInt8] {
        do {
            switch topic.encoding {
            case .protobuf: return try message.serializedBytes()
            case .json: return try message.jsonUTF8Bytes()
            }
        } catch {
            // Proto3 has no required fields and we set no Any: encoding can't fail.
            preconditionFailure("a \(topic.schema) can't be encoded: \(error)")
        }
    }
}
