import Events

extension ScenarioBuilder {
    /// Add-ons, for a subscription and for the account, two in the same moment among them, and what can't be bought.
    mutating func addPurchases(_ account: String, _ subscription: String, _ currency: String, number: Int) {
        guard random.happens(perMille: 500) else { return }
        for purchase in 0..<(1 + random.below(4)) {
            let at = Self.start + Int64(random.below(Self.usageDays)) * Self.day
            var buy = BuyOffering()
            buy.account = account
            buy.subscription = random.happens(perMille: 700) ? subscription : ""
            buy.offering = Self.offering(random.happens(perMille: 950) ? "extra" : "basic", currency)
            // Some reach back, some are for later.
            buy.fromMs = max(Self.start, at + Int64(random.below(6) - 3) * Self.day)
            command("buy-\(number)-\(purchase)", at: at) { $0.buyOffering = buy }
            if random.happens(perMille: 300) { command("buy-\(number)-\(purchase)-again", at: at) { $0.buyOffering = buy } }
        }
    }

    /// Money for a prepaid account, some of which expires; and for a few that are none.
    mutating func addTopUps(_ account: String, _ currency: String, isPrepaid: Bool, number: Int) {
        guard isPrepaid || random.happens(perMille: 100) else { return }
        if random.happens(perMille: 500) {
            var set = SetPrepaid()
            set.account = account
            if random.happens(perMille: 500) { set.creditLimit = money(random.below(10), currency) }
            if random.happens(perMille: 700) { set.autoTopUp = .with { $0.below = money(3, currency); $0.amount = money(10, currency) } }
            if random.happens(perMille: 500) { set.recurringTopUp.amount = money(5, currency) }
            command("prepaid-\(number)", at: Self.start + Int64(random.below(40)) * Self.day) { $0.setPrepaid = set }
        }
        for topUp in 0..<(2 + random.below(6)) {
            let at = Self.start + Int64(random.below(Self.usageDays + 20) - 1) * Self.day
            var command = TopUp()
            command.account = account
            command.amount = money(1 + random.below(15), currency)
            command.amount.nanos = Int32(random.below(1_000_000_000))
            // Every third is for a time that no tick has passed by far.
            command.fromMs = topUp % 3 == 2 ? at + 6 * Self.day : at
            if random.happens(perMille: 600) { command.expiresMs = command.fromMs + Int64(1 + random.below(20)) * Self.day }
            self.command("topup-\(number)-\(topUp)", at: at) { $0.topUp = command }
        }
    }

    private func money(_ units: Int, _ currency: String) -> Money { .with { $0.currencyCode = currency; $0.units = Int64(units) } }
}
