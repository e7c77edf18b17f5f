/// What timings leave of each other. All of them reach to the end of the day, so that on a day the earliest start says it all.
extension PlanTiming {
    /// Whether one of `timings` holds at any time.
    static func coverAllTime(_ timings: [PlanTiming]) -> Bool { PlanTiming(id: "").isCovered(by: timings) }

    /// Whether at each time at which this one holds, one of `others` does.
    func isCovered(by others: [PlanTiming]) -> Bool {
        let earlier = others.filter { $0.startSeconds <= startSeconds && !$0.isDisjoint(from: self) }
        if earlier.isEmpty { return false }
        if earlier.contains(where: { $0.covers(self) }) { return true }
        return Self.days(of: self, apartBy: earlier).allSatisfy { day in earlier.contains { $0.holds(on: day) } }
    }

    /// Whether this one's days include the other's, list by list; it begins no later.
    private func covers(_ other: PlanTiming) -> Bool {
        func holds(_ own: [Int], _ others: [Int]) -> Bool { own.isEmpty || (!others.isEmpty && others.allSatisfy(own.contains)) }
        return holds(years, other.years) && holds(months, other.months) && holds(monthDays, other.monthDays) && holds(weekdays, other.weekdays)
    }

    /// Whether no day can be in both.
    func isDisjoint(from other: PlanTiming) -> Bool {
        func areDisjoint(_ own: [Int], _ others: [Int]) -> Bool { !own.isEmpty && !others.isEmpty && !own.contains(where: others.contains) }
        return areDisjoint(years, other.years) || areDisjoint(months, other.months) || areDisjoint(monthDays, other.monthDays)
            || areDisjoint(weekdays, other.weekdays)
    }

    /// Zeros stand for whatever is named nowhere.
    private struct Day {
        let year: Int
        let month: Int
        let monthDay: Int
        let weekday: Int
    }

    private func holds(on day: Day) -> Bool {
        (years.isEmpty || years.contains(day.year)) && (months.isEmpty || months.contains(day.month))
            && (monthDays.isEmpty || monthDays.contains(day.monthDay)) && (weekdays.isEmpty || weekdays.contains(day.weekday))
    }

    /// One day for each way in which the days of `timing` can lie in `others`: any weekday may fall on any date.
    private static func days(of timing: PlanTiming, apartBy others: [PlanTiming]) -> [Day] {
        /// The numbers that the timing names; else those that the others name, and one for the rest.
        func numbers(_ own: [Int], _ all: ClosedRange<Int>?, _ list: (PlanTiming) -> [Int]) -> [Int] {
            if !own.isEmpty { return own }
            let named = Set(others.flatMap(list)).sorted()
            if let all, named.count == all.count { return named }
            return named + [0]
        }
        let years = numbers(timing.years, nil, \.years)
        let months = numbers(timing.months, 1...12, \.months)
        let monthDays = numbers(timing.monthDays, 1...31, \.monthDays)
        let weekdays = numbers(timing.weekdays, 1...7, \.weekdays)
        var days: [Day] = []
        for year in years {
            for month in months {
                for monthDay in monthDays where exists(month: month, monthDay: monthDay) {
                    for weekday in weekdays { days.append(Day(year: year, month: month, monthDay: monthDay, weekday: weekday)) }
                }
            }
        }
        return days
    }

    private static func exists(month: Int, monthDay: Int) -> Bool {
        switch month {
        case 2: monthDay <= 29
        case 4, 6, 9, 11: monthDay <= 30
        default: true
        }
    }
}
