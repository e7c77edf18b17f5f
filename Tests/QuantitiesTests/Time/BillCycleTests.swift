import Quantities
import Testing

@Suite("Bill cycle")
struct BillCycleTests {
    private func text(_ period: BillingPeriod, _ zone: ZoneRules) -> String { "\(zone.date(at: period.start)) to \(zone.date(at: period.end))" }

    @Test(
        "the period of a time",
        arguments: [
            // day, a local noon, first day, the day after the last
            (1, "2026-02-01", "2026-02-01 to 2026-03-01"), (1, "2026-02-28", "2026-02-01 to 2026-03-01"),
            (15, "2026-02-14", "2026-01-15 to 2026-02-15"), (15, "2026-02-15", "2026-02-15 to 2026-03-15"),
            (15, "2026-12-31", "2026-12-15 to 2027-01-15"),
            (29, "2026-02-27", "2026-01-29 to 2026-02-28"), (29, "2026-02-28", "2026-02-28 to 2026-03-29"),
            (29, "2024-02-28", "2024-01-29 to 2024-02-29"), (29, "2024-02-29", "2024-02-29 to 2024-03-29"),
            (30, "2026-02-28", "2026-02-28 to 2026-03-30"), (30, "2024-02-29", "2024-02-29 to 2024-03-30"),
            (31, "2026-02-28", "2026-02-28 to 2026-03-31"), (31, "2026-03-30", "2026-02-28 to 2026-03-31"),
            (31, "2026-04-29", "2026-03-31 to 2026-04-30"), (31, "2026-04-30", "2026-04-30 to 2026-05-31"),
            (31, "1900-02-28", "1900-02-28 to 1900-03-31"), (31, "2000-02-29", "2000-02-29 to 2000-03-31"),
        ])
    func periods(_ day: Int, _ at: String, _ expected: String) {
        let cycle = BillCycle(day: day, zone: .utc)!
        #expect(text(cycle.period(containing: Timestamp(rfc3339: at + "T12:00:00Z")!), .utc) == expected)
    }

    @Test(
        "periods are cut at local midnight, or where clocks jump over it at the day's first instant",
        arguments: [
            (SampleZones.prague, 1, "2026-03-15T00:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
            (SampleZones.prague, 1, "2026-10-31T22:59:59.999Z", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"),
            (SampleZones.prague, 1, "2026-10-31T23:00:00Z", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
            (SampleZones.lordHowe, 4, "2026-10-10T00:00:00Z", "2026-10-03T13:30:00Z", "2026-11-03T13:00:00Z"),
            (SampleZones.santiago, 7, "2025-09-07T03:59:59.999Z", "2025-08-07T04:00:00Z", "2025-09-07T04:00:00Z"),
            (SampleZones.santiago, 7, "2025-09-07T04:00:00Z", "2025-09-07T04:00:00Z", "2025-10-07T03:00:00Z"),
            (SampleZones.havana, 2, "2025-11-02T05:30:00Z", "2025-11-02T04:00:00Z", "2025-12-02T05:00:00Z"),
            (SampleZones.apia, 30, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2012-01-29T10:00:00Z"),
        ] as [(ZoneRules, Int, String, String, String)])
    func cuts(_ zone: ZoneRules, _ day: Int, _ at: String, _ start: String, _ end: String) {
        let period = BillCycle(day: day, zone: zone)!.period(containing: Timestamp(rfc3339: at)!)
        #expect(period.start.description == start)
        #expect(period.end.description == end)
    }

    @Test("periods tile time: none missing, none twice", arguments: SampleZones.all)
    func tiling(zone: ZoneRules) {
        var numbers = SeededNumbers(seed: 29)
        for day in 1...31 {
            let cycle = BillCycle(day: day, zone: zone)!
            for _ in 0..<300 {
                let time = Timestamp(ms: Int64.random(in: 1_293_840_000_000...1_830_000_000_000, using: &numbers))
                let period = cycle.period(containing: time)
                let next = cycle.next(after: period)
                #expect(period.contains(time), "\(zone.id) \(day) \(time)")
                #expect(cycle.period(containing: period.start) == period, "\(zone.id) \(day) \(time)")
                #expect(cycle.period(containing: Timestamp(ms: period.end.ms - 1)) == period, "\(zone.id) \(day) \(time)")
                #expect(next.start == period.end && next.end > next.start, "\(zone.id) \(day) \(time)")
                let days = (period.end - period.start) / Timestamp.msPerDay
                #expect((27...31).contains(days), "\(zone.id) \(day) \(time)")
            }
        }
    }

    @Test("one period a month, for ever, from a walk of forty years", arguments: [1, 28, 29, 30, 31])
    func walk(day: Int) {
        let cycle = BillCycle(day: day, zone: SampleZones.prague)!
        var period = cycle.period(containing: Timestamp(rfc3339: "2000-01-31T12:00:00Z")!)
        for month in 1...480 {
            period = cycle.next(after: period)
            let first = SampleZones.prague.date(at: period.start)
            #expect(first.year * 12 + first.month - 1 == 2000 * 12 + month)
            #expect(first.day == min(day, CivilDate.length(ofMonth: first.month, year: first.year)))
        }
    }

    @Test("days that are none") func invalid() {
        #expect(BillCycle(day: 0, zone: .utc) == nil)
        #expect(BillCycle(day: 32, zone: .utc) == nil)
    }
}
