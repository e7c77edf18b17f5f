import Events
import KafkaRuntime
import Pipeline
import Quantities
import Rating

/// What was ordered of customers and not carried out, in the order of the log's times.
struct RefusedCommands {
    struct Row: Encodable {
        /// Empty where rating refused it: its events go by their place, not by the command.
        var commandID: String
        var account: String
        var reason: String
        var detail: String
        var place: String
        var time: String
    }

    // The partitions of the refusals are those of the accounts: only together do they tell which came last.
    private var found: [(at: (Int64, Int64), row: Row)] = []

    var rows: [Row] { found.sorted { $0.at < $1.at }.map(\.row) }

    init(_ log: KafkaLog) throws {
        try read(.customersEvents, log) { record, value in
            let event = try CustomerEvent(serializedBytes: BorrowedBytes(value))
            guard case .commandRefused(let refused) = event.body else { return nil }
            return Row(
                commandID: event.commandID, account: refused.account, reason: refused.reason, detail: refused.detail,
                place: "\(Topic.customersCommands.rawValue)/\(refused.partition)/\(refused.offset)", time: "\(Timestamp(ms: record.timestampMs))")
        }
        // A rerate's orders are nobody's commands; `rerate --apply` says what became of them.
        let ofRerates: Set = [ChangeRefusal.rerateOutdated.rawValue, ChangeRefusal.rerateMalformed.rawValue]
        try read(.usageRated, log) { record, value in
            guard Self.isRefusal(value), case .changeRefused(let refused) = try RatedRecord(serializedBytes: BorrowedBytes(value)).body,
                !ofRerates.contains(refused.reason)
            else { return nil }
            return Row(
                commandID: "", account: refused.account, reason: refused.reason, detail: refused.detail,
                place: "\(Topic.usageRated.rawValue)/\(record.partition)/\(record.offset)", time: "\(Timestamp(ms: record.timestampMs))")
        }
    }

    private mutating func read(_ topic: Topic, _ log: KafkaLog, _ row: (InputRecord, UnsafeRawBufferPointer) throws -> Row?) throws {
        for partition in 0..<(try log.partitionCount(of: topic)) {
            try log.read(topic, partition: partition, try log.offsets(of: topic, partition: partition)) { record in
                if let value = record.value, let row = try row(record, value) { found.append(((record.timestampMs, record.offset), row)) }
                return true
            }
        }
    }

    /// Among millions of rated usages they are few: only they are decoded.
    private static func isRefusal(_ record: UnsafeRawBufferPointer) -> Bool {
        var reader = WireReader(record)
        while true {
            switch reader.tag() {
            case 0: return false
            case 12 << 3 | 2: return true
            case let tag: reader.skip(tag)
            }
        }
    }
}
