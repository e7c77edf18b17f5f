/// An amount of money that was not rounded yet: whole nanos (10^-9 of a currency's unit) and an exact part of one. What is made of several quotients
/// is added up in it, and rounded once.
public struct ExactAmount: Sendable {
    /// The whole nanos, rounded towards minus infinity.
    public private(set) var nanos: Int128
    /// What is beyond them, of `denominator`: 0 or more, and below it.
    public private(set) var part: Int128
    public private(set) var denominator: Int128

    /// No denominator is larger: so that a part of a unit of 10^9 nanos can be compared with its half in 128 bits. Prices of GiB beside prices of GB,
    /// with nine decimals each, have one of 2^71.
    public static let largestDenominator = Int128(1) << 90

    public static let zero = ExactAmount(nanos: 0)

    @inline(__always)
    public init(nanos: Int128) {
        self.nanos = nanos
        part = 0
        denominator = 1
    }

    /// `product / denominator` nanos: in 64 bits, where a division costs a tenth.
    /// - Parameter denominator: above zero.
    @inline(__always)
    public init(_ product: Int64, over denominator: Int64) {
        var (quotient, remainder) = product.quotientAndRemainder(dividingBy: denominator)
        if remainder < 0 { (quotient, remainder) = (quotient - 1, remainder + denominator) }
        nanos = Int128(quotient)
        part = Int128(remainder)
        self.denominator = remainder == 0 ? 1 : Int128(denominator)
    }

    /// `quantity * numerator / denominator` nanos. Nil where that needs more than 128 bits, which no 64-bit quantity does.
    /// - Parameters:
    ///   - quantity: 0 or more.
    ///   - denominator: above zero.
    public init?(_ quantity: Int128, times numerator: Int64, over denominator: Int64) {
        let (numerator, denominator) = (Int128(numerator), Int128(denominator))
        let (whole, rest) = quantity.quotientAndRemainder(dividingBy: denominator)
        let (product, overflows) = whole.multipliedReportingOverflow(by: numerator)
        // Less than 2^63 each.
        let small = rest * numerator
        let floor = Rounding.down.divide(small, by: denominator)
        let (sum, carries) = product.addingReportingOverflow(floor)
        if overflows || carries { return nil }
        nanos = sum
        part = small - floor * denominator
        self.denominator = part == 0 ? 1 : denominator
    }

    /// False where the sum needs more than 128 bits, or a denominator beyond the largest; it is not to be used then.
    @inline(__always)
    public mutating func add(_ other: ExactAmount) -> Bool {
        let (sum, overflows) = nanos.addingReportingOverflow(other.nanos)
        nanos = sum
        return other.part == 0 ? !overflows : !overflows && add(part: other.part, of: other.denominator)
    }

    private mutating func add(part other: Int128, of otherDenominator: Int128) -> Bool {
        if part == 0 {
            (part, denominator) = (other, otherDenominator)
            return true
        }
        guard let common = Self.commonDenominator(denominator, otherDenominator) else {
            // Several steps' sum need not be in lowest terms.
            let divisor = Self.commonDivisor(part, denominator)
            let otherDivisor = Self.commonDivisor(other, otherDenominator)
            if divisor == 1 && otherDivisor == 1 { return false }
            (part, denominator) = (part / divisor, denominator / divisor)
            return add(part: other / otherDivisor, of: otherDenominator / otherDivisor)
        }
        // Both are below the largest denominator.
        part = part * (common / denominator) + other * (common / otherDenominator)
        denominator = common
        guard part >= common else { return true }
        part -= common
        if part == 0 { denominator = 1 }
        let (sum, overflows) = nanos.addingReportingOverflow(1)
        nanos = sum
        return !overflows
    }

    /// In nanos, rounded once to a multiple of `unit` nanos.
    /// - Parameter unit: from 1 to 10^9.
    public func rounded(_ rounding: Rounding, to unit: Int128 = 1) -> Int128 {
        if part == 0, unit == 1 { return nanos }
        if let short = roundedInWord(rounding, to: Int64(unit)) { return short }
        if part == 0 { return rounding.divide(nanos, by: unit) * unit }
        let below = unit == 1 ? nanos : Rounding.down.divide(nanos, by: unit)
        // How far it lies above the unit below it, of `whole`: neither zero nor all of it.
        let (rest, whole) = ((nanos - below * unit) * denominator + part, unit * denominator)
        let isUp: Bool
        switch rounding {
        case .up: isUp = true
        case .down: isUp = false
        case .halfAwayFromZero: isUp = rest * 2 > whole || (rest * 2 == whole && nanos >= 0)
        case .halfEven: isUp = rest * 2 > whole || (rest * 2 == whole && below % 2 != 0)
        }
        return (isUp ? below + 1 : below) * unit
    }

    /// In 64 bits, as nearly every amount is, where a division costs a tenth; nil where that does not do.
    private func roundedInWord(_ rounding: Rounding, to unit: Int64) -> Int128? {
        guard let nanos = Int64(exactly: nanos), nanos >= 0, let denominator = Int64(exactly: denominator) else { return nil }
        let (whole, overflows) = unit.multipliedReportingOverflow(by: denominator)
        // Twice what is below it must fit, too.
        guard !overflows, whole <= Int64.max / 2 else { return nil }
        let below = nanos / unit
        let twice = ((nanos - below * unit) * denominator + Int64(part)) * 2
        let isUp: Bool
        switch rounding {
        case .up: isUp = twice > 0
        case .down: isUp = false
        case .halfAwayFromZero: isUp = twice >= whole
        case .halfEven: isUp = twice > whole || (twice == whole && below % 2 != 0)
        }
        return (Int128(below) + (isUp ? 1 : 0)) * Int128(unit)
    }

    // MARK: Denominators

    /// The least common multiple; nil beyond the largest denominator.
    private static func commonDenominator(_ a: Int128, _ b: Int128) -> Int128? {
        if a == b { return a }
        let (product, overflows) = (a / commonDivisor(a, b)).multipliedReportingOverflow(by: b)
        return overflows || product > largestDenominator ? nil : product
    }

    /// Of several prices, each of so many nanos for a quantity: the denominator in which what all of them come to can be added up. Nil beyond the largest.
    public static func commonDenominator(of prices: some Sequence<(nanos: Int64, per: Int64)>) -> Int128? {
        var common: Int128 = 1
        for price in prices {
            guard price.per > 0, let next = commonDenominator(common, Int128(reduced(price.nanos, per: price.per).denominator)) else { return nil }
            common = next
        }
        return common
    }

    /// `nanos / per` in lowest terms.
    /// - Parameter per: above zero.
    public static func reduced(_ nanos: Int64, per: Int64) -> (numerator: Int64, denominator: Int64) {
        // A divisor of `per`, which is no more than 63 bits.
        let divisor = Int64(commonDivisor(Int128(nanos), Int128(per)))
        return (nanos / divisor, per / divisor)
    }

    private static func commonDivisor(_ a: Int128, _ b: Int128) -> Int128 {
        var (divisor, rest) = (b.magnitude, a.magnitude)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        return Int128(divisor)
    }
}
