import Quantities
import Testing

@Suite("Recurrence period")
struct RecurrencePeriodTests {
    @Test(
        "one period and two after 29 February, and one before",
        arguments: [
            (.daily, "2024-03-01", "2024-03-02", "2024-02-28"), (.weekly, "2024-03-07", "2024-03-14", "2024-02-22"),
            (.biweekly, "2024-03-14", "2024-03-28", "2024-02-15"), (.thirtyDays, "2024-03-30", "2024-04-29", "2024-01-30"),
            (.thirtyOneDays, "2024-03-31", "2024-05-01", "2024-01-29"), (.sixtyDays, "2024-04-29", "2024-06-28", "2023-12-31"),
            (.ninetyDays, "2024-05-29", "2024-08-27", "2023-12-01"), (.monthly, "2024-03-29", "2024-04-29", "2024-01-29"),
            (.bimestrial, "2024-04-29", "2024-06-29", "2023-12-29"), (.quarterly, "2024-05-29", "2024-08-29", "2023-11-29"),
            (.triannual, "2024-06-29", "2024-10-29", "2023-10-29"), (.biannual, "2024-08-29", "2025-02-28", "2023-08-29"),
            (.annual, "2025-02-28", "2026-02-28", "2023-02-28"), (.sesquiennial, "2025-08-29", "2027-02-28", "2022-08-29"),
            (.biennial, "2026-02-28", "2028-02-28", "2022-02-28"), (.triennial, "2027-02-28", "2030-02-28", "2021-02-28"),
            (.never, "2024-02-29", "2024-02-29", "2024-02-29"),
        ] as [(RecurrencePeriod, String, String, String)])
    func steps(_ period: RecurrencePeriod, _ one: String, _ two: String, _ before: String) {
        let leapDay = CivilDate(year: 2024, month: 2, day: 29)!
        #expect(leapDay.advanced(by: 1, period).description == one)
        #expect(leapDay.advanced(by: 2, period).description == two)
        #expect(leapDay.advanced(by: -1, period).description == before)
        #expect(leapDay.advanced(by: 0, period) == leapDay)
    }

    @Test(
        "a day that a shorter month has cut stays cut",
        arguments: [
            ("2023-01-31", 2, "2023-03-28"), ("2024-01-31", 2, "2024-03-29"), ("2023-03-31", 2, "2023-05-30"), ("2023-03-31", -2, "2023-01-28"),
            ("2023-01-28", 2, "2023-03-28"), ("2023-12-31", 1, "2024-01-31"),
        ])
    func cut(_ from: String, _ count: Int, _ expected: String) {
        #expect(CivilDate(iso: from)!.advanced(by: count, .monthly).description == expected)
    }

    @Test(
        "whole periods between two dates",
        arguments: [
            (.monthly, "2023-01-31", "2023-02-27", 0), (.monthly, "2023-01-31", "2023-02-28", 1), (.monthly, "2024-01-31", "2024-02-28", 0),
            (.monthly, "2024-01-31", "2024-02-29", 1), (.monthly, "2023-02-28", "2023-03-27", 0), (.monthly, "2023-02-28", "2023-01-31", -1),
            (.annual, "2024-02-29", "2025-02-27", 0), (.annual, "2024-02-29", "2025-02-28", 1), (.annual, "2024-02-29", "2028-02-28", 3),
            (.quarterly, "2023-11-30", "2024-02-28", 0), (.quarterly, "2023-11-30", "2024-02-29", 1), (.biannual, "2023-08-31", "2024-08-30", 1),
            (.weekly, "2024-02-26", "2024-03-03", 0), (.weekly, "2024-02-26", "2024-03-04", 1), (.weekly, "2024-03-04", "2024-02-27", 0),
            (.daily, "2024-02-28", "2024-03-01", 2), (.ninetyDays, "2024-01-01", "2024-03-30", 0), (.ninetyDays, "2024-01-01", "2024-03-31", 1),
            (.never, "2020-01-01", "2024-01-01", 0), (.triennial, "2020-02-29", "2023-02-28", 1),
        ] as [(RecurrencePeriod, String, String, Int)])
    func whole(_ period: RecurrencePeriod, _ from: String, _ to: String, _ expected: Int) {
        #expect(CivilDate(iso: from)!.wholePeriods(to: CivilDate(iso: to)!, period) == expected)
    }
}
