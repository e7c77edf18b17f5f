import Events
import Pipeline
import Quantities

/// One usage: what became of it, and what becomes of it now.
extension PartitionRerate {
    /// Applies what came late before the activation is stepped, so that all of the subscription's facts are known from its beginning.
    mutating func applyLateFacts(_ event: SubscriptionActivated, _ history: RatedHistory) throws {
        guard let late = history.late(event.account, event.subscription), let account = state.known(account: event.account) else { return }
        var id = event.subscription
        let subscription = id.withUTF8 { state.subscriptionNumber(UnsafeRawBufferPointer($0), account: account) }
        // Of plans that were to come after the end none ever did.
        for change in late.planChanges where change.fromMs < late.endMs ?? Int64.max {
            state.change(subscription, to: state.number(ofName: change.offering), from: change.fromMs)
        }
        if late.has(.suspension) { state.set(suspensions: late.suspensions, of: subscription) }
        if let endMs = late.endMs { state.subscriptions[Int(subscription)].toMs = endMs }
        for offset in late.favouriteOffsets {
            try rerater.log.read(.usageNormalized, partition: partition, offset..<offset + 1) { record in
                guard let value = record.value, case .favouritesSet(let set)? = try NormalizedRecord(serializedBytes: BorrowedBytes(value)).body else {
                    throw RateStage.corrupt(record, "it holds no favourite numbers, though usage.rated says so")
                }
                state.setFavourites(FavouriteList(set), of: subscription)
                return false
            }
        }
    }

    mutating func take(_ usage: UsageView, _ record: InputRecord, _ fates: ArraySlice<RatedRecord>, _ history: RatedHistory) throws {
        var original: EventRef?
        var before = UsageFate(parts: [], refused: nil)
        for fate in fates {
            switch fate.body {
            case .usage(let part): before.parts.append(part)
            case .unrated(let unrated) where unrated.rejected: before.refused = unrated
            default: continue
            }
            if original == nil { original = .with { $0.high = fate.meta.idHigh; $0.low = fate.meta.idLow } }
        }
        let facts = history.late(String(decoding: usage.account, as: UTF8.self), String(decoding: usage.subscription, as: UTF8.self))
        let changesFates = facts?.changesFates == true
        let isAnothers = history.isAnothers(usage)
        // Duplicates, what was never rated, and what went on to its holder as it came have no place in the counters.
        guard let original, !before.parts.isEmpty || before.refused != nil else {
            return changesFates || isAnothers ? noteSuspended(usage, fates, isAnothers: isAnothers) : ()
        }
        if let corrected = history.corrected[original.id] { before = corrected } else if before.refused != nil, !changesFates, !isAnothers {
            return noteRejected(usage, fates)
        }
        // Where it is right after all, it comes as a record of its own.
        if before.isMoved { return }
        if isAnothers {
            let account = String(decoding: usage.account, as: UTF8.self)
            if !history.isTooOld(account, usage.startMs, latePeriods: tariff.latePeriods) { return try noteMoved(record, original, before) }
            // Taken back here, it would be charged nowhere: that is for people to decide.
            problem(.init(account: account, rawPartition: usage.rawPartition, rawOffset: usage.rawOffset, reason: .tooOld))
        }
        forgetRecyclable(usage)
        outcome.usages += 1
        guard let after = try fate(usage, record, before, changesFates: changesFates) else { return }
        if before.refused != nil, after.refused != nil { return }
        if before.refused == nil, after.refused == nil, Self.isSame(before.parts, after.parts) { return }
        outcome.changedUsages += 1
        change(of: String(decoding: usage.account, as: UTF8.self)) { changes, keepsOrders in
            for part in before.parts { changes.add(part.offering, part.price, before: part.chargeNanos, after: 0) }
            for part in after.parts { changes.add(part.offering, part.price, before: 0, after: part.chargeNanos) }
            for price in Set((before.parts + after.parts).map { AccountChanges.Price(offering: $0.offering, price: $0.price) }) { changes.count(price) }
            guard keepsOrders else { return }
            changes.usages.append(
                .with {
                    $0.original = original
                    $0.reversed = before.parts
                    $0.replacement = after.parts
                    if let refused = before.refused { $0.refusedBefore = refused }
                    if let refused = after.refused { $0.refused = refused }
                })
        }
    }

    /// What was charged is taken back, and the usage goes to its holder.
    private mutating func noteMoved(_ record: InputRecord, _ original: EventRef, _ before: UsageFate) throws {
        guard let value = record.value else { return }
        let usage = try NormalizedRecord(serializedBytes: BorrowedBytes(value)).usage
        outcome.usages += 1
        outcome.changedUsages += 1
        leave(usage)
        change(of: usage.account) { changes, keepsOrders in
            for part in before.parts { changes.add(part.offering, part.price, before: part.chargeNanos, after: 0) }
            for price in Set(before.parts.map { AccountChanges.Price(offering: $0.offering, price: $0.price) }) { changes.count(price) }
            guard keepsOrders else { return }
            changes.usages.append(
                .with {
                    $0.original = original
                    $0.reversed = before.parts
                    $0.replacement = Self.remainder(of: before.parts)
                    if let refused = before.refused { $0.refusedBefore = refused }
                    $0.moved = usage
                })
        }
    }

