import Quantities

/// The times from which rating profiles hold, in the notations that CGRateS takes.
enum ActivationTime: Equatable {
    case at(Timestamp)
    /// Empty, or before any usage that there can be.
    case always
    /// The moment at which CGRateS loads the plan, which a file does not know.
    case whenLoaded

    /// RFC 3339; "2012-01-01 00:00:00", also with T or as one number, on the clocks of `zone`; seconds, milli-, micro- or nanoseconds
    /// since 1970. Nil for anything else.
    init?(_ text: String, zone: ZoneRules) {
        switch text {
        case "", "*unlimited", "0":
            self = .always
            return
        case "*now":
            self = .whenLoaded
            return
        default: break
        }
        let isNumber = text.utf8.allSatisfy { (48...57).contains($0) }
        if isNumber, let value = Int64(text), let perMs: Int64 = [13: 1, 16: 1000, 19: 1_000_000][text.utf8.count] {
            self = .at(Timestamp(ms: value / perMs))
        } else if isNumber, text.utf8.count == 10, let seconds = Int64(text) {
            self = .at(Timestamp(ms: seconds * 1000))
        } else if let time = Timestamp(rfc3339: text) {
            self = .at(time)
        } else if text.utf8.count >= 20, let year = Int(text.prefix(4)), year < 1900, Timestamp(rfc3339: "1900" + text.dropFirst(4)) != nil {
            // How Go writes a time that is not set: 0001-01-01T00:00:00Z.
            self = .always
        } else if let time = Self.local(text, zone: zone) {
            self = .at(time)
        } else {
            return nil
        }
    }

    private static func local(_ text: String, zone: ZoneRules) -> Timestamp? {
        var digits = text.utf8.map { $0 }
        if digits.count == 19 {
            for (place, allowed) in [(4, "-"), (7, "-"), (10, " T"), (13, ":"), (16, ":")] where !allowed.utf8.contains(digits[place]) { return nil }
            for place in [16, 13, 10, 7, 4] { digits.remove(at: place) }
        }
        guard digits.count == 14, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        func number(_ places: Range<Int>) -> Int { digits[places].reduce(0) { $0 * 10 + Int($1 - 48) } }
        let (hour, minute, second) = (number(8..<10), number(10..<12), number(12..<14))
        guard hour < 24, minute < 60, second < 60, let date = CivilDate(year: number(0..<4), month: number(4..<6), day: number(6..<8)) else { return nil }
        return zone.instant(date, msOfDay: Int64(hour * 3600 + minute * 60 + second) * 1000)
    }
}
