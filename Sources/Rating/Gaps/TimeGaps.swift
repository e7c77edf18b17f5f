import Events
import Quantities

/// Looks for local times at which none of a set of time bands holds, by the very bands that rate.
struct TimeGaps {
    private let tariff: Tariff
    private let bands: [String: (place: Int, source: Events.TimeBand)]
    private let calendars: [String: HolidayDays]
    private let accountZones: [String]
    private var known: [Key: TimeGap?] = [:]

    private struct Key: Hashable {
        var bands: [String]
        var days: Range<Int>
    }

    /// After so many years each date falls on the same weekday again.
    private static let mostDays = 28 * 365 + 7
    /// A Monday, and the week from there.
    private static let week = 4..<11

    init(_ content: CatalogueContent, _ tariff: Tariff) {
        self.tariff = tariff
        bands = Dictionary(content.timeBands.enumerated().map { ($1.id, ($0, $1)) }, uniquingKeysWith: { first, _ in first })
        calendars = Dictionary(
            content.holidayCalendars.compactMap { calendar in HolidayDays(calendar.days).map { (calendar.id, $0) } }, uniquingKeysWith: { first, _ in first })
        accountZones = content.timeZones.map(\.id)
    }

    /// When none of them holds within the span; nil where one always does.
    mutating func find(_ ids: Set<String>, in spanMs: Range<Int64>) -> TimeGap? {
        let asked = ids.sorted().compactMap { bands[$0]?.source }
        let isWeekly = asked.allSatisfy { $0.years.isEmpty && $0.months.isEmpty && $0.monthDays.isEmpty && $0.onHolidays == .any }
        var days = Self.week
        if !isWeekly {
            // The nearest midnight: a version begins at one of some time zone.
            func day(_ ms: Int64) -> Int { Timestamp(ms: min(ms, Int64.max - Timestamp.msPerDay) + Timestamp.msPerDay / 2).dayAndMs.day }
            let first = day(spanMs.lowerBound)
            days = first..<max(first + 1, min(first + Self.mostDays, day(spanMs.upperBound)))
        }
        let key = Key(bands: asked.map(\.id), days: days)
        if let found = known[key] { return found }
        let found = search(asked, days, isWeekly: isWeekly)
        known[key] = .some(found)
        return found
    }

    private func search(_ asked: [Events.TimeBand], _ days: Range<Int>, isWeekly: Bool) -> TimeGap? {
        let zones = Set(asked.map(\.timeZone)).sorted()
        guard zones.count > 1 else {
            // Clocks of one zone: their changes take nothing from a band that another does not get.
            let found = days.map { day in self.day(day, asked) { _, ms in LocalTime(Int64(day) * Timestamp.msPerDay + Int64(ms), in: .utc) } }
            return found.allSatisfy(\.ranges.isEmpty) ? nil : TimeGap(days: found, isWeekly: isWeekly, zone: zones.first ?? "")
        }
        // Several clocks: instant by instant, as an account of each zone sees them, over a year with its changes.
        for zone in zones.contains("") ? accountZones : [zones[0]] {
            guard let rules = tariff.zoneRules(zone) else { continue }
            let first = isWeekly ? CivilDate(year: 2026, month: 1, day: 1)?.daysSince1970 ?? 0 : days.lowerBound
            let found = (first..<first + 366).map { day in
                let start = rules.startOfDay(CivilDate(daysSince1970: day)).ms
                return self.day(day, asked) { band, ms in LocalTime(start + Int64(ms), in: tariff.zoneRules(band.isEmpty ? zone : band) ?? rules) }
            }
            if !found.allSatisfy(\.ranges.isEmpty) { return TimeGap(days: found, isWeekly: false, zone: zone) }
        }
        return nil
    }

    /// - Parameter clock: what clocks of a band's zone show so many ms after the day's beginning.
    private func day(_ day: Int, _ asked: [Events.TimeBand], _ clock: (_ zone: String, _ ms: Int) -> LocalTime) -> TimeGap.Day {
        let mixed = Set(asked.map(\.timeZone)).count > 1
        var ranges: [Range<Int>] = []
        var ms = 0
        while ms < LocalTime.msPerDay {
            var next = mixed ? ms + 900_000 : LocalTime.msPerDay
            var holds = false
            for source in asked {
                guard let place = bands[source.id]?.place else { continue }
                let time = clock(source.timeZone, ms)
                if tariff.bands[place].contains(time) { holds = true }
                next = min(next, ms + tariff.bands[place].msToChange(after: time))
            }
            next = min(next, LocalTime.msPerDay)
            if !holds {
                if let last = ranges.last, last.upperBound == ms { ranges[ranges.count - 1] = last.lowerBound..<next } else { ranges.append(ms..<next) }
            }
            ms = next
        }
        let date = CivilDate(daysSince1970: day)
        let holidays = Set(asked.map(\.holidays)).filter { calendars[$0]?.contains(date, day: day) ?? false }.sorted()
        return TimeGap.Day(day: day, holidays: holidays, ranges: ranges)
    }
}
