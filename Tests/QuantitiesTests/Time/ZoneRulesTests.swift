import Quantities
import Testing

@Suite("Zone rules")
struct ZoneRulesTests {
    @Test(
        "a day begins at its first instant",
        arguments: [
            //            day           begins                    why
            (SampleZones.prague, "2026-01-15", "2026-01-14T23:00:00Z"),
            (SampleZones.prague, "2026-07-15", "2026-07-14T22:00:00Z"),
            (SampleZones.prague, "2026-03-29", "2026-03-28T23:00:00Z"),  // the day of 23 hours
            (SampleZones.prague, "2026-03-30", "2026-03-29T22:00:00Z"),
            (SampleZones.prague, "2026-10-25", "2026-10-24T22:00:00Z"),  // the day of 25 hours
            (SampleZones.prague, "2026-10-26", "2026-10-25T23:00:00Z"),
            (SampleZones.newYork, "2026-03-08", "2026-03-08T05:00:00Z"),
            (SampleZones.newYork, "2026-03-09", "2026-03-09T04:00:00Z"),
            (SampleZones.lordHowe, "2026-10-03", "2026-10-02T13:30:00Z"),
            (SampleZones.lordHowe, "2026-10-05", "2026-10-04T13:00:00Z"),
            (SampleZones.santiago, "2025-09-07", "2025-09-07T04:00:00Z"),  // there is no midnight: it begins at 01:00
            (SampleZones.santiago, "2025-09-08", "2025-09-08T03:00:00Z"),
            (SampleZones.santiago, "2026-04-05", "2026-04-05T04:00:00Z"),  // 23:00 to 24:00 came twice the evening before
            (SampleZones.havana, "2025-11-02", "2025-11-02T04:00:00Z"),  // midnight comes twice: the first
            (SampleZones.havana, "2025-03-09", "2025-03-09T05:00:00Z"),  // no midnight
            (SampleZones.apia, "2011-12-29", "2011-12-29T10:00:00Z"),
            (SampleZones.apia, "2011-12-30", "2011-12-30T10:00:00Z"),  // a day that never was
            (SampleZones.apia, "2011-12-31", "2011-12-30T10:00:00Z"),
        ] as [(ZoneRules, String, String)])
    func starts(_ zone: ZoneRules, _ day: String, _ begins: String) {
        let date = ZoneRules.utc.date(at: Timestamp(rfc3339: day + "T00:00:00Z")!)
        #expect(zone.startOfDay(date).description == begins)
    }

    @Test(
        "the instant of a local time",
        arguments: [
            (SampleZones.prague, "2026-03-29", 2.5, "2026-03-29T01:00:00Z"),  // never shown: when the gap ends
            (SampleZones.prague, "2026-10-25", 2.5, "2026-10-25T00:30:00Z"),  // shown twice: the first
            (SampleZones.lordHowe, "2026-10-04", 2.25, "2026-10-03T15:30:00Z"),
            (SampleZones.lordHowe, "2026-04-05", 1.75, "2026-04-04T14:45:00Z"),
            (SampleZones.newYork, "2026-11-01", 1.5, "2026-11-01T05:30:00Z"),
        ] as [(ZoneRules, String, Double, String)])
    func instants(_ zone: ZoneRules, _ day: String, _ hour: Double, _ expected: String) {
        let date = ZoneRules.utc.date(at: Timestamp(rfc3339: day + "T00:00:00Z")!)
        #expect(zone.instant(date, msOfDay: Int64(hour * 3_600_000)).description == expected)
    }

    @Test("every instant lies in the day that begins at or before it and ends after it", arguments: SampleZones.all)
    func days(zone: ZoneRules) {
        var numbers = SeededNumbers(seed: 11)
        for _ in 0..<5000 {
            let time = Timestamp(ms: Int64.random(in: 1_293_840_000_000...1_830_000_000_000, using: &numbers))
            let date = zone.date(at: time)
            #expect(zone.startOfDay(date) <= time, "\(zone.id) \(time)")
            #expect(time < zone.startOfDay(CivilDate(daysSince1970: date.daysSince1970 + 1)), "\(zone.id) \(time)")
        }
    }

    @Test("the first offset holds before all transitions, the last after all")
    func ends() {
        #expect(SampleZones.prague.offsetSeconds(at: Timestamp(ms: .min)) == 3600)
        #expect(SampleZones.prague.offsetSeconds(at: Timestamp(rfc3339: "2026-10-25T00:59:59.999Z")!) == 7200)
        #expect(SampleZones.prague.offsetSeconds(at: Timestamp(rfc3339: "2026-10-25T01:00:00Z")!) == 3600)
        #expect(SampleZones.prague.offsetSeconds(at: Timestamp(ms: .max)) == 3600)
    }

    @Test("tables that are none")
    func invalid() {
        #expect(ZoneRules(id: "x", transitions: [], offsets: []) == nil)
        #expect(ZoneRules(id: "x", transitions: [1, 1], offsets: [0, 0]) == nil)
        #expect(ZoneRules(id: "x", transitions: [2, 1], offsets: [0, 0]) == nil)
        #expect(ZoneRules(id: "x", transitions: [1], offsets: [0, 0]) == nil)
        #expect(ZoneRules(id: "x", transitions: [1], offsets: [100_000]) == nil)
    }
}
