import Events
import Quantities

/// The prices of usage.
extension SourceReader {
    func readPrice(_ field: Field) -> UsagePrice {
        field.expectKeys([
            "id", "name", "type", "zones", "when", "session", "count", "of", "model", "connection_fee", "minimum", "maximum", "charge_zero", "rounding",
            "rounds", "session_group", "steps",
        ])
        var price = UsagePrice()
        price.id = field.text("id")
        price.name = field.optionalText("name")
        price.type = field.optional("type").map { $0.text == "*" ? "" : usageType(field) } ?? ""
        price.zones = zones(field, "zones")
        if let when = field.optional("when") { price.conditions = readConditions(when) }
        price.session = field.choice("session", ["start": .start, "split": .split], .start)
        price.scope = field.choice("count", ["event": .event, "period": .period, "day": .day, "week": .week], .event)
        price.owner = field.choice("of", ["subscription": .subscription, "account": .account], .subscription)
        price.model = field.choice("model", ["graduated": .graduated, "volume": .volume, "peak": .peak], .graduated)
        price.chargesZero = field.optional("charge_zero")?.flag ?? false
        if let fee = field.optional("connection_fee") { price.connectionFeeNanos = fee.amountNanos }
        if let minimum = field.optional("minimum") { price.minimumNanos = minimum.amountNanos }
        if let maximum = field.optional("maximum") { price.maximumNanos = maximum.amountNanos }
        if let rounding = field.optional("rounding") { price.rounding = readRounding(rounding) }
        price.rounds = field.choice("rounds", ["part": .part, "usage": .usage], .unspecified)
        price.sessionGroup = field.optionalText("session_group")
        for step in field.required("steps")?.items ?? [] { readStep(step, of: &price) }
        if price.steps.isEmpty { field.optional("steps")?.fail("expected at least one step") }
        // Of a step that can't be read, a fault was noted.
        if content.rulesVersion >= 2, ExactAmount.commonDenominator(of: price.steps.lazy.map { ($0.priceNanos, $0.pricePerMicros) }) == nil {
            field.optional("steps")?.fail(
                "what these prices come to can't be added up exactly: state them for quantities (per) that have more in common, such as \"1 GB\" in each step")
        }
        check(price, field)
        return price
    }

    /// What can't be meant together.
    private func check(_ price: UsagePrice, _ field: Field) {
        if price.type.isEmpty, price.scope != .event {
            field.optional("count")?.fail("a price for any type can't add up seconds, bytes and events: name its type")
        }
        if price.model == .volume, Set(price.steps.map(\.incrementMicros)).count > 1 {
            field.optional("steps")?.fail("the steps of a volume price have one increment: a larger sum must not count for less")
        }
        if price.scope != .event {
            for key in ["connection_fee", "minimum", "maximum", "rounds"] {
                field.optional(key)?.fail("is for a usage alone, and this price counts over a longer time (count)")
            }
            if price.conditions.firstUse != .any { field.optional("when")?.fail("first_of is for a price that counts each event") }
            if price.session == .split { field.optional("session")?.fail("a price that counts over a longer time does not split sessions") }
        } else if price.model == .peak {
            field.optional("model")?.fail("the peak is that of a longer time: say count: period, week or day")
        } else if price.owner == .account, price.conditions.firstUse == .any {
            field.optional("of")?.fail("a price that counts each event alone has no account's sum: say count: period, week or day")
        }
        if price.model == .volume, price.session == .split { field.optional("session")?.fail("a volume price needs the whole session") }
        if price.session != .split { field.optional("session_group")?.fail("is for a price that splits sessions (session: split)") }
        if price.session == .split, units[price.type] ?? .second != .second { field.optional("session")?.fail("only usage in seconds can be split") }
        if price.hasMinimumNanos, price.hasMaximumNanos, price.minimumNanos > price.maximumNanos {
            field.optional("minimum")?.fail("is more than the maximum")
        }
    }

    private func readRounding(_ field: Field) -> RoundingRule {
        field.expectKeys(["mode", "decimals"])
        var rounding = RoundingRule()
        rounding.mode = field.choice("mode", ["half-up": .halfUp, "half-even": .halfEven, "up": .up, "down": .down], .halfUp)
        rounding.decimals = UInt32(field.required("decimals")?.whole(0...9) ?? 9)
        return rounding
    }

