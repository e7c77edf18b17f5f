import Billing
import Events
import Pipeline
import Quantities
import Testing

@Suite("Invoice")
struct InvoiceStageTests {
    /// A closed period of one line an amount, as the aggregate makes it.
    private func draft(_ amounts: [String], currency: String = "EUR", percentMicros: Int64 = 21_000_000) throws -> Invoice {
        var terms = Rated.terms
        terms.currency = currency
        terms.taxPercentMicros = percentMicros
        var aggregate = StageDriver(AggregateStage())
        for (place, amount) in amounts.enumerated() {
            try aggregate.feed(Rated.usage("a", eur(amount), subscription: "s\(100 + place)", offset: Int64(place)))
        }
        try aggregate.feed(Rated.ended("a", terms: terms, offset: 1000))
        aggregate.commit()
        var driver = StageDriver(InvoiceStage())
        try driver.feed(aggregate.emitted[0].value)
        driver.commit()
        #expect(driver.emitted.map(\.key) == ["tollnet|2026"])
        return try driver.messages(.billingDrafts, InvoiceRecord.self)[0].invoice
    }

    struct Case: CustomStringConvertible {
        var currency: String
        var percent: Int64
        var lines: [String]
        var rounded: [String]
        var net: String
        var rounding: String
        var tax: String
        var total: String
        var description: String { "\(currency) \(lines)" }
    }

    static let cases: [Case] = [
        //   currency       rate in 10^-6 %       lines                          on the bill                   net              rounding          tax             total
        Case(currency: "EUR", percent: 21_000_000, lines: ["10"], rounded: ["10.00"], net: "10.00", rounding: "0.00", tax: "2.10", total: "12.10"),
        Case(
            currency: "EUR", percent: 21_000_000, lines: ["0.004", "0.004", "0.004"], rounded: ["0.00", "0.00", "0.00"], net: "0.00",
            rounding: "0.012", tax: "0.00", total: "0.00"),
        Case(
            currency: "EUR", percent: 21_000_000, lines: ["0.005", "0.015"], rounded: ["0.01", "0.02"], net: "0.03", rounding: "-0.01",
            tax: "0.01", total: "0.04"),
        Case(
            currency: "EUR", percent: 21_000_000, lines: ["-0.005", "-7.123456789"], rounded: ["-0.01", "-7.12"], net: "-7.13",
            rounding: "0.001543211", tax: "-1.50", total: "-8.63"),
        // 0.50 × 1 % is half a cent: away from zero, in both directions.
        Case(currency: "EUR", percent: 1_000_000, lines: ["0.5"], rounded: ["0.50"], net: "0.50", rounding: "0.00", tax: "0.01", total: "0.51"),
        Case(currency: "EUR", percent: 1_000_000, lines: ["-0.5"], rounded: ["-0.50"], net: "-0.50", rounding: "0.00", tax: "-0.01", total: "-0.51"),
        Case(currency: "EUR", percent: 0, lines: ["3.333"], rounded: ["3.33"], net: "3.33", rounding: "0.003", tax: "0.00", total: "3.33"),
        Case(
            currency: "JPY", percent: 10_000_000, lines: ["99.5", "14.4999"], rounded: ["100", "14"], net: "114", rounding: "-0.0001",
            tax: "11", total: "125"),
        Case(
            currency: "KWD", percent: 5_500_000, lines: ["1.0005"], rounded: ["1.001"], net: "1.001", rounding: "-0.0005", tax: "0.055",
            total: "1.056"),
        Case(currency: "EUR", percent: 21_000_000, lines: ["0"], rounded: ["0.00"], net: "0.00", rounding: "0.00", tax: "0.00", total: "0.00"),
    ]

    @Test("rounds lines, taxes their sum once, and states what rounding left over", arguments: cases)
    func totals(_ expected: Case) throws {
        let invoice = try draft(expected.lines, currency: expected.currency, percentMicros: expected.percent)
        let currency = Currency(expected.currency)!
        #expect(invoice.lines.map { $0.amount.amount.text(currency) } == expected.rounded)
        #expect(invoice.net.amount.text(currency) == expected.net)
        #expect(invoice.rounding.amount.text(currency) == expected.rounding || invoice.rounding.amount == .zero && expected.rounding == "0.00")
        #expect(invoice.tax.tax.amount.text(currency) == expected.tax)
        #expect(invoice.tax.taxable == invoice.net)
        #expect(invoice.tax.percentMicros == expected.percent && invoice.tax.category == "S")
        #expect(invoice.total.amount.text(currency) == expected.total)
        // Σ of parts = whole.
        let exact = expected.lines.reduce(Amount.zero) { $0 + Amount(nanos: eur($1)) }
        #expect(invoice.net.amount + invoice.rounding.amount == exact)
    }

    @Test("carries the period, its seal and dates, and no number")
    func header() throws {
        let invoice = try draft(["1"])
        #expect(invoice.number.isEmpty)
        #expect(invoice.issuer == "tollnet" && invoice.series == "2026" && invoice.account == "a")
        #expect(invoice.issueDate == "1970-02-01" && invoice.periodFirstDay == "1970-01-01" && invoice.periodLastDay == "1970-01-30")
        #expect(invoice.periodStartMs == 0 && invoice.periodEndMs == Rated.monthMs)
        #expect(invoice.seal.usageCount == 1 && invoice.seal.usageDigest.count == 32)
        #expect(invoice.terms == Rated.terms)
    }

    @Test("further lines pass through, rounded, to the same sequencer")
    func moreLines() throws {
        var aggregate = StageDriver(AggregateStage())
        for sim in 0..<1201 { try aggregate.feed(Rated.usage("a", eur("0.017"), subscription: "s\(sim)", offset: Int64(sim))) }
        try aggregate.feed(Rated.ended("a", offset: 5000))
        aggregate.commit()
        var driver = StageDriver(InvoiceStage())
        for record in aggregate.emitted { try driver.feed(record.value) }
        driver.commit()
        #expect(driver.emitted.map(\.key) == ["tollnet|2026", "tollnet|2026", "tollnet|2026"])
        let drafts = try driver.messages(.billingDrafts, InvoiceRecord.self)
        let invoice = drafts[0].invoice
        let lines = invoice.lines + drafts[1].moreLines.lines + drafts[2].moreLines.lines
        #expect(lines.count == 1201 && lines.allSatisfy { $0.amount.amount == Amount(nanos: eur("0.02")) })
        #expect(invoice.net.amount == lines.reduce(.zero) { $0 + $1.amount.amount })
        #expect(invoice.rounding.amount == Amount(nanos: eur("-3.603")))
    }

    @Test("what is no period record is corruption of our own log")
    func corrupt() {
        var driver = StageDriver(InvoiceStage())
        #expect(throws: CorruptRecord.self) { try driver.feed(nil) }
        #expect(throws: CorruptRecord.self) { try driver.feed([0xff]) }
        #expect(throws: CorruptRecord.self) { try driver.feed(PeriodRecord()) }
    }
}
