import Audit
import Events
import Pipeline
import Quantities
import Simulation
import SwiftProtobuf

extension Lie {
    /// The first record for which `isIt` is true.
    private static func first<M: Message>(
        _ log: InMemoryLog, _ topic: Topic, _ type: M.Type, _ isIt: (M) -> Bool = { _ in true }
    ) throws -> (partition: Int32, offset: Int64) {
        for partition in 0..<log.partitionCount(of: topic) {
            var found: Int64?
            try log.read(topic, partition: partition, 0..<Int64.max) { record in
                if let value = record.value, isIt(try M(serializedBytes: BorrowedBytes(value))) { found = record.offset }
                return found == nil
            }
            if let found { return (partition, found) }
        }
        throw AuditTests.NothingToTamperWith()
    }

    private static func removeFirst<M: Message>(_ log: InMemoryLog, _ topic: Topic, _ type: M.Type, _ isIt: (M) -> Bool = { _ in true }) throws {
        let (partition, offset) = try first(log, topic, type, isIt)
        log.remove(topic, partition: partition, offset: offset)
    }

    private static func doubleFirst<M: Message>(_ log: InMemoryLog, _ topic: Topic, _ type: M.Type, _ isIt: (M) -> Bool = { _ in true }) throws {
        let (partition, offset) = try first(log, topic, type, isIt)
        _ = log.double(topic, partition: partition, offset: offset)
    }

    private static func hasMoved(_ record: NormalizedRecord) -> Bool { record.usage.hasMoved }
    private static func isOnItsWay(_ event: SuspendedUsage) -> Bool { event.stage == "move" }
    private static func isTakenBack(_ record: RatedRecord) -> Bool { record.usageCorrected.hasMoved }

