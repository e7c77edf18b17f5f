import CRdkafka
import Events
import Pipeline

/// How far a transaction has read its input, and the place in the group of the worker that read it: one that lost its place is refused.
///
/// `@unchecked Sendable`: nobody changes what the pointers hold after `init`.
final class TransactionOffsets: @unchecked Sendable {
    let positions: TopicPartitionList
    /// Owned.
    let metadata: OpaquePointer

    /// Throws where the consumer is in no group.
    init(_ positions: [LogPosition], of consumer: KafkaConsumer) throws(KafkaError) {
        guard let metadata = rd_kafka_consumer_group_metadata(consumer.handle.rk) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__STATE, place: "reading the group's metadata", reason: "the consumer is in no group")
        }
        self.metadata = metadata
        self.positions = consumer.makeList(positions)
    }

    /// For a tool, which is no member: it sets the offsets of a group that has none.
    init(_ positions: [LogPosition], of namespace: Namespace, group: StageName) throws(KafkaError) {
        guard let metadata = rd_kafka_consumer_group_metadata_new(namespace.group(of: group)) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, place: "naming the group of \(group.rawValue)")
        }
        self.metadata = metadata
        let list = TopicPartitionList(capacity: positions.count)
        for position in positions { list.add(namespace.name(of: position.topic), position.partition, offset: position.offset) }
        self.positions = list
    }

    deinit { rd_kafka_consumer_group_metadata_destroy(metadata) }
}
