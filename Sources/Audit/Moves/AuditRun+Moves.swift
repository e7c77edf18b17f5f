import Events
import Pipeline
import Quantities

/// Each usage that is another's goes by one move to one place: none is lost on its way, none comes twice.
extension AuditRun {
    /// Notes what went to usage.moves, before what it came of and what came of it is read.
    mutating func readMoves() throws {
        var ids = IDTable()
        for partition in cut.partitions(of: .usageMoves) {
            let end = cut.position(of: .move, partition)
            try readAll(.usageMoves, partition, as: UsageMove.self) { run, record, move in
                run.checkID(move.meta, in: &ids, .usageMoves, record)
                if !run.moves.add(move, partition, record.offset, isDone: record.offset < end) {
                    run.findings.add(.moves, .usageMoves, partition, record.offset, "is a second move of one cause, event \(move.meta.cause)")
                }
                if move.hasRecycles { run.noteRecycled(move, record) }
            }
        }
    }

    private mutating func noteRecycled(_ move: UsageMove, _ record: InputRecord) {
        report.usage.recycledMoves += 1
        let id = move.recycles.id
        if !suspended.recycle(id, .usageMoves, partition: record.partition, offset: record.offset) {
            findings.add(.recycling, .usageMoves, record.partition, record.offset, "recycles event \(id) a second time")
        }
        if move.meta.cause != id {
            findings.add(.moves, .usageMoves, record.partition, record.offset, "names another cause than event \(id), which it recycles")
        }
    }

    /// What was suspended on its way goes on by a further move, and by nothing else: by usage.raw it would come to its first holder, who refuses it.
    mutating func checkRecycling(of event: SuspendedUsage, _ record: InputRecord) {
        let isOnItsWay = event.stage == StageName.move.rawValue || (event.stage == StageName.rate.rawValue && event.usage.hasMoved)
        guard let move = moves.move(of: event.meta.id), move.recycles == event.meta.id else {
            if isOnItsWay, suspended.isRecycled(event.meta.id) {
                findings.add(.recycling, .usageSuspended, record.partition, record.offset, "was recycled by usage.raw, though a move had brought it there")
            }
            return
        }
        moves.noteCause(of: move.id)
        if !isOnItsWay {
            findings.add(.moves, .usageMoves, move.partition, move.offset, "recycles event \(event.meta.id), which no move had brought where it was suspended")
        }
        if move.usage != Correction.digest(event.usage) {
            findings.add(.moves, .usageMoves, move.partition, move.offset, "moves another usage than event \(event.meta.id), which it recycles")
        }
    }

    /// A move that found no holder.
    mutating func noteUnheld(_ event: SuspendedUsage, _ record: InputRecord) {
        report.usage.unheld += 1
        guard let move = moves[event.meta.cause] else {
            if areMovesWhole {
                findings.add(.moves, .usageSuspended, record.partition, record.offset, "was suspended by move, and is of no record of usage.moves")
            }
            return
        }
        noteOutcome(of: move, .usageSuspended, record.partition, record.offset)
        if move.usage != Correction.digest(event.usage) {
            findings.add(.moves, .usageSuspended, record.partition, record.offset, "is another usage than the one at \(Self.place(of: move))")
        }
    }

    /// A usage that a move brought to its holder.
    mutating func noteArrival(_ record: NormalizedRecord, _ usage: Usage, _ offset: Int64, _ state: JoinState) {
        func report(_ fault: String) { findings.add(.moves, .usageNormalized, state.partition, offset, fault) }
        self.report.usage.arrived += 1
        assignments.arrive(usage, state.partition, offset)
        guard let move = moves[usage.moved.event.id] else {
            // What rate has not read yet may have come of a move behind the cut.
            if areMovesWhole, offset < state.rateEnd { report("came by a move that is not in usage.moves") }
            return
        }
        noteOutcome(of: move, .usageNormalized, state.partition, offset)
        if record.meta.cause != move.id { report("names another cause than \(Self.place(of: move)), by which it came") }
        if move.rest != MoveBook.rest(usage) { report("is another usage than the one at \(Self.place(of: move))") }
        if usage.moved.revision < move.revision { report("was given to who held it before \(Self.place(of: move)) had left") }
    }

