import Quantities

/// A number as Go's `ParseFloat` reads it ("0.05", "-1", "1e-05"), but exact.
struct ExactDecimal: Hashable, Comparable {
    /// The value is `digits` / 10^`decimals`, with no zeros at its end.
    let digits: Int128
    let decimals: Int

    static let zero = ExactDecimal(digits: 0, decimals: 0)
    /// The largest whole amount that a catalogue can have.
    static let largest = ExactDecimal(digits: 9_223_372_036, decimals: 0)
    // Twenty digits and eighteen decimals: two such numbers can be brought to one scale within 128 bits.
    private static let limit: Int128 = 100_000_000_000_000_000_000
    private static let maximumDecimals = 18

    private init(digits: Int128, decimals: Int) { (self.digits, self.decimals) = (digits, decimals) }

    init?(_ text: String) {
        let parts = text.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false).flatMap {
            $0.split(separator: "E", maxSplits: 1, omittingEmptySubsequences: false)
        }
        guard parts.count <= 2, let exponent = parts.count == 2 ? Int(parts[1]) : 0, (-40...40).contains(exponent) else { return nil }
        let mantissa = parts[0]
        var decimals = mantissa.firstIndex(of: ".").map { mantissa[$0...].utf8.count - 1 } ?? 0
        guard decimals <= 40, var digits = DecimalText.parse(mantissa.utf8, decimals: decimals) else { return nil }
        decimals -= exponent
        while decimals > 0, digits % 10 == 0, digits != 0 { (digits, decimals) = (digits / 10, decimals - 1) }
        if digits == 0 { decimals = 0 }
        while decimals < 0, digits.magnitude < Self.limit { (digits, decimals) = (digits * 10, decimals + 1) }
        guard digits.magnitude < Self.limit, (0...Self.maximumDecimals).contains(decimals) else { return nil }
        (self.digits, self.decimals) = (digits, decimals)
    }

    var isZero: Bool { digits == 0 }

    /// A plain decimal.
    var text: String { DecimalText.format(digits, decimals: decimals) }

    /// The value times `factor`; nil where that is no whole number, or none of 64 bits.
    func whole(times factor: Int64) -> Int64? {
        let (product, overflows) = digits.multipliedReportingOverflow(by: Int128(factor))
        let scale = Self.power(decimals)
        guard !overflows, product % scale == 0 else { return nil }
        return Int64(exactly: product / scale)
    }

    /// The value times 10^`places`, for as many places as it has decimals at least.
    func shifted(places: Int) -> ExactDecimal { ExactDecimal(digits: digits, decimals: decimals - min(places, decimals)) }

    static func < (a: ExactDecimal, b: ExactDecimal) -> Bool {
        let scale = max(a.decimals, b.decimals)
        return a.digits * power(scale - a.decimals) < b.digits * power(scale - b.decimals)
    }

    static func power(_ exponent: Int) -> Int128 { (0..<exponent).reduce(Int128(1)) { power, _ in power * 10 } }
}
