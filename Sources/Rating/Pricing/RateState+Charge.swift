import Events
import Quantities

/// What the parts of a usage cost. The order is that of `RateStage`.
extension RateState {
    /// False where a charge or a sum needs more than 64 bits.
    @inline(__always)
    mutating func charge(_ tariff: Tariff, _ usage: UsageView, _ context: UsageContext) -> Bool {
        var total: Int128 = 0
        for place in parts.indices {
            let price = parts[place].price
            let isCharged: Bool
            if tariff.prices[price].isPlain {
                isCharged = chargeEvent(place, tariff, context)
            } else if tariff.prices[price].scope == .event {
                isCharged = chargeEvent(place, tariff, context) && finish(place, total, tariff, context)
            } else {
                isCharged = chargeOverWindow(place, tariff, context)
            }
            guard isCharged else { return false }
            total += Int128(parts[place].chargeNanos)
        }
        return parts.count == 1 || Int64(exactly: total) != nil
    }

    // MARK: A usage alone

    @inline(__always)
    private mutating func chargeEvent(_ place: Int, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        let (from, to, price) = (parts[place].fromMicros, parts[place].countedToMicros, parts[place].price)
        let counted = tariff.prices[price].model == .volume ? tariff.prices[price].steps.countedByVolume(parts[place].quantityMicros) : to - from
        guard let counted else { return false }
        let drawn = parts[place].allowances.isEmpty ? 0 : draw(counted, parts[place], tariff, context)
        parts[place].countedMicros = counted
        parts[place].allowanceMicros = drawn
        if counted == drawn, counted > 0 || !tariff.prices[price].chargesZero { return true }
        let fee = from == 0 ? Int128(tariff.prices[price].connectionFeeNanos) : 0
        var cost: Int128
        if counted == 0 {
            cost = tariff.prices[price].steps.costOfZero
        } else if tariff.prices[price].model == .volume {
            cost = tariff.prices[price].steps.costByVolume(parts[place].quantityMicros, counted: counted - drawn)
        } else {
            cost = tariff.prices[price].steps.cost(from: from + drawn, to: to)
        }
        if tariff.prices[price].roundingNanos > 1 { cost = Self.rounded(cost, tariff.prices[price]) }
        guard let charge = Int64(exactly: cost + fee) else { return false }
        parts[place].chargeNanos = charge
        parts[place].connectionFeeNanos = Int64(truncatingIfNeeded: fee)
        return true
    }

    private static func rounded(_ cost: Int128, _ price: borrowing Tariff.Price) -> Int128 {
        let unit = Int128(price.roundingNanos)
        return price.rounding.divide(cost, by: unit) * unit
    }

    /// Holds the usage's charge between minimum and maximum: of what the parts before cost, and this one.
    private mutating func finish(_ place: Int, _ before: Int128, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        let price = parts[place].price
        let isWaived = parts[place].countedMicros == parts[place].allowanceMicros && !(parts[place].countedMicros == 0 && tariff.prices[price].chargesZero)
        var charge = Int128(parts[place].chargeNanos)
        if tariff.prices[price].maximumNanos != Int64.max { charge = min(charge, max(0, Int128(tariff.prices[price].maximumNanos) - before)) }
        // The first part's price says what the whole costs at least, and the last part makes it up.
        let minimum = tariff.prices[parts[0].price].minimumNanos
        if place == parts.count - 1, minimum != Int64.min, !isWaived { charge = max(charge, Int128(minimum) - before) }
        guard let charge = Int64(exactly: charge) else { return false }
        parts[place].chargeNanos = charge
        if tariff.conditions.indices.contains(tariff.prices[price].conditions) { countFirstUse(place, tariff, context) }
        return true
    }

    private mutating func countFirstUse(_ place: Int, _ tariff: Tariff, _ context: UsageContext) {
        let price = parts[place].price
        let firstUse = tariff.conditions[tariff.prices[price].conditions].firstUse
        guard firstUse != .any, let window = window(firstUse == .ofDay ? .day : .period, at: parts[place].startMs, tariff, context) else { return }
        let owner = owner(of: price, tariff, context)
        update(meterName(tariff.prices[price].meter), owner, window, 1)
    }

    // MARK: Over a window

