import Events
import KafkaRuntime

extension KafkaLog {
    /// Nought of a topic that a namespace of an older build has not got yet.
    func partitionCountIfThere(of topic: Topic) throws -> Int32 {
        do { return try partitionCount(of: topic) } catch is TopologyError { return 0 }
    }
}
