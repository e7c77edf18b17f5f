import Events
import KafkaRuntime
import Pipeline
import Quantities

extension LogWriter {
    /// Sends what concerns all accounts to every partition of usage.normalized, each with an id of its own.
    func sendToEveryPartition(_ body: NormalizedRecord.OneOf_Body, cause: EventID) throws {
        for partition in 0..<(try partitionCount(of: .usageNormalized)) {
            var record = NormalizedRecord()
            record.meta = Meta(cause: cause, stage: 0, ordinal: UInt64(partition), engine: Engine.version)
            record.body = body
            try send(.usageNormalized, partition: partition, key: "", value: try record.serializedBytes())
        }
    }
}
