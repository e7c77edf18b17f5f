import Events
import Pipeline
import Quantities

/// Rating anew: what proposes it, and what carries it out.
///
/// A rerate reads the history up to an offset, works out elsewhere what it should have come to, and orders the difference back into the accounts'
/// own partition. Where nothing of the account was booked or changed in between, the counters that it brings take the place of those before. Where it was used
/// in between, its counters move by the difference, and another rerate is proposed, which settles what lay between: an account that is used all the time is put
/// right in a few tries. Where a fact came or a period ended in between the order is refused. The corrections go to the bills as any charge does.
extension RateStage {
    /// A plan change that reaches back behind rated usage or ended periods.
    func proposeRerate(
        of subscription: UInt32, _ account: UInt32, _ event: PlanChangeOrdered, _ emitter: inout RatedEmitter, state: RateState,
        outbox: inout Outbox
    ) {
        let openStart = state.accounts[Int(account)].openStartMs
        let hasEnded = openStart != AccountEntry.unknown && event.fromMs < openStart
        let last = state.lastRatedMs(subscription).map { $0 + 1 } ?? Int64.min
        guard hasEnded || last > event.fromMs else { return }
        propose(
            .with {
                $0.account = event.account
                $0.subscription = event.subscription
                $0.fromMs = event.fromMs
                $0.toMs = hasEnded ? max(openStart, last) : last
                $0.why = "the plan changed to \(event.offering) from \(Timestamp(ms: event.fromMs)) on"
                guard let tariff = state.binding?.tariff, tariff.rulesVersion >= .second else { return }
                $0.kind = .plan
                $0.applies = tariff.appliesLate(.plan)
            }, &emitter, &outbox)
    }

    /// A purchase that reaches back behind rated usage that it covers (since rules of version 2).
    func proposeRerate(
        of buyer: UInt32, _ account: UInt32, _ bought: OfferingBought, _ emitter: inout RatedEmitter, state: RateState, outbox: inout Outbox
    ) {
        guard let tariff = state.binding?.tariff, tariff.rulesVersion >= .second, bought.startMs < bought.endMs else { return }
        let buyers = bought.subscription.isEmpty ? state.subscriptions(of: account) : [buyer]
        guard let last = buyers.compactMap({ state.lastRatedMs($0) }).max(), last >= bought.startMs else { return }
        propose(
            .with {
                $0.account = bought.account
                $0.subscription = bought.subscription
                $0.fromMs = bought.startMs
                $0.toMs = min(bought.endMs, last + 1)
                $0.why = "\(bought.offering) was bought from \(Timestamp(ms: bought.startMs)) on"
                $0.kind = .purchase
                $0.applies = tariff.appliesLate(.purchase)
            }, &emitter, &outbox)
    }

    /// A catalogue that corrects the one before.
    func proposeRerate(_ marker: CatalogueMarker, _ emitter: inout RatedEmitter, state: RateState, outbox: inout Outbox) {
        guard Self.knownTimes.contains(marker.correctsFromMs) else { return }
        propose(
            .with {
                $0.fromMs = marker.correctsFromMs
                $0.toMs = max(marker.correctsFromMs, state.ticks.effective.timeMs)
                $0.why = "catalogue \(marker.name) corrects what was in force"
            }, &emitter, &outbox)
    }

    func propose(_ proposed: RerateProposed, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        outbox.count("rerates_proposed")
        emitter.emit(.rerateProposed(proposed), account: proposed.account, to: &outbox)
    }

