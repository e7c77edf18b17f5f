import Events
import Quantities

extension Decider {
    func decide(_ command: ActivateSubscription) -> Decision {
        if let refused = missing([("account", command.account), ("subscription", command.subscription), ("offering", command.offering)])
            ?? missingTime("from", command.from, command.fromMs)
            ?? badIDs([("account", command.account), ("subscription", command.subscription), ("offering", command.offering)]) {
            return .refused(refused)
        }
        guard let from = FieldForm.time(command.from, command.fromMs) else { return .badTime("from") }
        guard let account = state.accounts[command.account] else { return .refused(.unknownAccount, "there is no such account") }
        if let fault = offeringFault(command.offering, currency: account.currency) { return fault }
        if state.subscriptions[command.subscription] != nil { return .refused(.subscriptionExists, "there is a subscription of that id") }
        var assigned: [Identifier] = []
        var seen: Set<EventID> = []
        for (place, raw) in command.identifiers.enumerated() {
            guard let identifier = Identifier(raw) else { return .refused(.badIdentifier, "identifiers[\(place)] is no identifier") }
            if seen.insert(identifier.key).inserted { assigned.append(identifier) }
        }
        for identifier in assigned {
            if let fault = takenFault(identifier, from: from, to: 0) { return fault }
        }
        if from < account.fromMs { return .refused(.beforeAccountStart, "the account starts after that time") }

        let activated = SubscriptionActivated.with {
            $0.account = command.account
            $0.subscription = command.subscription
            $0.offering = command.offering
            $0.fromMs = from
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
                            $0.fromMs = from
                        })
                })
    }

    func decide(_ command: ChangePlan) -> Decision {
        if let refused = missing([("account", command.account), ("subscription", command.subscription), ("offering", command.offering)])
            ?? missingTime("from", command.from, command.fromMs)
            ?? badIDs([("account", command.account), ("subscription", command.subscription), ("offering", command.offering)]) {
            return .refused(refused)
        }
        guard let from = FieldForm.time(command.from, command.fromMs) else { return .badTime("from") }
        guard let account = state.accounts[command.account] else { return .refused(.unknownAccount, "there is no such account") }
        if let fault = offeringFault(command.offering, currency: account.currency) { return fault }
        guard let subscription = subscription(command.subscription, of: command.account) else { return .unknownSubscription }
        if let fault = timeFault(from, in: subscription) { return fault }
        return .facts([
            .planChangeOrdered(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.offering = command.offering
                    $0.fromMs = from
                })
        ])
    }

    /// Ends the subscription and what it holds of identifiers from then on.
    func decide(_ command: EndSubscription) -> Decision {
        if let refused = missing([("account", command.account), ("subscription", command.subscription)])
            ?? missingTime("at", command.at, command.atMs)
            ?? badIDs([("account", command.account), ("subscription", command.subscription)]) { return .refused(refused) }
        guard let at = FieldForm.time(command.at, command.atMs) else { return .badTime("at") }
        guard state.accounts[command.account] != nil else { return .refused(.unknownAccount, "there is no such account") }
        guard let subscription = subscription(command.subscription, of: command.account) else { return .unknownSubscription }
        if subscription.endMs != 0 { return .refused(.alreadyEnded, "the subscription has an end already") }
        if let fault = timeFault(at, in: subscription) { return fault }
        var followsEnd = false
        switch catalogue {
        case .none: break
        case .loading: return .waiting(CatalogueInForce.waiting)
        case .loaded(let version): followsEnd = version.followingEnds.contains(subscription.offering(at: at - 1))
        }
        var facts: [CustomerEvent.OneOf_Body] = [
            .subscriptionEnded(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.atMs = at
                })
        ]
        for key in subscription.identifiers {
            guard let held = state.identifiers[key] else { continue }
            for holding in held.assignments
            where holding.subscription == command.subscription && (holding.toMs == 0 || holding.toMs > max(at, holding.fromMs)) {
                facts.append(
                    .identifierReleased(
                        .with {
                            $0.account = command.account
                            $0.subscription = command.subscription
                            $0.identifier = held.text
                            $0.atMs = max(at, holding.fromMs)
                            $0.followsEnd = followsEnd
                        }))
            }
        }
        return .facts(facts)
    }
}

extension Decision {
    static let unknownSubscription = refused(.unknownSubscription, "the account has no such subscription")
}
