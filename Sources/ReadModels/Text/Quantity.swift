import Events
import Quantities

/// A measured amount with its unit: {"amount": "62.5", "unit": "s"}.
public struct Quantity: Hashable, Sendable, Encodable, CustomStringConvertible {
    /// Millionths of the unit.
    public let micros: Int128
    /// "s", "B", "event" or "amount".
    public let unit: String

    public init(micros: Int128, unit: UsageUnit) {
        self.micros = micros
        self.unit = unit.symbol
    }

    init(micros: Int128, unit: Int) { self.init(micros: micros, unit: UsageUnit(rawValue: unit) ?? .unspecified) }

    public var decimal: String { DecimalText.format(micros, decimals: 6) }
    public var description: String { "\(decimal) \(unit)" }

    private enum Key: String, CodingKey {
        case amount, unit
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(decimal, forKey: .amount)
        try container.encode(unit, forKey: .unit)
    }
}
