import Events
import Quantities

/// Drawing on allowances.
extension RateState {
    /// Takes as much of `wanted` out of the part's allowances as they have.
    @inline(__always)
    mutating func draw(
        _ wanted: Int64, of kind: AllowanceKind, _ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext
    ) -> Int64 {
        if context.hasBuckets { return drawWithBuckets(wanted, of: kind, place, usage, tariff, context) }
        let range = kind == .money ? parts[place].moneyAllowances : parts[place].allowances
        return range.isEmpty ? 0 : drawOnEach(wanted, range, place, usage, tariff, context)
    }

    private mutating func drawOnEach(
        _ wanted: Int64, _ range: Range<Int>, _ place: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext
    ) -> Int64 {
        var rest = wanted
        let isFree = isFree(place, tariff)
        for slot in range where rest > 0 {
            let allowance = tariff.slots[slot].allowance
            if isFree, !tariff.allowances[allowance].takesFree { continue }
            guard holds(allowance, at: parts[place].startMs, parts[place].allowancePlace, usage, tariff, context) else { continue }
            rest -= draw(rest, on: tariff.slots[slot], place, planKey(of: allowance, place, tariff, context), tariff, context)
        }
        return wanted - rest
    }

    /// Whether what the part is for costs nothing: then only those allowances pay for it that say so.
    @inline(__always)
    func isFree(_ place: Int, _ tariff: Tariff) -> Bool { tariff.prices[parts[place].price].isFree }

    /// Whether the allowance is for the zones at `destination`, and its conditions hold at `ms`.
    @inline(__always)
    mutating func holds(
        _ allowance: Int, at ms: Int64, _ destination: PrefixTree.Place, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext
    ) -> Bool {
        guard tariff.covers(tariff.allowances[allowance].zones, destination) else { return false }
        let conditions = tariff.allowances[allowance].conditions
        return conditions < 0 || missed(conditions, at: ms, usage, tariff, context) == nil
    }

    /// Where an allowance of the part's plan and period counts.
    mutating func planKey(of allowance: Int, _ place: Int, _ tariff: Tariff, _ context: UsageContext) -> CounterKey {
        CounterKey(
            subscription: owner(tariff.allowances[allowance].owner, context), offering: parts[place].planName, window: parts[place].period)
    }

    /// - Parameter key: where the allowance counts.
    mutating func draw(
        _ wanted: Int64, on slot: Tariff.AllowanceSlot, _ place: Int, _ key: CounterKey, _ tariff: Tariff, _ context: UsageContext
    ) -> Int64 {
        let allowance = slot.allowance
        let borrows = tariff.allowances[allowance].rolledOutMeter >= 0 && tariff.rulesVersion >= .second
        if borrows, slot.rolled >= 0, !isAhead(key, context), (value(of: meterName(tariff.allowances[allowance].rolledMeters[slot.rolled]), key) ?? 0) <= 0 {
            return 0
        }
        let own = CounterKey(subscription: context.subscription, offering: parts[place].planName, window: parts[place].period)
        var wanted = wanted
        var used: Int128 = 0
        let limitMeter = tariff.allowances[allowance].limitMeter
        if limitMeter >= 0 {
            used = value(of: meterName(limitMeter), own) ?? 0
            wanted = Int64(min(Int128(wanted), max(0, tariff.allowances[allowance].limit - used)))
        }
        let meter = meterName(tariff.allowances[allowance].meter)
        let before = value(of: meter, key) ?? 0
        let amount = amount(of: allowance, key.window, soldMs: parts[place].soldMs, tariff, context)
        // What was borrowed and then used by the period before counts as drawn from the period's own.
        let lacking = borrows ? measureRolled(allowance, key, tariff, context) : 0
        // A newer version may have made the allowance smaller than what was drawn from it.
        var fresh = max(0, amount - before - lacking - rolledOut(allowance, key, tariff))
        let drawn: Int64
        if slot.rolled < 0 {
            drawn = Int64(min(Int128(wanted), fresh))
            if drawn > 0 {
                update(meter, key, before + Int128(drawn))
                tell(allowance, before + lacking + Int128(drawn), amount, key, tariff)
                fresh -= Int128(drawn)
            }
        } else if borrows {
            drawn = borrow(wanted, slot, key, tariff)
        } else {
            drawn = drawRolled(wanted, tariff.allowances[allowance].rolledMeters[slot.rolled], key)
        }
        if drawn == 0 { return 0 }
        if limitMeter >= 0 { update(meterName(limitMeter), own, used + Int128(drawn)) }
        if borrows {
            for rolled in rolledLeft { fresh += rolled }
            note(drawn, allowance, place, key, left: canHold(fresh) ? fresh : Int128(Int64(clamping: fresh)))
        } else {
            note(drawn, allowance, place, key, left: left(fresh, allowance, key, tariff))
        }
        return drawn
    }

