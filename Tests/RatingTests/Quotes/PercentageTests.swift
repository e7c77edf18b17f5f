import Catalogue
import Quantities
import Rating
import Testing

/// Prices that are a share of what the usage is worth: rate, fixed fee, free amount, least and most, tiers.
@Suite("Percentages")
struct PercentageTests {
    private static func content(_ price: String, type: String = "payment", allowances: String = "[]") throws -> Quoter {
        try Quoter(
            try CatalogueFolder.content([
                "settings.yaml": "name: test\ngrace: 1d\nlate_periods: 1\ntime_zones: [UTC]\nusage_types: {payment: amount, voice: s}\n",
                "offerings/o.yaml":
                    "id: o\nname: O\ncurrency: EUR\nversions:\n  - valid_from: 2000-01-01\n    allowances: \(allowances)\n    prices:\n"
                    + "      - {id: p, type: \(type), \(price)}\n",
            ]))
    }

    @Test("a price by percentage", arguments: [
        ("steps: [{percent: \"1.5\"}]", "200", "3"),
        ("steps: [{percent: 1.5}]", "0.01", "0.00015"),
        ("steps: [{percent: \"0.000001\"}]", "1000000", "0.01"),
        ("steps: [{percent: 0}]", "200", "0"),
        // A fixed fee for each, but not for nothing.
        ("connection_fee: \"0.30\", steps: [{percent: \"1.5\"}]", "200", "3.3"),
        ("connection_fee: \"0.30\", steps: [{percent: \"1.5\"}]", "0", "0"),
        // Least and most.
        ("minimum: \"0.50\", maximum: 5, steps: [{percent: \"1.5\"}]", "10", "0.5"),
        ("minimum: \"0.50\", maximum: 5, steps: [{percent: \"1.5\"}]", "100", "1.5"),
        ("minimum: \"0.50\", maximum: 5, steps: [{percent: \"1.5\"}]", "1000", "5"),
        // Tiers: a tier includes its upper bound.
        ("steps: [{percent: 2}, {from: 1000 amount, percent: 1}]", "1000", "20"),
        ("steps: [{percent: 2}, {from: 1000 amount, percent: 1}]", "1500", "25"),
        ("model: volume, steps: [{percent: 2}, {from: 1000 amount, percent: 1}]", "1000", "20"),
        ("model: volume, steps: [{percent: 2}, {from: 1000 amount, percent: 1}]", "1500", "15"),
        ("rounding: {mode: up, decimals: 2}, steps: [{percent: \"1.5\"}]", "0.01", "0.01"),
    ] as [(String, String, String)])
    func cost(price: String, quantity: String, cost: String) throws {
        var quoter = try Self.content(price)
        #expect(quoter.cost(quantity, "payment") == cost, "\(price)")
    }

    @Test("a free amount comes first, the rest is priced")
    func free() throws {
        var quoter = try Self.content("steps: [{percent: \"1.5\"}]", allowances: "[{id: free, type: payment, amount: 100 amount}]")
        #expect(quoter.cost("150", "payment") == "0.75")
        #expect(quoter.cost("100", "payment") == "0")
    }

    @Test("refused where it can't be meant", arguments: [
        ("steps: [{percent: \"1.5\"}]", "voice", "counts no amount"), ("steps: [{percent: \"1.5\", price: 1}]", "payment", "takes the place of price"),
        ("steps: [{percent: \"1.2345678\"}]", "payment", "six decimals"), ("steps: [{percent: \"-1\"}]", "payment", "expected a percentage"),
        ("steps: [{percent: many}]", "payment", "expected a percentage"),
    ] as [(String, String, String)])
    func refused(price: String, type: String, says: String) throws {
        let error = #expect(throws: CatalogueErrors.self) { try Self.content(price, type: type) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(says))
    }
}
