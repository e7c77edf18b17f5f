import Events
import KafkaRuntime
import Mediation
import Quantities

/// What was suspended, and where it was sent again.
extension UsageTrace {
    /// One suspension. The copy is nil where it was not recycled.
    struct Suspension {
        var entry: Found<SuspendedUsage>
        var copy: Copy?
    }

    /// What was sent again: a raw record, or one of usage.moves where the usage had left its first holder.
    enum Copy: CustomStringConvertible {
        case raw(RawUsagePlace)
        case move(String)

        var description: String {
            switch self {
            case .raw(let place): "\(place)"
            case .move(let place): place
            }
        }

        /// The raw record by which what becomes of it is known.
        func usage(of entry: SuspendedUsage) -> RawUsagePlace {
            if case .raw(let place) = self { place } else { entry.rawPlace }
        }
    }

    /// From suspension to copy, and on where the copy was suspended in its turn.
    mutating func followSuspensions(_ wanted: Wanted, _ log: KafkaLog) throws {
        var isWanted: (SuspendedUsage) -> Bool
        switch wanted {
        case .raw(let places): isWanted = Self.isOf(places)
        case .id(let id): isWanted = { $0.meta.id == id }
        case .rated: return
        }
        var known: Set<EventID> = []
        while true {
            // What is sent again as a move keeps its raw record.
            let entries = try entries(where: isWanted, log).filter { known.insert($0.message.meta.id).inserted }
            if entries.isEmpty { return }
            let copies = try copies(of: entries.map(\.message), log)
            suspensions += entries.map { Suspension(entry: $0, copy: copies[$0.message.meta.id]) }
            if copies.isEmpty { return }
            isWanted = Self.isOf(entries.compactMap { copies[$0.message.meta.id]?.usage(of: $0.message) })
        }
    }

    private static func isOf(_ places: [RawUsagePlace]) -> (SuspendedUsage) -> Bool {
        { entry in places.contains { $0.holds(entry.rawPartition, entry.rawOffset, entry.rawIndex) } }
    }

    /// The suspensions that a usage went through before it came to `place`, the first one first.
    func suspensions(before place: RawUsagePlace) -> [Suspension] {
        let last = suspensions.first { if case .raw(place)? = $0.copy { true } else { false } }
        guard let last else { return [] }
        return suspensions(before: last.entry.message.rawPlace) + [last]
    }

    private func entries(where isWanted: (SuspendedUsage) -> Bool, _ log: KafkaLog) throws -> [Found<SuspendedUsage>] {
        var found: [Found<SuspendedUsage>] = []
        for partition in 0..<(try log.partitionCount(of: .usageSuspended)) {
            try log.read(.usageSuspended, partition: partition, try log.offsets(of: .usageSuspended, partition: partition)) { record in
                guard let value = record.value else { return true }
                let entry = try SuspendedUsage(serializedBytes: BorrowedBytes(value))
                if isWanted(entry) { found.append(Found(place: "\(Topic.usageSuspended.rawValue)/\(partition)/\(record.offset)", message: entry)) }
                return true
            }
        }
        return found
    }

    private func copies(of entries: [SuspendedUsage], _ log: KafkaLog) throws -> [EventID: Copy] {
        let indexes = Dictionary(entries.map { ($0.meta.id, $0.rawIndex) }, uniquingKeysWith: { $1 })
        var copies: [EventID: Copy] = [:]
        for partition in 0..<(try log.partitionCountIfThere(of: .usageMoves)) {
            try log.read(.usageMoves, partition: partition, try log.offsets(of: .usageMoves, partition: partition)) { record in
                guard let value = record.value else { return true }
                let id = try UsageMove(serializedBytes: BorrowedBytes(value)).recycles.id
                if indexes[id] != nil { copies[id] = .move("\(Topic.usageMoves.rawValue)/\(partition)/\(record.offset)") }
                return true
            }
        }
        for partition in 0..<(try log.partitionCount(of: .usageRaw)) {
            try log.read(.usageRaw, partition: partition, try log.offsets(of: .usageRaw, partition: partition)) { record in
                // What earlier builds sent again by hand was the whole record; else it is the one usage alone.
                let isWhole = !record.headers.contains { $0.name == UsageHeader.attempts }
                for header in record.headers where header.name == UsageHeader.recycles {
                    guard let id = EventID(String(decoding: header.value, as: UTF8.self)), let index = indexes[id] else { continue }
                    copies[id] = .raw(RawUsagePlace(partition: UInt32(partition), offset: record.offset, index: isWhole ? index : 0))
                }
                return true
            }
        }
        return copies
    }
}
