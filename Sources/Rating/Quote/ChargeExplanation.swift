import Events
import Quantities

/// How the charge of a rated usage came about: computed anew from the record and the catalogue that it names, and nothing else.
public struct ChargeExplanation: Sendable {
    /// When the version that priced it came into force.
    public let versionFromMs: Int64
    /// What was priced how; of a price that counts over time, what the usage added to the sum.
    public let steps: [Quote.Step]
    /// Where the price counts over time: the sum before, nil for the first usage.
    public let sumBeforeMicros: Int128?
    public let scope: CountScope
    /// Decimals and mode of the rounding, where the price states one.
    public let rounding: RoundingRule?
    public let minimumNanos: Int64?
    public let maximumNanos: Int64?
    /// What each discount that applied takes off, computed anew in order from what is left of the recorded charge; one that the version does not have is
    /// left out.
    public let discounts: [Quote.Discount]
    /// The charge computed anew, before discounts and what allowances of money paid. Nil for a part of a session: it depends on the others.
    public let chargeNanos: Int64?

    /// Nil where the content has no such price.
    /// - Parameter fromMicros: where in its session the part begins, counted; 0 for a whole usage.
    public init?(_ usage: RatedUsage, from fromMicros: Int64 = 0, _ content: CatalogueContent) {
        guard let offering = content.offerings.first(where: { $0.id == usage.offering }), let rules = try? RulesVersion(content) else { return nil }
        // Which versions were for new sales only depends on the subscription; the one that gives the charge is the one.
        let inForce = offering.versions.reversed().filter { $0.validFromMs <= usage.startMs }
        let last = inForce.firstIndex { $0.reach == .everyone }.map { $0 + 1 } ?? inForce.count
        let candidates = inForce[..<last].compactMap { version in
            version.prices.first { $0.id == usage.price && ($0.type.isEmpty || $0.type == usage.type) }.flatMap { Self(usage, fromMicros, version, $0, rules) }
        }
        guard let found = candidates.first(where: { $0.isCharge(usage.undiscountedNanos) }) ?? candidates.first else { return nil }
        self = found
    }

    private init?(_ usage: RatedUsage, _ fromMicros: Int64, _ version: OfferingVersion, _ price: UsagePrice, _ rules: RulesVersion) {
        let rounding = price.rounding.mode.rounding
        guard let compiled = try? PriceSteps(price.steps, rounding: rounding, rules) else { return nil }
        versionFromMs = version.validFromMs
        scope = price.scope
        self.rounding = price.hasRounding ? price.rounding : nil
        minimumNanos = price.hasMinimumNanos ? price.minimumNanos : nil
        maximumNanos = price.hasMaximumNanos ? price.maximumNanos : nil
        guard let sumBefore = usage.sumBeforePlusOne else { return nil }
        sumBeforeMicros = price.scope == .event || sumBefore == 0 ? nil : sumBefore - 1
        var unit: Int128 = 1
        if price.hasRounding { for _ in min(9, price.rounding.decimals)..<9 { unit *= 10 } }
        let isWhole = price.scope == .event && price.rounds == .usage
        /// Rounded once, with the flat fees, and where the usage is rounded as a whole with its fee, up to the maximum; nil where it can't be told exactly.
        func rounded(_ exact: ExactAmount?, flats: Int128 = 0) -> Int128? {
            guard var exact, exact.add(ExactAmount(nanos: flats + (isWhole ? Int128(usage.connectionFeeNanos) : 0))) else { return nil }
            if isWhole, price.hasMaximumNanos, exact.nanos >= Int128(price.maximumNanos) { exact = ExactAmount(nanos: Int128(price.maximumNanos)) }
            return exact.rounded(rounding, to: unit)
        }
        let paid = Int128(usage.countedMicros - usage.allowanceMicros)
        let (quantity, from) = (Int128(usage.quantityMicros), Int128(fromMicros))
        let (paidFrom, paidTo) = (from + Int128(usage.allowanceMicros), from + Int128(usage.countedMicros))
        var cost: Int128? = 0
        switch price.scope {
        case .event, .UNRECOGNIZED:
            if price.model == .volume {
                steps = compiled.volumeLines(of: quantity, counted: paid)
                cost = rounded(compiled.costByVolume(quantity, counted: paid))
            } else {
                steps = compiled.lines(from: paidFrom, to: paidTo, countedFrom: from)
                cost = rounded(
                    compiled.cost(from: paidFrom, to: paidTo, countedFrom: from), flats: steps.reduce(Int128(0)) { $0 + Int128($1.flatNanos) })
            }
            let isPaid = paid > 0 || (usage.countedMicros == 0 && price.chargesZero)
            cost = isPaid ? cost.map { isWhole ? $0 : $0 + Int128(usage.connectionFeeNanos) } : 0
            if let maximumNanos, !isWhole { cost = cost.map { min($0, Int128(maximumNanos)) } }
            if let minimumNanos, isPaid { cost = cost.map { max($0, Int128(minimumNanos)) } }
        case .period, .day, .week:
            func counted(_ sum: Int128) -> Int128 { (price.model == .volume ? compiled.countedByVolume(sum) : compiled.counted(sum)) ?? sum }
            func due(_ sum: Int128) -> Int128? {
                if sum == 0 { return price.chargesZero ? rounded(.zero, flats: compiled.costOfZero) : 0 }
                if price.model == .volume { return rounded(compiled.costByVolume(sum, counted: counted(sum))) }
                return rounded(compiled.cost(from: 0, to: counted(sum)), flats: compiled.flats(upTo: counted(sum)))
            }
            let before = sumBeforeMicros ?? 0
            let added = quantity - Int128(usage.allowanceMicros)
            let after = price.model == .peak ? max(before, added) : before + added
            steps =
                price.model == .volume
                ? compiled.volumeLines(of: after, counted: counted(after)) : compiled.lines(from: counted(before), to: counted(after))
            let wasDue = sumBeforeMicros == nil ? 0 : due(before)
            cost = wasDue.flatMap { wasDue in due(after).map { $0 - wasDue } }
        }
        chargeNanos = usage.partCount > 1 ? nil : cost.flatMap { Int64(exactly: $0) }
        discounts = Self.discounts(usage, version, rounding, unitNanos: Int64(unit), rules)
    }

