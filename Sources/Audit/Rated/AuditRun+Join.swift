import Events
import Pipeline
import Quantities

/// What is known while one partition of usage.rated is walked beside the partition of usage.normalized of the same number.
struct JoinState {
    let partition: Int32
    /// Rate has done all of usage.normalized before it.
    let rateEnd: Int64
    /// Aggregate has done all of usage.rated before it.
    let aggregateEnd: Int64
    var accepted = AcceptedBook()
    var normalizedIDs = IDTable()
    var ratedIDs = IDTable()
    /// The hash of the version in force.
    var catalogue: [UInt8] = []
    /// Those that came into force, by offset in usage.normalized.
    var catalogues: [(offset: Int64, hash: [UInt8])] = []
    var barriers = TickOrder()
    var ticks = TickOrder()
    var lastNormalizedOffset: Int64 = -1
    var openParts: OpenParts?
    var corrections: [Correction] = []
    /// Usage that a move brought, refused for what an older build may have accepted.
    var formerConflicts: [FormerConflict] = []
    /// By offset in usage.normalized: what a rerate ordered, and what of it was carried out.
    var ordered: [Int64: [EventID]] = [:]
    var carriedOut: [Int64: [EventID]] = [:]
    var subscriptions = SubscriptionBook()
    var minimums = MinimumBook()
    var late = LateBook()
    var holders = HolderBook()
    var rollovers = RolloverBook()
    /// The time of the last tick that took effect.
    var tickMs = Int64.min
    /// The last offset in usage.normalized at which an activation or a resumption may have brought fees of ended periods.
    var reachesBackAt: Int64 = -1
    /// Whether any record but a further part of a usage has come.
    var hasSeenWhole = false
}

/// Where in usage.rated it stands, the raw record that it names, and by what older builds knew usage.
struct FormerConflict {
    let offset: Int64
    let other: RawPosition
    let former: EventID
}

/// A usage that was priced in parts, of which some are still to come.
struct OpenParts {
    let normalizedOffset: Int64
    let usage: Usage
    let count: UInt32
    var next: UInt32 = 1
    var quantityMicros: Int64
}

extension AuditRun {
    /// Walks both partitions once: each usage has one fate, and all charges are added up anew.
    mutating func join(_ partition: Int32) throws {
        var state = JoinState(
            partition: partition, rateEnd: cut.position(of: .rate, partition), aggregateEnd: cut.position(of: .aggregate, partition))
        state.minimums.isNeeded = catalogues.hasMinimums
        var cursor = NormalizedCursor(log: log, partition: partition, range: cut.range(of: .usageNormalized, partition))
        bills.begin(partition, isComplete: cut.range(of: .usageRated, partition).lowerBound == 0)
        try readAll(.usageRated, partition, as: RatedRecord.self) { run, record, rated in
            run.checkID(rated.meta, in: &state.ratedIDs, .usageRated, record)
            if rated.normalizedOffset < state.lastNormalizedOffset {
                run.findings.add(.ratedFates, .usageRated, partition, record.offset, "stands behind records of later usage.normalized offsets")
            }
            state.lastNormalizedOffset = max(state.lastNormalizedOffset, rated.normalizedOffset)
            try run.take(rated, record, &cursor, &state)
        }
        expectNoParts(&state)
        while let (offset, entry) = try cursor.peek() {
            cursor.advance()
            passed(entry, offset, &state)
        }
        checkOrders(state)
        report(state.minimums.wrong, state)
        reportRollovers(state)
        if !state.corrections.isEmpty { try checkCorrections(state.corrections, partition) }
        try checkFormerConflicts(state)
        try checkLateFacts(state)
        try checkHolders(state)
    }

