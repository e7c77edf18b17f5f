/// A plain decimal read from bytes: digits / 10^decimals, exactly. No sign, exponent, grouping or white space.
struct Decimal {
    var digits: Int128
    var decimals: Int

    /// Nil where `text` is no plain decimal, or has more than 30 significant digits. Zeros that end the fraction don't count.
    @inline(__always)
    init?(_ text: UnsafeRawBufferPointer) {
        guard text.count > 0, text.count <= 40 else { return nil }
        var end = text.count
        if text.contains(UInt8(ascii: ".")) {
            while end > 0, text[end - 1] == UInt8(ascii: "0") { end -= 1 }
        }
        var small: UInt64 = 0
        var wide: Int128 = 0
        var count = 0
        var fraction = -1
        var hasDigit = end < text.count
        for at in 0..<end {
            let byte = text[at]
            if byte == UInt8(ascii: "."), fraction < 0 {
                fraction = 0
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            hasDigit = true
            if fraction >= 0 { fraction += 1 }
            if count > 0 || byte != UInt8(ascii: "0") { count += 1 }
            if count > 30 { return nil }
            // Eighteen digits fit a word; the rare longer one goes the wide way.
            if count <= 18 {
                small = small &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
            } else {
                if count == 19, wide == 0 { wide = Int128(small) }
                wide = wide * 10 + Int128(byte - UInt8(ascii: "0"))
            }
        }
        guard hasDigit else { return nil }
        digits = count > 18 ? wide : Int128(small)
        decimals = max(fraction, 0)
    }

    /// The value times `factor`, where that is a whole number of 64 bits.
    @inline(__always)
    func scaled(by factor: Int64) -> Int64? {
        if digits == 0 { return 0 }
        let (product, overflowed) = digits.multipliedReportingOverflow(by: Int128(factor))
        if overflowed { return nil }
        if decimals == 0 { return Int64(exactly: product) }
        guard decimals <= 36 else { return nil }
        if product <= Int128(Int64.max), decimals <= 18 {
            let (quotient, remainder) = Int64(product).quotientAndRemainder(dividingBy: Int64(Self.power(decimals)))
            return remainder == 0 ? quotient : nil
        }
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Self.power(decimals))
        return remainder == 0 ? Int64(exactly: quotient) : nil
    }

    private static func power(_ exponent: Int) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }

    /// A signed 64-bit integer in decimal digits; nil for anything else.
    static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        guard text.count > (isNegative ? 1 : 0), text.count <= 20 else { return nil }
        var value: Int64 = 0
        for at in (isNegative ? 1 : 0)..<text.count {
            guard text[at] >= UInt8(ascii: "0"), text[at] <= UInt8(ascii: "9") else { return nil }
            let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(text[at] - UInt8(ascii: "0"))
            let (next, carried) = isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            if overflowed || carried { return nil }
            value = next
        }
        return value
    }
}