    private static func discounts(
        _ usage: RatedUsage, _ version: OfferingVersion, _ rounding: Rounding, unitNanos: Int64, _ rules: RulesVersion
    ) -> [Quote.Discount] {
        var left = usage.undiscountedNanos
        return usage.discounts.compactMap { applied in
            guard let discount = version.discounts.first(where: { $0.id == applied.discount }), let charge = Int64(exactly: left) else { return nil }
            let off: DiscountOff
            if !discount.signal.isEmpty {
                off = Discounting.off(charge, multiplierMicros: applied.multiplierMicros)
            } else if discount.steps.isEmpty {
                off = Discounting.off(charge, percentMicros: discount.percentMicros)
            } else {
                let steps = discount.steps.map { Tariff.Step(fromNanos: $0.fromNanos, percentMicros: $0.percentMicros) }
                let (after, overflows) = applied.spentBeforeNanos.addingReportingOverflow(charge)
                if overflows { return nil }
                off = Tariff.Step.discount(steps, from: applied.spentBeforeNanos, to: after)
            }
            let rounded = Discounting.rounded(off, of: charge, rounding, unitNanos: unitNanos, rules)
            left -= rounded
            return Int64(exactly: rounded).map {
                Quote.Discount(
                    id: discount.id, nanos: $0, signal: discount.signal, multiplierMicros: applied.multiplierMicros,
                    percentMicros: discount.signal.isEmpty && discount.steps.isEmpty ? discount.percentMicros : nil)
            }
        }
    }
}

extension RatedUsage {
    /// What the price said, before discounts and allowances of money.
    var undiscountedNanos: Int128 { Int128(chargeNanos) + Int128(allowanceNanos) + Int128(discountNanos) }
}

extension ChargeExplanation {
    private func isCharge(_ nanos: Int128) -> Bool { chargeNanos.map { Int128($0) == nanos } ?? false }

    /// Whether charge and discounts computed anew are those that were recorded; nil where it can't be told from the record alone.
    public func isSame(as usage: RatedUsage) -> Bool? {
        let areDiscountsSame = discounts.map(\.id) == usage.discounts.map(\.discount) && discounts.map(\.nanos) == usage.discounts.map(\.amountNanos)
        if !areDiscountsSame { return false }
        return chargeNanos.map { Int128($0) == usage.undiscountedNanos }
    }
}

extension RoundingMode {
    var rounding: Rounding {
        switch self {
        case .halfUp, .UNRECOGNIZED: .halfAwayFromZero
        case .halfEven: .halfEven
        case .up: .up
        case .down: .down
        }
    }
}
