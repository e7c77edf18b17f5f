import Events
import Quantities

/// What pricing found on its way and booking needs.
struct UsageContext {
    var account: UInt32
    var subscription: UInt32
    /// The offering, by its number among the names.
    var offering: UInt32 = 0
    /// -1 where there is none yet.
    var counter: Int32 = -1
    var price = 0
    /// The destination's zone among those that the offering names for this type; -1 where there is none.
    var zone: Int32 = -1
    var allowances: Range<Int> = 0..<0
    /// The period's sum after this usage, where the price is over the period.
    var sumAfterMicros: Int64 = 0

    init(account: UInt32, subscription: UInt32) {
        self.account = account
        self.subscription = subscription
    }
}

extension RateState {
    /// Finds the usage's price and charge. Changes nothing but caches; a reason where there is no charge.
    @inline(__always)
    mutating func price(_ usage: UsageView, _ context: inout UsageContext, _ verdict: inout Verdict) -> UnratedReason? {
        guard let tariff = binding?.tariff else { return .noCatalogue }
        let startMs = usage.startMs
        guard RateStage.knownTimes.contains(startMs) else { return .startOutOfRange }
        let entry = subscriptions[Int(context.subscription)]
        guard entry.fromMs <= startMs, startMs < entry.toMs else { return .notActive }
        guard let period = period(of: context.account, at: startMs) else { return .unknownTimeZone }
        let openStartMs = accounts[Int(context.account)].openStartMs
        if period.endMs <= openStartMs, period.startMs < keptStartMs(of: context.account, latePeriods: tariff.latePeriods) { return .tooOld }
        if Int32(DuplicateGuard.day(of: startMs)) < duplicates.horizonDay { return .tooOld }
        (verdict.periodStartMs, verdict.periodEndMs) = period

        context.offering = offering(of: context.subscription, at: startMs)
        guard let offering = binding?.offering(ofName: context.offering) else { return .unknownOffering }
        guard binding?.currencyOfOffering[offering] == terms[Int(accounts[Int(context.account)].terms)].currency else { return .otherCurrency }
        guard let version = tariff.version(ofOffering: offering, at: startMs) else { return .noVersion }
        guard let type = tariff.types.find(usage.type) else { return .unknownType }
        guard tariff.units[Int(type)].rawValue == Int(truncatingIfNeeded: usage.unit) else { return .otherUnit }
        guard usage.quantityMicros >= 0 else { return .negativeQuantity }
        let rule = tariff.rules[tariff.versions[version].rules + Int(type)]
        if rule.mask >= 0 { context.zone = tariff.zone(of: usage.otherParty, under: rule) ?? -1 }
        guard let price = tariff.price(under: rule, zone: context.zone) else { return .noPrice }
        context.price = price
        context.allowances = rule.allowances
        if let counter = counter(of: context.subscription, periodStartMs: period.startMs, offering: context.offering) {
            context.counter = counter
        }
        return charge(usage.quantityMicros, tariff, &context, &verdict) ? nil : .amountOverflow
    }

    /// False where the charge or a sum needs more than 64 bits.
    @inline(__always)
    private func charge(
        _ quantity: Int64, _ tariff: Tariff, _ context: inout UsageContext, _ verdict: inout Verdict
    ) -> Bool {
        if tariff.prices[context.price].isOverPeriod {
            return chargeOverPeriod(quantity, tariff, &context, &verdict)
        }
        guard let counted = tariff.prices[context.price].steps.counted(quantity) else { return false }
        let drawn = context.allowances.isEmpty ? 0 : available(counted, tariff, context)
        verdict.countedMicros = counted
        verdict.allowanceMicros = drawn
        if counted == drawn { return true }
        let cost = tariff.prices[context.price].steps.cost(from: drawn, to: counted) + Int128(tariff.prices[context.price].connectionFeeNanos)
        guard let charge = Int64(exactly: cost) else { return false }
        verdict.chargeNanos = charge
        return true
    }

    /// The allowances take their part of the usage as measured; the rest adds to the period's sum, which is rounded and priced.
    private func chargeOverPeriod(
        _ quantity: Int64, _ tariff: Tariff, _ context: inout UsageContext, _ verdict: inout Verdict
    ) -> Bool {
        let drawn = context.allowances.isEmpty ? 0 : available(quantity, tariff, context)
        let meter = meterName(tariff.prices[context.price].meter)
        let before = context.counter < 0 ? 0 : meters.value(of: meter, in: counters[Int(context.counter)])
        let (after, overflows) = before.addingReportingOverflow(quantity - drawn)
        let steps = tariff.prices[context.price].steps
        guard !overflows, let countedBefore = steps.counted(before), let countedAfter = steps.counted(after) else { return false }
        let (counted, countedOverflows) = (countedAfter - countedBefore).addingReportingOverflow(drawn)
        guard !countedOverflows, let charge = Int64(exactly: steps.cost(from: 0, to: countedAfter) - steps.cost(from: 0, to: countedBefore))
        else { return false }
        context.sumAfterMicros = after
        verdict.countedMicros = counted
        verdict.allowanceMicros = drawn
        verdict.chargeNanos = charge
        return true
    }

    /// How much of `quantity` the rule's allowances still have.
    @inline(__always)
    private func available(_ quantity: Int64, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        var rest = quantity
        for place in context.allowances where rest > 0 && Tariff.covers(tariff.allowances[place].zones, context.zone) {
            rest -= min(rest, left(of: place, tariff, context))
        }
        return quantity - rest
    }

    @inline(__always)
    private func left(of allowance: Int, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        let amount = tariff.allowances[allowance].amountMicros
        if context.counter < 0 { return amount }
        // A newer version may have made the allowance smaller than what was drawn from it.
        return max(0, amount - meters.value(of: meterName(tariff.allowances[allowance].meter), in: counters[Int(context.counter)]))
    }

    @inline(__always)
    private func meterName(_ meter: Int) -> UInt32 { binding?.nameOfMeter[meter] ?? 0 }

    /// Books what `price` found into the counter of the usage's period and plan.
    @inline(__always)
    mutating func book(_ usage: UsageView, _ context: inout UsageContext, _ verdict: Verdict) {
        guard let tariff = binding?.tariff else { return }
        if context.counter < 0 {
            context.counter = addCounter(
                context.subscription, offering: context.offering, periodStartMs: verdict.periodStartMs, periodEndMs: verdict.periodEndMs)
        }
        let counter = Int(context.counter)
        var rest = verdict.allowanceMicros
        for place in context.allowances where rest > 0 && Tariff.covers(tariff.allowances[place].zones, context.zone) {
            let drawn = min(rest, left(of: place, tariff, context))
            if drawn == 0 { continue }
            let name = meterName(tariff.allowances[place].meter)
            meters.set(name, meters.value(of: name, in: counters[counter]) + drawn, in: &counters[counter])
            rest -= drawn
        }
        if tariff.prices[context.price].isOverPeriod {
            meters.set(meterName(tariff.prices[context.price].meter), context.sumAfterMicros, in: &counters[counter])
        }
        counters[counter].lastRatedMs = max(counters[counter].lastRatedMs, usage.startMs)
        markDirty(counter: context.counter)
    }
}
