import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

/// What became of one usage, from its raw record to its charges, found by walking the log.
struct UsageTrace {
    /// A record and where it stands.
    struct Found<Message> {
        var place: String
        var message: Message
    }

    var rated: [Found<RatedUsage>] = []
    /// What rating anew made of it since, in order.
    var corrections: [Found<UsageCorrected>] = []
    var duplicates: [Found<DuplicateUsage>] = []
    var suspended: [Found<SuspendedUsage>] = []
    /// Refused for good.
    var rejected: [Found<UnratedUsage>] = []
    /// Of the first rated part: the record of usage.normalized.
    var normalized: String?

    /// - Parameter event: `usage.raw/PARTITION/OFFSET`, `usage.rated/PARTITION/OFFSET`, or the event id of a rated usage.
    /// - Throws: `CommandFailure` (64) where it is none of these.
    init(_ event: String, in log: KafkaLog) throws {
        let wanted = try Wanted(event)
        for partition in 0..<(try log.partitionCount(of: .usageRated)) {
            let count = rated.count
            try search(partition, wanted, log)
            if let first = rated.dropFirst(count).first { try searchCorrections(first.message, partition, log) }
        }
        if rated.isEmpty, case .raw(let rawPartition, let rawOffset) = wanted { try searchSuspended(rawPartition, rawOffset, log) }
    }

    private enum Wanted {
        case raw(UInt32, Int64)
        case rated(Int32, Int64)
        case id(EventID)

        init(_ text: String) throws {
            let parts = text.split(separator: "/").map(String.init)
            if parts.count == 3, let partition = Int32(parts[1]), let offset = Int64(parts[2]), partition >= 0, offset >= 0 {
                if parts[0] == Topic.usageRaw.rawValue {
                    self = .raw(UInt32(partition), offset)
                    return
                }
                if parts[0] == Topic.usageRated.rawValue {
                    self = .rated(partition, offset)
                    return
                }
            }
            guard let id = EventID(text) else {
                throw CommandFailure.usage(
                    "\(text): expected usage.raw/PARTITION/OFFSET, usage.rated/PARTITION/OFFSET, or an event id of 32 hexadecimal digits")
            }
            self = .id(id)
        }
    }

    private mutating func search(_ partition: Int32, _ wanted: Wanted, _ log: KafkaLog) throws {
        let topic = Topic.usageRated.rawValue
        // All parts of a usage stand one after the other.
        var whole: [Found<RatedUsage>] = []
        var isWanted = false
        var offset: Int64 = -1
        func close(_ rated: inout [Found<RatedUsage>], _ normalized: inout String?) {
            if isWanted {
                rated += whole
                normalized = normalized ?? "\(Topic.usageNormalized.rawValue)/\(partition)/\(offset)"
            }
            whole = []
            isWanted = false
        }
        if case .rated(let only, _) = wanted, only != partition { return }
        var range = try log.offsets(of: .usageRated, partition: partition)
        if case .rated(_, let offset) = wanted {
            // A usage has at most a thousand parts, and transactions have markers among them.
            range = min(max(range.lowerBound, offset - 5000), range.upperBound)..<min(range.upperBound, max(range.lowerBound, offset + 5000))
        }
        var (rated, duplicates, rejected, normalized) = (self.rated, self.duplicates, self.rejected, self.normalized)
        try log.read(.usageRated, partition: partition, range) { record in
            guard let value = record.value else { return true }
            let fact = try RatedRecord(serializedBytes: BorrowedBytes(value))
            let place = "\(topic)/\(partition)/\(record.offset)"
            switch fact.body {
            case .usage(let usage):
                if usage.part == 0 { close(&rated, &normalized) }
                offset = fact.normalizedOffset
                whole.append(Found(place: place, message: usage))
                switch wanted {
                case .raw(let rawPartition, let rawOffset): isWanted = isWanted || (usage.rawPartition == rawPartition && usage.rawOffset == rawOffset)
                case .rated(_, let wantedOffset): isWanted = isWanted || record.offset == wantedOffset
                case .id(let id): isWanted = isWanted || fact.meta.id == id
                }
            case .duplicate(let duplicate):
                if case .raw(duplicate.rawPartition, duplicate.rawOffset) = wanted { duplicates.append(Found(place: place, message: duplicate)) }
            case .unrated(let unrated) where unrated.rejected:
                if case .raw(unrated.rawPartition, unrated.rawOffset) = wanted { rejected.append(Found(place: place, message: unrated)) }
            default: break
            }
            return true
        }
        close(&rated, &normalized)
        (self.rated, self.duplicates, self.rejected, self.normalized) = (rated, duplicates, rejected, normalized)
    }

    private mutating func searchCorrections(_ usage: RatedUsage, _ partition: Int32, _ log: KafkaLog) throws {
        var found: [Found<UsageCorrected>] = []
        let account = Array(usage.account.utf8)
        try log.read(.usageRated, partition: partition, try log.offsets(of: .usageRated, partition: partition)) { record in
            guard record.key.elementsEqual(account), let value = record.value else { return true }
            guard case .usageCorrected(let event)? = try RatedRecord(serializedBytes: BorrowedBytes(value)).body, let first = event.reversed.first,
                first.rawPartition == usage.rawPartition, first.rawOffset == usage.rawOffset, first.rawIndex == usage.rawIndex
            else { return true }
            found.append(Found(place: "\(Topic.usageRated.rawValue)/\(partition)/\(record.offset)", message: event))
            return true
        }
        corrections += found
    }

    private mutating func searchSuspended(_ rawPartition: UInt32, _ rawOffset: Int64, _ log: KafkaLog) throws {
        var found: [Found<SuspendedUsage>] = []
        for partition in 0..<(try log.partitionCount(of: .usageSuspended)) {
            try log.read(.usageSuspended, partition: partition, try log.offsets(of: .usageSuspended, partition: partition)) { record in
                guard let value = record.value else { return true }
                let entry = try SuspendedUsage(serializedBytes: BorrowedBytes(value))
                if entry.rawPartition == rawPartition, entry.rawOffset == rawOffset {
                    found.append(Found(place: "\(Topic.usageSuspended.rawValue)/\(partition)/\(record.offset)", message: entry))
                }
                return true
            }
        }
        suspended = found
    }
}
