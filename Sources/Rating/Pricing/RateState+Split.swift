import Events
import Quantities

/// Long sessions, cut where their price changes.
extension RateState {
    /// Cuts the session into parts, from `first` on. A reason where a part has no price.
    mutating func split(_ first: RatedPart, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> UnratedReason? {
        var part = first
        let quantity = usage.quantityMicros
        while true {
            // As long as the price stays the same, the part grows.
            while part.toMicros < quantity {
                let ms = usage.startMs + part.toMicros / 1000
                if part.toMicros > part.fromMicros {
                    guard let next = self.part(at: ms, from: part.toMicros, usage, tariff, context) else { return .noPrice }
                    if next.price != part.price || next.zone != part.zone || ms >= part.periodEndMs { break }
                }
                let (change, overflows) = (nextChange(after: ms, tariff, context) - usage.startMs).multipliedReportingOverflow(by: 1000)
                let isWhole = !tariff.prices[part.price].isSplit || overflows || change >= quantity
                part.toMicros = isWhole ? quantity : change
            }
            // An increment that was begun is finished at its own price.
            guard let counted = tariff.prices[part.price].steps.counted(from: part.fromMicros, to: part.toMicros) else { return .amountOverflow }
            part.countedToMicros = counted
            part.toMicros = min(quantity, counted)
            parts.append(part)
            if counted >= quantity { return nil }
            let ms = usage.startMs + counted / 1000
            guard var next = self.part(at: ms, from: counted, usage, tariff, context) else { return .noPrice }
            guard let period = period(of: context.account, at: ms) else { return .unknownTimeZone }
            (next.periodStartMs, next.periodEndMs) = period
            part = next
        }
    }

    /// The next instant at which another price may hold: a time band begins or ends, a version comes into force, the billing period ends, or
    /// clocks change.
    private mutating func nextChange(after ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> Int64 {
        var next = period(of: context.account, at: ms)?.endMs ?? Int64.max
        for place in offeringsToTry.indices {
            let offering = offeringsToTry[place]
            for version in tariff.offerings[offering].versions where tariff.versions[version].validFromMs > ms {
                next = min(next, tariff.versions[version].validFromMs)
            }
            guard let version = version(offering, at: ms, tariff, context) else { continue }
            for at in tariff.rules[tariff.versions[version].rules + context.type].bands {
                let band = Int(tariff.ruleBands[at])
                guard let zone = tariff.bands[band].zone ?? zone(of: context.account) else { continue }
                let local = tariff.bands[band].msToChange(after: localTime(ms, zone, tariff))
                next = min(next, ms + Int64(local), tariff.zones[zone].nextTransition(after: Timestamp(ms: ms))?.ms ?? Int64.max)
            }
        }
        return next
    }
}
