import Events
import Quantities

extension Tariff {
    /// What takes something off the charges of a rule's prices, compiled: a percentage, steps over what was spent, or a price signal.
    struct Discount: Sendable {
        var id: [UInt8]
        /// Whose it is: that of the prices.
        var offering: Int
        /// Empty: any destination.
        var zones: [Int32]
        /// Places of prices; empty: all of the rule.
        var prices: [Int]
        /// Its place among the conditions; -1 where there are none.
        var conditions: Int
        var fromMs: Int64
        var toMs: Int64
        var isExclusive: Bool
        /// Millionths of a percent; of a discount over steps, 0.
        var percentMicros: Int64
        var steps: [Step]
        var owner: CountOwner
        /// What the steps count is kept under.
        var meter: Int
        /// Its place among the signals; -1 for none. The multiplier is held within bounds, in millionths.
        var signal: Int
        var leastMicros: Int64
        var mostMicros: Int64
    }

    /// How many bytes the texts take that a charge names the discount with.
    func textCount(of taken: DiscountTaken) -> Int {
        let signal = discounts[taken.discount].signal
        return discounts[taken.discount].id.count + (signal < 0 ? 0 : signals[signal].utf8.count)
    }

    /// From `fromNanos` of the spending on, which is part of the step before.
    struct Step: Sendable {
        var fromNanos: Int64
        var percentMicros: Int64
    }

    /// A discount on fees: always a percentage.
    struct FeeDiscount: Sendable {
        var id: String
        /// Ids of recurring prices; empty: all of the version.
        var prices: [String]
        var conditions: Int
        var fromMs: Int64
        var toMs: Int64
        var isExclusive: Bool
        var percentMicros: Int64
    }
}

extension Tariff.Step {
    /// What the steps take off between a spending before and after a charge: two sums from zero on, so that it does not matter in how many charges a sum is
    /// spent.
    static func discount(_ steps: [Self], from before: Int64, to after: Int64) -> DiscountOff {
        let (before, after) = (exact(steps, of: before), exact(steps, of: after))
        func rounded(_ exact: Int128) -> Int128 { Rounding.halfAwayFromZero.divide(exact, by: Discounting.whole) }
        return DiscountOff(nanos: rounded(after) - rounded(before), exact: after - before, denominator: Discounting.whole)
    }

    /// In nanos times `Discounting.whole`.
    private static func exact(_ steps: [Self], of nanos: Int64) -> Int128 {
        var exact: Int128 = 0
        for (place, step) in steps.enumerated() where nanos > step.fromNanos {
            let end = place + 1 < steps.count ? min(nanos, steps[place + 1].fromNanos) : nanos
            exact += Int128(end - step.fromNanos) * Int128(step.percentMicros)
        }
        return exact
    }
}

/// What a discount takes off a charge, before what is left is rounded to the price's decimals.
struct DiscountOff {
    /// Rounded at the nano.
    var nanos: Int128
    /// The exact value times the denominator.
    var exact: Int128
    var denominator: Int128
}

/// How percentages and multipliers change a charge. One place, for rating and for whoever computes a charge anew.
enum Discounting {
    /// A hundred percent, in millionths of a percent.
    static let whole: Int128 = 100_000_000

    /// What a percentage takes off, at the nano half away from zero.
    static func off(_ chargeNanos: Int64, percentMicros: Int64) -> DiscountOff {
        let exact = Int128(chargeNanos) * Int128(percentMicros)
        return DiscountOff(nanos: Rounding.halfAwayFromZero.divide(exact, by: whole), exact: exact, denominator: whole)
    }

    /// What a multiplier takes off; less than zero where it adds.
    static func off(_ chargeNanos: Int64, multiplierMicros: Int64) -> DiscountOff {
        let left = Int128(chargeNanos) * Int128(multiplierMicros)
        return DiscountOff(
            nanos: Int128(chargeNanos) - Rounding.halfAwayFromZero.divide(left, by: 1_000_000), exact: Int128(chargeNanos) * 1_000_000 - left,
            denominator: 1_000_000)
    }

    /// What is taken off in the end: where the price rounds to decimals, what is left of the charge is rounded so, each part of a session for itself. By the
    /// second rules that is the one time that it is rounded.
    static func rounded(_ off: DiscountOff, of chargeNanos: Int64, _ rounding: Rounding, unitNanos: Int64, _ rules: RulesVersion) -> Int128 {
        let (charge, unit) = (Int128(chargeNanos), Int128(unitNanos))
        guard unit > 1, rules < .second ? off.nanos != 0 : off.exact != 0 else { return off.nanos }
        if rules < .second { return charge - rounding.divide(charge - off.nanos, by: unit) * unit }
        return charge - rounding.divide(charge * off.denominator - off.exact, by: off.denominator * unit) * unit
    }
}
