import Quantities

/// The days of a holiday calendar: single dates, and month and day of every year.
struct HolidayDays: Sendable {
    /// Days since 1970, ascending.
    private var dates: ContiguousArray<Int32> = []
    /// A bit for each day, one word for each month from 1.
    private var yearly: ContiguousArray<UInt32> = ContiguousArray(repeating: 0, count: 13)

    /// Nil where a text is neither "MM-DD" nor "YYYY-MM-DD", or names no day.
    init?(_ days: [String]) {
        for day in days {
            let parts = day.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            switch parts.count {
            case 2:
                // 2000 is a leap year: 29 February is a day of the years that have it.
                guard day.utf8.count == 5, CivilDate(year: 2000, month: parts[0], day: parts[1]) != nil else { return nil }
                yearly[parts[0]] |= 1 << UInt32(parts[1])
            case 3:
                guard day.utf8.count == 10, let date = CivilDate(year: parts[0], month: parts[1], day: parts[2]) else { return nil }
                dates.append(Int32(date.daysSince1970))
            default: return nil
            }
        }
        dates.sort()
    }

    func contains(_ date: CivilDate, day: Int) -> Bool {
        if yearly[date.month] >> UInt32(date.day) & 1 == 1 { return true }
        var low = 0
        var high = dates.count
        while low < high {
            let middle = (low + high) / 2
            if Int(dates[middle]) < day { low = middle + 1 } else { high = middle }
        }
        return low < dates.count && Int(dates[low]) == day
    }
}
