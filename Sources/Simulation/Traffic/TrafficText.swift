import Quantities

/// Text written digit by digit, for a generator that makes millions of records a second can't build Strings.
extension [UInt8] {
    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// At least `digits` digits, zeros first.
    @inline(__always)
    mutating func append(decimal number: UInt64, digits: Int = 1) {
        let start = count
        var rest = number
        var written = 0
        repeat {
            append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
            written += 1
        } while rest > 0 || written < digits
        var low = start
        var high = count - 1
        while low < high {
            swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    /// In UTC with milliseconds.
    mutating func append(rfc3339 ms: Int64) {
        let (day, inDay) = Timestamp(ms: ms).dayAndMs
        let date = CivilDate(daysSince1970: day)
        append(decimal: UInt64(date.year), digits: 4)
        append(UInt8(ascii: "-"))
        append(decimal: UInt64(date.month), digits: 2)
        append(UInt8(ascii: "-"))
        append(decimal: UInt64(date.day), digits: 2)
        append(UInt8(ascii: "T"))
        append(decimal: UInt64(inDay / 3_600_000), digits: 2)
        append(UInt8(ascii: ":"))
        append(decimal: UInt64(inDay / 60_000 % 60), digits: 2)
        append(UInt8(ascii: ":"))
        append(decimal: UInt64(inDay / 1000 % 60), digits: 2)
        append(UInt8(ascii: "."))
        append(decimal: UInt64(inDay % 1000), digits: 3)
        append(UInt8(ascii: "Z"))
    }
}
