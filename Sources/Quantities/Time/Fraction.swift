/// An exact share in lowest terms, such as 14/31 of a period. Sums trap where they overflow 128 bits.
public struct Fraction: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let numerator: Int128
    /// Positive.
    public let denominator: Int128

    public static let zero = Fraction(0, 1)
    public static let one = Fraction(1, 1)

    /// The denominator is positive.
    public init(_ numerator: Int128, _ denominator: Int128) {
        precondition(denominator > 0, "a fraction needs a positive denominator")
        var (divisor, rest) = (denominator.magnitude, numerator.magnitude)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        self.numerator = numerator / Int128(divisor)
        self.denominator = denominator / Int128(divisor)
    }

    public static func + (a: Fraction, b: Fraction) -> Fraction {
        if a.denominator == b.denominator { return Fraction(a.numerator + b.numerator, a.denominator) }
        return Fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
    }

    public static func < (a: Fraction, b: Fraction) -> Bool { a.numerator * b.denominator < b.numerator * a.denominator }

    /// In 10^-9.
    public func nanos(_ rounding: Rounding = .halfAwayFromZero) -> Int128 { rounding.divide(numerator * 1_000_000_000, by: denominator) }

    /// "14/31".
    public var description: String { "\(numerator)/\(denominator)" }
}

extension Amount {
    /// This share of the amount, rounded once, to 10^-9 of the currency's unit.
    public func share(_ fraction: Fraction, _ rounding: Rounding = .halfAwayFromZero) -> Amount {
        Amount(nanos: rounding.divide(nanos * fraction.numerator, by: fraction.denominator))
    }

    /// A share for each fraction. Not each is rounded but each running total, so that the shares add up to
    /// `share(sum of fractions)`: to the amount itself where they make a whole.
    public func shares(_ fractions: [Fraction], _ rounding: Rounding = .halfAwayFromZero) -> [Amount] {
        var total = Fraction.zero
        var given = Amount.zero
        return fractions.map { fraction in
            total = total + fraction
            let next = share(total, rounding)
            defer { given = next }
            return next - given
        }
    }
}
