import Events
import Quantities

/// Add-ons and money: accepted as orders, for rating alone knows the balance.
extension Decider {
    func decide(_ command: BuyOffering) -> Decision {
        // It may be the account that buys.
        let buyer = command.subscription.isEmpty ? nil : command.subscription
        let from = CommandTime("from", command.from, command.fromMs)
        if let fault = formFault(account: command.account, subscription: buyer, offering: command.offering, time: from) { return fault }
        guard let account = state.accounts[command.account] else { return .unknownAccount }
        if let fault = offeringFault(command.offering, currency: account.currency, isAddon: true) { return fault }
        if command.subscription.isEmpty {
            if from.ms < account.fromMs { return .refused(.beforeAccountStart, "the account starts after that time") }
        } else {
            guard let subscription = subscription(command.subscription, of: command.account) else { return unknownSubscription(of: command.account) }
            if let fault = timeFault(from.ms, in: subscription) { return fault }
        }
        return .facts([
            .purchaseOrdered(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.offering = command.offering
                    $0.fromMs = from.ms
                })
        ])
    }

    func decide(_ command: TopUp) -> Decision {
        let from = CommandTime("from", command.from, command.fromMs)
        let expires = CommandTime("expires", command.expires, command.expiresMs)
        if let fault = formFault(account: command.account, texts: [("amount", command.hasAmount ? "amount" : "")], time: from) { return fault }
        if !expires.isMissing {
            if let fault = timeFault(expires) { return fault }
            if expires.ms <= from.ms { return .refused(.badTime, "expires is not after from") }
        }
        guard let account = state.accounts[command.account] else { return .unknownAccount }
        guard account.isPrepaid else { return .notPrepaid }
        guard let nanos = Self.nanos(command.amount, account.currency), nanos > 0 else { return .badAmount("amount", account.currency, "above zero") }
        return .facts([
            .topUpOrdered(
                .with {
                    $0.account = command.account
                    $0.currency = account.currency
                    $0.amountNanos = nanos
                    $0.expiresMs = expires.ms
                    $0.fromMs = from.ms
                })
        ])
    }

    /// Amounts that are left out are none: the whole takes the place of what was set before.
    func decide(_ command: SetPrepaid) -> Decision {
        if let fault = formFault(account: command.account) { return fault }
        guard let account = state.accounts[command.account] else { return .unknownAccount }
        guard account.isPrepaid else { return .notPrepaid }
        let (auto, recurring) = (command.autoTopUp, command.recurringTopUp)
        let amounts: [(name: String, amount: Money?, isPositive: Bool)] = [
            ("creditLimit", command.hasCreditLimit ? command.creditLimit : nil, false),
            ("autoTopUp.below", command.hasAutoTopUp ? auto.below : nil, false), ("autoTopUp.amount", command.hasAutoTopUp ? auto.amount : nil, true),
            ("recurringTopUp.amount", command.hasRecurringTopUp ? recurring.amount : nil, true),
        ]
        var nanos: [Int64] = []
        for (name, amount, isPositive) in amounts {
            guard let amount else {
                nanos.append(0)
                continue
            }
            guard let value = Self.nanos(amount, account.currency), value >= (isPositive ? 1 : 0) else {
                return .badAmount(name, account.currency, isPositive ? "above zero" : "not below zero")
            }
            nanos.append(value)
        }
        return .facts([
            .prepaidSet(
                .with {
                    $0.account = command.account
                    $0.creditLimitNanos = nanos[0]
                    $0.autoBelowNanos = nanos[1]
                    $0.autoAmountNanos = nanos[2]
                    $0.recurringAmountNanos = nanos[3]
                })
        ])
    }

    /// Nil for another currency, for units and nanos that do not go together, and beyond 64 bits.
    private static func nanos(_ money: Money, _ currency: String) -> Int64? {
        guard money.currencyCode == currency, abs(Int64(money.nanos)) < 1_000_000_000 else { return nil }
        if (money.units > 0 && money.nanos < 0) || (money.units < 0 && money.nanos > 0) { return nil }
        return Int64(exactly: Int128(money.units) * 1_000_000_000 + Int128(money.nanos))
    }
}

extension Decision {
    fileprivate static let notPrepaid = refused(.notPrepaid, "the account is billed after the period")
    static func badAmount(_ field: String, _ currency: String, _ bound: String) -> Decision {
        refused(.badAmount, "\(field) is no amount in \(currency) that is \(bound)")
    }
}
