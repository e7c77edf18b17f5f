/// An ISO 4217 currency.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
    /// Three capital letters.
    public let code: String
    /// Digits of the minor unit: 2 for most, 0 for JPY, 3 for KWD (ISO 4217, table A.1).
    public let minorDigits: Int

    /// Nil where `code` is not three capital letters.
    public init?(_ code: String) {
        guard code.utf8.count == 3, code.utf8.allSatisfy({ $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) else { return nil }
        self.code = code
        switch code {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
            minorDigits = 0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": minorDigits = 3
        case "CLF", "UYW": minorDigits = 4
        default: minorDigits = 2
        }
    }

    /// One minor unit in 10^-9 of the unit.
    public var minorUnitNanos: Int128 {
        var nanos: Int128 = 1_000_000_000
        for _ in 0..<minorDigits { nanos /= 10 }
        return nanos
    }

    public var description: String { code }
}