    private func readStep(_ field: Field, of price: inout UsagePrice) {
        field.expectKeys(["from", "increment", "price", "per", "percent", "flat"])
        var step = RateStep()
        step.set(from: field.optional("from").map { wideQuantity($0, of: price.type, from: 0) } ?? 0)
        // Without an increment the usage counts as measured.
        step.incrementMicros = field.optional("increment").map { quantity($0, of: price.type, from: 1) } ?? 1
        if let percent = field.optional("percent") {
            readPercent(percent, of: price.type, into: &step)
            for key in ["price", "per"] { field.optional(key)?.fail("the step has a percent: it takes the place of price and per") }
        } else {
            step.priceNanos = field.required("price")?.amountNanos ?? 0
            let usual = field.optional("increment") == nil ? 1_000_000 : step.incrementMicros
            step.pricePerMicros = field.optional("per").map { quantity($0, of: price.type, from: 1) } ?? usual
        }
        step.flatNanos = field.optional("flat")?.amountNanos ?? 0
        if let last = price.steps.last, let from = step.from, let lastFrom = last.from {
            if from <= lastFrom {
                field.fail("steps stand in order of from; this one is not after the one before")
            } else if price.model != .volume, (from - lastFrom) % Int128(last.incrementMicros) != 0 {
                field.fail("the step before has no whole number of increments up to here")
            }
        } else if step.fromMicros != 0 {
            field.fail("the first step is from 0")
        }
        price.steps.append(step)
    }

    /// So much of a hundred of what the usage is worth; exact, for a millionth of a percent is ten nanos of one.
    private func readPercent(_ field: Field, of type: String, into step: inout RateStep) {
        step.pricePerMicros = 1_000_000
        if units[type] != .amount { field.fail("a percent is of money: the usage type counts no amount") }
        guard let micros = DecimalText.parse(field.text, decimals: 6), micros >= 0, micros <= 1_000_000_000 else {
            return field.fail("expected a percentage of at most six decimals and at most 1000, such as \"1.5\", found \"\(field.text)\"")
        }
        step.priceNanos = Int64(micros) * 10
    }

    func usageType(_ field: Field) -> String {
        let type = field.text("type")
        if units[type] == nil, !type.isEmpty {
            field.optional("type")?.fail("unknown usage type \"\(type)\"; the settings have \(units.keys.sorted().joined(separator: ", "))")
        }
        return type
    }

    func zones(_ field: Field, _ key: String) -> [String] {
        field.items(key).map { zone in
            if !zoneIDs.contains(zone.text) { zone.fail("zones.yaml has no zone \"\(zone.text)\"") }
            return zone.text
        }
    }

    /// The same, of up to 64 bits: what a single usage is counted in.
    func quantity(_ field: Field, of type: String, from least: Int64) -> Int64 {
        let wide = wideQuantity(field, of: type, from: Int128(least))
        if let short = Int64(exactly: wide) { return short }
        field.fail("is more than \(DecimalText.format(Int128(Int64.max), decimals: 6)) of the unit, the most that one usage can have")
        return max(least, 1)
    }

    /// A quantity in the unit of `type`, at least `least` millionths. Without a type it is a bare number of whatever unit is counted.
    func wideQuantity(_ field: Field, of type: String, from least: Int128) -> Int128 {
        if type.isEmpty {
            guard let micros = DecimalText.parse(field.text, decimals: 6), micros >= least, micros < Int128(1) << 100 else {
                field.fail("the price is for any type: expected a number without a unit, such as \"60\", found \"\(field.text)\"")
                return max(least, 1)
            }
            return micros
        }
        let symbols = QuantityText.units.filter { $0.unit == units[type] }.map(\.symbol).joined(separator: ", ")
        guard let quantity = QuantityText.parseWide(field.text), quantity.micros >= least, units[type] == nil || quantity.unit == units[type] else {
            field.fail("expected a quantity in \(symbols.isEmpty ? "a unit" : symbols), such as \"60 s\" or \"1 GiB\", found \"\(field.text)\"")
            return max(least, 1)
        }
        if content.rulesVersion < 2, Int64(exactly: quantity.micros) == nil {
            field.fail("is more than 64 bits of millionths, which the first version of the rules can't count: leave rules out of settings.yaml")
        }
        return quantity.micros
    }
}
