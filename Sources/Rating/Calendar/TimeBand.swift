import Events
import Quantities

/// A part of local time, such as working days from 08:00 to 19:00.
struct TimeBand: Sendable {
    private let years: [Int32]
    /// Bits by number, from 1. All set where any will do.
    private let months: UInt32
    private let monthDays: UInt32
    private let weekdays: UInt32
    private let fromMs: Int
    private let toMs: Int
    private let holidays: HolidayDays?
    private let holidayRule: HolidayRule
    /// Whether it asks for anything but the time of day.
    private let asksDay: Bool
    /// Its own time zone among the tariff's; nil: the account's.
    let zone: Int?

    init(_ band: Events.TimeBand, holidays: HolidayDays?, zone: Int?) throws(TariffError) {
        func bits(_ numbers: [Int32], _ range: ClosedRange<Int32>) throws(TariffError) -> UInt32 {
            var bits: UInt32 = 0
            for number in numbers {
                guard range.contains(number) else { throw TariffError(reason: "time band \(band.id) has \(number) where \(range) is expected") }
                bits |= 1 << UInt32(number)
            }
            return numbers.isEmpty ? UInt32.max : bits
        }
        years = band.years
        months = try bits(band.months, 1...12)
        monthDays = try bits(band.monthDays, 1...31)
        weekdays = try bits(band.weekdays, 1...7)
        guard (0..<86_400).contains(band.fromS), (0...86_400).contains(band.toS) else {
            throw TariffError(reason: "time band \(band.id) has times outside the day")
        }
        guard band.onHolidays == .any || holidays != nil else { throw TariffError(reason: "time band \(band.id) names no holiday calendar") }
        fromMs = Int(band.fromS) * 1000
        toMs = Int(band.toS) * 1000
        self.holidays = holidays
        holidayRule = band.onHolidays
        asksDay = !band.years.isEmpty || months != UInt32.max || monthDays != UInt32.max || weekdays != UInt32.max || band.onHolidays != .any
        self.zone = zone
    }

    /// Ends on the day after the one on which it began.
    private var wraps: Bool { toMs <= fromMs }

    @inline(__always)
    func contains(_ time: LocalTime) -> Bool {
        if wraps { return time.msOfDay >= fromMs ? holds(on: time.day) : time.msOfDay < toMs && holds(on: time.day - 1) }
        return time.msOfDay >= fromMs && time.msOfDay < toMs && holds(on: time.day)
    }

    private func holds(on day: Int) -> Bool {
        guard asksDay else { return true }
        if weekdays >> UInt32(LocalTime.weekday(of: day)) & 1 == 0 { return false }
        let date = CivilDate(daysSince1970: day)
        if months >> UInt32(date.month) & 1 == 0 || monthDays >> UInt32(date.day) & 1 == 0 { return false }
        if !years.isEmpty, !years.contains(Int32(date.year)) { return false }
        switch holidayRule {
        case .only: return holidays?.contains(date, day: day) ?? false
        case .never: return !(holidays?.contains(date, day: day) ?? false)
        case .any, .UNRECOGNIZED: return true
        }
    }

    /// How long after `time` the band may begin or end, in ms of local time; at most until the day's end.
    func msToChange(after time: LocalTime) -> Int {
        var next = LocalTime.msPerDay
        if fromMs > time.msOfDay { next = min(next, fromMs) }
        if toMs > time.msOfDay { next = min(next, toMs) }
        return next - time.msOfDay
    }
}
