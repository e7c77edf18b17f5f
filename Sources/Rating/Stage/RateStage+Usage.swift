import Events
import Pipeline
import Quantities

extension RateStage {
    /// The times that are read as such: the years 1900 to 9999.
    static let knownTimes: ClosedRange<Int64> = -2_208_988_800_000...253_402_300_799_999

    /// Behind the ordinals of all parts that a usage can have, and what they bring.
    private static let firstOrdinalAhead: UInt64 = 1 << 32

    /// Gives the usage exactly one fate.
    @inline(__always)
    func rate(_ usage: UsageView, _ record: InputRecord, state: inout RateState, outbox: inout Outbox) throws {
        guard let position = RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex) else {
            throw Self.corrupt(record, "its raw position is out of range")
        }
        let known = usage.known
        // What is rated anew was accepted then.
        let decision = state.catalogueAnew == nil ? state.duplicates.decide(known) : .new
        var isBack = false
        switch decision {
        case .new: break
        case .duplicate(let original):
            // What left from here and comes back is known, and counts all the same.
            isBack = usage.movedRevision != nil && state.away[known.identity.whole] != nil
            if !isBack, usage.movedRevision != nil, !known.isFormer, !state.duplicates.knows(known.identity) {
                // An older build knew no subscribers: it may be another's usage of that id, and this one is charged nowhere else any more.
                return try refuse(usage, .conflictingDuplicate, position, record, original: original, state: &state, outbox: &outbox)
            }
            if !isBack { return emitDuplicate(usage, original, record, outbox: &outbox) }
        case .conflict(let original):
            if !usage.billsConflicts {
                return try refuse(usage, .conflictingDuplicate, position, record, original: original, state: &state, outbox: &outbox)
            }
        }
        let found = state.accountIDs.find(usage.account)
        if let found, state.accounts[Int(found)].isTold, state.catalogueAnew == nil, let revision = state.otherHolder(of: usage, found),
            state.goesOn(usage)
        {
            return try move(usage, revision: revision, position, isKnown: isBack, record, state: &state, outbox: &outbox)
        }
        guard let accountNumber = found, state.accounts[Int(accountNumber)].isKnown else {
            return try refuse(usage, .unknownAccount, position, record, state: &state, outbox: &outbox)
        }
        guard let subscription = state.subscriptionIDs.find(usage.subscription, owner: accountNumber),
            state.subscriptions[Int(subscription)].isKnown
        else { return try refuse(usage, .unknownSubscription, position, record, state: &state, outbox: &outbox) }
        var context = UsageContext(account: accountNumber, subscription: subscription)
        if let reason = state.price(usage, &context) {
            state.noteRefused(subscription, at: usage.startMs, reason)
            return try refuse(usage, reason, position, record, state: &state, outbox: &outbox)
        }
        if usage.endMs >= state.accounts[Int(accountNumber)].aheadMs {
            var emitter = RatedEmitter(record: record, cause: usage.id)
            emitter.nextOrdinal = Self.firstOrdinalAhead
            carryOut(accountNumber, by: usage.endMs, &emitter, state: &state, outbox: &outbox)
            // It may have been bought for this very usage.
            if let reason = state.price(usage, &context) { return try refuse(usage, reason, position, record, state: &state, outbox: &outbox) }
        }
        // After all else: what is suspended here has changed nothing, and can be recycled when money has come.
        let isPrepaid = state.accounts[Int(accountNumber)].balance >= 0
        if isPrepaid, !state.payForUsage(accountNumber, at: usage.startMs) {
            try refuse(usage, .insufficientBalance, position, record, state: &state, outbox: &outbox)
            var emitter = RatedEmitter(record: record, cause: usage.id)
            // Behind the refusal and what is suspended.
            emitter.nextOrdinal = 2
            return state.requestTopUp(accountNumber, isShort: true, &emitter, &outbox)
        }
        let endedWithoutUsage = state.endedPeriodsWithoutUsage(context)
        state.book(context, offset: record.offset)
        state.remember(known, usage, position)
        if decision != .new, !isBack { outbox.count("conflicts_billed") }
        for place in state.parts.indices { emitRated(usage, place, record, state: &state, outbox: &outbox) }
        let touchesMinimum = state.touchesMinimum(context)
        guard endedWithoutUsage != nil || !state.notices.isEmpty || touchesMinimum || isPrepaid else { return }
        state.payments.removeAll(keepingCapacity: true)
        var emitter = RatedEmitter(record: record, cause: usage.id)
        emitter.nextOrdinal = UInt64(state.parts.count)
        emitNotices(usage, context, &emitter, state: &state, outbox: &outbox)
        if isPrepaid { state.requestTopUp(accountNumber, &emitter, &outbox) }
        if let periods = endedWithoutUsage {
            // The fee of a month with usage, found due only now.
            for period in periods {
                state.emitRecurring(of: subscription, account: accountNumber, period: period, .onlyWithUsage, &emitter, &outbox)
            }
        }
        if touchesMinimum { state.settleMinimums(context, &emitter, &outbox) }
    }

    @inline(__always)
    private func emitRated(
        _ usage: UsageView, _ place: Int, _ record: InputRecord, state: inout RateState, outbox: inout Outbox
    ) {
        guard let tariff = state.binding?.tariff else { preconditionFailure("a rated usage has a tariff") }
        outbox.write(.usageRated, partition: record.partition, key: usage.account, room: state.ratedRecordRoom(usage, place, tariff)) {
            state.writeRatedRecord(usage, place, tariff, offset: record.offset, into: $0)
        }
    }

    private func emitDuplicate(_ usage: UsageView, _ original: RawPosition, _ record: InputRecord, outbox: inout Outbox) {
        var duplicate = DuplicateUsage()
        duplicate.account = String(decoding: usage.account, as: UTF8.self)
        duplicate.rawPartition = usage.rawPartition
        duplicate.rawOffset = usage.rawOffset
        duplicate.rawIndex = usage.rawIndex
        duplicate.originalRawPartition = original.partition
        duplicate.originalRawOffset = original.offset
        duplicate.originalRawIndex = original.index
        outbox.count("duplicates")
        var emitter = RatedEmitter(record: record, cause: usage.id)
        emitter.emit(.duplicate(duplicate), account: duplicate.account, to: &outbox)
    }

    /// No charge: the usage is suspended, or rejected where that is the offering's policy.
    private func refuse(
        _ usage: UsageView, _ reason: UnratedReason, _ position: RawPosition, _ record: InputRecord, original: RawPosition? = nil,
        state: inout RateState, outbox: inout Outbox
    ) throws {
        guard let value = record.value, let message = try? NormalizedRecord(serializedBytes: BorrowedBytes(value)) else {
            throw Self.corrupt(record, "it is no NormalizedRecord")
        }
        var unrated = UnratedUsage()
        unrated.account = message.usage.account
        unrated.rawPartition = usage.rawPartition
        unrated.rawOffset = usage.rawOffset
        unrated.rawIndex = usage.rawIndex
        unrated.reason = reason.rawValue
        unrated.rejected = state.isRejected && (reason == .barred || reason == .notActive)
        if let original {
            unrated.originalRawPartition = original.partition
            unrated.originalRawOffset = original.offset
            unrated.originalRawIndex = original.index
        }
        var emitter = RatedEmitter(record: record, cause: usage.id)
        emitter.emit(.unrated(unrated), account: unrated.account, to: &outbox)
        if unrated.rejected {
            outbox.count("rejected", label: reason.rawValue)
            state.remember(usage.known, usage, position)
            return
        }

        var suspended = SuspendedUsage()
        suspended.meta = emitter.meta()
        suspended.reason = reason.rawValue
        suspended.detail = state.detail(of: reason, message.usage)
        suspended.stage = StageName.rate.rawValue
        suspended.rawPartition = usage.rawPartition
        suspended.rawOffset = usage.rawOffset
        suspended.rawIndex = usage.rawIndex
        suspended.startMs = usage.startMs
        suspended.usage = message.usage
        if let original {
            suspended.originalRawPartition = original.partition
            suspended.originalRawOffset = original.offset
            suspended.originalRawIndex = original.index
            suspended.detail += "; the other is \(Topic.usageRaw.rawValue)/\(original.partition)/\(original.offset)/\(original.index)"
        }
        outbox.count("suspended", label: reason.rawValue)
        outbox.emit(suspended, to: .usageSuspended, key: "\(usage.rawPartition)/\(usage.rawOffset)")
    }
}
