extension CatalogueText {
    func text(_ offering: PlanOffering) -> String {
        """
        id: \(YAMLText.scalar(offering.id))
        name: \(YAMLText.scalar(offering.id))
        currency: \(YAMLText.scalar(currency))
        \(deck(offering))versions:
          - valid_from: \(Self.beginning)
            prices:

        """ + offering.prices.map(text).joined()
    }

    /// Its numbers are looked up among its own zones: other plans have others of the same numbers.
    private func deck(_ offering: PlanOffering) -> String {
        if offering.deck.isEmpty { return "" }
        let zones = offering.deck.map(YAMLText.scalar)
        let lines = stride(from: 0, to: zones.count, by: 16).map { zones[$0..<min($0 + 16, zones.count)].joined(separator: ", ") }
        return "zones: [\(lines.joined(separator: ",\n  "))]\n"
    }

    private func text(_ price: PlanPrice) -> String {
        let rate = price.rate
        var lines = ["- id: \(YAMLText.scalar(price.id))", "  type: \"*\""]
        if !price.zones.isEmpty { lines.append("  zones: \(YAMLText.list(price.zones))") }
        if !price.timing.isAlways { lines.append("  when: {times: \(YAMLText.list([price.timing.id]))}") }
        lines.append("  session: split")
        // CGRateS keeps a call with the destination of its start.
        if plan.isPartial { lines.append("  session_group: \(YAMLText.scalar(rate.destination ?? "*any"))") }
        if !rate.rates.connectionFee.isZero { lines.append("  connection_fee: \"\(rate.rates.connectionFee.text)\"") }
        if let maximum = rate.maximum { lines.append("  maximum: \"\(maximum.text)\"") }
        if let rounding = rate.rounding { lines.append("  rounding: {mode: \(rounding.mode.rawValue), decimals: \(rounding.decimals)}") }
        lines.append("  rounds: usage")
        lines.append("  steps:")
        for step in rate.rates.steps {
            let counted = "from: \(Self.units(step.from)), increment: \(Self.units(step.increment))"
            lines.append("    - {\(counted), price: \"\(step.priceText)\", per: \(Self.units(step.per))}")
        }
        return lines.map { "      \($0)\n" }.joined()
    }
}