    func rerate(_ order: RerateOrder, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: order.account, subscription: "", "rerate \(order.rerate): \(detail)", to: &outbox)
        }
        // That all accounts were looked at: it answers what proposed it, and changes nothing.
        if order.account.isEmpty, order.usages.isEmpty, order.fees.isEmpty { return finish(order, &emitter, &outbox) }
        guard let account = state.known(account: order.account, or: refuse) else { return }
        let inFlight = state.rerates.firstIndex { $0.account == order.account }
        if let fault = state.fault(in: order, account) {
            if let inFlight { state.rerates.remove(at: inFlight) }
            state.isPartitionDirty = true
            return refuse(.rerateMalformed, fault)
        }
        if order.chunk == 0 {
            let last = state.lastOffset(of: account)
            if last < order.asOfOffset {
                state.replaceCounters(order, account, offset: emitter.offset)
            } else {
                guard order.adjusts, state.accounts[Int(account)].changedOffset < order.asOfOffset else {
                    return refuse(.rerateOutdated, "the account changed at offset \(last), its history was read up to \(order.asOfOffset)")
                }
                // With the counters as they were, what lay between was rated as it should be.
                if !order.subscriptions.isEmpty {
                    state.moveCounters(order, account, offset: emitter.offset)
                    proposeOnceMore(order, account, &emitter, state: state, outbox: &outbox)
                }
            }
            if let inFlight { state.rerates.remove(at: inFlight) }
        } else {
            let expected = RerateInFlight(account: order.account, rerate: order.rerate, nextChunk: order.chunk)
            guard let inFlight, state.rerates[inFlight] == expected else {
                return refuse(.rerateOutdated, "chunk \(order.chunk) comes without the one before")
            }
            state.rerates.remove(at: inFlight)
        }
        for var corrected in order.usages {
            corrected.rerate = order.rerate
            let id = emitter.emit(.usageCorrected(corrected), account: order.account, to: &outbox)
            if corrected.hasMoved { move(corrected, cause: id, emitter, state: &state, outbox: &outbox) }
            if corrected.hasRefused, let part = corrected.reversed.first, let subscription = state.known(subscription: part.subscription, of: account) {
                // A fact that reaches back behind it may bring it back.
                state.noteRefused(subscription, at: part.startMs, UnratedReason(rawValue: corrected.refused.reason) ?? .barred)
            }
        }
        for var corrected in order.fees {
            corrected.rerate = order.rerate
            emitter.emit(.feeCorrected(corrected), account: order.account, to: &outbox)
        }
        state.changed(account, at: emitter.offset)
        state.isPartitionDirty = true
        if order.chunk + 1 < order.chunkCount {
            return state.rerates.append(RerateInFlight(account: order.account, rerate: order.rerate, nextChunk: order.chunk + 1))
        }
        outbox.count("rerates")
        finish(order, &emitter, &outbox)
    }

    private func proposeOnceMore(
        _ order: RerateOrder, _ account: UInt32, _ emitter: inout RatedEmitter, state: RateState, outbox: inout Outbox
    ) {
        let last = state.subscriptions(of: account).compactMap { state.lastRatedMs($0) }.max() ?? order.fromMs
        propose(
            .with {
                $0.account = order.account
                $0.fromMs = order.fromMs
                $0.toMs = max(order.fromMs, last) &+ 1
                $0.why = "the account was used while rerate \(order.rerate) was on its way"
                $0.kind = .usedMeanwhile
                $0.applies = true
            }, &emitter, &outbox)
    }

    private func finish(_ order: RerateOrder, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        let rerated = Rerated.with {
            $0.account = order.account
            $0.rerate = order.rerate
            $0.fromMs = order.fromMs
            $0.toMs = order.toMs
            $0.catalogue = order.catalogue
            $0.sequence = order.sequence
            $0.asOfOffset = order.asOfOffset
        }
        emitter.emit(.rerated(rerated), account: order.account, to: &outbox)
    }
}

extension RateState {
    /// Usage of the period that has ended came after the next one had drawn on what it left: what the next one was charged may be wrong.
    func proposeRerate(
        of account: UInt32, _ subscriptions: [UInt32], after ended: (startMs: Int64, endMs: Int64), _ emitter: inout RatedEmitter, _ outbox: inout Outbox
    ) {
        let last = subscriptions.compactMap { lastRatedMs($0) }.max() ?? ended.endMs
        let proposed = RerateProposed.with {
            $0.account = accountIDs.text(of: account)
            $0.fromMs = ended.endMs
            $0.toMs = max(ended.endMs, min(last, accounts[Int(account)].openEndMs - 1)) + 1
            $0.why = "usage of the period from \(Timestamp(ms: ended.startMs)) on came after the next period had drawn on what rolls over"
            $0.kind = .rollover
            $0.applies = binding?.tariff.appliesLate(.rollover) == true
        }
        outbox.count("rerates_proposed")
        emitter.emit(.rerateProposed(proposed), account: proposed.account, to: &outbox)
    }

    /// The catalogue that says what falls due by time at a moment. One that lacks the plan of any of the subscriptions says nothing: their usage, too,
    /// stays as it was.
    func binding(of account: UInt32, _ subscriptions: [UInt32], dueAt ms: Int64) -> TariffBinding? {
        guard let anew = catalogueAnew?.binding(of: account, at: ms) else { return binding }
        let hasAll = subscriptions.allSatisfy { !self.subscriptions[Int($0)].isKnown || anew.offering(ofName: offering(of: $0, at: ms)) != nil }
        return hasAll ? anew : binding
    }

    /// The offset of usage.normalized at which anything of the account was booked or changed last.
    func lastOffset(of account: UInt32) -> Int64 {
        var last = accounts[Int(account)].changedOffset
        var subscription = accounts[Int(account)].firstSubscription
        while subscription >= 0 {
            var counter = subscriptions[Int(subscription)].firstCounter
            while counter >= 0 {
                last = max(last, counters[Int(counter)].bookedOffset)
                counter = counters[Int(counter)].next
            }
            subscription = subscriptions[Int(subscription)].next
        }
        return last
    }

