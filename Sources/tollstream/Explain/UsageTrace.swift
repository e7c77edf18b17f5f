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
        var id: EventID?
        /// Of what was rated: the record of usage.normalized, and its id.
        var cause: String?
        var causeID: EventID?
    }

    var rated: [Found<RatedUsage>] = []
    /// What rating anew made of it since, in order.
    var corrections: [Found<UsageCorrected>] = []
    var duplicates: [Found<DuplicateUsage>] = []
    /// In the order of their coming.
    var suspensions: [Suspension] = []
    /// Refused for good.
    var rejected: [Found<UnratedUsage>] = []
    /// What was never charged where it came first, for it is another account's.
    var departures: [Found<UsageMoved>] = []
    var moves: [Move] = []
    /// What was looked for by its raw record.
    private var searched: [RawUsagePlace] = []

    /// - Parameter event: `usage.raw/PARTITION/OFFSET` (and `/INDEX` within the record), `usage.rated/PARTITION/OFFSET`, or the event id of a rated or a
    ///   suspended usage.
    /// - Throws: `CommandFailure` (64) where it is none of these.
    init(_ event: String, in log: KafkaLog) throws {
        let wanted = try Wanted(event)
        try searchRated(wanted, log)
        try followMoves(wanted, log)
        // Of a record of many lines some may have been rated and others suspended; an id is of the one or the other.
        if case .id = wanted, !rated.isEmpty { return }
        try followSuspensions(wanted, log)
        let copies = Set(suspensions.compactMap { $0.copy?.usage(of: $0.entry.message) }).filter { copy in
            !searched.contains { $0.holds(copy.partition, copy.offset, copy.index ?? 0) }
        }
        if copies.isEmpty { return }
        try searchRated(.raw(Array(copies)), log)
        try followMoves(.raw(Array(copies)), log)
    }

    mutating func searchRated(_ wanted: Wanted, _ log: KafkaLog) throws {
        if case .raw(let places) = wanted { searched += places }
        for partition in 0..<(try log.partitionCount(of: .usageRated)) {
            let (count, rejectedCount) = (rated.count, rejected.count)
            try search(partition, wanted, log)
            // A usage may have been rated in one partition for one account after the other.
            let places = rated.dropFirst(count).map(\.message.rawPlace) + rejected.dropFirst(rejectedCount).map(\.message.rawPlace)
            let accounts = rated.dropFirst(count).map(\.message.account) + rejected.dropFirst(rejectedCount).map(\.message.account)
            if !places.isEmpty { try searchCorrections(of: Set(places), Set(accounts.map { Array($0.utf8) }), partition, log) }
        }
    }

    enum Wanted {
        case raw([RawUsagePlace])
        case rated(Int32, Int64)
        case id(EventID)

        init(_ text: String) throws {
            let parts = text.split(separator: "/").map(String.init)
            if parts.count == 3 || parts.count == 4, let partition = Int32(parts[1]), let offset = Int64(parts[2]), partition >= 0, offset >= 0 {
                let index = parts.count == 4 ? UInt32(parts[3]) : nil
                if parts[0] == Topic.usageRaw.rawValue, parts.count == 3 || index != nil {
                    self = .raw([RawUsagePlace(partition: UInt32(partition), offset: offset, index: index)])
                    return
                }
                if parts[0] == Topic.usageRated.rawValue, parts.count == 3 {
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

        func holds(_ partition: UInt32, _ offset: Int64, _ index: UInt32) -> Bool {
            if case .raw(let places) = self { places.contains { $0.holds(partition, offset, index) } } else { false }
        }
    }

    private mutating func search(_ partition: Int32, _ wanted: Wanted, _ log: KafkaLog) throws {
        let topic = Topic.usageRated.rawValue
        // All parts of a usage stand one after the other.
        var whole: [Found<RatedUsage>] = []
        var isWanted = false
        func close(_ rated: inout [Found<RatedUsage>]) {
            if isWanted { rated += whole }
            whole = []
            isWanted = false
        }
        if case .rated(let only, _) = wanted, only != partition { return }
        var range = try log.offsets(of: .usageRated, partition: partition)
        if case .rated(_, let offset) = wanted {
            // A usage has at most a thousand parts, and transactions have markers among them.
            range = min(max(range.lowerBound, offset - 5000), range.upperBound)..<min(range.upperBound, max(range.lowerBound, offset + 5000))
        }
        var (rated, duplicates, rejected, departures) = (self.rated, self.duplicates, self.rejected, self.departures)
        try log.read(.usageRated, partition: partition, range) { record in
            guard let value = record.value else { return true }
            let fact = try RatedRecord(serializedBytes: BorrowedBytes(value))
            let place = "\(topic)/\(partition)/\(record.offset)"
            switch fact.body {
            case .usage(let usage):
                if usage.part == 0 { close(&rated) }
                whole.append(
                    Found(
                        place: place, message: usage, id: fact.meta.id, cause: "\(Topic.usageNormalized.rawValue)/\(partition)/\(fact.normalizedOffset)",
                        causeID: fact.meta.cause))
                switch wanted {
                case .raw: isWanted = isWanted || wanted.holds(usage.rawPartition, usage.rawOffset, usage.rawIndex)
                case .rated(_, let wantedOffset): isWanted = isWanted || record.offset == wantedOffset
                case .id(let id): isWanted = isWanted || fact.meta.id == id
                }
            case .duplicate(let duplicate):
                if wanted.holds(duplicate.rawPartition, duplicate.rawOffset, duplicate.rawIndex) { duplicates.append(Found(place: place, message: duplicate)) }
            case .unrated(let unrated) where unrated.rejected:
                if wanted.holds(unrated.rawPartition, unrated.rawOffset, unrated.rawIndex) {
                    rejected.append(Found(place: place, message: unrated, id: fact.meta.id, causeID: fact.meta.cause))
                }
            case .moved(let moved):
                let isNamed =
                    switch wanted {
                    case .raw: wanted.holds(moved.rawPartition, moved.rawOffset, moved.rawIndex)
                    case .rated(_, let wantedOffset): record.offset == wantedOffset
                    case .id(let id): fact.meta.id == id
                    }
                if isNamed { departures.append(Found(place: place, message: moved, id: fact.meta.id, causeID: fact.meta.cause)) }
            default: break
            }
            return true
        }
        close(&rated)
        (self.rated, self.duplicates, self.rejected, self.departures) = (rated, duplicates, rejected, departures)
    }

    private mutating func searchCorrections(of places: Set<RawUsagePlace>, _ accounts: Set<[UInt8]>, _ partition: Int32, _ log: KafkaLog) throws {
        var found: [Found<UsageCorrected>] = []
        try log.read(.usageRated, partition: partition, try log.offsets(of: .usageRated, partition: partition)) { record in
            // Nearly all records are other accounts': their keys tell without decoding.
            guard accounts.contains(where: { record.key.elementsEqual($0) }), let value = record.value else { return true }
            let fact = try RatedRecord(serializedBytes: BorrowedBytes(value))
            guard case .usageCorrected(let event)? = fact.body, places.contains(event.rawPlace) else { return true }
            found.append(Found(place: "\(Topic.usageRated.rawValue)/\(partition)/\(record.offset)", message: event, id: fact.meta.id))
            return true
        }
        corrections += found
    }
}