    /// The allowances take their part of the usage as measured; the rest adds to the window's sum, which is rounded and priced.
    private mutating func chargeOverWindow(_ place: Int, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        let (quantity, price) = (parts[place].quantityMicros, parts[place].price)
        guard let window = window(tariff.prices[price].scope, at: parts[place].startMs, tariff, context) else { return false }
        let owner = owner(of: price, tariff, context)
        let drawn = parts[place].allowances.isEmpty ? 0 : draw(quantity, parts[place], tariff, context)
        let meter = meterName(tariff.prices[price].meter)
        let before = value(of: meter, owner, window, context)
        let (sum, overflows) = (before ?? 0).addingReportingOverflow(quantity - drawn)
        if overflows { return false }
        let after = tariff.prices[price].model == .peak ? max(before ?? 0, quantity - drawn) : sum
        guard let wasCounted = counted(before ?? 0, tariff.prices[price]), let isCounted = counted(after, tariff.prices[price]) else { return false }
        let (counted, countedOverflows) = (isCounted - wasCounted).addingReportingOverflow(drawn)
        let wasDue = before.map { cost($0, counted: wasCounted, tariff.prices[price]) } ?? 0
        guard !countedOverflows, let charge = Int64(exactly: cost(after, counted: isCounted, tariff.prices[price]) - wasDue) else { return false }
        parts[place].countedMicros = counted
        parts[place].allowanceMicros = drawn
        parts[place].chargeNanos = charge
        update(meter, owner, window, after)
        return true
    }

    private func counted(_ quantity: Int64, _ price: borrowing Tariff.Price) -> Int64? {
        price.model == .volume ? price.steps.countedByVolume(quantity) : price.steps.counted(quantity)
    }

    /// What a window with the sum `quantity` costs.
    private func cost(_ quantity: Int64, counted: Int64, _ price: borrowing Tariff.Price) -> Int128 {
        var cost: Int128
        if quantity == 0 {
            cost = price.chargesZero ? price.steps.costOfZero : 0
        } else if price.model == .volume {
            cost = price.steps.costByVolume(quantity, counted: counted)
        } else {
            cost = price.steps.cost(from: 0, to: counted)
        }
        return price.roundingNanos > 1 ? Self.rounded(cost, price) : cost
    }

    // MARK: Allowances and meters

    /// Takes as much of `quantity` out of the part's allowances as they have.
    @inline(__always)
    private mutating func draw(_ quantity: Int64, _ part: RatedPart, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        let window = CountWindow(kind: .period, startMs: part.periodStartMs, endMs: part.periodEndMs)
        var rest = quantity
        for place in part.allowances where rest > 0 && tariff.covers(tariff.allowances[place].zones, part.allowancePlace) {
            let name = meterName(tariff.allowances[place].meter)
            let used = value(of: name, context.subscription, window, context) ?? 0
            // A newer version may have made the allowance smaller than what was drawn from it.
            let drawn = min(rest, max(0, tariff.allowances[place].amountMicros - used))
            if drawn == 0 { continue }
            update(name, context.subscription, window, used + drawn)
            rest -= drawn
        }
        return quantity - rest
    }

    @inline(__always)
    func meterName(_ meter: Int) -> UInt32 { binding?.nameOfMeter[meter] ?? 0 }

    /// Whose counters a price counts in.
    mutating func owner(of price: Int, _ tariff: Tariff, _ context: UsageContext) -> UInt32 {
        guard tariff.prices[price].owner == .account else { return context.subscription }
        return subscriptionNumber(UnsafeRawBufferPointer(start: nil, count: 0), account: context.account)
    }

    /// What a meter says, this usage's earlier parts included; nil where it was never set in the window.
    @inline(__always)
    func value(of name: UInt32, _ subscription: UInt32, _ window: CountWindow, _ context: UsageContext) -> Int64? {
        var place = updates.count
        while place > 0 {
            place -= 1
            if updates[place].name == name, updates[place].subscription == subscription, updates[place].window == window { return updates[place].value }
        }
        guard let counter = counter(of: subscription, window: window.kind, startMs: window.startMs, offering: context.planName) else { return nil }
        return meters.find(name, in: counters[Int(counter)])
    }

    @inline(__always)
    private mutating func update(_ name: UInt32, _ subscription: UInt32, _ window: CountWindow, _ value: Int64) {
        updates.append(MeterUpdate(subscription: subscription, window: window, name: name, value: value))
    }
}
