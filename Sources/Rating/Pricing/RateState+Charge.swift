import Events
import Quantities

/// What the parts of a usage cost. The order is that of `RateStage`.
extension RateState {
    /// False where a charge or a sum needs more than 64 bits.
    @inline(__always)
    mutating func charge(_ tariff: Tariff, _ usage: UsageView, _ context: UsageContext) -> Bool {
        for place in parts.indices {
            let isEvent = tariff.prices[parts[place].price].scope == .event
            guard isEvent ? chargeEvent(place, usage, tariff, context) : chargeOverWindow(place, usage, tariff, context) else { return false }
        }
        let isPlain = parts.count == 1 && tariff.prices[parts[0].price].isPlain
        guard isPlain ? addConnectionFee(tariff) : finish(tariff, context) else { return false }
        if !tariff.discounts.isEmpty { guard discount(usage, tariff, context) else { return false } }
        for place in parts.indices where (!parts[place].moneyAllowances.isEmpty || context.hasBuckets) && parts[place].chargeNanos > 0 {
            payByMoney(place, usage, tariff, context)
        }
        return (!tariff.hasMinimumSpends || countSpend(tariff, context)) && !isBeyondMeters
    }

    // MARK: A usage alone

    @inline(__always)
    private mutating func chargeEvent(_ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        let (from, to, price) = (parts[place].fromMicros, parts[place].countedToMicros, parts[place].price)
        let isVolume = tariff.prices[price].model == .volume
        let quantity = Int128(parts[place].quantityMicros)
        guard let counted = isVolume ? tariff.prices[price].steps.countedByVolume(quantity).flatMap({ Int64(exactly: $0) }) : to - from else { return false }
        let drawn = draw(counted, of: .quantity, place, usage, tariff, context)
        parts[place].countedMicros = counted
        parts[place].allowanceMicros = drawn
        guard isPaid(place, tariff) else { return true }
        var exact = ExactAmount.zero
        if counted == 0 {
            exact = ExactAmount(nanos: tariff.prices[price].steps.costOfZero)
        } else if isVolume {
            guard let cost = tariff.prices[price].steps.costByVolume(quantity, counted: Int128(counted - drawn)) else { return false }
            exact = cost
        } else {
            guard let cost = tariff.prices[price].steps.cost(from: Int128(from + drawn), to: Int128(to), countedFrom: Int128(from)) else { return false }
            exact = cost
            if tariff.prices[price].steps.hasFlats { guard exact.add(ExactAmount(nanos: flats(place, tariff))) else { return false } }
        }
        parts[place].exact = exact
        guard let rounded = rounded(place, tariff), let charge = Int64(exactly: rounded) else { return false }
        parts[place].chargeNanos = charge
        return true
    }

    /// Whether anything of the part is left to pay after the allowances: a zero only where the price says so.
    @inline(__always)
    func isPaid(_ place: Int, _ tariff: Tariff) -> Bool {
        parts[place].countedMicros > parts[place].allowanceMicros
            || (parts[place].countedMicros == 0 && tariff.prices[parts[place].price].chargesZero)
    }

    /// The flat fees of the steps in which the part pays for something and no earlier part under the same price did.
    private func flats(_ place: Int, _ tariff: Tariff) -> Int128 {
        let conditions = tariff.prices[parts[place].price].conditions
        // A first use is one by itself, on each day.
        let isFirstUse = conditions >= 0 && tariff.conditions[conditions].firstUse != .any
        return paidSteps(place, tariff).reduce(Int128(0)) { sum, step in
            let wasPaid =
                !isFirstUse
                && parts[..<place].indices.contains { isSamePrice($0, place, tariff) && paidSteps($0, tariff).contains { $0.fromMicros == step.fromMicros } }
            return wasPaid ? sum : sum + Int128(step.flatNanos)
        }
    }

    /// The steps in which the part pays for something.
    private func paidSteps(_ place: Int, _ tariff: Tariff) -> [PriceSteps.Step] {
        var paid: [PriceSteps.Step] = []
        let from = Int128(parts[place].fromMicros + parts[place].allowanceMicros)
        tariff.prices[parts[place].price].steps.eachReach(from: Int128(parts[place].fromMicros), to: Int128(parts[place].countedToMicros)) { step, reach in
            if from < reach.upperBound { paid.append(step) }
        }
        return paid
    }

    /// Versions of an offering may have a price of the same id.
    private func isSamePrice(_ a: Int, _ b: Int, _ tariff: Tariff) -> Bool {
        parts[a].offering == parts[b].offering && tariff.prices[parts[a].price].meter == tariff.prices[parts[b].price].meter
    }

    // MARK: Rounding

    /// The charge of a part whose exact cost is known. Of parts that are rounded together the sum is rounded: a session costs the same in one part and in
    /// several. Nil where the sum can't be told exactly.
    @inline(__always)
    private mutating func rounded(_ place: Int, _ tariff: Tariff) -> Int128? {
        let price = parts[place].price
        if tariff.prices[price].roundingNanos == 1, parts[place].exact.part == 0, place == 0 || parts[place - 1].price != price {
            return parts[place].exact.nanos
        }
        return roundedWithThoseBefore(place, tariff)
    }

    /// Mutating for its call's sake, as `amount(of:)`.
    private mutating func roundedWithThoseBefore(_ place: Int, _ tariff: Tariff) -> Int128? {
        var sum = parts[place].exact
        var charged: Int128 = 0
        // Those that follow one another under one price.
        var before = place - 1
        while before >= 0, parts[before].price == parts[place].price {
            guard sum.add(parts[before].exact) else { return nil }
            charged += Int128(parts[before].chargeNanos)
            before -= 1
        }
        return rounded(sum, by: parts[place].price, tariff) - charged
    }

