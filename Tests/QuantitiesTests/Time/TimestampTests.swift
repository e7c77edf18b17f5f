import Quantities
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-10-05T12:30:00.250+02:00", 1_791_196_200_250), ("2026-10-05T10:30:00.25Z", 1_791_196_200_250),
            ("2026-10-05t10:30:00.2509999z", 1_791_196_200_250), ("2026-10-05 05:30:00.250-05:00", 1_791_196_200_250),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("1900-01-01T00:00:00Z", -2_208_988_800_000), ("2026-01-01T00:00:00-00:00", 1_767_225_600_000),
            ("2026-01-01T00:15:00+23:59", 1_767_140_160_000),
        ])
    func read(_ text: String, _ ms: Int64) { #expect(Timestamp(rfc3339: text)?.ms == ms) }

    @Test(
        "what is none",
        arguments: [
            "", "2026", "2026-10-05", "2026-10-05T12:30:00", "2026-10-05T12:30Z", "2026-02-29T00:00:00Z", "2026-10-05T24:00:00Z",
            "2026-10-05T12:60:00Z", "2026-10-05T12:30:61Z", "2026-10-05T12:30:00.Z", "2026-10-05T12:30:00+0200", "2026-10-05T12:30:00+24:00",
            "2026-10-05T12:30:00+02:60", "2026-10-05T12:30:00+02:0", "2026-10-05T12:30:00Z ", "2026/10/05T12:30:00Z", "1899-12-31T23:59:59Z",
            "+026-10-05T12:30:00Z", "2026-10-05T12:30:00.123", "٢٠٢٦-10-05T12:30:00Z",
        ])
    func refused(_ text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test("reads what it writes, and nothing cut off", arguments: UInt64(1)...5)
    func roundTrip(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for _ in 0..<2000 {
            let time = Timestamp(ms: Int64.random(in: -2_208_988_800_000...253_402_300_799_999, using: &numbers))
            let text = time.description
            #expect(Timestamp(rfc3339: text) == time, "seed \(seed): \(text)")
            let cut = Int.random(in: 0..<text.utf8.count, using: &numbers)
            #expect(Timestamp(rfc3339: String(text.prefix(cut))) == nil, "seed \(seed): \(text) to \(cut)")
        }
    }

    @Test("days begin at midnight before 1970 too")
    func days() {
        #expect(Timestamp(ms: -1).dayAndMs == (-1, 86_399_999))
        #expect(Timestamp(ms: -86_400_000).dayAndMs == (-1, 0))
        #expect(Timestamp(ms: 86_400_000).dayAndMs == (1, 0))
        #expect(Timestamp(ms: -1).description == "1969-12-31T23:59:59.999Z")
    }
}
