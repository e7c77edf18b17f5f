import Quantities
import Testing

@Suite("Decimal text")
struct DecimalTextTests {
    @Test(
        "read exactly",
        arguments: [
            ("0", 6, 0), ("62.5", 6, 62_500_000), ("-12.340", 3, -12_340), ("+1", 2, 100), ("0.000001", 6, 1), ("1.230000000000", 2, 123),
            ("007", 0, 7), ("-0", 3, 0), ("99999999999999999999", 9, 99_999_999_999_999_999_999_000_000_000),
            ("170141183460469231731687303715884105727", 0, .max),
        ] as [(String, Int, Int128)])
    func parse(_ text: String, _ decimals: Int, _ expected: Int128) { #expect(DecimalText.parse(text, decimals: decimals) == expected) }

    @Test(
        "what is none, or not exact, or too large",
        arguments: [
            ("", 6), ("-", 6), (".", 6), ("1.2.3", 6), ("1e3", 6), (" 1", 6), ("1 ", 6), ("1,5", 6), ("--1", 6), ("1-", 6), ("0.0000001", 6), ("NaN", 6),
            ("٣", 6), ("0x10", 6), ("170141183460469231731687303715884105728", 0), ("17014118346046923173168730371588410573", 1),
            (String(repeating: "9", count: 5000), 6),
        ])
    func refused(_ text: String, _ decimals: Int) { #expect(DecimalText.parse(text, decimals: decimals) == nil) }

    @Test(
        "written with the decimals that are needed",
        arguments: [
            (0, 9, 2, "0.00"), (80_000_000_000, 9, 2, "80.00"), (12_300_000, 9, 2, "0.0123"), (-1, 9, 2, "-0.000000001"), (1_500_000_000, 9, 0, "1.5"),
            (7, 0, 0, "7"), (-5_000_000_000, 9, 0, "-5"), (123, 2, 2, "1.23"),
        ] as [(Int128, Int, Int, String)])
    func format(_ scaled: Int128, _ decimals: Int, _ atLeast: Int, _ expected: String) {
        #expect(DecimalText.format(scaled, decimals: decimals, atLeast: atLeast) == expected)
    }

    @Test("reads what it writes", arguments: UInt64(1)...3)
    func roundTrip(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for _ in 0..<2000 {
            let value = Int128(Int64.random(in: .min ... .max, using: &numbers)) << Int128.random(in: 0...60, using: &numbers)
            let decimals = Int.random(in: 0...12, using: &numbers)
            let text = DecimalText.format(value, decimals: decimals, atLeast: Int.random(in: 0...decimals, using: &numbers))
            #expect(DecimalText.parse(text, decimals: decimals) == value, "seed \(seed): \(text)")
        }
    }
}