    // By its place, here and below: a price that is handed over is copied.
    @inline(__always)
    private func rounded(_ exact: ExactAmount, by price: Int, _ tariff: Tariff) -> Int128 {
        exact.rounded(tariff.prices[price].rounding, to: Int128(tariff.prices[price].roundingNanos))
    }

    // MARK: The usage as a whole

    /// The first part's price says the connection fee; it falls due with the first part that is paid.
    @inline(__always)
    private mutating func addConnectionFee(_ tariff: Tariff) -> Bool {
        let fee = tariff.prices[parts[0].price].connectionFeeNanos
        guard fee != 0, let place = parts.indices.first(where: { isPaid($0, tariff) }) else { return true }
        let (charge, overflows) = parts[place].chargeNanos.addingReportingOverflow(fee)
        parts[place].chargeNanos = charge
        parts[place].connectionFeeNanos = fee
        return !overflows
    }

    /// The fee, then what is rounded and capped, then what was used for the first time.
    private mutating func finish(_ tariff: Tariff, _ context: UsageContext) -> Bool {
        guard addConnectionFee(tariff) else { return false }
        if tariff.prices[parts[0].price].scope == .event {
            // By the first rules the least and the most are those of the first part's price, for the whole, where no price says what is rounded.
            let isFirst = tariff.rulesVersion < .second && parts.allSatisfy { tariff.prices[$0.price].rounds == .unspecified }
            guard isFirst ? settle(parts.indices, tariff) : settle(tariff) else { return false }
        }
        for place in parts.indices where tariff.prices[parts[place].price].conditions >= 0 && isPaid(place, tariff) { countFirstUse(place, tariff, context) }
        return true
    }

    private mutating func countFirstUse(_ place: Int, _ tariff: Tariff, _ context: UsageContext) {
        let price = parts[place].price
        let firstUse = tariff.conditions[tariff.prices[price].conditions].firstUse
        if parts[place].quantityMicros == 0, tariff.rulesVersion != .first { return }
        guard firstUse != .any, let window = window(firstUse == .ofDay ? .day : .period, at: parts[place].startMs, tariff, context) else { return }
        update(meterName(tariff.prices[price].meter), key(ofPrice: price, window, tariff, context), 1)
    }

    /// Allowances of money pay what they can of a charge.
    private mutating func payByMoney(_ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) {
        let paid = draw(parts[place].chargeNanos, of: .money, place, usage, tariff, context)
        parts[place].allowanceNanos = paid
        parts[place].chargeNanos -= paid
    }

    // MARK: Over a window

    /// The allowances take their part of the usage as measured; the rest adds to the window's sum, which is rounded and priced.
    private mutating func chargeOverWindow(_ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        let (quantity, price) = (parts[place].quantityMicros, parts[place].price)
        guard let window = window(tariff.prices[price].scope, at: parts[place].startMs, tariff, context) else { return false }
        let key = key(ofPrice: price, window, tariff, context)
        let drawn = draw(quantity, of: .quantity, place, usage, tariff, context)
        let meter = meterName(tariff.prices[price].meter)
        let before = value(of: meter, key)
        let (sum, added) = (before ?? 0, Int128(quantity - drawn))
        guard canHold(sum + added) else { return false }
        let after = tariff.prices[price].model == .peak ? max(sum, added) : sum + added
        guard let wasCounted = counted(sum, by: price, tariff), let isCounted = counted(after, by: price, tariff), canHold(wasCounted),
            canHold(isCounted), let counted = Int64(exactly: isCounted - wasCounted + Int128(drawn)),
            let isDue = cost(after, counted: isCounted, by: price, tariff),
            let wasDue = before.map({ cost($0, counted: wasCounted, by: price, tariff) }) ?? 0, let charge = Int64(exactly: isDue - wasDue)
        else { return false }
        parts[place].countedMicros = counted
        parts[place].allowanceMicros = drawn
        parts[place].chargeNanos = charge
        parts[place].sumBeforePlusOne = before.map { $0 + 1 } ?? 0
        update(meter, key, after)
        return true
    }

    private func counted(_ quantity: Int128, by price: Int, _ tariff: Tariff) -> Int128? {
        tariff.prices[price].model == .volume ? tariff.prices[price].steps.countedByVolume(quantity) : tariff.prices[price].steps.counted(quantity)
    }

    /// What a window with the sum `quantity` costs, rounded once. Nil where that needs more than 128 bits.
    private func cost(_ quantity: Int128, counted: Int128, by price: Int, _ tariff: Tariff) -> Int128? {
        var exact = ExactAmount.zero
        if quantity == 0 {
            if tariff.prices[price].chargesZero { exact = ExactAmount(nanos: tariff.prices[price].steps.costOfZero) }
        } else if tariff.prices[price].model == .volume {
            guard let cost = tariff.prices[price].steps.costByVolume(quantity, counted: counted) else { return nil }
            exact = cost
        } else {
            guard let cost = tariff.prices[price].steps.cost(from: 0, to: counted) else { return nil }
            exact = cost
            if tariff.prices[price].steps.hasFlats {
                guard exact.add(ExactAmount(nanos: tariff.prices[price].steps.flats(upTo: counted))) else { return nil }
            }
        }
        return rounded(exact, by: price, tariff)
    }
}
