import Events
import Quantities

/// What usage counts, and what no usage can be.
extension SourceReader {
    /// The bounds of a type whose settings state none: generous, for what they keep out is a broken counter or clock, not a long call.
    private static func usualMicros(_ unit: UsageUnit) -> Int64 {
        switch unit {
        case .second: 7 * 86_400 * 1_000_000
        case .byte: mostMicros(unit)
        case .event: 1_000_000 * 1_000_000
        case .amount, .unspecified, .UNRECOGNIZED: 0
        }
    }

    /// Two years: catalogues of examples and tests name days that may lie ahead of the machine's.
    private static let usualAheadMs = 731 * Timestamp.msPerDay

    /// What mediation takes at all: 10^9 s, 10^12 B, 10^9 events, an amount of 10^12.
    private static func mostMicros(_ unit: UsageUnit) -> Int64 { unit == .byte || unit == .amount ? 1_000_000_000_000_000_000 : 1_000_000_000_000_000 }

    /// Either the unit alone ("s"), or a mapping with it and the bounds. Nil where the unit is none. Content with the first rules states no bounds by itself:
    /// none were known when it was written.
    func readUsageType(_ type: String, _ field: Field) -> UsageSpecification? {
        let isPlain = field.node.scalar != nil
        if !isPlain { field.expectKeys(["unit", "longest", "largest", "ahead"]) }
        guard let unit = isPlain ? field : field.required("unit") else { return nil }
        guard let known = QuantityText.units.first(where: { $0.symbol == unit.text && $0.factor == 1 }) else {
            unit.fail("expected s, B, event or amount")
            return nil
        }
        var specification = UsageSpecification()
        specification.type = type
        specification.unit = known.unit
        if content.rulesVersion >= 2 {
            specification.mostMicros = Self.usualMicros(known.unit)
            specification.aheadMs = Self.usualAheadMs
        }
        if !isPlain { readBounds(field, known.unit, &specification) }
        return specification
    }

    private func readBounds(_ field: Field, _ unit: UsageUnit, _ specification: inout UsageSpecification) {
        let (ours, others) = unit == .second ? ("longest", "largest") : ("largest", "longest")
        field.optional(others)?.fail(
            unit == .second
                ? "is for what is no time: say longest, such as 24h" : "is for sessions that are counted in seconds: say largest, such as \"200 GB\"")
        if let most = field.optional(ours) { specification.mostMicros = most.text == "none" ? 0 : readMost(most, unit) }
        guard let ahead = field.optional("ahead") else { return }
        specification.aheadMs = ahead.text == "none" ? 0 : duration(ahead, upTo: 36_600 * Timestamp.msPerDay)
        if ahead.text != "none", specification.aheadMs == 0 { ahead.fail("expected a time span above zero, such as 1d, or none") }
    }

    private func readMost(_ field: Field, _ unit: UsageUnit) -> Int64 {
        let most = Self.mostMicros(unit)
        if unit == .second {
            guard let ms = QuantityText.parseDuration(field.text), ms > 0, ms <= most / 1000 else {
                field.fail("expected a time span above zero and of at most 10^9 s, such as 24h, or none, found \"\(field.text)\"")
                return most
            }
            return ms * 1000
        }
        guard let quantity = QuantityText.parse(field.text), quantity.unit == unit, quantity.micros > 0, quantity.micros <= most else {
            let limit = "\(DecimalText.format(Int128(most), decimals: 6)) \(unit.symbol)"
            field.fail("expected a quantity above zero and of at most \(limit), such as \"1000 \(unit.symbol)\", or none, found \"\(field.text)\"")
            return most
        }
        return quantity.micros
    }
}
