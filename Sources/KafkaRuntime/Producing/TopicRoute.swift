import CRdkafka
import Events

/// What a producer keeps for a topic that it writes: the client's handle, the partition count, and the headers each record carries.
final class TopicRoute {
    let topic: Topic
    let rkt: OpaquePointer
    let partitionCount: Int32
    /// Their names and values live as long as the route.
    let headers: UnsafeMutableBufferPointer<tollstream_header_t>

    init(_ topic: Topic, handle: ClientHandle, partitionCount: Int32) throws(KafkaError) {
        let name = handle.namespace.name(of: topic)
        guard let rkt = rd_kafka_topic_new(handle.rk, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), place: "opening the topic \(name)")
        }
        self.topic = topic
        self.rkt = rkt
        self.partitionCount = partitionCount
        var fields = topic.hasSchemaHeader ? [("schema", topic.schema)] : []
        if topic.encoding == .json { fields.append(("content-type", topic.encoding.rawValue)) }
        headers = .allocate(capacity: fields.count)
        for (index, field) in fields.enumerated() {
            headers.initializeElement(
                at: index,
                to: tollstream_header_t(name: Self.copy(field.0), value: UnsafeRawPointer(Self.copy(field.1)), size: field.1.utf8.count))
        }
    }

    private static func copy(_ text: String) -> UnsafePointer<CChar> {
        let bytes = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8.count + 1)
        _ = bytes.initialize(from: text.utf8.map { CChar(bitPattern: $0) } + [0])
        return UnsafePointer(bytes.baseAddress!)
    }

    deinit {
        for header in headers {
            header.name?.deallocate()
            header.value?.deallocate()
        }
        headers.deallocate()
        rd_kafka_topic_destroy(rkt)
    }
}
