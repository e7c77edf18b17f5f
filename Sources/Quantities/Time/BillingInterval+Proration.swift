/// What the days of an incomplete period are divided by.
public enum ProrationBasis: Hashable, Sendable {
    /// The days of the full period, from cycle date to cycle date, in which the part lies: the parts of a period add up to 1.
    case surroundingPeriod
    /// The days of one plain calendar step from the part's fixed end, which is where Kill Bill measures: back from the first
    /// cycle date or from an earlier end, or forth from the last cycle date; a bill-cycle day of 29 to 31 is not restored.
    ///
    /// The same as the surrounding period in most months, but the parts of a period may add up to more or less than 1.
    case plainStep
}

/// A part of a recurring charge: a full period, or some days of one.
public struct ProratedPart: Hashable, Sendable {
    public let start: CivilDate
    /// The first day after the part.
    public let end: CivilDate
    /// Of the period's price: 1 for a full period.
    public internal(set) var fraction: Fraction

    public init(start: CivilDate, end: CivilDate, fraction: Fraction) {
        self.start = start
        self.end = end
        self.fraction = fraction
    }
}

extension RecurrencePeriod {
    /// The days from `start` to `end` over those of the plain step that ends there; more than 1 where `start` is before that step.
    /// Nil where nothing recurs.
    public func fraction(from start: CivilDate, backFrom end: CivilDate) -> Fraction? {
        guard step != nil else { return nil }
        return Fraction(days: start.days(to: end), of: end.advanced(by: -1, self).days(to: end))
    }

    /// The days from `start` to `end` over those of the plain step that begins at `start`; more than 1 where `end` is after that step.
    /// Nil where nothing recurs.
    public func fraction(forthFrom start: CivilDate, to end: CivilDate) -> Fraction? {
        guard step != nil else { return nil }
        return Fraction(days: start.days(to: end), of: start.days(to: start.advanced(by: 1, self)))
    }
}

extension Fraction {
    fileprivate init(days: Int, of full: Int) { self.init(Int128(days), Int128(full)) }
}

extension BillingInterval {
    /// What the run bills, from the start to the effective end, with no gap and no overlap: a leading part up to the first cycle date,
    /// full periods, and a trailing part up to the end; empty where there is nothing to bill.
    ///
    /// In advance and in arrears a run covers everything since the start: what earlier runs billed is the caller's to leave out.
    public func parts(_ basis: ProrationBasis) -> [ProratedPart] {
        guard hasSomethingToBill, let effectiveEnd else { return [] }
        var parts = parts(from: start, to: effectiveEnd)
        guard basis == .plainStep, let first = parts.first, let last = parts.last else { return parts }
        if start < firstCycleDate {
            parts[0].fraction = period.fraction(from: start, backFrom: first.end) ?? first.fraction
        }
        if effectiveEnd > firstCycleDate, cycleDate(cycleIndex(at: effectiveEnd)) < effectiveEnd {
            parts[parts.count - 1].fraction = period.fraction(forthFrom: last.start, to: effectiveEnd) ?? last.fraction
        }
        return parts
    }

    /// The days from `from` to `to`, cut at this interval's cycle dates, each part over its surrounding period. However days are split
    /// in calls, their fractions add up to the same sum.
    ///
    /// This is how a change within a period keeps its cycle. A new interval from the day of the change takes its cycle from its own
    /// start's month, so that a quarter that is changed in its second month begins anew.
    public func parts(from: CivilDate, to: CivilDate) -> [ProratedPart] {
        var parts: [ProratedPart] = []
        var index = cycleIndex(at: from)
        var at = from
        while at < to {
            let next = cycleDate(index + 1)
            let end = min(to, next)
            parts.append(ProratedPart(start: at, end: end, fraction: Fraction(days: at.days(to: end), of: cycleDate(index).days(to: next))))
            at = end
            index += 1
        }
        return parts
    }
}
