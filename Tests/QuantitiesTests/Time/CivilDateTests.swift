import Quantities
import Testing

@Suite("Civil date")
struct CivilDateTests {
    @Test(
        "days since 1970",
        arguments: [
            ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2000-03-01", 11_017), ("1900-03-01", -25_508), ("2026-11-22", 20_779),
            ("9999-12-31", 2_932_896), ("0001-01-01", -719_162),
        ])
    func days(_ text: String, _ days: Int) {
        #expect(CivilDate(daysSince1970: days).description == text)
        #expect(CivilDate(daysSince1970: days).daysSince1970 == days)
    }

    @Test("each day of 400 years follows the one before it")
    func succession() {
        var before = CivilDate(daysSince1970: -30_000)
        for days in -29_999...(-30_000 + 146_097) {
            let date = CivilDate(daysSince1970: days)
            let isNext =
                (date.year, date.month, date.day) == (before.year, before.month, before.day + 1)
                || (date.day == 1 && before.day == CivilDate.length(ofMonth: before.month, year: before.year)
                    && (date.month == before.month + 1 || (date.month == 1 && before.month == 12 && date.year == before.year + 1)))
            #expect(isNext && date.daysSince1970 == days && before < date, "\(before) \(date)")
            before = date
        }
    }

    @Test("days that are none", arguments: [(2025, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 13, 1), (2026, 0, 1), (2026, 1, 0), (2026, 1, 32)])
    func invalid(_ year: Int, _ month: Int, _ day: Int) { #expect(CivilDate(year: year, month: month, day: day) == nil) }

    @Test(
        "months later, on a day or the month's last",
        arguments: [
            ("2026-01-31", 1, 31, "2026-02-28"), ("2024-01-31", 1, 31, "2024-02-29"), ("2026-02-28", 1, 31, "2026-03-31"),
            ("2026-03-31", 1, 30, "2026-04-30"), ("2026-12-15", 1, 15, "2027-01-15"), ("2026-01-15", -1, 31, "2025-12-31"),
            ("2026-03-31", -1, 31, "2026-02-28"), ("2026-05-29", 0, 29, "2026-05-29"), ("2024-02-29", 12, 29, "2025-02-28"),
            ("2026-06-30", -30, 31, "2023-12-31"),
        ])
    func months(_ from: String, _ count: Int, _ day: Int, _ expected: String) {
        let at = Timestamp(rfc3339: from + "T00:00:00Z")!
        #expect(ZoneRules.utc.date(at: at).addingMonths(count, day: day).description == expected)
    }
}
