import Quantities
import Testing

@Suite("Rounding")
struct RoundingTests {
    @Test(
        "a quotient to a whole number",
        arguments: [
            // numerator / 10    away  even  up  down
            (25, 3, 2, 3, 2), (-25, -3, -2, -2, -3), (35, 4, 4, 4, 3), (-35, -4, -4, -3, -4), (24, 2, 2, 3, 2), (-24, -2, -2, -2, -3),
            (26, 3, 3, 3, 2), (-26, -3, -3, -2, -3), (5, 1, 0, 1, 0), (-5, -1, 0, 0, -1), (1, 0, 0, 1, 0), (-1, 0, 0, 0, -1), (20, 2, 2, 2, 2),
            (-20, -2, -2, -2, -2), (0, 0, 0, 0, 0),
        ] as [(Int128, Int128, Int128, Int128, Int128)])
    func divide(_ numerator: Int128, _ away: Int128, _ even: Int128, _ up: Int128, _ down: Int128) {
        #expect(Rounding.halfAwayFromZero.divide(numerator, by: 10) == away)
        #expect(Rounding.halfEven.divide(numerator, by: 10) == even)
        #expect(Rounding.up.divide(numerator, by: 10) == up)
        #expect(Rounding.down.divide(numerator, by: 10) == down)
    }

    @Test("halves are found at odd denominators and at the ends of 128 bits")
    func ends() {
        #expect(Rounding.halfAwayFromZero.divide(1, by: 3) == 0)
        #expect(Rounding.halfAwayFromZero.divide(2, by: 3) == 1)
        #expect(Rounding.halfAwayFromZero.divide(.max, by: .max) == 1)
        #expect(Rounding.halfAwayFromZero.divide(.min, by: 1) == .min)
        #expect(Rounding.halfEven.divide(.max - 1, by: .max) == 1)
        #expect(Rounding.down.divide(.min, by: .max) == -2)
    }

    @Test(
        "an amount to its currency's minor unit",
        arguments: [
            ("EUR", "1.005", "1.01", "1.00"), ("EUR", "-1.005", "-1.01", "-1.00"), ("EUR", "1.0049999", "1.00", "1.00"), ("JPY", "0.5", "1", "0"),
            ("JPY", "1.5", "2", "2"), ("KWD", "0.0005", "0.001", "0.000"), ("CLF", "0.00005", "0.0001", "0.0000"), ("USD", "20505.92", "20505.92", "20505.92"),
        ])
    func amounts(_ code: String, _ text: String, _ away: String, _ even: String) {
        let currency = Currency(code)!
        let amount = Amount(nanos: DecimalText.parse(text, decimals: 9)!)
        #expect(amount.rounded(currency).text(currency) == away)
        #expect(amount.rounded(currency, .halfEven).text(currency) == even)
    }

    @Test("codes that are no currency", arguments: ["", "EU", "EURO", "eur", "E R", "ČSK"])
    func currencies(_ code: String) { #expect(Currency(code) == nil) }
}
