import Events
import Quantities

/// Long sessions, cut where their price changes.
extension RateState {
    /// No session has more parts: what has is suspended, for a worker must not be kept busy by one record.
    private static let maxParts = 1000

    /// Cuts the session into parts, from `first` on. A reason where a part has no price.
    mutating func split(_ first: RatedPart, _ usage: UsageView, _ tariff: Tariff, _ context: inout UsageContext) -> UnratedReason? {
        var part = first
        context.sessionGroup = tariff.prices[first.price].sessionGroup
        let quantity = usage.quantityMicros
        // A price that never holds long may be asked for more often than it makes parts.
        var looks = 0
        while true {
            // As long as the price stays the same, the part grows.
            while part.toMicros < quantity {
                looks += 1
                if looks > 4 * Self.maxParts { return .tooManyParts }
                let ms = usage.startMs + part.toMicros / 1000
                if part.toMicros > part.fromMicros {
                    if ms >= part.periodEndMs || changesPlan(at: ms, context) { break }
                    guard let next = self.part(at: ms, from: part.toMicros, usage, tariff, context) else {
                        // None is missing where the increment that was begun reaches to the session's end.
                        if tariff.rulesVersion < .second { return .noPrice }
                        break
                    }
                    if next.price != part.price || next.zone != part.zone || next.allowanceBits != part.allowanceBits { break }
                    if isFirstUseAnew(part, at: ms, tariff, context) { break }
                    if discountsChange(part, at: ms, usage, tariff, context) { break }
                }
                let (change, overflows) = (nextChange(after: ms, tariff, context) - usage.startMs).multipliedReportingOverflow(by: 1000)
                let isWhole = !tariff.prices[part.price].isSplit || overflows || change >= quantity
                part.toMicros = isWhole ? quantity : change
            }
            // An increment that was begun is finished at its own price.
            let end = tariff.prices[part.price].steps.counted(from: Int128(part.fromMicros), to: Int128(part.toMicros))
            guard let end, let counted = Int64(exactly: end) else { return .amountOverflow }
            part.countedToMicros = counted
            part.toMicros = min(quantity, counted)
            parts.append(part)
            if counted >= quantity { return nil }
            if parts.count == Self.maxParts { return .tooManyParts }
            let ms = usage.startMs + counted / 1000
            if let reason = enter(ms, usage, tariff, &context) { return reason }
            guard var next = self.part(at: ms, from: counted, usage, tariff, context) else { return .noPrice }
            guard let period = period(of: context.account, at: ms) else { return .unknownTimeZone }
            (next.periodStartMs, next.periodEndMs) = period
            part = next
            context.sessionGroup = tariff.prices[part.price].sessionGroup
        }
    }

    /// Whether the part's price is for the first use of a day, and another day has begun.
    private mutating func isFirstUseAnew(_ part: RatedPart, at ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        let conditions = tariff.prices[part.price].conditions
        guard conditions >= 0, tariff.conditions[conditions].firstUse == .ofDay else { return false }
        return window(.day, at: part.startMs, tariff, context) != window(.day, at: ms, tariff, context)
    }

    private func changesPlan(at ms: Int64, _ context: UsageContext) -> Bool {
        subscriptions[Int(context.subscription)].changes >= 0 && soldMs(context.subscription, at: ms) != context.soldMs
    }

    /// Goes over to the plan that is in force at `ms`, where it is another one.
    private mutating func enter(_ ms: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: inout UsageContext) -> UnratedReason? {
        guard changesPlan(at: ms, context) else { return nil }
        if let reason = takePlan(at: ms, &context) { return reason }
        context.sessionGroup = -1
        listOfferings(usage, tariff, context)
        return nil
    }

    /// The next instant at which another price may hold: a time band begins or ends, a version or another plan comes into force, the subscription
    /// comes to an age, a discount begins or ends, a price signal changes, a day begins whose first use has a price, the billing period ends, or clocks change.
    private mutating func nextChange(after ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        var next = period(of: context.account, at: ms)?.endMs ?? Int64.max
        let changes = Int(subscriptions[Int(context.subscription)].changes)
        if changes >= 0 { for change in planChanges[changes] where change.fromMs > ms { next = min(next, change.fromMs) } }
        for place in offeringsToTry.indices {
            let offering = offeringsToTry[place].offering
            for version in tariff.offerings[offering].versions where tariff.versions[version].validFromMs > ms {
                next = min(next, tariff.versions[version].validFromMs)
            }
            guard let version = version(offeringsToTry[place], at: ms, tariff, context) else { continue }
            next = min(next, nextChange(after: ms, under: tariff.versions[version].rules + context.type, tariff, context))
        }
        return context.hasBuckets ? min(next, nextBucketChange(after: ms, tariff, context)) : next
    }

    mutating func nextChange(after ms: Int64, under rule: Int, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        var next = Int64.max
        for at in tariff.rules[rule].bands {
            let band = Int(tariff.ruleBands[at])
            guard let zone = tariff.bands[band].zone ?? zone(of: context.account) else { continue }
            let local = tariff.bands[band].msToChange(after: localTime(ms, zone, tariff))
            next = min(next, ms + Int64(local), tariff.zones[zone].nextTransition(after: Timestamp(ms: ms))?.ms ?? Int64.max)
        }
        for at in tariff.rules[rule].ages {
            let (reached, overflows) = subscriptions[Int(context.subscription)].fromMs.addingReportingOverflow(tariff.ruleAges[at])
            if !overflows, reached > ms { next = min(next, reached) }
        }
        next = min(next, nextDiscountChange(after: ms, under: rule, tariff))
        if tariff.rules[rule].asksFirstUse, let day = window(.day, at: ms, tariff, context) { next = min(next, day.endMs) }
        return next
    }
}
