/// A telephone number as sources and people write it, in the one form by which zones, favourite numbers and the directory look it up.
///
/// - What is left are digits of E.164: a leading "+" or "00" is cut off.
/// - Visual separators (RFC 3966, 5.1.1, and the spaces of ITU-T E.123) are cut out: spaces, "-", ".", "/" and pairs of parentheses; of a number that
///   begins with "+" or "00" the "(0)" as well, which is dialled within the country only.
/// - All else stays as it came, since it may be a name, a short code or an address: what holds any other character ("800-FLOWERS", "sip:…"); and, where it
///   has separators, what has fewer than 7 digits or more than the 15 of E.164, one dot and nothing else (a decimal), or the form of an IPv4 address.
public enum TelephoneNumber {
    /// The bytes that a number without its separators may need on the way.
    public static let room = 18

    /// E.164 leaves a national number more digits than services such as 112 have, and no number more than 15.
    private static let digitCounts = 7...15

    /// The number in its one form: a slice of `raw`, or written into `buffer`, which has `room`.
    @inline(__always)
    public static func prepared(_ raw: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        let from = lengthOfPrefix(raw)
        for at in from..<raw.count where !isDigit(raw[at]) {
            let count = digits(of: raw, into: buffer)
            return count == 0 ? raw : UnsafeRawBufferPointer(rebasing: buffer[..<count])
        }
        return UnsafeRawBufferPointer(rebasing: raw[from...])
    }

    public static func prepared(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { String(decoding: prepared(UnsafeRawBufferPointer(bytes), into: $0), as: UTF8.self) }
        }
    }

    /// What builds before this one made of the other party: without "+" or "00" where nothing but digits follows, else as it came. Identities that they
    /// remember were made of that.
    @inline(__always)
    public static func withoutPrefix(_ raw: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let from = lengthOfPrefix(raw)
        for at in from..<raw.count where !isDigit(raw[at]) { return raw }
        return UnsafeRawBufferPointer(rebasing: raw[from...])
    }

    /// Writes the digits of a number that has separators, without "+" or "00", and returns how many they are; 0 where it is none.
    static func digits(of raw: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        var hasPlus = false
        var openedAt = -1
        var dots = 0
        var others = 0
        // What stands only between digits must have one behind it.
        var needsDigit = false
        for byte in raw {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard count < room else { return 0 }
                buffer[count] = byte
                count += 1
                needsDigit = false
            case UInt8(ascii: "+"):
                guard count == 0, !hasPlus else { return 0 }
                hasPlus = true
            case UInt8(ascii: " "): others += 1
            case UInt8(ascii: "("):
                guard openedAt < 0 else { return 0 }
                openedAt = count
                others += 1
            case UInt8(ascii: ")"):
                guard openedAt >= 0, count > openedAt else { return 0 }
                let isTrunkPrefix = openedAt > 0 && count == openedAt + 1 && buffer[openedAt] == UInt8(ascii: "0")
                if isTrunkPrefix, hasPlus || hasZeros(buffer, openedAt) { count -= 1 }
                openedAt = -1
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"):
                guard count > 0 else { return 0 }
                if byte == UInt8(ascii: ".") { dots += 1 } else { others += 1 }
                needsDigit = true
            default: return 0
            }
        }
        guard openedAt < 0, !needsDigit else { return 0 }
        if !hasPlus, hasZeros(buffer, count) {
            count -= 2
            for at in 0..<count { buffer[at] = buffer[at + 2] }
        } else if !hasPlus, others == 0, dots == 1 || isAddress(raw) {
            return 0
        }
        return digitCounts.contains(count) ? count : 0
    }

    @inline(__always)
    private static func lengthOfPrefix(_ raw: UnsafeRawBufferPointer) -> Int {
        if raw.count > 1, raw[0] == UInt8(ascii: "+") { return 1 }
        return raw.count > 2 && raw[0] == UInt8(ascii: "0") && raw[1] == UInt8(ascii: "0") ? 2 : 0
    }

    private static func hasZeros(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int) -> Bool {
        count > 2 && buffer[0] == UInt8(ascii: "0") && buffer[1] == UInt8(ascii: "0")
    }

    /// Four groups of at most 255 between dots.
    private static func isAddress(_ raw: UnsafeRawBufferPointer) -> Bool {
        let groups = raw.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return groups.count == 4
            && groups.allSatisfy { group in
                (1...3).contains(group.count) && group.reduce(0) { $0 * 10 + Int($1) - Int(UInt8(ascii: "0")) } <= 255
            }
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