    /// Why the order can't be carried out; nil where it can. What it brings is taken over as it stands: nothing in it may break what comes later.
    func fault(in order: RerateOrder, _ account: UInt32) -> String? {
        for id in order.subscriptions where !id.isEmpty && known(subscription: id, of: account) == nil { return "there is no subscription \(id)" }
        for usage in order.usages {
            if usage.reversed.isEmpty && !usage.hasRefusedBefore || usage.replacement.isEmpty && !usage.hasRefused && !usage.hasMoved {
                return "a correction of nothing, or by nothing"
            }
            if usage.hasMoved, usage.moved.account != order.account { return "a move of another account's usage" }
            for refused in [usage.hasRefused ? usage.refused : nil, usage.hasRefusedBefore ? usage.refusedBefore : nil] where refused != nil {
                if refused?.account != order.account { return "a correction of another account" }
            }
            for part in usage.reversed + usage.replacement where part.account != order.account || !part.hasSoundQuantities {
                return "a correction of another account, or of a quantity below zero"
            }
        }
        for fee in order.fees {
            let sides = (fee.hasReversed ? [fee.reversed] : []) + (fee.hasReplacement ? [fee.replacement] : [])
            if sides.isEmpty || sides.contains(where: { $0.account != order.account }) { return "a correction of no fee, or of another account's" }
        }
        return (order.counters + order.base).lazy.compactMap { fault(in: $0, of: order) }.first
    }

    private func fault(in values: CounterValues, of order: RerateOrder) -> String? {
        guard order.subscriptions.contains(values.subscription) else { return "counters of \"\(values.subscription)\", which it does not list" }
        guard values.window <= UInt32(UInt8.max), CountWindow.Kind(rawValue: UInt8(values.window)) != nil else { return "window \(values.window)" }
        guard values.startMs < values.endMs, RateStage.knownTimes.contains(values.startMs), RateStage.knownTimes.contains(values.endMs),
            !values.hasLastRatedMs || RateStage.knownTimes.contains(values.lastRatedMs)
        else { return "a window from \(values.startMs) to \(values.endMs), used last at \(values.lastRatedMs)" }
        guard values.meters.count <= MeterPool.capacity else { return "a counter with \(values.meters.count) meters" }
        let wrong = values.meters.first { meter in
            // What was spent may be below zero: a price may be. Sums of prices and of spending are added with care; of what allowances count, twice the
            // amount has to fit.
            guard let value = meter.all, canHold(value) else { return true }
            if meter.meter.hasPrefix("d:") { return Int64(exactly: value) == nil }
            if meter.meter.hasPrefix("m:") { return value.magnitude > RateState.maxSpendNanos.magnitude }
            let most = canHold(MeterPool.end - 1) ? MeterPool.end / 2 : Int128(Int64.max / 2)
            // What was drawn of rolled amounts before they were handed over is below zero, too.
            return value < (meter.meter.hasPrefix("r") ? -most : 0) || (value > most && !meter.meter.hasPrefix("p:"))
        }
        return wrong.map { "meter \($0.meter) at \($0.value)" }
    }

    /// Puts the order's counters in the place of those that its subscriptions have.
    mutating func replaceCounters(_ order: RerateOrder, _ account: UInt32, offset: Int64) {
        for id in order.subscriptions {
            var id = id
            let subscription = id.withUTF8 { subscriptionNumber(UnsafeRawBufferPointer($0), account: account) }
            dropCounters(of: subscription, endedBy: Int64.max)
        }
        for values in order.counters {
            var id = values.subscription
            let subscription = id.withUTF8 { subscriptionNumber(UnsafeRawBufferPointer($0), account: account) }
            guard let kind = CountWindow.Kind(rawValue: UInt8(values.window)) else { preconditionFailure("the order was checked") }
            let key = CounterKey(
                subscription: subscription, offering: number(ofName: values.offering),
                window: CountWindow(kind: kind, startMs: values.startMs, endMs: values.endMs))
            let place = Int(counter(key) ?? addCounter(key))
            if values.hasLastRatedMs { counters[place].lastRatedMs = values.lastRatedMs }
            counters[place].bookedOffset = offset
            for meter in values.meters { meters.set(number(ofName: meter.meter), meter.all ?? 0, in: &counters[place]) }
            markDirty(counter: Int32(place))
        }
    }

    /// All counters of a subscription (an empty id: of the account itself), in an order that does not depend on when they came.
    func counterValues(of id: String, in account: UInt32) -> [CounterValues] {
        var text = id
        guard let subscription = text.withUTF8({ subscriptionIDs.find(UnsafeRawBufferPointer($0), owner: account) }) else { return [] }
        var all: [CounterValues] = []
        var next = subscriptions[Int(subscription)].firstCounter
        while next >= 0 {
            let counter = counters[Int(next)]
            next = counter.next
            var values = CounterValues()
            values.subscription = id
            values.offering = names.text(of: counter.offering)
            values.window = UInt32(counter.window)
            values.startMs = counter.windowStartMs
            values.endMs = counter.windowEndMs
            if counter.isUsed { values.lastRatedMs = counter.lastRatedMs }
            for index in 0..<Int(counter.meterCount) {
                let meter = meters.meter(index, of: counter)
                values.meters.append(MeterValue(names.text(of: meter.name), meter.value))
            }
            values.meters.sort { $0.meter < $1.meter }
            all.append(values)
        }
        return all.sorted { ($0.startMs, $0.window, $0.offering) < ($1.startMs, $1.window, $1.offering) }
    }
}

extension RatedUsage {
    fileprivate var hasSoundQuantities: Bool {
        quantityMicros >= 0 && countedMicros >= 0 && allowanceMicros >= 0 && sumBeforePlusOne != nil && draws.allSatisfy { $0.allLeft != nil }
    }
}
