import Quantities

/// When none of some time bands holds, by local days.
package struct TimeGap: Sendable {
    struct Day: Sendable {
        /// Since 1970.
        var day: Int
        /// The calendars that say that it is a holiday, as far as the bands look at them.
        var holidays: [String] = []
        /// Milliseconds of the local day; most have none.
        var ranges: [Range<Int>]

        var weekday: Int { LocalTime.weekday(of: day) }
        var month: Int { CivilDate(daysSince1970: day).month }
    }

    /// A week from Monday on, where each week is the same; else all days that were looked at.
    let days: [Day]
    let isWeekly: Bool
    /// Whose time it is, where it is not the account's own, whatever that is.
    var zone = ""

    package func contains(day: Int, msOfDay: Int) -> Bool {
        days.contains { (isWeekly ? $0.weekday == LocalTime.weekday(of: day) : $0.day == day) && $0.ranges.contains { $0.contains(msOfDay) } }
    }

    /// For example "on Monday to Friday 20:00-24:00 and Saturday 00:00-24:00".
    var words: String {
        let text = Self.week(days) ?? Self.months(days) ?? Self.dates(days)
        return zone.isEmpty ? text : text + " (\(zone) time)"
    }

    // MARK: In words

    private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]

    /// Nil where not all Mondays are alike, and so on.
    private static func week(_ days: [Day]) -> String? {
        struct Kind: Hashable {
            var weekday: Int
            var holidays: [String]
        }
        var kinds: [Kind: [Range<Int>]] = [:]
        for day in days {
            if let known = kinds.updateValue(day.ranges, forKey: Kind(weekday: day.weekday, holidays: day.holidays)), known != day.ranges { return nil }
        }
        func ranges(_ holidays: [String]) -> [[Range<Int>]?] { (1...7).map { kinds[Kind(weekday: $0, holidays: holidays)] } }
        let ordinary = ranges([])
        var texts = ordinary.contains { $0?.isEmpty == false } ? ["on " + week(ordinary)] : []
        var exceptions: [String] = []
        let calendars = Set(kinds.keys.map(\.holidays)).subtracting([[]]).sorted { $0.lexicographicallyPrecedes($1) }
        for calendar in calendars {
            let holidays = ranges(calendar)
            if zip(holidays, ordinary).allSatisfy({ $0 == nil || $0 == $1 }) { continue }
            let name = "holidays of " + WordList.text(calendar)
            if holidays.allSatisfy({ $0?.isEmpty ?? true }) { exceptions.append(name) } else { texts.append("on \(name) (\(week(holidays)))") }
        }
        if !exceptions.isEmpty, !texts.isEmpty { texts[0] += " (\(WordList.text(exceptions)) apart)" }
        return texts.joined(separator: ", ")
    }

    private static func week(_ ranges: [[Range<Int>]?]) -> String {
        if ranges.allSatisfy({ $0 == ranges[0] || $0 == nil }), let all = ranges.compactMap({ $0 }).first { return "any day " + text(all) }
        return runs(ranges.map { $0.map(text) ?? "" }, weekdays).map { "\($0.names) \($0.text)" }.joined(separator: ", ")
    }

    /// Names that follow one another and say the same, as "Monday to Friday"; those that say nothing are left out.
    private static func runs(_ texts: [String], _ names: [String]) -> [(names: String, text: String)] {
        var found: [(names: String, text: String)] = []
        var place = 0
        while place < texts.count {
            let last = (place..<texts.count).last { texts[place...$0].allSatisfy { $0 == texts[place] } } ?? place
            if !texts[place].isEmpty {
                let link = last == place + 1 ? " and " : " to "
                found.append((last == place ? names[place] : names[place] + link + names[last], texts[place]))
            }
            place = last + 1
        }
        return found
    }

    /// Nil where a month's weeks are not alike, either.
    private static func months(_ days: [Day]) -> String? {
        let byMonth = Dictionary(grouping: days, by: \.month)
        var texts: [String] = []
        for month in 1...12 {
            guard let text = week(byMonth[month] ?? []) else { return nil }
            texts.append(text)
        }
        return runs(texts, monthNames).map { "in \($0.names) \($0.text)" }.joined(separator: "; ")
    }

    private static func dates(_ days: [Day]) -> String {
        let missing = days.filter { !$0.ranges.isEmpty }
        guard let first = missing.first else { return "" }
        let date = CivilDate(daysSince1970: first.day)
        return missing.count == 1 ? "on \(date) \(text(first.ranges))" : "on \(missing.count) days, the first of them \(date) \(text(first.ranges))"
    }

    private static func text(_ ranges: [Range<Int>]) -> String {
        ranges.map { "\(clock($0.lowerBound))-\(clock($0.upperBound))" }.joined(separator: ", ")
    }

    private static func clock(_ ms: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let seconds = ms / 1000
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60))" + (seconds % 60 == 0 ? "" : ":" + two(seconds % 60))
    }
}
