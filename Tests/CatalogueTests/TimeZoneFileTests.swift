import Catalogue
import Events
import Foundation
import Quantities
import Testing

@Suite("Time zones and quantities")
struct TimeZoneFileTests {
    static let zoneInfo = "/usr/share/zoneinfo/"

    static func zone(_ id: String) throws -> ZoneRules {
        let bytes = try #require(FileManager.default.contents(atPath: zoneInfo + id))
        return try #require(TimeZoneFile.parse(Array(bytes), id: id))
    }

    @Test(
        "offsets around changes, recorded ones and those of the rule to 2100",
        .enabled(if: FileManager.default.fileExists(atPath: zoneInfo + "UTC"), "there is no tz database"),
        arguments: [
            ("Europe/Prague", "1850-01-01T00:00:00Z", 3464), ("Europe/Prague", "1985-03-31T00:59:59Z", 3600), ("Europe/Prague", "1985-03-31T01:00:00Z", 7200),
            ("Europe/Prague", "2026-03-29T00:59:59Z", 3600), ("Europe/Prague", "2026-03-29T01:00:00Z", 7200),
            ("Europe/Prague", "2026-10-25T00:59:59Z", 7200), ("Europe/Prague", "2026-10-25T01:00:00Z", 3600),
            ("Europe/Prague", "2100-10-31T00:59:59Z", 7200), ("Europe/Prague", "2100-10-31T01:00:00Z", 3600),
            ("America/New_York", "2018-03-11T06:59:59Z", -18000), ("America/New_York", "2018-03-11T07:00:00Z", -14400),
            ("America/New_York", "2060-11-07T05:59:59Z", -14400), ("America/New_York", "2060-11-07T06:00:00Z", -18000),
            ("Australia/Lord_Howe", "2026-04-04T14:59:59Z", 39600), ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 37800),
            ("Australia/Lord_Howe", "2090-09-30T15:29:59Z", 37800), ("Australia/Lord_Howe", "2090-09-30T15:30:00Z", 39600),
            ("UTC", "2026-01-01T00:00:00Z", 0), ("Asia/Tokyo", "2080-07-01T00:00:00Z", 32400),
        ])
    func offsets(id: String, time: String, seconds: Int) throws {
        let at = Timestamp(rfc3339: time) ?? Timestamp(ms: Int64(-3_786_825_600_000))
        #expect(try Self.zone(id).offsetSeconds(at: at) == seconds)
    }

    @Test("Foundation's calendar agrees on each day from 1970 to 2037", .enabled(if: FileManager.default.fileExists(atPath: zoneInfo + "UTC")))
    func agrees() throws {
        for id in ["Europe/Prague", "America/New_York", "Australia/Lord_Howe"] {
            let rules = try Self.zone(id)
            let foundation = try #require(TimeZone(identifier: id))
            for hours in stride(from: 0, to: 596_000, by: 5) {
                let seconds = hours * 3600
                let expected = foundation.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
                if rules.offsetSeconds(at: Timestamp(ms: Int64(seconds) * 1000)) != expected {
                    Issue.record("\(id) at \(Timestamp(ms: Int64(seconds) * 1000)): expected \(expected)")
                    return
                }
            }
        }
    }

    @Test("damaged files are refused", .enabled(if: FileManager.default.fileExists(atPath: zoneInfo + "UTC")))
    func damaged() throws {
        let bytes = Array(try #require(FileManager.default.contents(atPath: Self.zoneInfo + "Europe/Prague")))
        for length in [0, 3, 43, 44, 100, bytes.count / 2] { #expect(TimeZoneFile.parse(Array(bytes.prefix(length)), id: "x") == nil, "\(length)") }
        #expect(TimeZoneFile.parse(Array("TZif1".utf8) + Array(repeating: 0, count: 200), id: "x") == nil)
    }

    @Test(
        "quantities keep their powers",
        arguments: [
            ("60 s", Int64(60_000_000)), ("8.87 min", 532_200_000), ("1 h", 3_600_000_000), ("1 kB", 1_000_000_000), ("1 KiB", 1_024_000_000),
            ("1 MB", 1_000_000_000_000), ("1 MiB", 1_048_576_000_000), ("15 GiB", 16_106_127_360_000_000), ("0.000001 s", 1), ("2 event", 2_000_000),
        ])
    func quantities(text: String, micros: Int64) { #expect(QuantityText.parse(text)?.micros == micros) }

    @Test("what is no quantity is none", arguments: ["60", "60s", "1 Gb", "x s", "0.0000001 s", "99999999999 TB", "", "1 s s"])
    func noQuantities(text: String) { #expect(QuantityText.parse(text) == nil) }
}
