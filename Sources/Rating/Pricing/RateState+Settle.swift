import Events
import Quantities

/// What is rounded and capped of a usage: all of it, or what is under one price.
extension RateState {
    /// Rounds and caps what the parts cost, the connection fee with them. False where a charge or a sum needs more bits than it has.
    mutating func settle(_ tariff: Tariff) -> Bool {
        if parts.count == 1, asksNothing(parts[0].price, tariff) { return true }
        var place = 0
        while place < parts.count {
            let price = parts[place].price
            var end = place + 1
            if tariff.prices[price].rounds == .part {
                while end < parts.count, parts[end].price == price { end += 1 }
                guard settle(place..<end, tariff) else { return false }
            }
            place = end
        }
        return settleTogether(.usage, tariff) && settleTogether(.unspecified, tariff)
    }

    /// Whether the charge stands as it is.
    private func asksNothing(_ price: Int, _ tariff: Tariff) -> Bool {
        tariff.prices[price].maximumNanos == Int64.max && tariff.prices[price].minimumNanos == Int64.min
            && (tariff.prices[price].rounds != .usage || !tariff.prices[price].hasRounding)
    }

    /// The least and the most that the price of some parts asks for all of them.
    mutating func settle(_ range: Range<Int>, _ tariff: Tariff) -> Bool {
        let price = parts[range.lowerBound].price
        let (least, most) = (tariff.prices[price].minimumNanos, tariff.prices[price].maximumNanos)
        var total: Int128 = 0
        for place in range {
            if most != Int64.max { parts[place].chargeNanos = Int64(min(Int128(parts[place].chargeNanos), max(0, Int128(most) - total))) }
            total += Int128(parts[place].chargeNanos)
        }
        if least != Int64.min, total < Int128(least), let last = range.last(where: { isPaid($0, tariff) }) {
            guard let charge = Int64(exactly: Int128(parts[last].chargeNanos) + Int128(least) - total) else { return false }
            parts[last].chargeNanos = charge
        }
        return Int64(exactly: total) != nil
    }

    // MARK: As a whole

    /// Whether the part is paid for, under a price of that scope.
    private func isPaid(_ place: Int, under scope: RoundingScope, _ tariff: Tariff) -> Bool {
        tariff.prices[parts[place].price].rounds == scope && isPaid(place, tariff)
    }

    /// Whether the part is paid for, and rounded with the others of the usage.
    func isOfUsage(_ place: Int, _ tariff: Tariff) -> Bool { isPaid(place, under: .usage, tariff) }

    /// Each part costs what the whole costs with it more than without. A maximum is rounded as all is; a minimum is asked as it stands.
    private mutating func settleTogether(_ scope: RoundingScope, _ tariff: Tariff) -> Bool {
        var last = -1
        for place in parts.indices where isPaid(place, under: scope, tariff) { last = place }
        if last < 0 { return true }
        guard addUp(scope, to: last, tariff) else { return false }
        var (rounding, unit) = (Rounding.halfAwayFromZero, Int64(1))
        if scope == .usage { (rounding, unit) = roundingOfUsage(tariff) }
        var charged: Int128 = 0
        var least = Int64.min
        for place in 0...last where isPaid(place, under: scope, tariff) {
            let due = parts[place].exact.rounded(rounding, to: Int128(unit))
            guard let charge = Int64(exactly: due - charged) else { return false }
            parts[place].chargeNanos = charge
            charged = due
            least = max(least, tariff.prices[parts[place].price].minimumNanos)
        }
        if charged < Int128(least) {
            guard let charge = Int64(exactly: Int128(parts[last].chargeNanos) + Int128(least) - charged) else { return false }
            parts[last].chargeNanos = charge
            charged = Int128(least)
        }
        return Int64(exactly: charged) != nil
    }

    /// Makes the exact cost of each part that of the usage up to its end, at most what the prices up to there allow.
    private mutating func addUp(_ scope: RoundingScope, to last: Int, _ tariff: Tariff) -> Bool {
        var sum = ExactAmount.zero
        for place in 0...last where isPaid(place, under: scope, tariff) {
            if scope == .usage {
                guard sum.add(parts[place].exact), sum.add(ExactAmount(nanos: Int128(parts[place].connectionFeeNanos))) else { return false }
            } else {
                // What is under one price was rounded by itself, and the fee is not.
                guard sum.add(ExactAmount(nanos: Int128(parts[place].chargeNanos))) else { return false }
            }
            let most = tariff.prices[parts[place].price].maximumNanos
            if most != Int64.max, sum.nanos >= Int128(most) {
                sum = ExactAmount(nanos: Int128(most))
                // What came before costs no more than all of it.
                for before in 0..<place where isPaid(before, under: scope, tariff) && parts[before].exact.nanos >= Int128(most) { parts[before].exact = sum }
            }
            parts[place].exact = sum
        }
        return true
    }

    /// To the most decimals that a price of the usage states, as the first of them says.
    func roundingOfUsage(_ tariff: Tariff) -> (rounding: Rounding, unitNanos: Int64) {
        var found: (rounding: Rounding, unitNanos: Int64)?
        for place in parts.indices where isOfUsage(place, tariff) {
            let price = parts[place].price
            guard tariff.prices[price].hasRounding else { continue }
            if let known = found, known.unitNanos <= tariff.prices[price].roundingNanos { continue }
            found = (tariff.prices[price].rounding, tariff.prices[price].roundingNanos)
        }
        return found ?? (.halfAwayFromZero, 1)
    }
}