    private mutating func take(
        _ rated: RatedRecord, _ record: InputRecord, _ cursor: inout NormalizedCursor<Log>, _ state: inout JoinState
    ) throws {
        if case .usage(let usage) = rated.body, usage.part > 0 {
            checkDiscounts(usage.discounts, usage.discountNanos, record)
            checkZones(usage, record, state.subscriptions)
            bills.charge(usage, rated.normalizedOffset, record)
            state.minimums.add(usage, state.subscriptions)
            state.rollovers.add(usage, state.subscriptions, catalogues)
            pay(usage, record)
            return takePart(usage, rated, record, &state)
        }
        expectNoParts(&state)
        state.hasSeenWhole = true
        switch rated.body {
        case .usage(let usage):
            report.usage.rated += 1
            checkDiscounts(usage.discounts, usage.discountNanos, record)
            checkZones(usage, record, state.subscriptions)
            bills.charge(usage, rated.normalizedOffset, record)
            state.minimums.add(usage, state.subscriptions)
            state.rollovers.add(usage, state.subscriptions, catalogues)
            if let original = try usageOf(rated, record, &cursor, &state) {
                compare(usage, original, at: rated.normalizedOffset, record, &state)
                if usage.partCount > 1 {
                    state.openParts = OpenParts(
                        normalizedOffset: rated.normalizedOffset, usage: original, count: usage.partCount, quantityMicros: usage.quantityMicros)
                }
            }
            // Behind the walk to its cause, which passes what set the credit limit.
            pay(usage, record)
        case .duplicate(let duplicate):
            report.usage.duplicate += 1
            if let original = try usageOf(rated, record, &cursor, &state) { compare(duplicate, original, record, state) }
        case .unrated(let unrated):
            if unrated.rejected { report.usage.rejected += 1 } else { report.usage.unrated += 1 }
            let isConflict = unrated.reason == Self.conflicting
            if isConflict { report.usage.conflicting += 1 }
            var isSame = true
            var move = EventID.none
            if let original = try usageOf(rated, record, &cursor, &state) {
                isSame = suspended.isSame(original)
                move = UsagePlace(original).move
                if isConflict { checkConflict(unrated, original, record, &state) }
                checkBarring(unrated, original, record, &state)
                if original.rawPosition != RawPosition(partition: unrated.rawPartition, offset: unrated.rawOffset, index: unrated.rawIndex)
                    || original.account != unrated.account
                {
                    findings.add(.ratedContent, .usageRated, record.partition, record.offset, "refuses another usage than the one at its offset")
                }
            }
            if rated.normalizedOffset < state.rateEnd, !unrated.rejected {
                matchUnrated(unrated, movedBy: move, of: rated.normalizedOffset, isSame: isSame, record.partition, record.offset)
            }
        case .moved(let moved):
            report.usage.moved += 1
            if let original = try usageOf(rated, record, &cursor, &state) { compare(moved, original, rated, record, &state) }
        case .holderChanged(let change): try confirm(change, rated, record, &cursor, &state)
        case .recurring(let fee):
            checkDiscounts(fee.discounts, fee.discountNanos, record)
            bills.charge(fee, record)
            pay(fee, record)
            try pass(before: rated.normalizedOffset, &cursor, &state)
            let minimum = catalogues.minimum(of: fee, state.catalogue, state.subscriptions).nanos
            if let fault = state.minimums.add(fee, minimum, isMissed: rated.normalizedOffset == state.reachesBackAt) {
                findings.add(.minimums, .usageRated, record.partition, record.offset, fault)
            }
        case .periodEnded(let ended):
            try pass(before: rated.normalizedOffset, &cursor, &state)
            state.rollovers.end(ended)
            state.minimums.end(ended, state.subscriptions) { catalogues.minimum(of: $0, state.catalogue, state.subscriptions) }
            if let fault = bills.end(ended, record, isClosed: record.offset < state.aggregateEnd) {
                findings.add(.periods, .usageRated, record.partition, record.offset, fault)
            }
        case .accountOpened(let opened): bills.open(opened)
        case .tick(let tick):
            state.tickMs = max(state.tickMs, tick.timeMs)
            if let fault = state.ticks.effective(tick, times: tickTimes) {
                findings.add(.ticks, .usageRated, record.partition, record.offset, fault)
            }
        case .subscriptionActivated(let event):
            state.subscriptions.activate(event)
            state.reachesBackAt = rated.normalizedOffset
        case .planChanged(let event): state.subscriptions.change(event)
        case .subscriptionEnded(let event): state.subscriptions.end(event)
        case .subscriptionSuspended(let event): state.subscriptions.suspend(event)
        case .subscriptionResumed(let event):
            state.subscriptions.resume(event)
            state.reachesBackAt = rated.normalizedOffset
        case .changeRefused:
            // What stands before has to be answered by itself.
            try pass(before: rated.normalizedOffset, &cursor, &state)
            state.holders.answer(at: rated.normalizedOffset)
        case .allowanceNotice: break
        case .favouritesTaken, .priceSignalTaken: break
        case .rerateProposed(let event):
            state.late.propose(event, at: rated.normalizedOffset)
            state.rollovers.propose(event, at: rated.normalizedOffset)
        case .rerated(let event):
            state.late.answer(event)
            state.rollovers.answer(event)
        case .offeringBought(let bought): try checkTime(bought.startMs, rated.normalizedOffset, record, &cursor, &state)
        case .topUpRequested: break
        case .oneTime(let charge):
            bills.charge(charge, record)
            pay(charge, record)
        case .toppedUp(let toppedUp):
            topUp(toppedUp, record)
            try checkTime(toppedUp.fromMs, rated.normalizedOffset, record, &cursor, &state)
        case .balanceExpired(let expired): expire(expired, record)
        case .usageCorrected(let corrected):
            for usage in corrected.replacement { checkZones(usage, record, state.subscriptions) }
            bills.charge(corrected, rated.normalizedOffset, record)
            report(state.minimums.correct((corrected.reversed.first ?? corrected.replacement.first)?.account ?? corrected.moved.account), state)
            state.rollovers.correct(corrected, state.subscriptions, catalogues)
            state.corrections.append(Correction(corrected, record.offset))
            if corrected.hasMoved { takeBack(corrected, rated, record, &state) }
            state.carriedOut[rated.normalizedOffset, default: []].append(Correction.digest(corrected))
        case .feeCorrected(let corrected):
            report(state.minimums.correct((corrected.hasReversed ? corrected.reversed : corrected.replacement).account), state)
            if corrected.hasReversed { bills.charge(corrected.reversed, sign: -1, record) }
            if corrected.hasReplacement { bills.charge(corrected.replacement, record) }
            state.carriedOut[rated.normalizedOffset, default: []].append(Correction.digest(corrected))
        case nil: findings.add(.readable, .usageRated, record.partition, record.offset, "holds no event that is known")
        }
    }

