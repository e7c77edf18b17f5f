import Events
import Pipeline
import Quantities

extension RateStage {
    /// The times that are read as such: the years 1900 to 9999.
    static let knownTimes: ClosedRange<Int64> = -2_208_988_800_000...253_402_300_799_999

    /// Gives the usage exactly one fate.
    @inline(__always)
    func rate(_ usage: UsageView, _ record: InputRecord, state: inout RateState, outbox: inout Outbox) throws {
        guard let position = RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex) else {
            throw Self.corrupt(record, "its raw position is out of range")
        }
        if let original = state.duplicates.original(of: usage.identity) {
            emitDuplicate(usage, original, record, outbox: &outbox)
            return
        }
        guard let accountNumber = state.accountIDs.find(usage.account), state.accounts[Int(accountNumber)].isKnown else {
            return try suspend(usage, .unknownAccount, record, state: state, outbox: &outbox)
        }
        guard let subscription = state.subscriptionIDs.find(usage.subscription, owner: accountNumber),
            state.subscriptions[Int(subscription)].isKnown
        else { return try suspend(usage, .unknownSubscription, record, state: state, outbox: &outbox) }
        var context = UsageContext(account: accountNumber, subscription: subscription)
        var verdict = Verdict()
        if let reason = state.price(usage, &context, &verdict) {
            return try suspend(usage, reason, record, state: state, outbox: &outbox)
        }
        let isFirstOfPeriod = context.counter < 0 && !state.hasUsage(subscription, periodStartMs: verdict.periodStartMs)
        state.book(usage, &context, verdict)
        state.duplicates.insert(usage.identity, position, day: DuplicateGuard.day(of: usage.startMs))
        emitRated(usage, verdict, context, record, state: &state, outbox: &outbox)
        if isFirstOfPeriod, verdict.periodEndMs <= state.accounts[Int(accountNumber)].openStartMs {
            // The fee of a month with usage, found due only now.
            var emitter = RatedEmitter(record: record, cause: usage.id)
            emitter.nextOrdinal = 1
            state.emitRecurring(
                of: subscription, account: accountNumber, period: (verdict.periodStartMs, verdict.periodEndMs), .onlyWithUsage, &emitter, &outbox)
        }
    }

    @inline(__always)
    private func emitRated(
        _ usage: UsageView, _ verdict: Verdict, _ context: UsageContext, _ record: InputRecord,
        state: inout RateState, outbox: inout Outbox
    ) {
        guard let tariff = state.binding?.tariff else { preconditionFailure("a rated usage has a tariff") }
        var named = verdict
        named.catalogue = tariff.hash.short
        let zone = context.zone >= 0 && !tariff.prices[context.price].zones.isEmpty ? tariff.zoneIDs[Int(context.zone)] : []
        // The tariff's texts add a little to what is reckoned before they are known.
        let room = RatedUsageWriter.capacity(usage, named) + tariff.prices[context.price].id.count + zone.count
        state.reserveScratch(room + state.names.length(of: context.offering))
        var scratch: [UInt8] = []
        swap(&scratch, &state.scratch)
        tariff.prices[context.price].id.withUnsafeBytes { price in
            zone.withUnsafeBytes { zone in
                state.names.withBytes(of: context.offering) { offering in
                    scratch.withUnsafeMutableBytes { scratch in
                        (named.price, named.zone, named.offering) = (price, zone, offering)
                        let range = RatedUsageWriter.write(usage, named, offset: record.offset, into: scratch)
                        outbox.putBytes(
                            .usageRated, partition: record.partition, key: usage.account,
                            value: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[range]))
                    }
                }
            }
        }
        swap(&scratch, &state.scratch)
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

    private func suspend(
        _ usage: UsageView, _ reason: UnratedReason, _ record: InputRecord, state: borrowing RateState, outbox: inout Outbox
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
        var emitter = RatedEmitter(record: record, cause: usage.id)
        emitter.emit(.unrated(unrated), account: unrated.account, to: &outbox)

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
        outbox.count("suspended", label: reason.rawValue)
        outbox.emit(suspended, to: .usageSuspended, key: "\(usage.rawPartition)/\(usage.rawOffset)")
    }
}