    /// Draws on a rolled amount as `rolledLeft` has it, which may be more than was handed over yet.
    private mutating func borrow(_ wanted: Int64, _ slot: Tariff.AllowanceSlot, _ key: CounterKey, _ tariff: Tariff) -> Int64 {
        let drawn = Int64(min(Int128(wanted), rolledLeft[slot.rolled]))
        if drawn == 0 { return 0 }
        let name = meterName(tariff.allowances[slot.allowance].rolledMeters[slot.rolled])
        update(name, key, (value(of: name, key) ?? 0) - Int128(drawn))
        rolledLeft[slot.rolled] -= Int128(drawn)
        return drawn
    }

    private mutating func drawRolled(_ wanted: Int64, _ meter: Int, _ key: CounterKey) -> Int64 {
        let name = meterName(meter)
        guard let left = value(of: name, key), left > 0 else { return 0 }
        let drawn = Int64(min(Int128(wanted), left))
        if drawn > 0 { update(name, key, left - Int128(drawn)) }
        return drawn
    }

    /// What of the period's own amount has gone over into the next period already.
    @inline(__always)
    private func rolledOut(_ allowance: Int, _ key: CounterKey, _ tariff: Tariff) -> Int128 {
        let meter = tariff.allowances[allowance].rolledOutMeter
        return meter < 0 ? 0 : value(of: meterName(meter), key) ?? 0
    }

    /// What is left, of all its slots; by the first rules at most 64 bits. Mutating for its call's sake, as `amount(of:)`.
    private mutating func left(_ fresh: Int128, _ allowance: Int, _ key: CounterKey, _ tariff: Tariff) -> Int128 {
        var left = fresh
        for slot in tariff.allowances[allowance].rolledMeters.indices {
            left += value(of: meterName(tariff.allowances[allowance].rolledMeters[slot]), key) ?? 0
        }
        return canHold(left) ? left : Int128(Int64(clamping: left))
    }

    /// One entry for each allowance, purchase and part, whichever of its slots paid.
    private mutating func note(_ drawn: Int64, _ allowance: Int, _ place: Int, _ key: CounterKey, left: Int128) {
        if let known = draws.firstIndex(where: { $0.part == place && $0.allowance == allowance && $0.key == key }) {
            draws[known].drawn += drawn
            draws[known].left = left
        } else {
            draws.append(Draw(part: place, allowance: allowance, drawn: drawn, left: left, key: key))
        }
    }

    /// Tells of the percentages that are reached and were not told in this period.
    mutating func tell(_ allowance: Int, _ used: Int128, _ amount: Int128, _ key: CounterKey, _ tariff: Tariff) {
        let meter = tariff.allowances[allowance].noticeMeter
        guard meter >= 0 else { return }
        let told = value(of: meterName(meter), key) ?? 0
        var highest = told
        for percent in tariff.allowances[allowance].noticePercents where Int128(percent) > told && used * 100 >= amount * Int128(percent) {
            notices.append(Notice(allowance: allowance, percent: percent, key: key, used: used, amount: amount))
            highest = Int128(percent)
        }
        if highest > told { update(meterName(meter), key, highest) }
    }

    // MARK: Amounts

    /// What the allowance holds in the period, what was rolled over apart. Mutating, though it changes nothing, as all that nearly every usage calls and
    /// that is not inlined: else the whole state is copied for the call.
    @inline(__always)
    mutating func amount(of allowance: Int, _ window: CountWindow, soldMs: Int64, _ tariff: Tariff, _ context: UsageContext) -> Int128 {
        guard tariff.allowances[allowance].isProrated else { return tariff.allowances[allowance].amount }
        return proratedAmount(of: allowance, window, soldMs: soldMs, tariff, context)
    }

    private mutating func proratedAmount(
        of allowance: Int, _ window: CountWindow, soldMs: Int64, _ tariff: Tariff, _ context: UsageContext
    ) -> Int128 {
        let amount = tariff.allowances[allowance].amount
        let fromMs = tariff.allowances[allowance].owner == .account ? accounts[Int(context.account)].openedMs : soldMs
        guard fromMs > window.startMs, let zone = zone(of: context.account) else { return amount }
        // By whole local days; the day on which it began counts.
        func day(_ ms: Int64) -> Int { LocalTime(ms, in: tariff.zones[zone]).day }
        let (first, end) = (day(window.startMs), day(window.endMs))
        let left = max(0, end - max(first, day(fromMs)))
        let granule = Int128(tariff.allowances[allowance].granule)
        return Rounding.down.divide(amount * Int128(left), by: Int128(max(1, end - first)) * granule) * granule
    }
}