    /// What was dated ahead is carried out when a tick has passed its time, or by usage that lasts until then or starts later; by no other usage and no
    /// earlier tick.
    private mutating func checkTime(
        _ ms: Int64, _ normalizedOffset: Int64, _ record: InputRecord, _ cursor: inout NormalizedCursor<Log>, _ state: inout JoinState
    ) throws {
        try pass(before: normalizedOffset, &cursor, &state)
        // Of purchases in one moment each begins a millisecond after the one before.
        let ms = ms - 1000
        guard bills.isComplete, ms > state.tickMs, let (offset, entry) = try cursor.peek(), offset == normalizedOffset,
            case .record(let normalized) = entry
        else { return }
        let isDue: Bool
        switch normalized.body {
        case .usage(let usage): isDue = usage.startMs + (usage.unit == .second ? usage.quantityMicros / 1000 : 0) >= ms
        case .barrier: isDue = false
        default: isDue = true
        }
        if !isDue { findings.add(.prepaid, .usageRated, record.partition, record.offset, "takes effect before the time from which on it was ordered") }
    }

    /// The usage whose fate `rated` is. Usages that the walk passes on its way have no fate.
    private mutating func usageOf(
        _ rated: RatedRecord, _ record: InputRecord, _ cursor: inout NormalizedCursor<Log>, _ state: inout JoinState
    ) throws -> Usage? {
        try pass(before: rated.normalizedOffset, &cursor, &state)
        guard let (offset, entry) = try cursor.peek(), offset == rated.normalizedOffset, case .record(let normalized) = entry,
            case .usage(let usage)? = normalized.body
        else {
            findings.add(
                .ratedFates, .usageRated, record.partition, record.offset,
                "is a fate of usage.normalized/\(record.partition)/\(rated.normalizedOffset), where no usage without a fate stands")
            return nil
        }
        cursor.advance()
        note(normalized, usage, offset, &state)
        if rated.meta.cause != normalized.meta.id {
            findings.add(.ratedContent, .usageRated, record.partition, record.offset, "names another cause than the usage at its offset")
        }
        return usage
    }

