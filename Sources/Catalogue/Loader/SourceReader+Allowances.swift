import Events
import Quantities

/// What may be used before prices apply.
extension SourceReader {
    func readAllowance(_ field: Field, of kind: OfferingKind) -> Allowance {
        field.expectKeys([
            "id", "name", "type", "amount", "money", "zones", "when", "priority", "of", "limit", "prorated", "rollover", "notices", "recurs", "validity",
            "includes_free",
        ])
        var allowance = Allowance()
        allowance.id = field.text("id")
        allowance.name = field.optionalText("name")
        let isMoney = field.optional("money") != nil
        if !isMoney || field.optional("type") != nil { allowance.type = usageType(field) }
        allowance.zones = zones(field, "zones")
        if let money = field.optional("money") {
            allowance.amountNanos = money.amountNanos
            if allowance.amountNanos <= 0 { money.fail("expected an amount above zero") }
            field.optional("amount")?.fail("an allowance is either an amount of usage or of money")
        } else if let amount = field.required("amount") {
            allowance.set(quantity: wideQuantity(amount, of: allowance.type, from: 0))
        }
        if let when = field.optional("when") {
            allowance.conditions = readConditions(when)
            if allowance.conditions.firstUse != .any { when.fail("first_of is for prices") }
        }
        allowance.priority = field.optional("priority").map { Int32($0.whole(-1000...1000)) } ?? 0
        allowance.owner = field.choice("of", ["subscription": .subscription, "account": .account], .subscription)
        if let limit = field.optional("limit") {
            allowance.set(limit: amount(limit, of: allowance, isMoney))
            if allowance.owner == .subscription { limit.fail("a limit is for each subscription of an account that shares (of: account)") }
        }
        if let free = field.optional("includes_free") {
            allowance.includesFree = free.flag
            if isMoney { free.fail("money pays charges, and what is free has none") }
            if !isBySpecificZone { free.fail("is for version 2 of the rules of rating, and the settings say rules: 1: all usage draws on it") }
        }
        allowance.prorated = field.optional("prorated")?.flag ?? false
        if let rollover = field.optional("rollover") { allowance.rollover = readRollover(rollover, of: allowance, isMoney) }
        readOnce(field, of: kind, &allowance)
        allowance.noticePercents = field.items("notices").map { UInt32($0.whole(1...100)) }
        if Set(allowance.noticePercents).count < allowance.noticePercents.count { field.optional("notices")?.fail("a percentage comes twice") }
        return allowance
    }

    /// What is given once, as all of an add-on's is, has a validity and nothing that has to do with periods or sharing.
    private func readOnce(_ field: Field, of kind: OfferingKind, _ allowance: inout Allowance) {
        let recurs = field.choice("recurs", ["period": AllowanceRecurrence.period, "once": .once], kind == .addon ? .once : .period)
        allowance.recurs = recurs
        guard recurs == .once else {
            if kind == .addon { field.optional("recurs")?.fail("an add-on gives its allowances once, with each purchase") }
            field.optional("validity")?.fail("an allowance of each period is valid until the period's end; say recurs: once for one with a validity")
            return
        }
        for key in ["rollover", "prorated", "of", "limit"] {
            field.optional(key)?.fail("an allowance that is given once has a validity, and no \(key)")
        }
        guard let validity = field.required("validity") else { return }
        let parts = validity.text.split(separator: " ").map(String.init)
        let units: [String: Int64] = ["hour": 3_600_000, "hours": 3_600_000, "day": Timestamp.msPerDay, "days": Timestamp.msPerDay, "period": 0, "periods": 0]
        guard parts.count == 2, let count = Int64(parts[0]), let unit = units[parts[1]], (1...878_400).contains(count),
            unit > 0 ? count * unit <= 36_600 * Timestamp.msPerDay : count <= 1200
        else {
            return validity.fail("expected so many hours, days or billing periods, such as \"30 days\" or \"1 period\", found \"\(validity.text)\"")
        }
        if unit > 0 { allowance.validityMs = count * unit } else { allowance.validityPeriods = UInt32(count) }
    }

    private func amount(_ field: Field, of allowance: Allowance, _ isMoney: Bool) -> Int128 {
        if isMoney {
            if field.amountNanos <= 0 { field.fail("expected an amount above zero") }
            return Int128(max(1, field.amountNanos))
        }
        return wideQuantity(field, of: allowance.type, from: 1)
    }

    private func readRollover(_ field: Field, of allowance: Allowance, _ isMoney: Bool) -> Rollover {
        field.expectKeys(["cap", "periods"])
        var rollover = Rollover()
        if let cap = field.optional("cap") { rollover.set(cap: amount(cap, of: allowance, isMoney)) }
        rollover.periods = UInt32(field.required("periods")?.whole(1...12) ?? 1)
        return rollover
    }
}
