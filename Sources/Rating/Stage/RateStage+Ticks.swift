import Events
import Pipeline
import Quantities

/// The passing of time: barriers, ticks in effect, and the ends of periods.
extension RateStage {
    /// Steps a barrier; `.again` while due periods are left to end.
    func pass(_ barrier: TickBarrier, _ emitter: RatedEmitter, state: inout RateState, outbox: inout Outbox) -> StepResult {
        var emitter = emitter
        if let closing = state.ticks.closing {
            // This record was begun in an earlier step, perhaps by another worker.
            emitter.nextOrdinal = closing.nextOrdinal
        } else {
            let time = min(max(barrier.timeMs, Self.knownTimes.lowerBound), Self.knownTimes.upperBound)
            state.ticks.arrive(
                TickProgress.Tick(sequence: barrier.sequence, timeMs: time), rawPartition: Int(barrier.rawPartition),
                of: Int(min(barrier.rawPartitionCount, 1 << 16)))
        }
        state.isPartitionDirty = true
        var ended = 0
        while true {
            guard let closing = state.ticks.closing else {
                guard let tick = state.ticks.takeComplete() else { return .done }
                var effective = TickEffective()
                effective.sequence = tick.sequence
                effective.timeMs = tick.timeMs
                emitter.emit(.tick(effective), account: "", to: &outbox)
                state.releaseMoney(by: tick.timeMs)
                state.ticks.closing = TickProgress.Closing(tick: tick, nextOrdinal: emitter.nextOrdinal)
                continue
            }
            let graceMs = state.binding?.tariff.graceMs ?? 0
            while let due = state.firstDue(by: closing.tick.timeMs, graceMs: graceMs) {
                if ended == closingChunk {
                    state.ticks.closing?.nextOrdinal = emitter.nextOrdinal
                    return .again
                }
                switch due {
                case .order: carryOutFirst(&emitter, state: &state, outbox: &outbox)
                case .periodEnd: state.endPeriod(closedAtMs: closing.tick.timeMs, &emitter, &outbox)
                }
                ended += 1
            }
            let expiryGraceMs = state.binding?.tariff.prepaidGraceMs ?? 0
            while let expired = state.expiries.firstEndMs, expired + expiryGraceMs <= closing.tick.timeMs {
                if ended == closingChunk {
                    state.ticks.closing?.nextOrdinal = emitter.nextOrdinal
                    return .again
                }
                state.writeOffFirst(tickMs: closing.tick.timeMs, graceMs: expiryGraceMs, &emitter, &outbox)
                ended += 1
            }
            state.forgetDuplicates(graceMs: graceMs, tickMs: closing.tick.timeMs)
            state.ticks.closing = nil
        }
    }
}

/// Which fees fall due.
enum FeeMoment: Equatable {
    /// All of an ended period.
    case periodEnd
    /// Those that usage makes due, when the first usage of an ended period comes late.
    case onlyWithUsage
    /// Those that activity alone makes due, when an activation reaches back into an ended period.
    case withoutUsage
    /// Those that were waived for the suspensions of before, and are not any more, when a resumption reaches back into an ended period.
    case resumption([Suspension])
}

extension RateState {
    /// Ends the oldest open period of the account that comes first, and opens the one after.
    mutating func endPeriod(closedAtMs: Int64, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        let account = due.popFirst(ids: accountIDs)
        let (startMs, endMs) = (accounts[Int(account)].openStartMs, accounts[Int(account)].openEndMs)
        let all = subscriptions(of: account)
        for subscription in all {
            emitRecurring(of: subscription, account: account, period: (startMs, endMs), .periodEnd, &emitter, &outbox)
        }
        var ended = PeriodEnded()
        ended.account = accountIDs.text(of: account)
        ended.periodStartMs = startMs
        ended.periodEndMs = endMs
        ended.closedAtMs = closedAtMs
        ended.terms = terms[Int(accounts[Int(account)].terms)].message
        if let issuer = binding?.tariff.issuer(ended.terms.issuer) {
            ended.terms.series = issuer.series
            ended.terms.numberPrefix = issuer.numberPrefix
            ended.terms.numberDigits = issuer.numberDigits
            ended.terms.taxPercentMicros = issuer.taxes.first { $0.category == ended.terms.taxCategory }?.percentMicros ?? 0
        }
        if let zone = binding?.tariff.zoneRules(ended.terms.timeZone) {
            ended.issueDate = zone.date(at: Timestamp(ms: closedAtMs)).description
            ended.periodFirstDay = zone.date(at: Timestamp(ms: startMs)).description
            ended.periodLastDay = zone.date(at: Timestamp(ms: endMs - 1)).description
        }
        emitter.emit(.periodEnded(ended), account: ended.account, to: &outbox)
        // Whoever has left is asked for no more money.
        if all.contains(where: { isActive($0, startMs..<endMs) }) { requestRecurringTopUp(account, &emitter, &outbox) }

        accounts[Int(account)].openStartMs = endMs
        accounts[Int(account)].openEndMs = AccountEntry.unknown
        changed(account, at: emitter.offset)
        openPeriod(account)
        let own = binding
        if let due = binding(of: account, all, dueAt: endMs - 1) { use(due) }
        let isOverdrawn = rollOver(account, all, from: startMs, to: endMs)
        emitNotices(of: ended.account, &emitter, &outbox)
        if let own { use(own) }
        if isOverdrawn { proposeRerate(of: account, all, after: (startMs, endMs), &emitter, &outbox) }
        let keptStartMs = keptStartMs(of: account, latePeriods: binding?.tariff.latePeriods ?? 0)
        for subscription in all {
            dropCounters(of: subscription, endedBy: keptStartMs)
            dropPurchases(of: subscription, endedBy: keptStartMs)
            dropSuspensions(of: subscription, endedBy: keptStartMs)
            dropRefused(of: subscription, before: keptStartMs)
            dropFavourites(of: subscription, before: keptStartMs)
        }
    }

