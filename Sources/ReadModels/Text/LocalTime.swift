import Foundation
import Quantities

/// Times as the customer's own clock showed them, offset included: "2026-10-05T12:30:00+02:00". For terminals; JSON stays in UTC.
struct LocalTime {
    private let zone: TimeZone?

    /// UTC where the machine does not know the zone.
    init(_ timeZone: String) { zone = TimeZone(identifier: timeZone) }

    func text(_ time: Timestamp) -> String {
        let seconds = zone?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.ms) / 1000)) ?? 0
        // An offset that is no whole minute, as before 1900, is none of RFC 3339's.
        guard seconds != 0, seconds % 60 == 0 else { return time.description }
        let minutes = abs(seconds) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return Timestamp(ms: time.ms + Int64(seconds) * 1000).description.dropLast()
            + (seconds < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
    }

    func text(_ time: Timestamp?, else other: String = "") -> String { time.map(text) ?? other }
}
