import Events
import Quantities

/// The steps of a price: from what point on which increment and price hold. The first starts at 0; a step includes its upper
/// bound, the next starts right after it.
struct PriceSteps: Sendable {
    struct Step: Sendable {
        var fromMicros: Int64
        /// Where the next step begins; `Int64.max` for the last.
        var toMicros: Int64
        var incrementMicros: Int64
        var priceNanos: Int64
        var pricePerMicros: Int64
    }

    private let first: Step
    private let others: [Step]

    init(_ steps: [RateStep]) throws(TariffError) {
        var compiled: [Step] = []
        for (place, step) in steps.enumerated() {
            let to = place + 1 < steps.count ? steps[place + 1].fromMicros : Int64.max
            guard step.incrementMicros > 0, step.pricePerMicros > 0, step.fromMicros < to, (place == 0) == (step.fromMicros == 0) else {
                throw TariffError(reason: "a price's steps are not in order, or an increment is not positive")
            }
            compiled.append(
                Step(
                    fromMicros: step.fromMicros, toMicros: to, incrementMicros: step.incrementMicros, priceNanos: step.priceNanos,
                    pricePerMicros: step.pricePerMicros))
        }
        guard let first = compiled.first else { throw TariffError(reason: "a price has no steps") }
        self.first = first
        others = Array(compiled.dropFirst())
    }

    /// `quantity` (0 or more) in whole increments, each started one in full. Nil above 64 bits.
    @inline(__always)
    func counted(_ quantity: Int64) -> Int64? {
        if others.isEmpty { return Self.roundedUp(quantity, to: first.incrementMicros) }
        return countedBySteps(quantity)
    }

    private func countedBySteps(_ quantity: Int64) -> Int64? {
        guard var total = Self.roundedUp(min(quantity, first.toMicros), to: first.incrementMicros) else { return nil }
        for step in others where quantity > step.fromMicros {
            guard let part = Self.roundedUp(min(quantity, step.toMicros) - step.fromMicros, to: step.incrementMicros) else { return nil }
            let (sum, overflows) = total.addingReportingOverflow(part)
            if overflows { return nil }
            total = sum
        }
        return total
    }

    /// What the counted quantity from `start` to `end` costs, in nanos: each step's part rounded half away from zero at the nano.
    @inline(__always)
    func cost(from start: Int64, to end: Int64) -> Int128 {
        if others.isEmpty { return Self.cost(end - start, first) }
        var total: Int128 = Self.cost(max(0, min(end, first.toMicros) - start), first)
        for step in others where end > step.fromMicros {
            total += Self.cost(max(0, min(end, step.toMicros) - max(start, step.fromMicros)), step)
        }
        return total
    }

    @inline(__always)
    private static func cost(_ quantity: Int64, _ step: Step) -> Int128 {
        let (product, overflows) = quantity.multipliedReportingOverflow(by: step.priceNanos)
        // Most products fit into 64 bits, where a division costs a tenth; an exact quotient needs no rounding.
        if !overflows {
            let (quotient, remainder) = product.quotientAndRemainder(dividingBy: step.pricePerMicros)
            if remainder == 0 { return Int128(quotient) }
        }
        return Rounding.halfAwayFromZero.divide(Int128(quantity) * Int128(step.priceNanos), by: Int128(step.pricePerMicros))
    }

    @inline(__always)
    private static func roundedUp(_ quantity: Int64, to increment: Int64) -> Int64? {
        let over = quantity % increment
        if over == 0 { return quantity }
        let (sum, overflows) = quantity.addingReportingOverflow(increment - over)
        return overflows ? nil : sum
    }
}
