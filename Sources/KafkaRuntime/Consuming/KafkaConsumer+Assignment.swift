import CRdkafka
import Events

/// Where to read from.
public struct LogPosition: Hashable, Sendable {
    public var topic: Topic
    public var partition: Int32
    /// The next record to read.
    public var offset: Int64

    public init(topic: Topic, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

extension KafkaConsumer {
    func subscribe(_ topic: Topic) throws(KafkaError) {
        let list = TopicPartitionList(handle.namespace.name(of: topic), [anyPartition])
        try KafkaError.check(rd_kafka_subscribe(handle.rk, list.pointer), "joining the consumer group")
    }

    /// Reads these partitions, from there, and no others.
    public func assign(_ positions: [LogPosition]) throws(KafkaError) {
        handle.restartPace()
        let list = makeList(positions)
        try KafkaError.check(rd_kafka_assign(handle.rk, list.pointer), "assigning partitions")
    }

    /// As `assign`, but nothing is read until `resume`.
    func assignPaused(_ positions: [LogPosition]) throws(KafkaError) {
        try assign(positions)
        let list = makeList(positions)
        try KafkaError.check(rd_kafka_pause_partitions(handle.rk, list.pointer), "pausing partitions")
    }

    func unassign() { rd_kafka_assign(handle.rk, nil) }

    func pause(_ topic: Topic, partition: Int32) throws(KafkaError) {
        let list = makeList([LogPosition(topic: topic, partition: partition, offset: 0)])
        try KafkaError.check(rd_kafka_pause_partitions(handle.rk, list.pointer), "pausing \(topic.rawValue)/\(partition)")
    }

    func resume(_ topic: Topic, partition: Int32) throws(KafkaError) {
        let list = makeList([LogPosition(topic: topic, partition: partition, offset: 0)])
        try KafkaError.check(rd_kafka_resume_partitions(handle.rk, list.pointer), "resuming \(topic.rawValue)/\(partition)")
    }

    /// Goes on reading an assigned partition from `offset`.
    func seek(_ topic: Topic, partition: Int32, offset: Int64) throws(KafkaError) {
        let list = makeList([LogPosition(topic: topic, partition: partition, offset: offset)])
        try KafkaError.check(rd_kafka_seek_partitions(handle.rk, list.pointer, 10_000), "seeking in \(topic.rawValue)/\(partition)")
        try KafkaError.check(list[0].err, "seeking in \(topic.rawValue)/\(partition)")
    }

    /// The partitions were taken away because the group gave the worker up: others may own them already.
    var isAssignmentLost: Bool { rd_kafka_assignment_lost(handle.rk) != 0 }

    /// The end of the partition as the last fetch told it; nil before.
    func knownEnd(_ topic: Topic, partition: Int32) -> Int64? {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_get_watermark_offsets(handle.rk, handle.namespace.name(of: topic), partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    /// Leaves the group, or rather, as a static member, lets its partitions wait for its return. Calls back the revocation.
    func close() { rd_kafka_consumer_close(handle.rk) }

    func makeList(_ positions: [LogPosition]) -> TopicPartitionList {
        let list = TopicPartitionList(capacity: positions.count)
        for position in positions { list.add(handle.namespace.name(of: position.topic), position.partition, offset: position.offset) }
        return list
    }

    // The macro RD_KAFKA_PARTITION_UA holds a cast, which Swift does not import.
    private var anyPartition: Int32 { -1 }
}
