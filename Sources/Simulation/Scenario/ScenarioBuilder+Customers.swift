import Events

extension ScenarioBuilder {
    static let offerings = ["basic", "plus"]

    static func msisdn(_ account: Int) -> String { "42060100000\(account)" }

    /// Accounts with one subscription each. Some are activated long after their first usage, some change plan, are suspended and resumed, or end.
    mutating func addCustomers(_ accounts: Int) {
        for account in 0..<accounts {
            let name = "acc-\(account)"
            var open = OpenAccount()
            open.account = name
            open.fromMs = Self.start - 40 * Self.day
            open.terms.currency = random.happens(perMille: 800) ? "EUR" : "JPY"
            open.terms.timeZone = random.happens(perMille: 500) ? "UTC" : "Europe/Prague"
            open.terms.billCycleDay = random.pick([1, 1, 15, 31])
            open.terms.issuer = random.happens(perMille: 700) ? "north" : "south"
            open.terms.taxCategory = "standard"
            if random.happens(perMille: 300) { open.terms.segment = "business" }
            let isPrepaid = random.happens(perMille: 350)
            if isPrepaid {
                open.terms.payment = .prepaid
                open.terms.creditLimitNanos = random.pick([0, 0, 2_000_000_000])
            }
            open.person.name = "Customer \(account)"
            command("open-\(account)", at: 1) { $0.openAccount = open }

            var activate = ActivateSubscription()
            activate.account = name
            activate.subscription = "sub-\(account)"
            activate.offering = Self.offering(random.pick(Self.offerings), open.terms.currency)
            activate.identifiers = ["msisdn:" + Self.msisdn(account)]
            activate.fromMs = Self.start - Self.day
            let isLate = random.happens(perMille: 200)
            let activatedAt = isLate ? Self.start + Int64(random.below(50)) * Self.day : 2
            command("activate-\(account)", at: activatedAt) { $0.activateSubscription = activate }
            // The sender does not know whether the first one arrived.
            if random.happens(perMille: 100) { command("activate-\(account)", at: activatedAt + 1) { $0.activateSubscription = activate } }

            addPurchases(name, "sub-\(account)", open.terms.currency, number: account)
            addTopUps(name, open.terms.currency, isPrepaid: isPrepaid, number: account)
            if random.happens(perMille: 400) {
                let at = activatedAt + Int64(random.below(60)) * Self.day
                var change = ChangePlan()
                change.account = name
                change.subscription = "sub-\(account)"
                change.offering = Self.offering(random.pick(Self.offerings), open.terms.currency)
                change.fromMs = max(Self.start, at) + Int64(random.below(20) - 10) * Self.day
                command("change-\(account)", at: at) { $0.changePlan = change }
            }
            if random.happens(perMille: 100) {
                var end = EndSubscription()
                end.account = name
                end.subscription = "sub-\(account)"
                end.atMs = Self.start + Int64(40 + random.below(20)) * Self.day
                command("end-\(account)", at: Self.start + 58 * Self.day) { $0.endSubscription = end }
            }
            if random.happens(perMille: 400) { suspend(account, after: activatedAt) }
        }
        var wrong = ActivateSubscription()
        wrong.account = "nobody"
        wrong.subscription = "sub-x"
        wrong.offering = "basic-eur"
        command("wrong", at: 3) { $0.activateSubscription = wrong }
    }

    /// Up to two suspensions, each resumed after some weeks; either command may come before its time or after it.
    private mutating func suspend(_ account: Int, after activatedAt: Int64) {
        var from = max(Self.start, activatedAt) + Int64(random.below(20)) * Self.day
        for number in 0...random.below(2) {
            var suspend = SuspendSubscription()
            suspend.account = "acc-\(account)"
            suspend.subscription = "sub-\(account)"
            suspend.reason = random.pick(["unpaid invoice", "lost device"])
            suspend.barring = random.pick([.all, .all, .outgoing, .data, .roaming, .none, .outgoingInternational, .premium])
            suspend.fromMs = from
            command("suspend-\(account)-\(number)", at: from + Int64(random.below(8) - 3) * Self.day) { $0.suspendSubscription = suspend }
            from += Int64(1 + random.below(45)) * Self.day
            var resume = ResumeSubscription()
            resume.account = suspend.account
            resume.subscription = suspend.subscription
            resume.fromMs = from
            command("resume-\(account)-\(number)", at: from + Int64(random.below(30) - 3) * Self.day) { $0.resumeSubscription = resume }
        }
    }

    static func offering(_ plan: String, _ currency: String) -> String { plan + "-" + currency.lowercased() }

    mutating func command(_ id: String, at: Int64, _ fill: (inout CustomerCommand) -> Void) {
        var command = CustomerCommand()
        command.commandID = id
        fill(&command)
        send(.command(command), at: at)
    }
}
