extension CivilDate {
    /// `days` later; earlier where negative.
    public func addingDays(_ days: Int) -> CivilDate { CivilDate(daysSince1970: daysSince1970 + days) }

    /// Days from this one to `other`; negative where that is earlier.
    public func days(to other: CivilDate) -> Int { other.daysSince1970 - daysSince1970 }

    /// `count` periods later, one after the other; earlier where negative.
    ///
    /// Each single step of months that meets a shorter month ends on its last day, and the next goes on from there: two months after
    /// 31 January is 28 March. What must keep a bill-cycle day is a `BillingInterval`'s cycle date.
    public func advanced(by count: Int, _ period: RecurrencePeriod) -> CivilDate {
        switch period.step {
        case nil: return self
        case .days(let days): return addingDays(days * count)
        case .months(let months):
            var date = self
            // No month is shorter than 28 days: from there on nothing is cut.
            if day <= 28 { return addingMonths(months * count, day: day) }
            for _ in 0..<abs(count) { date = date.addingMonths(count < 0 ? -months : months, day: date.day) }
            return date
        }
    }

    /// How many whole periods lie between this date and `end`, rounded towards zero; negative where `end` is earlier, 0 where
    /// nothing recurs. From a 31st to the last day of a shorter month is a whole month.
    public func wholePeriods(to end: CivilDate, _ period: RecurrencePeriod) -> Int {
        if end < self { return -end.wholePeriods(to: self, period) }
        switch period.step {
        case nil: return 0
        case .days(let days): return self.days(to: end) / days
        case .months(let months):
            let between = end.monthsSinceYear0 - monthsSinceYear0
            return (addingMonths(between, day: day) <= end ? between : between - 1) / months
        }
    }

    /// Months since January of year 0.
    var monthsSinceYear0: Int { year * 12 + month - 1 }
}
