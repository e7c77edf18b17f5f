import CRdkafka

/// Owns a rd_kafka_topic_partition_list_t.
struct TopicPartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int = 8) { pointer = rd_kafka_topic_partition_list_new(Int32(capacity)) }

    init(_ topic: String, _ partitions: [Int32]) {
        self.init(capacity: partitions.count)
        for partition in partitions { add(topic, partition) }
    }

    func add(_ topic: String, _ partition: Int32, offset: Int64? = nil) {
        let entry = rd_kafka_topic_partition_list_add(pointer, topic, partition)!
        if let offset { entry.pointee.offset = offset }
    }

    var count: Int { Int(pointer.pointee.cnt) }
    subscript(index: Int) -> rd_kafka_topic_partition_t { pointer.pointee.elems[index] }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }
}
