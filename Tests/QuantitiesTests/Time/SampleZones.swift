import Quantities

/// Tables typed from the tz database, 2025 to 2026 (Apia: 2011), so that no test depends on the machine's.
enum SampleZones {
    private static func zone(_ id: String, before: Int32, _ changes: [(utc: String, offset: Int32)]) -> ZoneRules {
        ZoneRules(
            id: id, transitions: [Int64.min] + changes.map { Timestamp(rfc3339: $0.utc)!.ms }, offsets: [before] + changes.map(\.offset))!
    }

    static let prague = zone(
        "Europe/Prague", before: 3600,
        [
            ("2025-03-30T01:00:00Z", 7200), ("2025-10-26T01:00:00Z", 3600), ("2026-03-29T01:00:00Z", 7200), ("2026-10-25T01:00:00Z", 3600),
        ])
    static let newYork = zone(
        "America/New_York", before: -18_000,
        [
            ("2025-03-09T07:00:00Z", -14_400), ("2025-11-02T06:00:00Z", -18_000), ("2026-03-08T07:00:00Z", -14_400),
            ("2026-11-01T06:00:00Z", -18_000),
        ])
    /// Daylight saving of half an hour.
    static let lordHowe = zone(
        "Australia/Lord_Howe", before: 39_600,
        [
            ("2025-04-05T15:00:00Z", 37_800), ("2025-10-04T15:30:00Z", 39_600), ("2026-04-04T15:00:00Z", 37_800),
            ("2026-10-03T15:30:00Z", 39_600),
        ])
    /// Clocks jump from 24:00 to 01:00, and back from 24:00 to 23:00.
    static let santiago = zone(
        "America/Santiago", before: -10_800,
        [
            ("2025-04-06T03:00:00Z", -14_400), ("2025-09-07T04:00:00Z", -10_800), ("2026-04-05T03:00:00Z", -14_400),
            ("2026-09-06T04:00:00Z", -10_800),
        ])
    /// Clocks jump from 00:00 to 01:00, and back from 01:00 to 00:00: midnight comes twice.
    static let havana = zone(
        "America/Havana", before: -18_000,
        [("2025-03-09T05:00:00Z", -14_400), ("2025-11-02T05:00:00Z", -18_000), ("2026-03-08T05:00:00Z", -14_400)])
    /// 2011-12-30 never was.
    static let apia = zone("Pacific/Apia", before: -36_000, [("2011-12-30T10:00:00Z", 50_400)])

    static let all = [ZoneRules.utc, prague, newYork, lordHowe, santiago, havana, apia]
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