    /// Of a town whose numbers moved.
    static let moves: [Lie] = [
        Lie(what: "a move that was lost", check: .moves) { log in try removeFirst(log, .usageMoves, UsageMove.self) },
        Lie(what: "a recycled move that was lost", check: .unrated) { log in
            // It came to its holder all the same, who suspended it again: of nothing.
            try removeFirst(log, .usageMoves, UsageMove.self) { $0.hasRecycles && $0.usage.hasMoved }
            try removeFirst(log, .usageSuspended, SuspendedUsage.self) { $0.stage == "rate" && $0.usage.hasMoved }
        },
        Lie(what: "a move that stands there twice", check: .eventIDs) { log in try doubleFirst(log, .usageMoves, UsageMove.self) },
        Lie(what: "two moves of one usage", check: .moves) { log in
            let (partition, offset) = try first(log, .usageMoves, UsageMove.self)
            let copy = log.double(.usageMoves, partition: partition, offset: offset)
            try log.alter(.usageMoves, partition: partition, offset: copy) { bytes in
                var move = try UsageMove(serializedBytes: bytes)
                move.meta.idLow ^= 1
                return try move.serializedBytes()
            }
        },
        Lie(what: "a move of a longer call", check: .moves) { log in
            try alter(log, .usageMoves, UsageMove.self) { move in
                move.usage.quantityMicros += 1
                return true
            }
        },
        Lie(what: "a move from another account", check: .moves) { log in
            try alter(log, .usageMoves, UsageMove.self) { move in
                move.usage.account += "x"
                return true
            }
        },
        Lie(what: "a move of nothing", check: .moves) { log in
            try alter(log, .usageMoves, UsageMove.self) { move in
                move.meta.causeLow ^= 1
                return !move.hasRecycles
            }
        },
        Lie(what: "a move that the stage claims to have read", check: .moves) { log in
            let (partition, offset) = try first(log, .usageMoves, UsageMove.self) { $0.hasRecycles }
            let copy = log.double(.usageMoves, partition: partition, offset: offset)
            try log.alter(.usageMoves, partition: partition, offset: copy) { bytes in
                var move = try UsageMove(serializedBytes: bytes)
                move.meta.idLow ^= 1
                return try move.serializedBytes()
            }
            log.pretend(.move, partition: partition, committed: copy + 1)
        },
        Lie(what: "a move that recycles what was never suspended", check: .recycling) { log in
            try alter(log, .usageMoves, UsageMove.self) { move in
                guard move.hasRecycles else { return false }
                move.recycles.low ^= 1
                move.meta.causeLow ^= 1
                return true
            }
        },
        Lie(what: "one suspended event recycled by two moves", check: .recycling) { log in
            var first: UsageMove?
            try alter(log, .usageMoves, UsageMove.self) { move in
                guard let known = first else {
                    if move.hasRecycles { first = move }
                    return false
                }
                (move.recycles, move.meta.causeHigh, move.meta.causeLow) = (known.recycles, known.meta.causeHigh, known.meta.causeLow)
                return true
            }
        },
        Lie(what: "what was suspended on its way, recycled by usage.raw", check: .recycling) { log in
            var event = SuspendedUsage()
            let (partition, offset) = try first(log, .usageMoves, UsageMove.self) {
                event.meta = Meta(id: $0.recycles.id, cause: .none, engine: 1)
                return $0.hasRecycles
            }
            log.remove(.usageMoves, partition: partition, offset: offset)
            let headers = [(name: "recycles", value: Array(event.meta.id.description.utf8))]
            _ = log.append(.usageRaw, partition: 0, key: [], value: [1], headers: headers)
        },
        Lie(what: "a usage that never arrived", check: .moves) { log in try removeFirst(log, .usageNormalized, NormalizedRecord.self, hasMoved) },
        Lie(what: "a usage that arrived twice", check: .moves) { log in
            let (partition, offset) = try first(log, .usageNormalized, NormalizedRecord.self, hasMoved)
            let copy = log.double(.usageNormalized, partition: partition, offset: offset)
            try log.alter(.usageNormalized, partition: partition, offset: copy) { bytes in
                var record = try NormalizedRecord(serializedBytes: bytes)
                record.meta.idLow ^= 1
                return try record.serializedBytes()
            }
        },
        Lie(what: "a usage that grew on its way", check: .moves) { log in
            try alter(log, .usageNormalized, NormalizedRecord.self) { record in
                guard hasMoved(record) else { return false }
                record.usage.quantityMicros += 1
                return true
            }
        },
        Lie(what: "a usage that came by a move of another", check: .moves) { log in
            try alter(log, .usageNormalized, NormalizedRecord.self) { record in
                guard hasMoved(record) else { return false }
                record.usage.moved.event.low ^= 1
                return true
            }
        },
        Lie(what: "a usage that came to who held it before", check: .moves) { log in
            try alter(log, .usageNormalized, NormalizedRecord.self) { record in
                guard hasMoved(record), record.usage.moved.revision > 1 else { return false }
                record.usage.moved.revision = 1
                return true
            }
        },
        Lie(what: "a usage that came by no move, a second time", check: .rawFates) { log in
            try alter(log, .usageNormalized, NormalizedRecord.self) { record in
                guard hasMoved(record) else { return false }
                record.usage.clearMoved()
                return true
            }
        },
        Lie(what: "a usage without a holder that is lost", check: .moves) { log in
            try removeFirst(log, .usageSuspended, SuspendedUsage.self, isOnItsWay)
        },
        Lie(what: "a usage without a holder that grew", check: .moves) { log in
            try alter(log, .usageSuspended, SuspendedUsage.self) { event in
                event.usage.quantityMicros += 1
                return isOnItsWay(event)
            }
        },
        Lie(what: "a usage without a holder that nobody moved", check: .moves) { log in
            try alter(log, .usageSuspended, SuspendedUsage.self) { event in
                event.meta.causeLow ^= 1
                return isOnItsWay(event)
            }
        },
        Lie(what: "a usage charged to two accounts", check: .duplicates) { log in
            // What went to another partition, which no partition sees alone.
            try removeFirst(log, .usageRated, RatedRecord.self) {
                isTakenBack($0) && $0.usageCorrected.moved.parties.served == MovingTown.Number.ownerless.identifier
            }
        },
        Lie(what: "a usage charged to two accounts of one partition", check: .duplicates) { log in
            try removeFirst(log, .usageRated, RatedRecord.self) {
                isTakenBack($0) && $0.usageCorrected.moved.parties.served == MovingTown.Number.near.identifier
            }
        },
        Lie(what: "a usage that was taken back of nobody", check: .corrections) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard isTakenBack(record) else { return false }
                record.usageCorrected.original.low ^= 1
                return true
            }
        },
        Lie(what: "another usage taken back than goes on", check: .corrections) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard isTakenBack(record) else { return false }
                record.usageCorrected.moved.content ^= 1
                return true
            }
        },
        Lie(what: "a usage taken back for less than it was charged", check: .corrections) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard isTakenBack(record), !record.usageCorrected.reversed.isEmpty else { return false }
                record.usageCorrected.reversed[0].chargeNanos -= 1
                return true
            }
        },
        Lie(what: "a usage that goes on, and leaves something to be paid", check: .corrections) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard isTakenBack(record), !record.usageCorrected.reversed.isEmpty else { return false }
                record.usageCorrected.replacement = record.usageCorrected.reversed
                return true
            }
        },
        Lie(what: "a usage that goes on, and is charged here all the same", check: .moves) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard isTakenBack(record), !record.usageCorrected.reversed.isEmpty else { return false }
                record.usageCorrected.clearMoved()
                record.usageCorrected.replacement = record.usageCorrected.reversed
                return true
            }
        },
        Lie(what: "a moved usage called a duplicate", check: .moves) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .moved(let moved)? = record.body else { return false }
                record.duplicate = .with {
                    ($0.account, $0.rawPartition, $0.rawOffset, $0.rawIndex) = (moved.account, moved.rawPartition, moved.rawOffset, moved.rawIndex)
                    ($0.originalRawPartition, $0.originalRawOffset, $0.originalRawIndex) = (moved.rawPartition, moved.rawOffset, moved.rawIndex)
                }
                return true
            }
        },
        Lie(what: "a usage that was brought back, called a duplicate", check: .moves, says: "calls a usage a duplicate that had left") { log in
            let (partition, arrival) = try first(log, .usageNormalized, NormalizedRecord.self) {
                hasMoved($0) && $0.usage.parties.served == MovingTown.Number.near.identifier
            }
            try alter(log, .usageRated, RatedRecord.self, in: partition) { record in
                guard record.normalizedOffset == arrival, case .usage(let usage)? = record.body else { return false }
                record.duplicate = .with {
                    ($0.account, $0.rawPartition, $0.rawOffset, $0.rawIndex) = (usage.account, usage.rawPartition, usage.rawOffset, usage.rawIndex)
                    ($0.originalRawPartition, $0.originalRawOffset, $0.originalRawIndex) = (usage.rawPartition, usage.rawOffset, usage.rawIndex)
                }
                return true
            }
        },
        Lie(what: "a usage that stands refused by who never held it", check: .lateFacts, says: "stands refused by an account that does not hold it") { log in
            try removeFirst(log, .usageRated, RatedRecord.self) { isTakenBack($0) && $0.usageCorrected.hasRefusedBefore }
        },
        Lie(what: "a usage that came to a subscription that never held its number", check: .moves, says: "had not been assigned its identifier") { log in
            try alter(log, .customersEvents, CustomerEvent.self) { event in
                guard event.commandID.hasPrefix("assign-near"), case .identifierAssigned(var assigned)? = event.body else { return false }
                assigned.subscription += "x"
                event.identifierAssigned = assigned
                return true
            }
        },
        Lie(what: "a usage that came to who held its number later", check: .moves, says: "had not been assigned its identifier") { log in
            try alter(log, .customersEvents, CustomerEvent.self) { event in
                guard event.commandID.hasPrefix("assign-near"), case .identifierAssigned(var assigned)? = event.body else { return false }
                assigned.fromMs += 10 * MovingTown.day
                event.identifierAssigned = assigned
                return true
            }
        },
        Lie(what: "a moved usage of another account", check: .ratedContent) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .moved(var moved)? = record.body else { return false }
                moved.account += "x"
                record.moved = moved
                return true
            }
        },
        Lie(what: "a usage moved that is its account's own", check: .moves) { log in
            try alterAll(log) { record in
                guard case .holderChanged(var change)? = record.body else { return }
                change.held = [HeldSpan()]
                record.holderChanged = change
            }
        },
        Lie(what: "a change of a holder that rate does not confirm", check: .moves) { log in
            try removeFirst(log, .usageRated, RatedRecord.self) { if case .holderChanged? = $0.body { true } else { false } }
        },
        Lie(what: "a usage that stands charged to who never held it", check: .lateFacts) { log in
            try alterAll(log) { record in
                guard case .holderChanged(var change)? = record.body else { return }
                change.held = []
                record.holderChanged = change
            }
        },
    ]
}
