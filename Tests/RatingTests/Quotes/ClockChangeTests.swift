import Events
import Quantities
import Rating
import Testing

/// Each day of 2026 and 2027 on which clocks change, as one session from midnight to midnight.
@Suite("Days on which clocks change")
struct ClockChangeTests {
    struct Day: Sendable {
        var zone: String
        var midnight: String
        var seconds: Int64
        /// Between 00:00 and 02:00 on the clock.
        var early: Int64
    }

    static let days = [
        Day(zone: "Europe/Prague", midnight: "2026-03-29T00:00:00+01:00", seconds: 82_800, early: 7_200),
        Day(zone: "Europe/Prague", midnight: "2026-10-25T00:00:00+02:00", seconds: 90_000, early: 7_200),
        Day(zone: "Europe/Prague", midnight: "2027-03-28T00:00:00+01:00", seconds: 82_800, early: 7_200),
        Day(zone: "Europe/Prague", midnight: "2027-10-31T00:00:00+02:00", seconds: 90_000, early: 7_200),
        // The hour from 01:00 comes twice in autumn.
        Day(zone: "America/New_York", midnight: "2026-03-08T00:00:00-05:00", seconds: 82_800, early: 7_200),
        Day(zone: "America/New_York", midnight: "2026-11-01T00:00:00-04:00", seconds: 90_000, early: 10_800),
        Day(zone: "America/New_York", midnight: "2027-03-14T00:00:00-05:00", seconds: 82_800, early: 7_200),
        Day(zone: "America/New_York", midnight: "2027-11-07T00:00:00-04:00", seconds: 90_000, early: 10_800),
        // Half an hour; the one from 01:30 comes twice in April.
        Day(zone: "Australia/Lord_Howe", midnight: "2026-04-05T00:00:00+11:00", seconds: 88_200, early: 9_000),
        Day(zone: "Australia/Lord_Howe", midnight: "2026-10-04T00:00:00+10:30", seconds: 84_600, early: 7_200),
        Day(zone: "Australia/Lord_Howe", midnight: "2027-04-04T00:00:00+11:00", seconds: 88_200, early: 9_000),
        Day(zone: "Australia/Lord_Howe", midnight: "2027-10-03T00:00:00+10:30", seconds: 84_600, early: 7_200),
    ]

    @Test("the parts add up to the day, and each second costs what its place on the clock says", arguments: days)
    func day(_ day: Day) throws {
        var quoter = try Quoter(
            try CatalogueFolder.content(
                prices: "{id: early, type: voice, when: {times: [early]}, session: split, steps: [{increment: 1 s, price: \"2\"}]}",
                "{id: rest, type: voice, session: split, steps: [{increment: 1 s, price: \"1\"}]}",
                calendars: "time_bands:\n  - {id: early, from: \"00:00\", to: \"02:00\"}\n"), timeZone: day.zone)
        let start = try #require(Timestamp(rfc3339: day.midnight)).ms
        let quote = try quoter.quote(QuoteRequest(type: "voice", startMs: start, quantityMicros: day.seconds * second))
        #expect(quote.parts.reduce(0) { $0 + $1.quantityMicros } == day.seconds * second)
        #expect(quote.costNanos == (day.seconds + day.early) * 1_000_000_000, "\(day.zone) \(day.midnight)")
        // One second more is the next day's first, and early again.
        let longer = try quoter.quote(QuoteRequest(type: "voice", startMs: start, quantityMicros: (day.seconds + 1) * second))
        #expect(longer.costNanos == quote.costNanos + 2_000_000_000)
        #expect(longer.parts.last?.startMs == start + day.seconds * 1000)
    }
}
