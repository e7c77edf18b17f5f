import Quantities

/// Reads a compiled time zone (TZif, RFC 8536, version 2 or later), and carries its last rule on to the end of 2100.
public enum TimeZoneFile {
    /// The zone's table; nil where the bytes are no such file.
    public static func parse(_ bytes: [UInt8], id: String) -> ZoneRules? {
        guard let first = Header(bytes, at: 0), first.version >= UInt8(ascii: "2") else { return nil }
        // The second block has times of 64 bits; the first is for old readers.
        let start = 44 + first.length(timeSize: 4)
        guard let header = Header(bytes, at: start), bytes.count >= start + 44 + header.length(timeSize: 8) else { return nil }
        var at = start + 44
        func bigEndian(_ count: Int, at place: Int) -> Int64 {
            let value = bytes[place..<place + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return count == 8 ? Int64(bitPattern: value) : Int64(Int32(truncatingIfNeeded: value))
        }
        let times = (0..<header.times).map { bigEndian(8, at: at + 8 * $0) }
        at += 8 * header.times
        let kinds = (0..<header.times).map { Int(bytes[at + $0]) }
        at += header.times
        let typesAt = at
        guard header.types > 0, kinds.allSatisfy({ $0 < header.types }) else { return nil }
        let offsets = (0..<header.types).map { Int32(bigEndian(4, at: typesAt + 6 * $0)) }
        let footerAt = start + 44 + header.length(timeSize: 8)
        let footer = String(decoding: bytes[footerAt...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)

        // What holds before the first transition is the first type.
        var table: [(ms: Int64, offset: Int32)] = [(Int64.min, offsets[0])]
        for (time, kind) in zip(times, kinds) {
            let (ms, overflows) = time.multipliedReportingOverflow(by: 1000)
            if !overflows { append(ms, offsets[kind], to: &table) }
        }
        if !footer.isEmpty {
            guard let rule = PosixTimeZone(footer) else { return nil }
            let last = times.last.map { $0 * 1000 } ?? Int64.min
            if times.isEmpty { table[0].offset = rule.standardOffset }
            let firstYear = last == Int64.min ? 1970 : CivilDate(daysSince1970: Timestamp(ms: last).dayAndMs.day).year
            for year in firstYear...max(2100, firstYear) {
                for change in rule.changes(in: year) where change.ms > last { append(change.ms, change.offset, to: &table) }
            }
        }
        return ZoneRules(id: id, transitions: table.map(\.ms), offsets: table.map(\.offset))
    }

    /// Changes of the name or of the DST flag alone change no clock.
    private static func append(_ ms: Int64, _ offset: Int32, to table: inout [(ms: Int64, offset: Int32)]) {
        guard let last = table.last, last.offset != offset, last.ms < ms else { return }
        table.append((ms, offset))
    }

    private struct Header {
        let version: UInt8
        let counts: [Int]
        var times: Int { counts[3] }
        var types: Int { counts[4] }

        init?(_ bytes: [UInt8], at start: Int) {
            guard start >= 0, bytes.count >= start + 44, bytes[start..<start + 4].elementsEqual("TZif".utf8) else { return nil }
            version = bytes[start + 4]
            // isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt
            counts = (0..<6).map { field in
                bytes[(start + 20 + 4 * field)..<(start + 24 + 4 * field)].reduce(0) { $0 << 8 | Int($1) }
            }
            guard counts.allSatisfy({ $0 < 1 << 20 }), bytes.count >= start + 44 else { return nil }
        }

        func length(timeSize: Int) -> Int {
            times * timeSize + times + types * 6 + counts[5] + counts[2] * (timeSize + 4) + counts[1] + counts[0]
        }
    }
}
