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

    /// Whether ISO 4217 lists it as in use (list one, 2026). What is no longer listed keeps its meaning in what was billed before.
    public var isListed: Bool { Self.listed.contains(code) }

    private static let listed = Set(
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY \
        COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR \
        ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR \
        MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC \
        SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
        """.split(separator: " ").map(String.init))

    /// One minor unit in 10^-9 of the unit.
    public var minorUnitNanos: Int128 {
        var nanos: Int128 = 1_000_000_000
        for _ in 0..<minorDigits { nanos /= 10 }
        return nanos
    }

    public var description: String { code }
}