    mutating func pass(before end: Int64, _ cursor: inout NormalizedCursor<Log>, _ state: inout JoinState) throws {
        while let (offset, entry) = try cursor.peek(), offset < end {
            cursor.advance()
            passed(entry, offset, &state)
        }
    }

    /// A record of usage.normalized to which no fate in usage.rated belongs.
    private mutating func passed(_ entry: NormalizedCursor<Log>.Entry, _ offset: Int64, _ state: inout JoinState) {
        let partition = state.partition
        guard case .record(let record) = entry else {
            findings.add(.readable, .usageNormalized, partition, offset, "holds no NormalizedRecord")
            return
        }
        switch record.body {
        case .usage(let usage):
            note(record, usage, offset, &state)
            if offset < state.rateEnd {
                findings.add(.ratedFates, .usageNormalized, partition, offset, "was read by rate and has no fate in usage.rated")
            } else {
                report.usage.awaitingRate += 1
            }
        case .barrier(let barrier):
            checkNormalizedID(record.meta, offset, &state)
            if let fault = state.barriers.barrier(barrier, times: tickTimes) {
                findings.add(.ticks, .usageNormalized, partition, offset, fault)
            }
        case .rerate(let order):
            checkNormalizedID(record.meta, offset, &state)
            state.ordered[offset] = Correction.digests(order)
        case .prepaidSet(let set):
            checkNormalizedID(record.meta, offset, &state)
            bills.setCreditLimit(set)
        case .purchaseOrdered, .topUpOrdered: checkNormalizedID(record.meta, offset, &state)
        case .catalogue(let marker):
            checkNormalizedID(record.meta, offset, &state)
            state.catalogue = Array(marker.hash)
            state.catalogues.append((offset, state.catalogue))
        case .accountOpened, .subscriptionActivated, .planChangeOrdered, .subscriptionEnded, .subscriptionSuspended, .subscriptionResumed:
            checkNormalizedID(record.meta, offset, &state)
        case .favouritesSet, .priceSignal: checkNormalizedID(record.meta, offset, &state)
        case .holderChanged(let change):
            assignments.tell(change, partition, offset)
            checkNormalizedID(record.meta, offset, &state)
            if bills.isComplete, offset < state.rateEnd, state.holders.answered != offset {
                findings.add(.moves, .usageNormalized, partition, offset, "was read by rate, which does not confirm that the holder changed")
            }
        case nil: findings.add(.readable, .usageNormalized, partition, offset, "holds no event that is known")
        }
    }

    private mutating func note(_ record: NormalizedRecord, _ usage: Usage, _ offset: Int64, _ state: inout JoinState) {
        checkNormalizedID(record.meta, offset, &state)
        // The raw record has its fate already: where the usage went first.
        if usage.hasMoved { return noteArrival(record, usage, offset, state) }
        report.usage.normalized += 1
        mark(usage.rawPosition, cause: record.meta.cause, .usageNormalized, state.partition, offset)
    }

    private mutating func checkNormalizedID(_ meta: Meta, _ offset: Int64, _ state: inout JoinState) {
        if !state.normalizedIDs.insert(meta.id) {
            findings.add(.eventIDs, .usageNormalized, state.partition, offset, "event \(meta.id) stands here a second time")
        }
    }
}
