import Events
import Pipeline
import Quantities

/// Takes each usage that turned out to be another's to its holder, or suspends it where it has none.
///
/// Data flow: an identifier's holder changes as of a time whose usage came before, and the holder before is told (`HolderChange`). What comes there of
/// that usage, or was charged there until rating anew took it back, goes to usage.moves; here it is appended to the holder's partition of usage.normalized.
///
/// Invariants: a usage is charged in one place, suspended, or on its way here, and never two of these: whoever sends it here has given it up in the same
/// transaction. Copies never come here: the first holder's partition alone knows what is one. Each move has one outcome, under an id that is its own.
///
/// Failure modes: a directory that is behind is waited for, since it would send the usage back where it came from; one that is ahead is as good, for a
/// holder to whom a usage comes by an older entry than it was told of sends it on; without a holder it waits in usage.suspended until one comes
/// (`RecycleStage`).
public struct MoveStage: Stage {
    public typealias State = NoState
    public typealias Tables = MoveTables

    public static let name = StageName.move
    public static let input = Topic.usageMoves
    public static let tableTopics: [Topic] = [.customersDirectory]
    public static let outputs: [Topic] = [.usageNormalized, .usageSuspended]
    public static let changelog: Topic? = .stateMove
    /// Older builds had no such stage.
    public static let oldestFormat = StateFormat.second

    public init() {}

    public func step(_ record: InputRecord, tables: MoveTables, state: inout NoState, outbox: inout Outbox) throws -> StepResult {
        guard let value = record.value, let move = try? UsageMove(serializedBytes: BorrowedBytes(value)), move.hasUsage else {
            throw CorruptRecord(topic: Self.input, partition: record.partition, offset: record.offset, reason: "no UsageMove")
        }
        var served = move.usage.parties.served
        let key = Identifier.key(of: served) ?? .none
        let revision = tables.directory.revision(of: key)
        if revision < move.revision { return .waiting("revision \(move.revision) of the entry \(key) in \(Topic.customersDirectory.rawValue)") }
        let finding = served.withUTF8 { text in
            tables.directory.find(key, UnsafeRawBufferPointer(text), at: move.usage.startMs) { Self.append(move, to: $0, revision, &outbox) }
        }
        switch finding {
        case .found: outbox.count("moved")
        case .unknown: Self.suspend(move, key, .unknownSubscriber, "nobody has held this identifier", revision, &outbox)
        case .notAtTime: Self.suspend(move, key, .noSubscriptionAtTime, "no subscription held it when the usage began, as it is known now", revision, &outbox)
        }
        return .done
    }

    private static func append(_ move: UsageMove, to holder: DirectoryIndex.Holder, _ revision: Int64, _ outbox: inout Outbox) {
        let account = String(decoding: holder.account, as: UTF8.self)
        let record = NormalizedRecord.with {
            $0.meta = Meta(cause: move.meta.id, stage: name.idTag, ordinal: 0, engine: Engine.version)
            $0.meta.moreCauses = [EventRef(holder.event)]
            $0.usage = move.usage
            $0.usage.account = account
            $0.usage.subscription = String(decoding: holder.subscription, as: UTF8.self)
            $0.usage.moved.event = EventRef(move.meta.id)
            $0.usage.moved.revision = revision
        }
        outbox.emit(record, to: .usageNormalized, key: account)
    }

    private static func suspend(
        _ move: UsageMove, _ key: EventID, _ reason: SuspenseReason, _ detail: String, _ revision: Int64, _ outbox: inout Outbox
    ) {
        let record = SuspendedUsage.with {
            $0.meta = Meta(cause: move.meta.id, stage: name.idTag, ordinal: 0, engine: Engine.version)
            $0.reason = reason.rawValue
            $0.detail = detail
            $0.stage = name.rawValue
            $0.rawPartition = move.usage.rawPartition
            $0.rawOffset = move.usage.rawOffset
            $0.rawIndex = move.usage.rawIndex
            $0.subscriber = move.usage.parties.served
            $0.startMs = move.usage.startMs
            $0.usage = move.usage
            $0.directoryRevision = revision == .max ? 0 : revision
        }
        outbox.emit(record, to: .usageSuspended, key: key.description)
        outbox.count("suspended", label: reason.rawValue)
    }
}
