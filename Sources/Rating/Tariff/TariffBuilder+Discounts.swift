import Events
import Quantities

extension TariffBuilder {
    /// Adds the version's discounts on usage that are for `type`, and gives them to the rule's prices.
    mutating func addDiscounts(of version: OfferingVersion, offering: Int, type: String, on range: Range<Int>) throws(TariffError) {
        let first = discounts.count
        for source in version.discounts where source.target != .fees && (source.type == type || source.type.isEmpty) {
            let own = range.filter { place in source.prices.contains { prices[place].id == Array($0.utf8) } }
            if !source.prices.isEmpty, own.isEmpty { continue }
            let place = try addConditions(of: source)
            try check(source)
            var steps: [Tariff.Step] = []
            for step in source.steps {
                guard steps.isEmpty == (step.fromNanos == 0), step.fromNanos > (steps.last?.fromNanos ?? -1), Self.isPercent(step.percentMicros) else {
                    throw TariffError(reason: "the steps of discount \(source.id) are not in order, or no percentages")
                }
                steps.append(Tariff.Step(fromNanos: step.fromNanos, percentMicros: step.percentMicros))
            }
            discounts.append(
                Tariff.Discount(
                    id: Array(source.id.utf8), offering: offering, zones: try zoneNumbers(of: source.zones), prices: own, conditions: place,
                    fromMs: source.fromMs, toMs: source.endMs, isExclusive: source.exclusive, percentMicros: source.percentMicros, steps: steps,
                    owner: source.owner, meter: steps.isEmpty ? -1 : meter("d:" + source.id), signal: source.signal.isEmpty ? -1 : signal(source.signal),
                    leastMicros: source.atLeastMicros, mostMicros: source.atMostMicros == 0 ? Int64.max : source.atMostMicros))
        }
        for place in range { prices[place].discounts = first..<discounts.count }
    }

    /// The version's discounts on fees.
    mutating func feeDiscounts(of version: OfferingVersion) throws(TariffError) -> [Tariff.FeeDiscount] {
        var compiled: [Tariff.FeeDiscount] = []
        for source in version.discounts where source.target != .usage {
            guard source.steps.isEmpty, source.signal.isEmpty else { throw TariffError(reason: "discount \(source.id) on fees is no percentage") }
            try check(source)
            compiled.append(
                Tariff.FeeDiscount(
                    id: source.id, prices: source.prices, conditions: try addConditions(of: source), fromMs: source.fromMs, toMs: source.endMs,
                    isExclusive: source.exclusive, percentMicros: source.percentMicros))
        }
        return compiled
    }

    private mutating func addConditions(of source: Discount) throws(TariffError) -> Int {
        guard source.hasConditions else { return -1 }
        conditions.append(try compile(source.conditions, of: source.id))
        return conditions.count - 1
    }

    private func check(_ source: Discount) throws(TariffError) {
        let ways = [source.percentMicros != 0, !source.steps.isEmpty, !source.signal.isEmpty].count { $0 }
        guard ways == 1, Self.isPercent(source.percentMicros), source.atLeastMicros >= 0, source.atMostMicros >= 0 else {
            throw TariffError(reason: "discount \(source.id) is not one of a percentage, steps and a signal")
        }
    }

    private static func isPercent(_ micros: Int64) -> Bool { micros >= 0 && Int128(micros) <= Discounting.whole }

    private mutating func signal(_ name: String) -> Int {
        if let known = signals.firstIndex(of: name) { return known }
        signals.append(name)
        return signals.count - 1
    }
}

extension Discount {
    var endMs: Int64 { toMs == 0 ? Int64.max : toMs }
}