    /// What becomes of the usage now; nil where it stays as it is, though it can't be rated anew.
    private mutating func fate(_ usage: UsageView, _ record: InputRecord, _ before: UsageFate, changesFates: Bool) throws -> UsageFate? {
        let own = before.parts.first.flatMap { tables.tariff(short: $0.catalogue) }.map { binding($0) } ?? logBinding
        let keeps = rerater.request.keepsCatalogues
        var after = try rate(record, !keeps && rerater.request.range.contains(usage.startMs) ? binding(tariff) : own)
        // Its new plan may be younger than the catalogue that priced it.
        if keeps, case .failure(let unrated) = after, unrated.reason == .unknownOffering { after = try rate(record, binding(tariff)) }
        if case .failure(let unrated) = after {
            if changesFates, unrated.reason == .barred || unrated.reason == .notActive {
                return UsageFate(parts: Self.remainder(of: before.parts), refused: unrated.usage)
            }
            if before.refused != nil { return nil }
            let account = String(decoding: usage.account, as: UTF8.self)
            problem(.init(account: account, rawPartition: usage.rawPartition, rawOffset: usage.rawOffset, reason: unrated.reason))
            after = try rate(record, own)
            if case .failure = after { leaveAlone(account) }
        }
        guard case .success(var parts) = after else { return nil }
        // What the balance paid stays paid: the difference goes on the next bill.
        if parts.count == before.parts.count {
            for place in parts.indices { parts[place].prepaidNanos = before.parts[place].prepaidNanos }
        } else if !parts.isEmpty {
            parts[0].prepaidNanos = Self.prepaid(before.parts)
        }
        return UsageFate(parts: parts, refused: nil)
    }

    private static func prepaid(_ parts: [RatedUsage]) -> Int64 { Int64(clamping: parts.reduce(Int128(0)) { $0 + Int128($1.prepaidNanos) }) }

    /// What is left of a usage that is refused: what a balance paid for it, in a part that is nothing else.
    private static func remainder(of parts: [RatedUsage]) -> [RatedUsage] {
        let prepaid = prepaid(parts)
        guard prepaid != 0, var part = parts.first else { return [] }
        (part.quantityMicros, part.countedMicros, part.allowanceMicros) = (0, 0, 0)
        (part.chargeNanos, part.connectionFeeNanos, part.allowanceNanos, part.discountNanos) = (0, 0, 0, 0)
        (part.draws, part.discounts, part.part, part.partCount) = ([], [], 0, 0)
        (part.sumBeforeMicrosPlusOne, part.wideSumBeforePlusOne) = (0, "")
        (part.prepaidNanos, part.balanceLeftNanos) = (prepaid, 0)
        return [part]
    }

    /// What was refused for good stays so; where it would have a price now, that is told.
    private mutating func noteRejected(_ usage: UsageView, _ fates: ArraySlice<RatedRecord>) {
        guard let unrated = Self.unrated(fates), unrated.rejected, rerater.request.range.contains(usage.startMs),
            let reason = UnratedReason(rawValue: unrated.reason), wouldBePriced(usage, by: binding(tariff))
        else { return }
        problem(.init(account: unrated.account, rawPartition: unrated.rawPartition, rawOffset: unrated.rawOffset, reason: reason))
    }

    /// Behind what else the usage may have brought about: what was dated ahead.
    private static func unrated(_ fates: ArraySlice<RatedRecord>) -> UnratedUsage? {
        fates.lazy.compactMap { if case .unrated(let unrated)? = $0.body { unrated } else { nil } }.first
    }

    /// What was suspended, and would be rated now, is for recycling: it is not known as a usage that came. No fact makes a conflict right, or pays.
    private mutating func noteSuspended(_ usage: UsageView, _ fates: ArraySlice<RatedRecord>, isAnothers: Bool) {
        guard let unrated = Self.unrated(fates), !unrated.rejected, let reason = UnratedReason(rawValue: unrated.reason),
            reason != .conflictingDuplicate, isAnothers || reason != .insufficientBalance && wouldBePriced(usage, by: logBinding)
        else { return }
        noteRecyclable(
            usage,
            .init(
                account: unrated.account, rawPartition: unrated.rawPartition, rawOffset: unrated.rawOffset, rawIndex: unrated.rawIndex, reason: reason))
    }

    private mutating func wouldBePriced(_ usage: UsageView, by binding: TariffBinding?) -> Bool {
        guard let account = state.known(account: String(decoding: usage.account, as: UTF8.self)),
            let subscription = state.subscriptionIDs.find(usage.subscription, owner: account), state.subscriptions[Int(subscription)].isKnown
        else { return false }
        if let binding { state.use(binding) }
        var context = UsageContext(account: account, subscription: subscription)
        return state.price(usage, &context) == nil
    }
}
