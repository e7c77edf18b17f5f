import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

/// The identities of all usage that was rated, sorted, one a line: the same for two runs of the same traffic, wherever its records lie.
struct AcceptedUsage {
    let log: KafkaLog

    func write(to path: String) throws {
        var identities: [EventID] = []
        for partition in 0..<(try log.partitionCount(of: .usageRated)) {
            var rated: Set<Int64> = []
            try log.read(.usageRated, partition: partition, try log.offsets(of: .usageRated, partition: partition)) { record in
                let fact = try RatedRecord(serializedBytes: BorrowedBytes(record.value ?? UnsafeRawBufferPointer(start: nil, count: 0)))
                if case .usage = fact.body { rated.insert(fact.normalizedOffset) }
                return true
            }
            try log.read(.usageNormalized, partition: partition, try log.offsets(of: .usageNormalized, partition: partition)) { record in
                guard rated.contains(record.offset), let value = record.value else { return true }
                let usage = try NormalizedRecord(serializedBytes: BorrowedBytes(value)).usage
                identities.append(EventID(high: usage.identityHigh, low: usage.identityLow))
                return true
            }
        }
        let text = identities.sorted().map(\.description).joined(separator: "\n") + "\n"
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            throw CommandFailure.data("\(path): can't be written")
        }
    }
}
