import Quantities

/// What local clocks show at an instant.
struct LocalTime {
    /// Days since 1970.
    var day: Int
    var msOfDay: Int

    init(_ ms: Int64, in zone: borrowing ZoneRules) {
        let local = Timestamp(ms: ms + Int64(zone.offsetSeconds(at: Timestamp(ms: ms))) * 1000).dayAndMs
        day = local.day
        msOfDay = Int(local.ms)
    }

    static let msPerDay = Int(Timestamp.msPerDay)

    /// ISO 8601: 1 is Monday. 1970 began on a Thursday.
    static func weekday(of day: Int) -> Int { (day + 3) - 7 * ((day + 3) >= 0 ? (day + 3) / 7 : (day + 3 - 6) / 7) + 1 }
}
