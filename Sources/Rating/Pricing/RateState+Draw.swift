import Events
import Quantities

/// Drawing on allowances.
extension RateState {
    /// Takes as much of `wanted` out of the part's allowances in `range` as they have.
    @inline(__always)
    mutating func draw(_ wanted: Int64, _ range: Range<Int>, _ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        range.isEmpty ? 0 : drawOnEach(wanted, range, place, usage, tariff, context)
    }

    private mutating func drawOnEach(
        _ wanted: Int64, _ range: Range<Int>, _ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext
    ) -> Int64 {
        var rest = wanted
        for allowance in range where rest > 0 && tariff.covers(tariff.allowances[allowance].zones, parts[place].allowancePlace) {
            let conditions = tariff.allowances[allowance].conditions
            if conditions >= 0, missed(conditions, at: parts[place].startMs, usage, tariff, context) != nil { continue }
            rest -= draw(rest, on: allowance, place, tariff, context)
        }
        return wanted - rest
    }

    private mutating func draw(_ wanted: Int64, on allowance: Int, _ place: Int, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        let own = CounterKey(subscription: context.subscription, offering: parts[place].planName, window: parts[place].period)
        var key = own
        key.subscription = owner(tariff.allowances[allowance].owner, context)
        var wanted = wanted
        var used: Int64 = 0
        let limitMeter = tariff.allowances[allowance].limitMeter
        if limitMeter >= 0 {
            used = value(of: meterName(limitMeter), own) ?? 0
            wanted = min(wanted, max(0, tariff.allowances[allowance].limit - used))
        }
        // What was rolled over expires first.
        var drawn = drawRolled(wanted, allowance, key, tariff)
        let name = meterName(tariff.allowances[allowance].meter)
        let before = value(of: name, key) ?? 0
        let amount = amount(of: allowance, key.window, soldMs: parts[place].soldMs, tariff, context)
        // A newer version may have made the allowance smaller than what was drawn from it.
        let fresh = min(wanted - drawn, max(0, amount - before))
        if fresh > 0 {
            update(name, key, before + fresh)
            note(allowance, place, before, before + fresh, amount, tariff)
        }
        drawn += fresh
        if drawn == 0 { return 0 }
        if limitMeter >= 0 { update(meterName(limitMeter), own, used + drawn) }
        let rolled = tariff.allowances[allowance].rolledMeters.reduce(0) { $0 + (value(of: meterName($1), key) ?? 0) }
        draws.append(Draw(part: place, allowance: allowance, drawn: drawn, left: max(0, amount - before - fresh) + rolled))
        return drawn
    }

    private mutating func drawRolled(_ wanted: Int64, _ allowance: Int, _ key: CounterKey, _ tariff: Tariff) -> Int64 {
        var rest = wanted
        for meter in tariff.allowances[allowance].rolledMeters where rest > 0 {
            let name = meterName(meter)
            guard let left = value(of: name, key), left > 0 else { continue }
            let drawn = min(rest, left)
            update(name, key, left - drawn)
            rest -= drawn
        }
        return wanted - rest
    }

    /// The percentages that were crossed: reached now, and not before.
    private mutating func note(_ allowance: Int, _ place: Int, _ before: Int64, _ after: Int64, _ amount: Int64, _ tariff: Tariff) {
        for percent in tariff.allowances[allowance].noticePercents {
            let mark = Int128(amount) * Int128(percent)
            if Int128(before) * 100 < mark, Int128(after) * 100 >= mark {
                notices.append(Notice(allowance: allowance, percent: percent, part: place, used: after, amount: amount))
            }
        }
    }

    // MARK: Amounts

    /// What the allowance holds in the period, what was rolled over apart.
    func amount(of allowance: Int, _ window: CountWindow, soldMs: Int64, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        let amount = tariff.allowances[allowance].amount
        guard tariff.allowances[allowance].isProrated else { return amount }
        let fromMs = tariff.allowances[allowance].owner == .account ? accounts[Int(context.account)].openedMs : soldMs
        guard fromMs > window.startMs, let zone = zone(of: context.account) else { return amount }
        // By whole local days; the day on which it began counts.
        func day(_ ms: Int64) -> Int { LocalTime(ms, in: tariff.zones[zone]).day }
        let (first, end) = (day(window.startMs), day(window.endMs))
        let left = max(0, end - max(first, day(fromMs)))
        return Int64(Rounding.down.divide(Int128(amount) * Int128(left), by: Int128(max(1, end - first))))
    }
}
