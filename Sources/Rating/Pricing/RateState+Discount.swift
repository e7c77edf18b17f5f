import Events
import Quantities

/// What a discount took off the charge of one part.
struct DiscountTaken {
    var part: Int
    /// Its place in the tariff.
    var discount: Int
    var nanos: Int64
    /// Of a discount over steps: what had been charged in the period before.
    var spentBeforeNanos: Int64 = 0
    /// Of one by a signal.
    var multiplierMicros: Int64 = 0
    /// The charge that it took something off, and how much that is before rounding.
    var ofNanos: Int64 = 0
    var off = DiscountOff(nanos: 0, exact: 0, denominator: 1)
}

/// Discounts: after the price, before allowances of money.
extension RateState {
    /// Takes the discounts of their prices off the parts' charges. False where a charge or a sum needs more than 64 bits.
    mutating func discount(_ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        discountsTried.empty()
        for place in parts.indices {
            for discount in tariff.prices[parts[place].price].discounts where parts[place].chargeNanos != 0 {
                guard applies(discount, at: parts[place].startMs, to: parts[place], usage, tariff, context) else { continue }
                let charge = parts[place].chargeNanos
                guard var taken = taken(by: discount, place, tariff, context) else { return false }
                taken.part = place
                taken.ofNanos = charge
                if parts.count > 1 { discountsTried.append(taken) }
                if taken.nanos == 0 { continue }
                let (left, overflows) = charge.subtractingReportingOverflow(taken.nanos)
                if overflows { return false }
                parts[place].chargeNanos = left
                discounts.append(taken)
                if tariff.discounts[discount].isExclusive { break }
            }
        }
        return true
    }

    /// Whether the discount is for this part and all that it asks holds at `ms`; a signal that it names included.
    private mutating func applies(
        _ discount: Int, at ms: Int64, to part: RatedPart, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext
    ) -> Bool {
        func holds(_ test: (borrowing Tariff.Discount) -> Bool) -> Bool { test(tariff.discounts[discount]) }
        guard holds({ $0.fromMs <= ms && ms < $0.toMs && ($0.prices.isEmpty || $0.prices.contains(part.price)) }) else { return false }
        let zones = tariff.discounts[discount].zones
        if !zones.isEmpty {
            let isOld = tariff.rulesVersion == .first
            let destination = isOld ? tariff.destinations.place(of: usage.otherParty) { zones.contains($0) } : part.allowancePlace
            guard tariff.covers(zones, destination) else { return false }
        }
        let conditions = tariff.discounts[discount].conditions
        if conditions >= 0, missed(conditions, at: ms, usage, tariff, context) != nil { return false }
        return tariff.discounts[discount].signal < 0 || multiplier(discount, at: ms, tariff) != nil
    }

    /// The multiplier of the signal in force, within the discount's bounds.
    private func multiplier(_ discount: Int, at ms: Int64, _ tariff: Tariff) -> Int64? {
        guard let name = binding?.nameOfSignal[tariff.discounts[discount].signal], let span = signals.span(name, at: ms) else { return nil }
        return min(max(span.multiplierMicros, tariff.discounts[discount].leastMicros), tariff.discounts[discount].mostMicros)
    }

    /// What the discount takes off the part's charge as it stands; nil where that needs more than 64 bits.
    private mutating func taken(by discount: Int, _ place: Int, _ tariff: Tariff, _ context: UsageContext) -> DiscountTaken? {
        let (charge, ms) = (parts[place].chargeNanos, parts[place].startMs)
        var taken = DiscountTaken(part: place, discount: discount, nanos: 0)
        let off: DiscountOff
        if tariff.discounts[discount].signal >= 0 {
            guard let multiplier = multiplier(discount, at: ms, tariff) else { return taken }
            taken.multiplierMicros = multiplier
            off = Discounting.off(charge, multiplierMicros: multiplier)
        } else if tariff.discounts[discount].steps.isEmpty {
            off = Discounting.off(charge, percentMicros: tariff.discounts[discount].percentMicros)
        } else {
            guard let (before, after) = spend(charge, discount, place, tariff, context) else { return nil }
            taken.spentBeforeNanos = before
            let steps = tariff.discounts[discount].steps
            off = Tariff.Step.discount(steps, from: before, to: after)
        }
        taken.off = off
        guard let rounded = rounded(taken, of: charge, tariff), let nanos = Int64(exactly: rounded) else { return nil }
        taken.nanos = nanos
        return taken
    }

