import Events
import Quantities

/// What takes something off charges.
extension SourceReader {
    func readDiscount(_ field: Field, of version: OfferingVersion) -> Discount {
        field.expectKeys([
            "id", "name", "on", "type", "zones", "prices", "when", "from", "to", "percent", "steps", "of", "signal", "at_least", "at_most", "exclusive",
        ])
        var discount = Discount()
        discount.id = field.text("id")
        discount.name = field.optionalText("name")
        if version.discounts.contains(where: { $0.id == discount.id }) { field.fail("discount \(discount.id) comes twice") }
        discount.target = field.choice("on", ["usage": .usage, "fees": .fees, "both": .both], .usage)
        if field.optional("type") != nil { discount.type = usageType(field) }
        discount.zones = zones(field, "zones")
        discount.prices = field.items("prices").map(\.text)
        if let when = field.optional("when") {
            discount.conditions = readConditions(when)
            if discount.conditions.firstUse != .any { when.fail("first_of is for prices") }
        }
        if let from = field.optional("from") { discount.fromMs = time(from) }
        if let to = field.optional("to") {
            discount.toMs = time(to)
            if discount.toMs <= discount.fromMs { to.fail("is not after from: the discount never holds") }
        }
        discount.exclusive = field.optional("exclusive")?.flag ?? false
        readAmount(field, into: &discount)
        if discount.target != .usage { checkFees(discount, field) }
        checkReach(discount, of: version, field)
        return discount
    }

    /// The percentage, the steps or the signal.
    private func readAmount(_ field: Field, into discount: inout Discount) {
        let ways = ["percent", "steps", "signal"].filter { field.optional($0) != nil }
        if ways.count != 1 { field.fail("expected one of percent, steps and signal, found \(ways.isEmpty ? "none" : ways.joined(separator: " and "))") }
        if let percent = field.optional("percent") {
            discount.percentMicros = self.percent(percent)
            if discount.percentMicros == 0 { percent.fail("takes nothing off") }
        }
        for step in field.items("steps") {
            step.expectKeys(["from", "percent"])
            var read = DiscountStep()
            read.fromNanos = step.required("from")?.amountNanos ?? 0
            if let percent = step.required("percent") { read.percentMicros = self.percent(percent) }
            if let last = discount.steps.last {
                if read.fromNanos <= last.fromNanos { step.fail("steps stand in order of from; this one is not after the one before") }
            } else if read.fromNanos != 0 {
                step.fail("the first step is from 0, if with 0 percent")
            }
            discount.steps.append(read)
        }
        if let steps = field.optional("steps"), discount.steps.isEmpty { steps.fail("expected at least one step") }
        discount.owner = field.choice("of", ["subscription": .subscription, "account": .account], .subscription)
        if discount.steps.isEmpty { field.optional("of")?.fail("says whose spending steps count, and there are none") }
        readSignal(field, into: &discount)
    }

    private func readSignal(_ field: Field, into discount: inout Discount) {
        discount.signal = field.optionalText("signal")
        if let signal = field.optional("signal"), !PriceSignal.isName(discount.signal) {
            signal.fail("expected the name of a price signal: 1 to 64 of A–Z, a–z, 0–9, \".\", \"_\" and \"-\", found \"\(discount.signal)\"")
        }
        discount.atLeastMicros = field.optional("at_least")?.decimal(6, "a multiplier such as \"0.5\"") ?? 0
        discount.atMostMicros = field.optional("at_most")?.decimal(6, "a multiplier such as \"2\"") ?? 0
        for key in ["at_least", "at_most"] where discount.signal.isEmpty { field.optional(key)?.fail("bounds the multiplier of a signal, and there is none") }
        if discount.atLeastMicros < 0 { field.optional("at_least")?.fail("is below zero") }
        if let most = field.optional("at_most"), discount.atMostMicros <= 0 || discount.atMostMicros < discount.atLeastMicros {
            most.fail("expected a multiplier above zero that is not less than at_least")
        }
    }

    private func percent(_ field: Field) -> Int64 {
        guard let micros = DecimalText.parse(field.text, decimals: 6), micros >= 0, micros <= 100_000_000 else {
            field.fail("expected a percentage from 0 to 100 of at most six decimals, such as \"12.5\", found \"\(field.text)\"")
            return 0
        }
        return Int64(micros)
    }

    /// A fee falls due once in a period, by whom and how long a subscription there is: nothing else can be asked of it.
    private func checkFees(_ discount: Discount, _ field: Field) {
        for key in ["type", "zones", "steps", "signal"] { field.optional(key)?.fail("is for usage, and this discount is on \(field.optionalText("on"))") }
        guard let when = field.optional("when") else { return }
        for key in ["times", "directions", "services", "categories", "networks", "origins", "on_net", "favourites"] {
            when.optional(key)?.fail("is for usage; a fee has segments and age")
        }
    }

    /// Each price that it names is there, and so is one that it can be for.
    private func checkReach(_ discount: Discount, of version: OfferingVersion, _ field: Field) {
        let usage = version.prices.filter { discount.type.isEmpty || $0.type.isEmpty || $0.type == discount.type }.map(\.id)
        let known = (discount.target == .fees ? [] : usage) + (discount.target == .usage ? [] : version.recurring.map(\.id))
        for price in field.items("prices") where !known.contains(price.text) {
            price.fail("the version has no such price for it; it has \(known.isEmpty ? "none" : known.joined(separator: ", "))")
        }
        if known.isEmpty, discount.prices.isEmpty { field.fail("there is no price that it could take something off") }
    }
}
