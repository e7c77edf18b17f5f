import Quantities

/// How a source writes the time.
enum TimeFormat: Sendable {
    case rfc3339
    /// Seconds since 1970 UTC, with up to three decimals.
    case unixSeconds
    case unixMs
    /// Fixed places, in the local time of a zone.
    case pattern([Part], ZoneRules)

    enum Part: Sendable, Equatable {
        case year, month, day, hour, minute, second
        case literal(UInt8)
    }

    /// "rfc3339" (also the empty text), "unix-s", "unix-ms", or a pattern of yyyy MM dd HH mm ss and literals. Nil where a pattern
    /// names no whole
    /// date, or a part twice.
    init?(_ text: String, zone: ZoneRules) {
        switch text {
        case "", "rfc3339": self = .rfc3339
        case "unix-s": self = .unixSeconds
        case "unix-ms": self = .unixMs
        default:
            let names: [(name: [UInt8], part: Part)] = [
                (Array("yyyy".utf8), .year), (Array("MM".utf8), .month), (Array("dd".utf8), .day), (Array("HH".utf8), .hour),
                (Array("mm".utf8), .minute), (Array("ss".utf8), .second),
            ]
            var rest = Array(text.utf8)[...]
            var parts: [Part] = []
            while let first = rest.first {
                if let (name, part) = names.first(where: { rest.starts(with: $0.name) }) {
                    if parts.contains(part) { return nil }
                    parts.append(part)
                    rest = rest.dropFirst(name.count)
                } else {
                    parts.append(.literal(first))
                    rest = rest.dropFirst()
                }
            }
            guard parts.contains(.year), parts.contains(.month), parts.contains(.day) else { return nil }
            self = .pattern(parts, zone)
        }
    }

    /// Local times that clocks show twice are the first of the two; times that they skip are the end of the gap. Without a time of day:
    /// local midnight.
    func read(_ text: UnsafeRawBufferPointer) -> Timestamp? {
        switch self {
        case .rfc3339: Timestamp(rfc3339: text)
        case .unixSeconds: Decimal(text)?.scaled(by: 1000).map { Timestamp(ms: $0) }
        case .unixMs: Decimal.integer(text).map { Timestamp(ms: $0) }
        case .pattern(let parts, let zone): Self.read(text, parts, zone)
        }
    }

    private static func read(_ text: UnsafeRawBufferPointer, _ parts: [Part], _ zone: ZoneRules) -> Timestamp? {
        var (year, month, day, hour, minute, second) = (0, 0, 0, 0, 0, 0)
        var at = 0
        func number(_ digits: Int) -> Int? {
            guard text.count - at >= digits else { return nil }
            return Decimal.integer(text.slice(at..<at + digits)).flatMap { $0 < 0 ? nil : Int($0) }
        }
        for part in parts {
            switch part {
            case .literal(let byte):
                guard at < text.count, text[at] == byte else { return nil }
                at += 1
                continue
            case .year:
                guard let value = number(4) else { return nil }
                year = value
                at += 4
                continue
            default: break
            }
            guard let value = number(2) else { return nil }
            at += 2
            switch part {
            case .month: month = value
            case .day: day = value
            case .hour: hour = value
            case .minute: minute = value
            default: second = value
            }
        }
        guard at == text.count, hour < 24, minute < 60, second <= 60, let date = CivilDate(year: year, month: month, day: day) else {
            return nil
        }
        return zone.instant(date, msOfDay: Int64((hour * 60 + minute) * 60 + second) * 1000)
    }
}