    private func isActive(_ subscription: UInt32, _ span: Range<Int64>) -> Bool {
        let entry = subscriptions[Int(subscription)]
        return entry.isKnown && entry.fromMs < span.upperBound && entry.toMs > span.lowerBound
    }

    /// A fee is due in full where the subscription was active at any time in the period, by the plan and its version in force at the later of the
    /// period's start and the activation.
    mutating func emitRecurring(
        of subscription: UInt32, account: UInt32, period: (startMs: Int64, endMs: Int64), _ moment: FeeMoment, _ emitter: inout RatedEmitter,
        _ outbox: inout Outbox
    ) {
        let entry = subscriptions[Int(subscription)]
        let fromMs = max(entry.fromMs, period.startMs)
        guard entry.isKnown, fromMs < min(entry.toMs, period.endMs), let binding = binding(of: account, [subscription], dueAt: fromMs) else { return }
        let name = offering(of: subscription, at: fromMs)
        guard let place = binding.offering(ofName: name) else {
            emitter.refuse(
                .unknownOffering, account: accountIDs.text(of: account), subscription: subscriptionIDs.text(of: subscription),
                "no recurring fee could be found: the catalogue in force has no offering \"\(names.text(of: name))\"", to: &outbox)
            return
        }
        guard let version = binding.tariff.version(ofOffering: place, at: fromMs, soldAt: soldMs(subscription, at: fromMs)).map({
            binding.tariff.versions[$0]
        }), isDue(version, subscription, fromMs..<min(entry.toMs, period.endMs), moment) else { return }
        var fees: Int128 = 0
        for price in version.recurring {
            switch moment {
            case .periodEnd, .resumption: if price.onlyWithUsage, !hasUsage(subscription, periodStartMs: period.startMs) { continue }
            case .onlyWithUsage: if !price.onlyWithUsage { continue }
            case .withoutUsage: if price.onlyWithUsage { continue }
            }
            var charge = RecurringCharge()
            charge.account = accountIDs.text(of: account)
            charge.subscription = subscriptionIDs.text(of: subscription)
            charge.offering = names.text(of: name)
            charge.price = price.id
            charge.chargeNanos = price.amountNanos
            charge.periodStartMs = period.startMs
            charge.periodEndMs = period.endMs
            discount(&charge, by: version.feeDiscounts, at: fromMs, binding.tariff, UsageContext(account: account, subscription: subscription))
            emit(charge, account, &emitter, &outbox)
            fees += Int128(charge.chargeNanos)
        }
        let key = CounterKey(
            subscription: subscription, offering: name, window: CountWindow(kind: .period, startMs: period.startMs, endMs: period.endMs))
        lowerFloor(key, minimum: moment == .onlyWithUsage ? nil : version.minimumSpendNanos, by: fees, binding, &emitter, &outbox)
    }

    /// Emits a fee, once the balance of a prepaid account has paid for it if it can.
    mutating func emit(_ fee: RecurringCharge, _ account: UInt32, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        var fee = fee
        let payment = payFee(fee.chargeNanos, account, at: fee.periodEndMs - 1)
        fee.prepaidNanos = payment?.paidNanos ?? 0
        fee.balanceLeftNanos = payment?.leftNanos ?? 0
        emitter.emit(.recurring(fee), account: fee.account, to: &outbox)
        if payment != nil { requestTopUp(account, &emitter, &outbox) }
    }

    /// Whether a version's recurring prices fall due for the span at this moment: not where it was spent in suspension and the version waives them.
    private func isDue(_ version: Tariff.Version, _ subscription: UInt32, _ span: Range<Int64>, _ moment: FeeMoment) -> Bool {
        let isWaived = version.waivesFeesWhenSuspended && (suspensions[subscription] ?? []).cover(span)
        guard case .resumption(let before) = moment else { return !isWaived }
        return version.waivesFeesWhenSuspended && before.cover(span) && !isWaived
    }

    /// The fees of ended, kept periods that an activation, or a resumption, from `fromMs` on makes due.
    mutating func emitMissedFees(
        of subscription: UInt32, account: UInt32, from fromMs: Int64, _ moment: FeeMoment, _ emitter: inout RatedEmitter, _ outbox: inout Outbox
    ) {
        guard accounts[Int(account)].hasPeriods, let binding else { return }
        let openStart = accounts[Int(account)].openStartMs
        var at = max(
            fromMs, accounts[Int(account)].openedMs, keptStartMs(of: account, latePeriods: binding.tariff.latePeriods))
        while at < openStart, let period = period(of: account, at: at) {
            emitRecurring(of: subscription, account: account, period: period, moment, &emitter, &outbox)
            at = period.endMs
        }
    }

    /// Once all due periods have ended, no account takes usage that is older than its kept periods; 33 days are longer than any
    /// period, a change of time zone included.
    mutating func forgetDuplicates(graceMs: Int64, tickMs: Int64) {
        let periods = Int64(binding?.tariff.latePeriods ?? 0) + 1
        let horizonMs = tickMs - graceMs - periods * 33 * Timestamp.msPerDay
        guard binding != nil, horizonMs > 0 else { return }
        duplicates.advanceHorizon(to: Int32(clamping: min(horizonMs / Timestamp.msPerDay, 65_535)))
        dropAway()
        signals.drop(endedBy: horizonMs)
    }
}
