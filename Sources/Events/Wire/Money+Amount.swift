import Quantities

extension Money {
    /// An exact amount; traps above 9.2 × 10^18 units.
    public init(_ amount: Amount, _ currencyCode: String) {
        self.init()
        self.currencyCode = currencyCode
        units = Int64(amount.nanos / 1_000_000_000)
        nanos = Int32(amount.nanos % 1_000_000_000)
    }

    public var amount: Amount { Amount(nanos: Int128(units) * 1_000_000_000 + Int128(nanos)) }
}
