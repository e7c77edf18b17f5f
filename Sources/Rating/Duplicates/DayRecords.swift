/// The records of the changelog in which the identities of each day stand: kept to number them and to write their tombstones.
struct DayRecords {
    private var next: Int64 = 0
    private var numbers: [Int32: ContiguousArray<Int64>] = [:]
    /// The days in `numbers`, ascending.
    private var days: ContiguousArray<Int32> = []
    /// Records whose day has passed, to be removed with the next flush.
    private var expired: ContiguousArray<(day: Int32, number: Int64)> = []

    /// The number of a new record of the day.
    mutating func add(_ day: Int32) -> Int64 {
        let number = next
        note(day, number)
        return number
    }

    /// The number n of a new record of the day that has another beside it, -(n + 1).
    mutating func addTwins(_ day: Int32) -> Int64 {
        let number = next
        note(day, -(number + 1))
        note(day, number)
        return number
    }

    /// The record stands in the changelog.
    mutating func note(_ day: Int32, _ number: Int64) {
        pass(number)
        if numbers[day] == nil {
            let place = days.firstIndex { $0 > day } ?? days.count
            days.insert(day, at: place)
        }
        numbers[day, default: []].append(number)
    }

    /// The record was removed from the changelog.
    mutating func remove(_ day: Int32, _ number: Int64) {
        pass(number)
        numbers[day]?.removeAll { $0 == number }
    }

    mutating func expire(before day: Int32) {
        var passed = 0
        while passed < days.count, days[passed] < day {
            for number in numbers.removeValue(forKey: days[passed]) ?? [] { expired.append((days[passed], number)) }
            passed += 1
        }
        days.removeFirst(passed)
    }

    mutating func takeExpired(_ body: (Int32, Int64) -> Void) {
        for record in expired { body(record.day, record.number) }
        expired.removeAll(keepingCapacity: true)
    }

    /// No number is given twice.
    private mutating func pass(_ number: Int64) { next = max(next, number >= 0 ? number + 1 : -number) }
}
