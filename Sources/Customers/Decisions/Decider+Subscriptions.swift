import Events
import Quantities

extension Decider {
    func decide(_ command: ActivateSubscription) -> Decision {
        let from = CommandTime("from", command.from, command.fromMs)
        if let fault = formFault(account: command.account, subscription: command.subscription, offering: command.offering, time: from) { return fault }
        guard let account = state.accounts[command.account] else { return .unknownAccount }
        if let fault = offeringFault(command.offering, currency: account.currency) { return fault }
        if state.subscriptions[command.subscription] != nil { return .refused(.subscriptionExists, "there is a subscription of that id") }
        var assigned: [Identifier] = []
        var seen: Set<EventID> = []
        for (place, raw) in command.identifiers.enumerated() {
            guard let identifier = Identifier(raw) else { return .refused(.badIdentifier, "identifiers[\(place)] is no identifier") }
            if seen.insert(identifier.key).inserted { assigned.append(identifier) }
        }
        for identifier in assigned {
            if let fault = takenFault(identifier, from: from.ms, to: 0) { return fault }
        }
        if from.ms < account.fromMs { return .refused(.beforeAccountStart, "the account starts after that time") }

        let activated = SubscriptionActivated.with {
            $0.account = command.account
            $0.subscription = command.subscription
            $0.offering = command.offering
            $0.fromMs = from.ms
            $0.identifiers = assigned.map(\.text)
        }
        return .facts(
            [.subscriptionActivated(activated)]
                + assigned.map { identifier in
                    .identifierAssigned(
                        .with {
                            $0.account = command.account
                            $0.subscription = command.subscription
                            $0.identifier = identifier.text
                            $0.fromMs = from.ms
                        })
                })
    }

    func decide(_ command: ChangePlan) -> Decision {
        let from = CommandTime("from", command.from, command.fromMs)
        if let fault = formFault(account: command.account, subscription: command.subscription, offering: command.offering, time: from) { return fault }
        guard let account = state.accounts[command.account] else { return .unknownAccount }
        if let fault = offeringFault(command.offering, currency: account.currency) { return fault }
        guard let subscription = subscription(command.subscription, of: command.account) else { return unknownSubscription(of: command.account) }
        if let fault = timeFault(from.ms, in: subscription) { return fault }
        return .facts([
            .planChangeOrdered(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.offering = command.offering
                    $0.fromMs = from.ms
                })
        ])
    }

    /// Ends the subscription and what it holds of identifiers from then on.
    func decide(_ command: EndSubscription) -> Decision {
        let at = CommandTime("at", command.at, command.atMs)
        if let fault = formFault(account: command.account, subscription: command.subscription, time: at) { return fault }
        guard let subscription = subscription(command.subscription, of: command.account) else { return unknownSubscription(of: command.account) }
        if subscription.endMs != 0 { return .refused(.alreadyEnded, "the subscription has an end already") }
        if let fault = timeFault(at.ms, in: subscription) { return fault }
        var followsEnd = false
        switch catalogue {
        case .none: break
        case .loading: return .waiting(CatalogueInForce.waiting)
        case .loaded(let version): followsEnd = version.followingEnds.contains(subscription.offering(at: at.ms - 1))
        }
        var facts: [CustomerEvent.OneOf_Body] = [
            .subscriptionEnded(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.atMs = at.ms
                })
        ]
        for key in subscription.identifiers {
            guard let held = state.identifiers[key] else { continue }
            for holding in held.assignments
            where holding.subscription == command.subscription && (holding.toMs == 0 || holding.toMs > max(at.ms, holding.fromMs)) {
                facts.append(
                    .identifierReleased(
                        .with {
                            $0.account = command.account
                            $0.subscription = command.subscription
                            $0.identifier = held.text
                            $0.atMs = max(at.ms, holding.fromMs)
                            $0.followsEnd = followsEnd
                        }))
            }
        }
        return .facts(facts)
    }
}
