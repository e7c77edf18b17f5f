import Quantities
import Rating

/// A quote for a person to read. Amounts are plain decimals of the currency's unit, exact, without needless zeros.
struct QuoteText {
    let quote: Quote

    init(_ quote: Quote) { self.quote = quote }

    var cost: String { Self.decimal(quote.costNanos) }
    var connectionFee: String { Self.decimal(quote.connectionFeeNanos) }
    var available: String? { quote.availableNanos.map { Self.decimal($0) } }

    /// What was charged for what, a line for each part.
    var lines: [String] {
        quote.parts.map { part in
            var text = "\(Timestamp(ms: part.startMs)) \(Self.quantity(part.quantityMicros))"
            if part.countedMicros != part.quantityMicros { text += ", counted as \(Self.quantity(part.countedMicros))" }
            text += ": price \(part.price) of \(part.offering)"
            text += Self.zone(part.zone, own: part.ownZone)
            if part.allowanceMicros > 0 { text += ", \(Self.quantity(part.allowanceMicros)) from allowances" }
            if part.connectionFeeNanos != 0 { text += ", connection fee \(Self.decimal(part.connectionFeeNanos))" }
            for step in part.steps {
                text += ", \(Self.quantity(step.quantityMicros)) at \(Self.decimal(step.priceNanos)) per \(Self.quantity(step.perMicros))"
                if step.flatNanos != 0 { text += " and \(Self.decimal(step.flatNanos)) flat" }
            }
            for discount in part.discounts { text += ", \(Self.discount(discount))" }
            if part.allowanceNanos != 0 { text += ", \(Self.decimal(part.allowanceNanos)) paid by allowances" }
            return text + " = \(Self.decimal(part.chargeNanos))"
        }
    }

    /// For example "happy-hour 20 %: 0.3 off".
    static func discount(_ discount: Quote.Discount) -> String {
        var text = discount.id
        if let percent = discount.percentMicros { text += " \(quantity(percent)) %" }
        if !discount.signal.isEmpty { text += " by signal \(discount.signal), times \(quantity(discount.multiplierMicros))" }
        return text + (discount.nanos < 0 ? ": \(decimal(-discount.nanos)) more" : ": \(decimal(discount.nanos)) off")
    }

    /// What a price is for, and where the number is itself; empty for none.
    static func zone(_ zone: String, own: String) -> String {
        (zone.isEmpty ? "" : " to \(zone)") + (own.isEmpty ? "" : ", the number's zone being \(own)")
    }

    static func decimal(_ nanos: Int64) -> String { DecimalText.format(Int128(nanos), decimals: 9) }
    static func quantity(_ micros: Int64) -> String { quantity(Int128(micros)) }
    static func quantity(_ micros: Int128) -> String { DecimalText.format(micros, decimals: 6) }
}
