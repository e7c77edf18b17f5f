extension PlanRates {
    /// One unit: what CGRateS takes for a unit or an increment of zero is a second.
    private static let one: Int64 = 1_000_000

    /// The lines of one Rates tag.
    init(_ rows: [PlanRow], _ findings: ImportFindings) {
        self.init()
        var lines: [(row: PlanRow, step: Step)] = []
        var kinds: Set<Bool> = []
        for row in rows {
            let fee = row.amount("ConnectFee", findings)
            if row.line == rows[0].line {
                connectionFee = fee
            } else if !fee.isZero, fee != connectionFee {
                findings.note(row, "the connection fee \(fee.text)", "CGRateS takes that of the tag's first line only")
            }
            let knownKinds = kinds.count
            lines.append((row, Self.step(row, kinds: &kinds, findings)))
            if kinds.count == 2, knownKinds < 2 {
                findings.note(row, "durations and bare numbers in one tag", "a bare number is one unit here; in CGRateS it is a nanosecond")
            }
        }
        var sorted = lines.enumerated().sorted { ($0.element.step.from, $0.offset) < ($1.element.step.from, $1.offset) }.map(\.element)
        if let first = sorted.first, first.step.from != 0 {
            let found = "found \"\(first.row["GroupIntervalStart"])\" as the first of \(first.row["Id"])"
            findings.fail(first.row, "GroupIntervalStart", "expected a line that begins at 0, \(found): CGRateS has no price for what is before it")
        }
        if !sorted.isEmpty { sorted[0].step.from = 0 }
        var kept: [(row: PlanRow, step: Step)] = []
        for line in sorted { Self.append(line, to: &kept, &moved, findings) }
        steps = kept.map(\.step)
    }

    private static func step(_ row: PlanRow, kinds: inout Set<Bool>, _ findings: ImportFindings) -> Step {
        func units(_ column: String) -> Int64 {
            guard let units = UnitText.parse(row[column]) else {
                findings.fail(row, column, "expected a duration such as 60s or 1m, or a number of units, found \"\(row[column])\"")
                return 0
            }
            if units.micros != 0 { kinds.insert(units.isBare) }
            return units.micros
        }
        let price = row.decimal("Rate", findings)
        var (increment, per) = (units("RateIncrement"), units("RateUnit"))
        row.checkSize(price, "Rate", findings)
        if price < .zero { findings.fail(row, "Rate", "expected a rate that is not below zero, found \"\(row["Rate"])\"") }
        if increment == 0, !price.isZero { findings.note(row, "the increment of zero", "CGRateS takes one second for it: one unit") }
        if per == 0, !price.isZero { findings.note(row, "the rate unit of zero", "CGRateS takes one second for it: one unit") }
        if increment == 0 { increment = one }
        if per == 0 { per = one }
        noteIncrement(row, price, increment, per, findings)
        // A catalogue has nine decimals: what is smaller is said of a larger amount.
        if price.decimals > 9 {
            let (scaled, overflows) = per.multipliedReportingOverflow(by: Int64(ExactDecimal.power(price.decimals - 9)))
            if overflows { findings.fail(row, "Rate", "expected an amount that is not so small, found \"\(row["Rate"])\"") } else { per = scaled }
        }
        return Step(from: units("GroupIntervalStart"), increment: increment, per: per, price: price)
    }

    /// CGRateS rounds what an increment costs to the decimals of its own configuration.
    private static func noteIncrement(_ row: PlanRow, _ price: ExactDecimal, _ increment: Int64, _ per: Int64, _ findings: ImportFindings) {
        let (product, overflows) = price.digits.multipliedReportingOverflow(by: Int128(increment))
        let (scale, scaleOverflows) = ExactDecimal.power(max(price.decimals - 5, 0)).multipliedReportingOverflow(by: Int128(per))
        let (digits, digitsOverflow) = product.multipliedReportingOverflow(by: ExactDecimal.power(max(5 - price.decimals, 0)))
        if !overflows, !scaleOverflows, !digitsOverflow, digits % scale == 0 { return }
        let what = "the rate \(price.text) a \(row["RateUnit"]) in increments of \(row["RateIncrement"])"
        findings.note(
            row, what, "CGRateS rounds what each increment costs to 5 decimals (rounding_decimals in its configuration); here only the charge is rounded")
    }

    /// A step begins where the increments of the one before end: CGRateS finishes a started increment, and what it reaches into is gone.
    private static func append(
        _ line: (row: PlanRow, step: Step), to kept: inout [(row: PlanRow, step: Step)], _ moved: inout PlanRow?, _ findings: ImportFindings
    ) {
        while let last = kept.last, line.step.from <= last.step.from {
            findings.note(last.row, "the step from \(last.row["GroupIntervalStart"])", "that of line \(line.row.line) takes its place")
            kept.removeLast()
        }
        var line = line
        if let last = kept.last {
            let over = (line.step.from - last.step.from) % last.step.increment
            if over != 0 {
                moved = moved ?? line.row
                line.step.from += last.step.increment - over
                let why = "the increment that has begun by then is finished first, so that it is from \(CatalogueText.units(line.step.from)) units on"
                findings.note(line.row, "the step from \(line.row["GroupIntervalStart"])", why)
            }
        }
        kept.append(line)
    }
}

extension PlanRates.Step {
    /// The price of `per` as a catalogue writes it, with nine decimals at most.
    var priceText: String { price.shifted(places: max(price.decimals - 9, 0)).text }
}
