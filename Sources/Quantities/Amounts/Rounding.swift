/// How an exact quotient becomes a whole number.
public enum Rounding: Sendable {
    /// Halves away from zero, as invoices do.
    case halfAwayFromZero
    /// Halves to the even neighbour.
    case halfEven
    /// Towards plus infinity.
    case up
    /// Towards minus infinity.
    case down

    /// `numerator / denominator`, rounded. The denominator is positive.
    public func divide(_ numerator: Int128, by denominator: Int128) -> Int128 {
        precondition(denominator > 0, "a rounded quotient needs a positive denominator")
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        if remainder == 0 { return quotient }
        let away: Int128 = remainder < 0 ? -1 : 1
        switch self {
        case .up: return remainder > 0 ? quotient + 1 : quotient
        case .down: return remainder < 0 ? quotient - 1 : quotient
        case .halfAwayFromZero, .halfEven:
            let twice = remainder.magnitude * 2
            let half = denominator.magnitude
            if twice < half { return quotient }
            if twice > half || self == .halfAwayFromZero { return quotient + away }
            return quotient % 2 == 0 ? quotient : quotient + away
        }
    }
}
