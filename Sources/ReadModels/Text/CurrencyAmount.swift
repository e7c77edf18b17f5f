import Quantities

/// An exact amount with its currency, as people and JSON see it: {"amount": "80.00", "currency": "USD"}.
public struct CurrencyAmount: Hashable, Sendable, Encodable, CustomStringConvertible {
    public let amount: Amount
    /// ISO 4217.
    public let currencyCode: String

    public init(_ amount: Amount, _ currencyCode: String) {
        self.amount = amount
        self.currencyCode = currencyCode
    }

    /// A plain decimal: at least the currency's minor digits, more where the amount has more.
    public var decimal: String {
        Currency(currencyCode).map { amount.text($0) } ?? DecimalText.format(amount.nanos, decimals: 9, atLeast: 2)
    }

    public var description: String { currencyCode.isEmpty ? decimal : "\(decimal) \(currencyCode)" }

    private enum Key: String, CodingKey {
        case amount, currency
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(decimal, forKey: .amount)
        try container.encode(currencyCode, forKey: .currency)
    }
}
