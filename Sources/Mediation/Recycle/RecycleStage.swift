import Events
import Pipeline
import Quantities

/// Sends suspended usage through mediation again when the directory has come to cover it: an activation that came late makes good by
/// itself.
///
/// Each suspended event is recycled at most once. Should normalization, which reads the directory on its own, not have come as far yet, it
/// suspends the usage anew, and that event is recycled in its turn, up to `MediationLimits.recycleAttempts` times. What is too long, too
/// much, or suspended for another reason is left to people.
///
/// What a move found no holder for goes to usage.moves again: its raw record is known where it came from, and a copy of it would be a duplicate there.
public struct RecycleStage: Stage {
    public typealias State = RecycleState
    public typealias Tables = RecycleTables

    public static let name = StageName.recycle
    public static let input = Topic.usageSuspended
    public static let tableTopics: [Topic] = [.customersDirectory]
    public static let outputs: [Topic] = [.usageRaw, .usageMoves]
    public static let changelog: Topic? = .stateRecycle
    public static let readsHeaders = true

    public init() {}

    public func step(_ record: InputRecord, tables: RecycleTables, state: inout RecycleState, outbox: inout Outbox) throws -> StepResult {
        guard let value = record.value else { return .done }
        let message: SuspendedUsage
        do { message = try SuspendedUsage(serializedBytes: BorrowedBytes(value)) } catch {
            throw CorruptRecord(topic: Self.input, partition: record.partition, offset: record.offset, reason: "no SuspendedUsage")
        }
        guard message.stage == NormalizeStage.name.rawValue || message.isOfMove, SuspenseReason(rawValue: message.reason)?.awaitsDirectory == true,
            let key = Identifier.key(of: message.subscriber)
        else { return .done }
        let attempts = record.headers.last { $0.name == UsageHeader.attempts }.flatMap { Decimal.integer($0.value) } ?? 0
        let usage = HeldUsage(message, attempts: Int(clamping: attempts))
        guard usage.original.count <= MediationLimits.recycledBytes, usage.attempts < MediationLimits.recycleAttempts,
            state.heldBytes + usage.weight <= MediationLimits.heldBytes
        else {
            outbox.count("recycle_left_to_people", label: message.reason)
            return .done
        }
        if Self.isCovered(usage, key, tables.directory) {
            Self.recycle(message.meta.id, usage, key, tables.directory, &outbox)
        } else {
            state.hold(message.meta.id, usage, key: key)
        }
        return .done
    }

    /// Looks at what the directory has come to say. Bounded: where it has emitted anything, there may be more to do at once.
    public func reached(
        _ position: Int64, partition: Int32, tables: RecycleTables, state: inout RecycleState, outbox: inout Outbox
    ) throws {
        var left = MediationLimits.recycledPerCall
        while left > 0, let key = state.nextCandidate(tables.directory) {
            let hasMore = state.take(key, limit: left, isCovered: { Self.isCovered($0, key, tables.directory) }) { id, usage in
                Self.recycle(id, usage, key, tables.directory, &outbox)
                left -= 1
            }
            if hasMore { state.again(key) }
        }
    }

    private static func isCovered(_ usage: HeldUsage, _ key: EventID, _ directory: DirectoryTable) -> Bool {
        if directory.revision(of: key) < usage.revision { return false }
        var subscriber = usage.subscriber
        return subscriber.withUTF8 {
            directory.find(key, UnsafeRawBufferPointer($0), at: usage.startMs) { _ in } == .found
        }
    }

    private static func recycle(_ id: EventID, _ usage: HeldUsage, _ key: EventID, _ directory: DirectoryTable, _ outbox: inout Outbox) {
        outbox.count("recycled")
        if let moved = usage.moved {
            let move = UsageMove.with {
                $0.meta = Meta(cause: id, stage: name.idTag, ordinal: 0, engine: Engine.version)
                $0.usage = moved
                // Where the entry that covers it is known, it is not sent back for want of it.
                $0.revision = directory.revision(of: key)
                $0.recycles = EventRef(id)
            }
            return outbox.emit(move, to: .usageMoves, key: moved.account)
        }
        var headers: [(name: String, value: [UInt8])] = [
            (UsageHeader.recycles, Array(id.description.utf8)), (UsageHeader.attempts, Array(String(usage.attempts + 1).utf8)),
        ]
        if !usage.contentType.isEmpty { headers.append((UsageHeader.contentType, Array(usage.contentType.utf8))) }
        if !usage.source.isEmpty { headers.append((UsageHeader.source, Array(usage.source.utf8))) }
        outbox.put(.usageRaw, key: key.description.utf8, value: usage.original, headers: headers)
    }
}

extension SuspendedUsage {
    /// Whether a move found no holder for it.
    var isOfMove: Bool { stage == StageName.move.rawValue && hasUsage }
}
