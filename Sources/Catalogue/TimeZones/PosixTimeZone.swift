import Quantities

/// The TZ rule at the end of a TZif file (POSIX.1 8.3, with RFC 8536's hours from -167 to 167): "CET-1CEST,M3.5.0,M10.5.0/3".
struct PosixTimeZone {
    /// Seconds east of UTC.
    let standardOffset: Int32
    private let daylight: (offset: Int32, begins: Day, ends: Day)?

    private struct Day {
        enum Form {
            /// Month, week (5 is the last), weekday (0 is Sunday).
            case week(Int, Int, Int)
            /// 1 to 365, 29 February never counted.
            case julian(Int)
            /// 0 to 365, 29 February counted.
            case ordinal(Int)
        }
        var form: Form
        /// Local seconds since midnight.
        var seconds: Int
    }

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard Self.skipName(&rest), let west = Self.time(&rest) else { return nil }
        standardOffset = Int32(-west)
        if rest.isEmpty {
            daylight = nil
            return
        }
        guard Self.skipName(&rest) else { return nil }
        var offset = Int(standardOffset) + 3600
        if let next = rest.first, next != UInt8(ascii: ",") {
            guard let west = Self.time(&rest) else { return nil }
            offset = -west
        }
        guard let begins = Self.day(&rest), let ends = Self.day(&rest), rest.isEmpty else { return nil }
        daylight = (Int32(offset), begins, ends)
    }

    /// The changes in `year`, in order of time: when, and to which offset.
    func changes(in year: Int) -> [(ms: Int64, offset: Int32)] {
        guard let daylight, let newYear = CivilDate(year: year, month: 1, day: 1) else { return [] }
        let begin = Self.localMs(daylight.begins, newYear) - Int64(standardOffset) * 1000
        let end = Self.localMs(daylight.ends, newYear) - Int64(daylight.offset) * 1000
        let changes = [(ms: begin, offset: daylight.offset), (ms: end, offset: standardOffset)]
        return changes.sorted { $0.ms < $1.ms }
    }

    private static func localMs(_ day: Day, _ newYear: CivilDate) -> Int64 {
        let year = newYear.year
        let days: Int
        switch day.form {
        case .ordinal(let ordinal): days = newYear.daysSince1970 + ordinal
        case .julian(let julian): days = newYear.daysSince1970 + julian - 1 + (CivilDate.isLeap(year) && julian >= 60 ? 1 : 0)
        case .week(let month, let week, let weekday):
            let first = newYear.addingMonths(month - 1, day: 1).daysSince1970
            // 1970-01-01 was a Thursday.
            let firstWeekday = ((first + 4) % 7 + 7) % 7
            var inMonth = (weekday - firstWeekday + 7) % 7 + 7 * (week - 1)
            while inMonth >= CivilDate.length(ofMonth: month, year: year) { inMonth -= 7 }
            days = first + inMonth
        }
        return Int64(days) * Timestamp.msPerDay + Int64(day.seconds) * 1000
    }

    private static func skipName(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if rest.first == UInt8(ascii: "<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let name = rest.prefix { ($0 | 0x20) >= 97 && ($0 | 0x20) <= 122 }
        rest = rest.dropFirst(name.count)
        return name.count >= 3
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { $0 >= 48 && $0 <= 57 }
        guard !digits.isEmpty, digits.count <= 4 else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    /// [+-]h[h][:mm[:ss]], in seconds.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var sign = 1
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { sign = rest.removeFirst() == UInt8(ascii: "-") ? -1 : 1 }
        guard var seconds = number(&rest).map({ $0 * 3600 }) else { return nil }
        for factor in [60, 1] where rest.first == UInt8(ascii: ":") {
            rest.removeFirst()
            guard let part = number(&rest) else { return nil }
            seconds += part * factor
        }
        return sign * seconds
    }

    /// ",M3.5.0/2", ",J60" or ",59", with 02:00 where no time is given.
    private static func day(_ rest: inout ArraySlice<UInt8>) -> Day? {
        guard rest.popFirst() == UInt8(ascii: ",") else { return nil }
        let form: Day.Form
        switch rest.first {
        case UInt8(ascii: "M"):
            rest.removeFirst()
            guard let month = number(&rest), (1...12).contains(month), rest.popFirst() == UInt8(ascii: "."),
                let week = number(&rest), (1...5).contains(week), rest.popFirst() == UInt8(ascii: "."),
                let weekday = number(&rest), (0...6).contains(weekday)
            else { return nil }
            form = .week(month, week, weekday)
        case UInt8(ascii: "J"):
            rest.removeFirst()
            guard let julian = number(&rest), (1...365).contains(julian) else { return nil }
            form = .julian(julian)
        default:
            guard let ordinal = number(&rest), ordinal <= 365 else { return nil }
            form = .ordinal(ordinal)
        }
        guard rest.first == UInt8(ascii: "/") else { return Day(form: form, seconds: 7200) }
        rest.removeFirst()
        guard let seconds = time(&rest) else { return nil }
        return Day(form: form, seconds: seconds)
    }
}
