/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var ms: Int64

    public init(ms: Int64) { self.ms = ms }

    public static let msPerDay: Int64 = 86_400_000

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.ms < b.ms }
    public static func + (a: Timestamp, ms: Int64) -> Timestamp { Timestamp(ms: a.ms + ms) }
    public static func - (a: Timestamp, b: Timestamp) -> Int64 { a.ms - b.ms }

    /// Days since 1970 and milliseconds into the day, UTC; the latter is never negative.
    public var dayAndMs: (day: Int, ms: Int64) {
        let day = ms >= 0 ? ms / Self.msPerDay : (ms - Self.msPerDay + 1) / Self.msPerDay
        return (Int(day), ms - day * Self.msPerDay)
    }

    /// RFC 3339 in UTC, with milliseconds only where there are any.
    public var description: String {
        let (day, inDay) = dayAndMs
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let fraction = inDay % 1000
        let padded = fraction < 10 ? "00\(fraction)" : fraction < 100 ? "0\(fraction)" : "\(fraction)"
        return "\(CivilDate(daysSince1970: day))T\(two(inDay / 3_600_000)):\(two(inDay / 60_000 % 60)):\(two(inDay / 1000 % 60))"
            + (fraction == 0 ? "Z" : ".\(padded)Z")
    }

    /// Reads RFC 3339 ("2026-10-05T12:30:00.250+02:00", "…Z"); an offset is required. Digits beyond milliseconds are cut off.
    /// A leap second (:60) is read as the next second. Nil for anything else. Years 1900 to 9999.
    public init?(rfc3339 text: String) {
        var text = text
        guard let ms = text.withUTF8({ Self.parse($0) }) else { return nil }
        self.ms = ms
    }

    public init?(rfc3339 bytes: UnsafeRawBufferPointer) {
        guard let ms = Self.parse(bytes.bindMemory(to: UInt8.self)) else { return nil }
        self.ms = ms
    }

    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count >= 20 else { return nil }
        func number(_ at: Int, _ count: Int) -> Int? {
            guard at + count <= text.count else { return nil }
            var value = 0
            for byte in text[at..<at + count] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        guard let year = number(0, 4), text[4] == UInt8(ascii: "-"), let month = number(5, 2), text[7] == UInt8(ascii: "-"), let day = number(8, 2),
            text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
            let hour = number(11, 2), text[13] == UInt8(ascii: ":"), let minute = number(14, 2), text[16] == UInt8(ascii: ":"),
            let second = number(17, 2), year >= 1900, hour < 24, minute < 60, second <= 60,
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if text[at] == UInt8(ascii: ".") {
            at += 1
            var scale: Int64 = 100
            let first = at
            while at < text.count, text[at] >= 48, text[at] <= 57 {
                fraction += Int64(text[at] - 48) * scale
                scale /= 10
                at += 1
            }
            if at == first { return nil }
        }
        guard at < text.count else { return nil }
        var offsetMinutes = 0
        switch text[at] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): at += 1
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard let hours = number(at + 1, 2), at + 6 <= text.count, text[at + 3] == UInt8(ascii: ":"), let minutes = number(at + 4, 2),
                hours < 24, minutes < 60
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (text[at] == UInt8(ascii: "-") ? -1 : 1)
            at += 6
        default: return nil
        }
        guard at == text.count else { return nil }
        let minutes = Int64(date.daysSince1970) * 1440 + Int64(hour * 60 + minute - offsetMinutes)
        return minutes * 60_000 + Int64(second) * 1000 + fraction
    }
}
