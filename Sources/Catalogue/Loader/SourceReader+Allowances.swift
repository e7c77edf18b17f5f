import Events
import Quantities

/// What may be used before prices apply.
extension SourceReader {
    func readAllowance(_ field: Field) -> Allowance {
        field.expectKeys([
            "id", "name", "type", "amount", "money", "zones", "when", "priority", "of", "limit", "prorated", "rollover", "notices",
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
            allowance.amountMicros = quantity(amount, of: allowance.type, from: 0)
        }
        if let when = field.optional("when") {
            allowance.conditions = readConditions(when)
            if allowance.conditions.firstUse != .any { when.fail("first_of is for prices") }
        }
        allowance.priority = field.optional("priority").map { Int32($0.whole(-1000...1000)) } ?? 0
        allowance.owner = field.choice("of", ["subscription": .subscription, "account": .account], .subscription)
        if let limit = field.optional("limit") {
            allowance.limit = amount(limit, of: allowance, isMoney)
            if allowance.owner == .subscription { limit.fail("a limit is for each subscription of an account that shares (of: account)") }
        }
        allowance.prorated = field.optional("prorated")?.flag ?? false
        if let rollover = field.optional("rollover") { allowance.rollover = readRollover(rollover, of: allowance, isMoney) }
        allowance.noticePercents = field.items("notices").map { UInt32($0.whole(1...100)) }
        if Set(allowance.noticePercents).count < allowance.noticePercents.count { field.optional("notices")?.fail("a percentage comes twice") }
        return allowance
    }

    private func amount(_ field: Field, of allowance: Allowance, _ isMoney: Bool) -> Int64 {
        if isMoney {
            if field.amountNanos <= 0 { field.fail("expected an amount above zero") }
            return max(1, field.amountNanos)
        }
        return quantity(field, of: allowance.type, from: 1)
    }

    private func readRollover(_ field: Field, of allowance: Allowance, _ isMoney: Bool) -> Rollover {
        field.expectKeys(["cap", "periods"])
        var rollover = Rollover()
        if let cap = field.optional("cap") { rollover.cap = amount(cap, of: allowance, isMoney) }
        rollover.periods = UInt32(field.required("periods")?.whole(1...12) ?? 1)
        return rollover
    }
}
