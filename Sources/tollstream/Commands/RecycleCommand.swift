import ArgumentParser
import Events
import Foundation
import KafkaRuntime
import Mediation
import Pipeline
import Quantities
import Rating

struct RecycleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recycle",
        abstract: "List suspended usage, or send it through again after its cause was mended.",
        discussion: """
            Usage of a subscriber who is activated late recycles by itself. What a mended catalogue or source definition cures is sent \
            again by hand. An entry of usage.suspended is sent again once; usage that fails once more is suspended as a new entry, which \
            may be sent again in its turn. Without an option everything is sent: look first with --dry-run.

            Example:
              tollstream recycle --reason no-price --dry-run
              tollstream recycle --reason no-price
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: "Only this reason.") var reason: String?
    @Option(help: "Only this suspended event's id (32 hexadecimal digits).") var id: String?
    @Flag(help: "List, and send nothing.") var dryRun = false
    @Flag(help: "Print JSON.") var json = false

    struct Row: Encodable {
        var id: String
        var reason: String
        var detail: String
        var stage: String
        var rawRecord: String
        var recycled: Bool
    }

    /// What mediation says, and what rating says.
    private static let reasons = SuspenseReason.allCases.map(\.rawValue) + UnratedReason.allCases.map(\.rawValue)

    func run() throws {
        if let reason, !Self.reasons.contains(reason) {
            throw CommandFailure.usage("--reason \(reason): there is none such; the reasons are \(Self.reasons.joined(separator: ", "))")
        }
        if let id, EventID(id) == nil { throw CommandFailure.usage("--id \(id): expected 32 hexadecimal digits") }
        let configuration = try global.configuration()
        let log = configuration.client.log()
        let recycled = try recycledIDs(log)
        var rows: [Row] = []
        var places: [RawPlace: [EventID]] = [:]
        for partition in 0..<(try log.partitionCount(of: .usageSuspended)) {
            try log.read(.usageSuspended, partition: partition, try log.offsets(of: .usageSuspended, partition: partition)) { record in
                guard let value = record.value else { return true }
                let suspended = try SuspendedUsage(serializedBytes: BorrowedBytes(value))
                let eventID = suspended.meta.id.description
                guard reason == nil || suspended.reason == reason, id == nil || eventID == id else { return true }
                let isRecycled = recycled.contains(suspended.meta.id)
                rows.append(
                    Row(
                        id: eventID, reason: suspended.reason, detail: suspended.detail, stage: suspended.stage,
                        rawRecord: "usage.raw/\(suspended.rawPartition)/\(suspended.rawOffset)/\(suspended.rawIndex)", recycled: isRecycled))
                if !isRecycled {
                    places[RawPlace(partition: Int32(suspended.rawPartition), offset: suspended.rawOffset), default: []].append(suspended.meta.id)
                }
                return true
            }
        }
        if !dryRun, !places.isEmpty {
            let writer = try configuration.client.writer(transactionalID: "recycle-command")
            try writer.inTransaction {
                for (place, ids) in places.sorted(by: { $0.key < $1.key }) { try send(ids, from: place, writer, log) }
            }
        }
        if json { return try JSONOutput.print(rows) }
        for row in rows { Terminal.output("\(row.id)  \(row.stage)  \(row.reason)  \(row.rawRecord)\(row.recycled ? "  recycled" : "")  \(row.detail)") }
        let open = rows.count { !$0.recycled }
        Terminal.note(dryRun ? "\(open) of \(rows.count) could be recycled" : "\(open) recycled, \(rows.count - open) had been before")
    }

    /// The raw record that a suspended usage came from.
    private struct RawPlace: Hashable, Comparable {
        var partition: Int32
        var offset: Int64
        static func < (a: Self, b: Self) -> Bool { (a.partition, a.offset) < (b.partition, b.offset) }
    }

    /// Sends the raw record again with its own headers: what of it was rated before is refused as a duplicate, the rest gets
    /// another chance. One `recycles` header for each suspended event that it answers.
    private func send(_ ids: [EventID], from place: RawPlace, _ writer: LogWriter, _ log: KafkaLog) throws {
        var found = false
        try log.read(.usageRaw, partition: place.partition, place.offset..<place.offset + 1) { record in
            found = true
            var headers = record.headers.filter { $0.name != UsageHeader.recycles && $0.name != "schema" }.map { (name: $0.name, value: Array($0.value)) }
            headers += ids.map { (UsageHeader.recycles, Array($0.description.utf8)) }
            try writer.send(.usageRaw, key: record.key, value: record.value, headers: headers)
            return false
        }
        if !found {
            throw CommandFailure.data(
                "usage.raw/\(place.partition)/\(place.offset) has expired: publish the record again from the archive, it will be recognised")
        }
    }

    private func recycledIDs(_ log: KafkaLog) throws -> Set<EventID> {
        var ids: Set<EventID> = []
        for partition in 0..<(try log.partitionCount(of: .usageRaw)) {
            try log.read(.usageRaw, partition: partition, try log.offsets(of: .usageRaw, partition: partition)) { record in
                // One for each suspended line of the record.
                for header in record.headers where header.name == UsageHeader.recycles {
                    if let id = EventID(String(decoding: header.value, as: UTF8.self)) { ids.insert(id) }
                }
                return true
            }
        }
        return ids
    }
}
