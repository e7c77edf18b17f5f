/// When a rate holds: certain days, from a time of day to their end.
struct PlanTiming {
    let id: String
    /// All four lists: any where empty.
    var years: [Int] = []
    var months: [Int] = []
    var monthDays: [Int] = []
    /// 1 is Monday, 7 Sunday.
    var weekdays: [Int] = []
    var startSeconds = 0
    /// Columns that can't be understood. They matter only where a rating plan uses the timing: CGRateS keeps the times of its actions in
    /// the same file, and reads them otherwise.
    var faults: [(column: String, message: String)] = []
    var row: PlanRow?

    var hasDates: Bool { !years.isEmpty || !months.isEmpty || !monthDays.isEmpty }
    /// Whether the catalogue has a time band for it.
    var isTimeBand: Bool { !isAlways && faults.isEmpty }
    var isAlways: Bool { !hasDates && weekdays.isEmpty && startSeconds == 0 }

}

extension PlanTiming {
    init(_ row: PlanRow, _ findings: ImportFindings) {
        self.init(id: row["Tag"])
        self.row = row
        years = list(row, "Years", 1900...9999, findings)
        months = list(row, "Months", 1...12, findings)
        monthDays = list(row, "MonthDays", 1...31, findings)
        // CGRateS takes Sunday as 0 and as 7.
        weekdays = Set(list(row, "WeekDays", 0...7, findings).map { $0 == 0 ? 7 : $0 }).sorted()
        if weekdays.count == 7 { weekdays = [] }
        readTime(row, findings)
    }

    /// "1;2;5", "*any" or nothing; nothing for what can't be read, with a fault.
    private mutating func list(_ row: PlanRow, _ column: String, _ range: ClosedRange<Int>, _ findings: ImportFindings) -> [Int] {
        let text = row[column]
        if text.isEmpty || text == "*any" { return [] }
        var numbers: Set<Int> = []
        for part in text.split(separator: ";") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0.filter { $0 != " " }) ?? -1 }
            guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last, range.contains(first), range.contains(last) else {
                faults.append((column, "expected *any, or numbers from \(range.lowerBound) to \(range.upperBound) with \";\" between, found \"\(text)\""))
                return []
            }
            if ends.count == 2 { findings.note(row, "the range \(part) of \(column)", "CGRateS passes over what is no number; taken as a range") }
            numbers.formUnion(first...last)
        }
        return numbers.sorted()
    }

    private mutating func readTime(_ row: PlanRow, _ findings: ImportFindings) {
        let parts = row["Time"].split(separator: ";", omittingEmptySubsequences: false)
        if parts.count > 1 { findings.note(row, "the end time \(parts[1])", "CGRateS rates a timing from its start to the end of the day") }
        let text = parts.first ?? ""
        switch text {
        case "", "*any": return
        case "*asap": findings.note(row, "the time *asap", "it is the moment of an action; as the time of a rate it is taken as any")
        default:
            let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            guard (2...3).contains(numbers.count), (0...23).contains(numbers[0]), numbers.dropFirst().allSatisfy((0...59).contains) else {
                faults.append(("Time", "expected a time of day such as 08:00:00, found \"\(text)\""))
                return
            }
            startSeconds = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
        }
    }
}
