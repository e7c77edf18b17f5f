extension DestinationRate {
    init(_ row: PlanRow, rates: PlanRates, _ findings: ImportFindings) {
        let destination = row["DestinationId"]
        self.init(tag: row["Id"], destination: destination == "*any" ? nil : destination, rates: rates, row: row)
        rounding = Self.rounding(row, findings)
        isUnrounded = rounding == nil && (Int(row["RoundingDecimals"]) ?? 0) > 0
        maximum = Self.maximum(row, findings)
    }

    /// CGRateS rounds only to decimals above zero, and only by the three methods that it knows.
    private static func rounding(_ row: PlanRow, _ findings: ImportFindings) -> (mode: Rounding, decimals: Int)? {
        let (method, text) = (row["RoundingMethod"], row["RoundingDecimals"])
        guard let decimals = text.isEmpty ? 0 : Int(text) else {
            findings.fail(row, "RoundingDecimals", "expected a whole number, found \"\(text)\"")
            return nil
        }
        let modes: [String: Rounding] = ["*up": .up, "*down": .down, "*middle": .halfUp]
        guard let mode = modes[method] else {
            if decimals > 0 { findings.note(row, "the rounding method \"\(method)\"", "CGRateS rounds by *up, *down and *middle only") }
            return nil
        }
        guard decimals > 0 else {
            if !text.isEmpty { findings.note(row, "rounding to \(text) decimals", "CGRateS rounds only where there are decimals") }
            return nil
        }
        return (mode, min(decimals, 9))
    }

    private static func maximum(_ row: PlanRow, _ findings: ImportFindings) -> ExactDecimal? {
        let (cost, strategy) = (row.amount("MaxCost", findings), row["MaxCostStrategy"])
        guard cost > .zero else { return nil }
        if strategy == "*free" { return cost }
        let why = strategy == "*disconnect" ? "a price can't end a call" : "CGRateS charges no less for it"
        findings.note(row, "the maximum cost \(cost.text)\(strategy.isEmpty ? "" : " with \(strategy)")", why)
        return nil
    }
}
