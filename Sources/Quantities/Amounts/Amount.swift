/// An exact amount of money in 10^-9 of a currency's unit. The currency is stated once by what holds the amount.
///
/// Sums of amounts trap where they overflow 128 bits, which no sum of 64-bit charges can reach.
public struct Amount: Hashable, Comparable, Sendable {
    public var nanos: Int128

    public init(nanos: Int128) { self.nanos = nanos }
    public init(nanos: Int64) { self.nanos = Int128(nanos) }

    public static let zero = Amount(nanos: Int128(0))

    public static func + (a: Amount, b: Amount) -> Amount { Amount(nanos: a.nanos + b.nanos) }
    public static func - (a: Amount, b: Amount) -> Amount { Amount(nanos: a.nanos - b.nanos) }
    public static func += (a: inout Amount, b: Amount) { a.nanos += b.nanos }
    public static prefix func - (a: Amount) -> Amount { Amount(nanos: -a.nanos) }
    public static func < (a: Amount, b: Amount) -> Bool { a.nanos < b.nanos }

    /// To the currency's minor unit.
    public func rounded(_ currency: Currency, _ rounding: Rounding = .halfAwayFromZero) -> Amount {
        let minor = currency.minorUnitNanos
        return Amount(nanos: rounding.divide(nanos, by: minor) * minor)
    }

    /// A plain decimal of at least the currency's minor digits, more where the amount has more: "80.00", "0.0123".
    public func text(_ currency: Currency) -> String {
        DecimalText.format(nanos, decimals: 9, atLeast: currency.minorDigits)
    }
}
