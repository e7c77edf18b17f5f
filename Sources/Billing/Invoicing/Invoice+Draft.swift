import Events
import Quantities

extension Invoice {
    /// The invoice of a closed period, without its number.
    ///
    /// Each line is rounded half away from zero to the minor unit; the net is their sum; `rounding` is what the exact total of the
    /// period has more (or less) than that, and nobody is billed. Tax is of the net, rounded the same way once (EN 16931, BR-CO-17).
    init(draftOf period: PeriodClosed, _ currency: Currency) {
        self.init()
        issuer = period.terms.issuer
        series = period.terms.series
        issueDate = period.issueDate
        account = period.account
        periodStartMs = period.periodStartMs
        periodEndMs = period.periodEndMs
        periodFirstDay = period.periodFirstDay
        periodLastDay = period.periodLastDay
        lines = period.lines
        for place in lines.indices { lines[place].round(currency) }
        lineCount = period.lineCount
        chunkCount = period.chunkCount
        let net = period.roundedTotal.amount
        let tax = TaxTotal(on: net, category: period.terms.taxCategory, percentMicros: period.terms.taxPercentMicros, currency)
        self.net = Money(net, currency.code)
        rounding = Money(period.total.amount - net, currency.code)
        total = Money(net + tax.tax.amount, currency.code)
        self.tax = tax
        seal = period.seal
        terms = period.terms
    }
}

extension TaxTotal {
    /// `percentMicros` is the rate in percent with six decimals. The tax is rounded half away from zero to the minor unit.
    init(on net: Amount, category: String, percentMicros: Int64, _ currency: Currency) {
        self.init()
        self.category = category
        self.percentMicros = percentMicros
        taxable = Money(net, currency.code)
        // net × percent / 100, in whole minor units.
        let minor = currency.minorUnitNanos
        let minorUnits = Rounding.halfAwayFromZero.divide(net.nanos * Int128(percentMicros), by: 100_000_000 * minor)
        tax = Money(Amount(nanos: minorUnits * minor), currency.code)
    }
}

extension Line {
    /// To the minor unit, half away from zero.
    mutating func round(_ currency: Currency) {
        amount = Money(amount.amount.rounded(currency), currency.code)
        if hasDiscount { discount = Money(discount.amount.rounded(currency), currency.code) }
    }
}