    /// What is taken off in the end. Where the usage is rounded as a whole, so is what is left of all parts that the discount is for.
    private func rounded(_ taken: DiscountTaken, of charge: Int64, _ tariff: Tariff) -> Int128? {
        let price = parts[taken.part].price
        guard parts.count > 1, isOfUsage(taken.part, tariff) else {
            return Discounting.rounded(
                taken.off, of: charge, tariff.prices[price].rounding, unitNanos: tariff.prices[price].roundingNanos, tariff.rulesVersion)
        }
        var (sum, off, before) = (Int128(charge), taken.off, Int128(0))
        for other in discountsTried where other.discount == taken.discount && isOfUsage(other.part, tariff) {
            sum += Int128(other.ofNanos)
            // One discount has one denominator.
            off.nanos += other.off.nanos
            off.exact += other.off.exact
            before += Int128(other.nanos)
        }
        guard let sum = Int64(exactly: sum) else { return nil }
        let (rounding, unit) = roundingOfUsage(tariff)
        return Discounting.rounded(off, of: sum, rounding, unitNanos: unit, tariff.rulesVersion) - before
    }

    /// Adds the charge to what was spent in its period.
    private mutating func spend(
        _ charge: Int64, _ discount: Int, _ place: Int, _ tariff: Tariff, _ context: UsageContext
    ) -> (before: Int64, after: Int64)? {
        let key = CounterKey(
            subscription: owner(tariff.discounts[discount].owner, context), offering: binding?.nameOfOffering[tariff.discounts[discount].offering] ?? 0,
            window: parts[place].period)
        let meter = meterName(tariff.discounts[discount].meter)
        guard let before = Int64(exactly: value(of: meter, key) ?? 0) else { return nil }
        let (after, overflows) = before.addingReportingOverflow(charge)
        if overflows { return nil }
        update(meter, key, Int128(after))
        return (before, after)
    }

    /// Whether at `ms` other discounts hold than when the part began, or another multiplier: a session is cut there.
    mutating func discountsChange(_ part: RatedPart, at ms: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        for discount in tariff.prices[part.price].discounts {
            let held = applies(discount, at: part.startMs, to: part, usage, tariff, context)
            if held != applies(discount, at: ms, to: part, usage, tariff, context) { return true }
            if held, tariff.discounts[discount].signal >= 0, multiplier(discount, at: part.startMs, tariff) != multiplier(discount, at: ms, tariff) {
                return true
            }
        }
        return false
    }

    /// The next instant at which one of the rule's discounts begins or ends, or its signal changes.
    func nextDiscountChange(after ms: Int64, under rule: Int, _ tariff: Tariff) -> Int64 {
        var next = Int64.max
        for discount in tariff.rules[rule].discounts {
            for edge in [tariff.discounts[discount].fromMs, tariff.discounts[discount].toMs] where edge > ms { next = min(next, edge) }
            guard tariff.discounts[discount].signal >= 0, let name = binding?.nameOfSignal[tariff.discounts[discount].signal] else { continue }
            next = min(next, signals.nextChange(name, after: ms))
        }
        return next
    }

    // MARK: Fees

    /// The charge of a fee that falls due at `ms`, less the discounts that hold then.
    mutating func discount(
        _ charge: inout RecurringCharge, by discounts: [Tariff.FeeDiscount], at ms: Int64, _ tariff: Tariff, _ context: UsageContext
    ) {
        for discount in discounts {
            guard discount.fromMs <= ms, ms < discount.toMs, discount.prices.isEmpty || discount.prices.contains(charge.price) else { continue }
            if discount.conditions >= 0, missed(discount.conditions, at: ms, UsageView(), tariff, context) != nil { continue }
            // At most the fee itself: no percentage is above a hundred.
            guard let off = Int64(exactly: Discounting.off(charge.chargeNanos, percentMicros: discount.percentMicros).nanos), off != 0 else { continue }
            charge.chargeNanos -= off
            charge.discountNanos += off
            charge.discounts.append(.with { $0.discount = discount.id; $0.amountNanos = off })
            if discount.isExclusive { return }
        }
    }
}
