/// Plain decimals ("-12.340") to and from scaled integers, exactly.
public enum DecimalText {
    /// The value of `text` times 10^`decimals`, or nil where it is no plain decimal, has more decimals than that (other than
    /// zeros), or overflows 128 bits. No exponent, no grouping, no white space.
    public static func parse(_ text: some Collection<UInt8>, decimals: Int) -> Int128? {
        var value: Int128 = 0
        var digits = 0
        var fraction = -1
        var isNegative = false
        for (place, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where place == 0: isNegative = true
            case UInt8(ascii: "+") where place == 0: break
            case UInt8(ascii: ".") where fraction < 0: fraction = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if fraction >= decimals {
                    if byte != UInt8(ascii: "0") { return nil }
                    continue
                }
                if fraction >= 0 { fraction += 1 }
                guard let next = appended(byte - UInt8(ascii: "0"), to: value) else { return nil }
                value = next
            default: return nil
            }
        }
        guard digits > 0 else { return nil }
        for _ in max(fraction, 0)..<max(decimals, max(fraction, 0)) {
            guard let next = appended(0, to: value) else { return nil }
            value = next
        }
        return isNegative ? -value : value
    }

    public static func parse(_ text: String, decimals: Int) -> Int128? { parse(text.utf8, decimals: decimals) }

    private static func appended(_ digit: UInt8, to value: Int128) -> Int128? {
        let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
        let (sum, carried) = tens.addingReportingOverflow(Int128(digit))
        return overflowed || carried ? nil : sum
    }

    /// `scaled` / 10^`decimals` as a plain decimal. Trailing zeros are left out down to `atLeast` decimals.
    public static func format(_ scaled: Int128, decimals: Int, atLeast: Int = 0) -> String {
        var digits = String(scaled.magnitude)
        if digits.utf8.count <= decimals {
            digits = String(repeating: "0", count: decimals + 1 - digits.utf8.count) + digits
        }
        let whole = digits.dropLast(decimals)
        var fraction = Substring(digits.suffix(decimals))
        while fraction.utf8.count > atLeast, fraction.last == "0" { fraction.removeLast() }
        return (scaled < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }
}
