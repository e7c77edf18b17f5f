/// When a recurring charge is billed.
public enum BillingMode: Hashable, Sendable {
    /// A period is billed when it begins.
    case inAdvance
    /// A period is billed when it has ended.
    case inArrears
    /// A period is billed by any run that falls into it, but not by one on the day that it begins: for bill runs on a day of
    /// their own, ahead of the cycle date.
    case inArrearsEarly
}

/// The dates of one recurring charge, from its start to an end or for ever, as a bill run with a target date sees them.
///
/// Cycle dates are the days on which a full period begins. Periods of months begin on the bill-cycle day, or on the month's last day
/// where it is shorter, and return to the bill-cycle day where it is not. All dates are days of the account's own time zone;
/// an end is the first day that is not charged.
public struct BillingInterval: Hashable, Sendable {
    public let start: CivilDate
    /// The first day after the charge; nil for a charge without end.
    public let end: CivilDate?
    /// The day as of which the run bills.
    public let target: CivilDate
    public let period: RecurrencePeriod
    /// 1 to 31; plays no part in periods of days.
    public let billCycleDay: Int
    public let mode: BillingMode
    /// The first cycle date that is not before the start.
    public let firstCycleDate: CivilDate
    let step: RecurrencePeriod.Step

    /// Nil where the target or the end is before the start, the bill-cycle day is not 1 to 31, or nothing recurs.
    public init?(
        start: CivilDate, end: CivilDate? = nil, target: CivilDate, period: RecurrencePeriod, billCycleDay: Int, mode: BillingMode
    ) {
        guard target >= start, start <= end ?? start, (1...31).contains(billCycleDay), let step = period.step else { return nil }
        self.start = start
        self.end = end
        self.target = target
        self.period = period
        self.billCycleDay = billCycleDay
        self.mode = mode
        self.step = step
        firstCycleDate = switch step {
        case .days: start
        case .months(let months):
            start.addingMonths(start.addingMonths(0, day: billCycleDay) < start ? months : 0, day: billCycleDay)
        }
    }

    /// The cycle date that lies `index` periods after the first one; before it where negative.
    public func cycleDate(_ index: Int) -> CivilDate {
        switch step {
        case .days(let days): firstCycleDate.addingDays(index * days)
        case .months(let months): firstCycleDate.addingMonths(index * months, day: billCycleDay)
        }
    }

    /// The index of the last cycle date at or before `date`; negative before the first cycle date.
    func cycleIndex(at date: CivilDate) -> Int {
        func floor(_ value: Int, _ divisor: Int) -> Int { value >= 0 ? value / divisor : (value + 1) / divisor - 1 }
        switch step {
        case .days(let days): return floor(firstCycleDate.days(to: date), days)
        case .months(let months):
            let index = floor(date.monthsSinceYear0 - firstCycleDate.monthsSinceYear0, months)
            return cycleDate(index) <= date ? index : index - 1
        }
    }

    /// The day up to which this run bills, itself not charged; nil where the run bills nothing yet.
    public var effectiveEnd: CivilDate? {
        switch mode {
        case .inAdvance: inAdvanceEnd
        case .inArrears: inArrearsEnd
        case .inArrearsEarly: inArrearsEarlyEnd
        }
    }

    /// The last cycle date at or before the effective end; nil where the run does not reach a cycle date.
    public var lastCycleDate: CivilDate? {
        guard let effectiveEnd, effectiveEnd >= firstCycleDate else { return nil }
        return cycleDate(cycleIndex(at: effectiveEnd))
    }

    /// The cycle date after the last one, or the first one where the run does not reach it.
    public var nextCycleDate: CivilDate {
        guard let effectiveEnd, effectiveEnd >= firstCycleDate else { return firstCycleDate }
        return cycleDate(cycleIndex(at: effectiveEnd) + 1)
    }

    /// Whether the run may bill anything: less than a day is never billed.
    public var hasSomethingToBill: Bool { effectiveEnd != nil && end != start }

    /// Up to the cycle date after the target, or to the end where that comes first.
    private var inAdvanceEnd: CivilDate {
        let cycleEnd = target < firstCycleDate ? firstCycleDate : cycleDate(cycleIndex(at: target) + 1)
        return min(end ?? cycleEnd, cycleEnd)
    }

    /// Up to the last cycle date that the target has reached, or to the end where the target has reached that. An end before
    /// the first cycle date waits for that date, unless the run is on the end's own day.
    private var inArrearsEnd: CivilDate? {
        if let end, end == target { return end }
        if target < firstCycleDate { return nil }
        if let end, end <= target { return end }
        return cycleDate(cycleIndex(at: target))
    }

    /// Up to the cycle date after the target, or to the target where it is a cycle date itself; or to an end in the target's period.
    private var inArrearsEarlyEnd: CivilDate {
        if target < firstCycleDate { return min(end ?? firstCycleDate, firstCycleDate) }
        let index = cycleIndex(at: target)
        if let end, end <= cycleDate(index + 1) { return end }
        return cycleDate(cycleDate(index) == target ? index : index + 1)
    }
}