    private mutating func noteOutcome(of move: MoveBook.Move, _ topic: Topic, _ partition: Int32, _ offset: Int64) {
        if moves.noteOutcome(of: move.id) { return }
        findings.add(.moves, topic, partition, offset, "came a second time of \(Self.place(of: move))")
    }

    /// Rate says of a usage that it is another's: by one move it goes on as it stood.
    /// - Parameter cause: what says so.
    mutating func expectMove(of usage: Usage, cause: RatedRecord, _ record: InputRecord, _ state: JoinState) {
        func report(_ fault: String) { findings.add(.moves, .usageRated, record.partition, record.offset, fault) }
        guard let move = moves.move(of: cause.meta.id), move.recycles == nil else {
            let isKept = cut.range(of: .usageMoves, record.partition).lowerBound == 0
            if isKept, cause.normalizedOffset < state.rateEnd { report("has no record in usage.moves that takes the usage to its holder") }
            return
        }
        moves.noteCause(of: move.id)
        if move.usage != Correction.digest(usage) { report("moves another usage than the one at \(Self.place(of: move))") }
        if move.partition != record.partition { report("went to another partition of usage.moves than its own, by \(Self.place(of: move))") }
    }

    /// Behind the join of all partitions.
    mutating func finishMoves() {
        // Usage is kept longer than what stands suspended.
        let areOutcomesWhole = cut.isWhole(.usageNormalized) && cut.isWhole(.usageSuspended)
        for move in moves.all {
            func report(_ fault: String) { findings.add(.moves, .usageMoves, move.partition, move.offset, fault) }
            // Where the beginning has expired, so may have what it came of. What it recycles is looked for with all that is recycled.
            if move.recycles == nil, !move.hasCause, cut.range(of: .usageRated, move.partition).lowerBound == 0 {
                report("is of no usage of which rate says that it is another's")
            }
            if move.hasOutcome { continue }
            if !move.isDone {
                self.report.usage.awaitingMove += 1
            } else if areOutcomesWhole {
                report("was read by move, and came neither to a holder nor to usage.suspended")
            }
        }
    }

    private var areMovesWhole: Bool { cut.isWhole(.usageMoves) }

    private static func place(of move: MoveBook.Move) -> String { "\(Topic.usageMoves.rawValue)/\(move.partition)/\(move.offset)" }
}

extension AuditRun {
    /// A usage that is another's, as a change of its holder before it says.
    mutating func compare(_ moved: UsageMoved, _ usage: Usage, _ rated: RatedRecord, _ record: InputRecord, _ state: inout JoinState) {
        let raw = RawPosition(partition: moved.rawPartition, offset: moved.rawOffset, index: moved.rawIndex)
        if raw != usage.rawPosition || moved.account != usage.account {
            findings.add(.ratedContent, .usageRated, record.partition, record.offset, "moves another usage than the one at its offset")
        }
        if bills.isComplete, state.holders.isOwn(usage) {
            findings.add(.moves, .usageRated, record.partition, record.offset, "moves a usage that is its account's own, as far as it was told")
        }
        take(state.accepted.leave(usage), of: usage, "moves", record)
        expectMove(of: usage, cause: rated, record, state)
    }

    /// A usage was charged or refused before it was known that it is another's.
    mutating func takeBack(_ corrected: UsageCorrected, _ rated: RatedRecord, _ record: InputRecord, _ state: inout JoinState) {
        report.usage.takenBack += 1
        moves.takeBack(corrected.original.id)
        state.accepted.takeBack(corrected.moved)
        expectMove(of: corrected.moved, cause: rated, record, state)
    }

    /// What rate confirms is what it was told.
    mutating func confirm(
        _ change: HolderChange, _ rated: RatedRecord, _ record: InputRecord, _ cursor: inout NormalizedCursor<Log>, _ state: inout JoinState
    ) throws {
        try pass(before: rated.normalizedOffset, &cursor, &state)
        state.holders.change(change, at: rated.normalizedOffset)
        if let (offset, entry) = try cursor.peek(), offset == rated.normalizedOffset, case .record(let told) = entry,
            told.body == .holderChanged(change)
        {
            return
        }
        findings.add(.moves, .usageRated, record.partition, record.offset, "confirms another change of a holder than the one at its offset")
    }
}
