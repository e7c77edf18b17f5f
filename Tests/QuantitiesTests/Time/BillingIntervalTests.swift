import Quantities
import Testing

@Suite("Billing interval")
struct BillingIntervalTests {
    private func interval(
        _ mode: BillingMode, _ period: RecurrencePeriod, _ start: String, _ end: String, _ target: String, _ day: Int
    ) -> BillingInterval? {
        BillingInterval(
            start: CivilDate(iso: start)!, end: CivilDate(iso: end), target: CivilDate(iso: target)!, period: period, billCycleDay: day, mode: mode)
    }

    @Test(
        "cycle dates fall on the bill-cycle day and come back to it after a shorter month",
        arguments: [
            (.monthly, "2023-12-31", 31, "2023-12-31 2024-01-31 2024-02-29 2024-03-31 2024-04-30"),
            (.monthly, "2023-02-01", 31, "2023-02-28 2023-03-31 2023-04-30 2023-05-31 2023-06-30"),
            (.monthly, "2023-01-31", 30, "2023-02-28 2023-03-30 2023-04-30 2023-05-30 2023-06-30"),
            (.monthly, "2023-01-30", 29, "2023-02-28 2023-03-29 2023-04-29 2023-05-29 2023-06-29"),
            (.quarterly, "2023-11-30", 31, "2023-11-30 2024-02-29 2024-05-31 2024-08-31 2024-11-30"),
            (.biannual, "2023-09-01", 31, "2023-09-30 2024-03-31 2024-09-30 2025-03-31 2025-09-30"),
            (.annual, "2024-02-29", 29, "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
            (.annual, "2024-02-29", 28, "2025-02-28 2026-02-28 2027-02-28 2028-02-28 2029-02-28"),
            (.biennial, "2024-02-29", 30, "2024-02-29 2026-02-28 2028-02-29 2030-02-28 2032-02-29"),
            (.thirtyDays, "2024-01-31", 15, "2024-01-31 2024-03-01 2024-03-31 2024-04-30 2024-05-30"),
            (.weekly, "2024-02-23", 1, "2024-02-23 2024-03-01 2024-03-08 2024-03-15 2024-03-22"),
        ] as [(RecurrencePeriod, String, Int, String)])
    func cycleDates(_ period: RecurrencePeriod, _ start: String, _ day: Int, _ expected: String) throws {
        let run = try #require(interval(.inAdvance, period, start, "", start, day))
        #expect((0..<5).map { run.cycleDate($0).description }.joined(separator: " ") == expected)
    }

    @Test(
        "what a run reaches",
        arguments: [
            // mode, start, end, target, day -> effective end, last and next cycle date
            (.inAdvance, "2024-01-10", "", "2024-01-10", 15, "2024-01-15 2024-01-15 2024-02-15"),
            (.inAdvance, "2024-01-10", "", "2024-01-15", 15, "2024-02-15 2024-02-15 2024-03-15"),
            (.inAdvance, "2024-01-10", "2024-02-20", "2024-02-14", 15, "2024-02-15 2024-02-15 2024-03-15"),
            (.inAdvance, "2024-01-10", "2024-02-20", "2024-02-15", 15, "2024-02-20 2024-02-15 2024-03-15"),
            (.inAdvance, "2024-01-10", "2024-01-12", "2024-01-10", 15, "2024-01-12 - 2024-01-15"),
            (.inAdvance, "2024-01-31", "", "2024-02-29", 31, "2024-03-31 2024-03-31 2024-04-30"),
            (.inArrears, "2024-01-10", "", "2024-01-14", 15, "- - 2024-01-15"),
            (.inArrears, "2024-01-10", "", "2024-01-15", 15, "2024-01-15 2024-01-15 2024-02-15"),
            (.inArrears, "2024-01-10", "", "2024-03-14", 15, "2024-02-15 2024-02-15 2024-03-15"),
            (.inArrears, "2024-01-10", "2024-01-12", "2024-01-11", 15, "- - 2024-01-15"),
            (.inArrears, "2024-01-10", "2024-01-12", "2024-01-12", 15, "2024-01-12 - 2024-01-15"),
            (.inArrears, "2024-01-10", "2024-01-12", "2024-01-13", 15, "- - 2024-01-15"),
            (.inArrears, "2024-01-10", "2024-01-12", "2024-01-15", 15, "2024-01-12 - 2024-01-15"),
            (.inArrears, "2024-01-10", "2024-02-20", "2024-02-19", 15, "2024-02-15 2024-02-15 2024-03-15"),
            (.inArrears, "2024-01-10", "2024-02-20", "2024-02-21", 15, "2024-02-20 2024-02-15 2024-03-15"),
            (.inArrearsEarly, "2024-01-10", "", "2024-01-10", 15, "2024-01-15 2024-01-15 2024-02-15"),
            (.inArrearsEarly, "2024-01-10", "", "2024-02-15", 15, "2024-02-15 2024-02-15 2024-03-15"),
            (.inArrearsEarly, "2024-01-10", "", "2024-02-16", 15, "2024-03-15 2024-03-15 2024-04-15"),
            (.inArrearsEarly, "2024-01-10", "2024-03-01", "2024-02-16", 15, "2024-03-01 2024-02-15 2024-03-15"),
            (.inArrearsEarly, "2024-01-10", "2024-03-20", "2024-02-16", 15, "2024-03-15 2024-03-15 2024-04-15"),
        ] as [(BillingMode, String, String, String, Int, String)])
    func reach(_ mode: BillingMode, _ start: String, _ end: String, _ target: String, _ day: Int, _ expected: String) throws {
        let run = try #require(interval(mode, .monthly, start, end, target, day))
        #expect("\(run.effectiveEnd?.description ?? "-") \(run.lastCycleDate?.description ?? "-") \(run.nextCycleDate)" == expected)
    }

    @Test("what is no interval")
    func refused() {
        #expect(interval(.inAdvance, .monthly, "2024-01-10", "2024-01-09", "2024-01-10", 1) == nil)
        #expect(interval(.inAdvance, .monthly, "2024-01-10", "", "2024-01-09", 1) == nil)
        #expect(interval(.inAdvance, .monthly, "2024-01-10", "", "2024-01-10", 0) == nil)
        #expect(interval(.inAdvance, .monthly, "2024-01-10", "", "2024-01-10", 32) == nil)
        #expect(interval(.inAdvance, .never, "2024-01-10", "", "2024-01-10", 1) == nil)
        #expect(interval(.inAdvance, .monthly, "2024-01-10", "2024-01-10", "2024-01-10", 1)?.hasSomethingToBill == false)
    }
}
