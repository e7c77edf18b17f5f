import Events
import Quantities

/// Time bands and the holidays that they look at.
extension SourceReader {
    mutating func readCalendars(_ root: Field) {
        root.expectKeys(["holidays", "time_bands"])
        for field in root.items("holidays") { readHolidays(field) }
        for field in root.items("time_bands") { readTimeBand(field) }
    }

    private mutating func readHolidays(_ field: Field) {
        field.expectKeys(["id", "days"])
        var calendar = HolidayCalendar()
        calendar.id = field.text("id")
        if content.holidayCalendars.contains(where: { $0.id == calendar.id }) { field.fail("holiday calendar \(calendar.id) comes twice") }
        for day in field.required("days")?.items ?? [] {
            let parts = day.text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            let isDay =
                switch (parts.count, day.text.utf8.count) {
                case (2, 5): CivilDate(year: 2000, month: parts[0], day: parts[1]) != nil
                case (3, 10): CivilDate(year: parts[0], month: parts[1], day: parts[2]) != nil
                default: false
                }
            if !isDay { day.fail("expected a day of every year such as \"12-24\", or a date such as \"2026-04-06\", found \"\(day.text)\"") }
            calendar.days.append(day.text)
        }
        content.holidayCalendars.append(calendar)
    }

    private static let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    private mutating func readTimeBand(_ field: Field) {
        field.expectKeys(["id", "years", "months", "month_days", "weekdays", "from", "to", "holidays", "on_holidays", "time_zone"])
        var band = TimeBand()
        band.id = field.text("id")
        if !timeBandIDs.insert(band.id).inserted { field.fail("time band \(band.id) comes twice") }
        band.years = field.items("years").map { Int32($0.whole(1900...9999)) }
        band.months = field.items("months").map { Int32($0.whole(1...12)) }
        band.monthDays = field.items("month_days").map { Int32($0.whole(1...31)) }
        for day in field.items("weekdays") {
            guard let place = Self.weekdays.firstIndex(of: day.text) else {
                day.fail("expected one of \(Self.weekdays.joined(separator: ", ")), found \"\(day.text)\"")
                continue
            }
            band.weekdays.append(Int32(place + 1))
        }
        band.fromS = field.optional("from").map { timeOfDay($0, upTo: 86_399) } ?? 0
        band.toS = field.optional("to").map { timeOfDay($0, upTo: 86_400) } ?? 86_400
        band.holidays = field.optionalText("holidays")
        if !band.holidays.isEmpty, !content.holidayCalendars.contains(where: { $0.id == band.holidays }) {
            field.optional("holidays")?.fail("there is no holiday calendar \"\(band.holidays)\" above")
        }
        band.onHolidays = field.choice("on_holidays", ["only": .only, "never": .never], .any)
        if band.holidays.isEmpty != (band.onHolidays == .any) { field.fail("holidays and on_holidays stand together: which days, and only or never") }
        band.timeZone = field.optionalText("time_zone")
        if !band.timeZone.isEmpty, !content.timeZones.contains(where: { $0.id == band.timeZone }) {
            field.optional("time_zone")?.fail("the settings do not list time zone \"\(band.timeZone)\"")
        }
        content.timeBands.append(band)
    }

    /// "HH:MM" or "HH:MM:SS", in seconds. YAML 1.1 reads some of these without quotes as numbers of base 60: those are seen as such.
    private func timeOfDay(_ field: Field, upTo limit: Int) -> Int32 {
        let parts = field.text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.utf8.count == 2 ? Int($0) : nil }
        let isTime = numbers.count == parts.count && (2...3).contains(parts.count)
        let seconds = isTime ? numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0) : -1
        guard (0...limit).contains(seconds), numbers.dropFirst().allSatisfy({ $0 < 60 }) else {
            field.fail("expected a time of day such as \"08:00\", found \"\(field.text)\"")
            return 0
        }
        return Int32(seconds)
    }
}
