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
            Usage of a subscriber who is activated late recycles by itself, and so does usage on its way to a holder that nobody knew: it is left alone \
            here, but where --id names it. What a mended catalogue or source definition cures is sent again by hand: each entry of usage.suspended as a \
            record of its own, with nothing that stood beside it in a block, and once; usage that fails once more is suspended as a new entry, which may \
            be sent again in its turn. Without an option everything is sent: look first with --dry-run. Exits 1 where some can't be sent.

            Example:
              tollstream recycle --reason no-price --dry-run
              tollstream recycle --reason no-price
              tollstream recycle --id 0123456789abcdef0123456789abcdef
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: "Only this reason.") var reason: String?
    @Option(help: "Only usage of this account, as far as it is known: what rating suspended, and what left it.") var account: String?
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
        /// The recycle stage sends it, once a subscription covers it.
        var awaitsSubscriber: Bool

        var text: String {
            "\(id)  \(stage)  \(reason)  \(rawRecord)" + (recycled ? "  recycled" : awaitsSubscriber ? "  goes on by itself" : "") + "  \(detail)"
        }
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
        var open: Set<EventID> = []
        for partition in 0..<(try log.partitionCount(of: .usageSuspended)) {
            try log.read(.usageSuspended, partition: partition, try log.offsets(of: .usageSuspended, partition: partition)) { record in
                guard let value = record.value else { return true }
                let suspended = try SuspendedUsage(serializedBytes: BorrowedBytes(value))
                let eventID = suspended.meta.id.description
                guard reason == nil || suspended.reason == reason, id == nil || eventID == id?.lowercased(),
                    account == nil || suspended.usage.account == account
                else { return true }
                let isRecycled = recycled.contains(suspended.meta.id)
                let awaits = !isRecycled && Self.awaitsSubscriber(suspended, record)
                rows.append(
                    Row(
                        id: eventID, reason: suspended.reason, detail: suspended.detail, stage: suspended.stage,
                        rawRecord: "usage.raw/\(suspended.rawPartition)/\(suspended.rawOffset)/\(suspended.rawIndex)", recycled: isRecycled,
                        awaitsSubscriber: awaits))
                // Without a value there is nothing to send.
                if !isRecycled, !suspended.originalWasNull, !awaits || id != nil { open.insert(suspended.meta.id) }
                return true
            }
        }
        if let id, rows.isEmpty { throw CommandFailure.negative("--id \(id): usage.suspended holds no such event") }
        var unsent: [String] = []
        if !dryRun, !open.isEmpty {
            var sender = RecycleSender(log, try configuration.client.writer(transactionalID: "recycle-command"))
            try sender.send(open)
            unsent = sender.unsent
        }
        if json { try JSONOutput.print(rows) } else {
            for row in rows { Terminal.output(row.text) }
            let before = rows.count { $0.recycled }
            let waiting = id == nil ? rows.count { $0.awaitsSubscriber } : 0
            Terminal.note(
                (dryRun ? "\(open.count) of \(rows.count) could be recycled" : "\(open.count - unsent.count) recycled, \(before) had been before")
                    + (waiting > 0 ? ", \(waiting) go on by themselves once a subscription covers them" : ""))
        }
        if let first = unsent.first { throw CommandFailure.negative("\(unsent.count) can't be recycled, the first: \(first)") }
    }

    /// Whether the recycle stage holds it until the directory covers it: sent by hand besides, it would come twice. What is too large for the stage, or was
    /// tried too often, is left to people.
    private static func awaitsSubscriber(_ entry: SuspendedUsage, _ record: InputRecord) -> Bool {
        guard SuspenseReason(rawValue: entry.reason)?.awaitsDirectory == true, entry.stage != StageName.rate.rawValue else { return false }
        let attempts = record.headers.last { $0.name == UsageHeader.attempts }.flatMap { Int(String(decoding: $0.value, as: UTF8.self)) } ?? 0
        return entry.original.count <= MediationLimits.recycledBytes && attempts < MediationLimits.recycleAttempts
    }

    private func recycledIDs(_ log: KafkaLog) throws -> Set<EventID> {
        var ids: Set<EventID> = []
        for partition in 0..<(try log.partitionCountIfThere(of: .usageMoves)) {
            try log.read(.usageMoves, partition: partition, try log.offsets(of: .usageMoves, partition: partition)) { record in
                guard let value = record.value else { return true }
                let move = try UsageMove(serializedBytes: BorrowedBytes(value))
                if move.hasRecycles { ids.insert(move.recycles.id) }
                return true
            }
        }
        for partition in 0..<(try log.partitionCount(of: .usageRaw)) {
            try log.read(.usageRaw, partition: partition, try log.offsets(of: .usageRaw, partition: partition)) { record in
                // Earlier builds sent blocks, with a header for each suspended line.
                for header in record.headers where header.name == UsageHeader.recycles {
                    if let id = EventID(String(decoding: header.value, as: UTF8.self)) { ids.insert(id) }
                }
                return true
            }
        }
        return ids
    }
}
