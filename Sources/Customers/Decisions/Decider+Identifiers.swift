import Events
import Quantities

extension Decider {
    func decide(_ command: AssignIdentifier) -> Decision {
        if let refused = missing([
            ("account", command.account), ("subscription", command.subscription), ("identifier", command.identifier),
        ]) ?? missingTime("from", command.from, command.fromMs)
            ?? badIDs([("account", command.account), ("subscription", command.subscription)]) { return .refused(refused) }
        guard let from = FieldForm.time(command.from, command.fromMs) else { return .badTime("from") }
        guard state.accounts[command.account] != nil else { return .refused(.unknownAccount, "there is no such account") }
        guard let subscription = subscription(command.subscription, of: command.account) else { return .unknownSubscription }
        guard let identifier = Identifier(command.identifier) else { return .badIdentifier }
        if let fault = takenFault(identifier, from: from, to: subscription.endMs) { return fault }
        if let fault = timeFault(from, in: subscription) { return fault }
        return .facts([
            .identifierAssigned(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.identifier = identifier.text
                    $0.fromMs = from
                })
        ])
    }

    func decide(_ command: ReleaseIdentifier) -> Decision {
        if let refused = missing([
            ("account", command.account), ("subscription", command.subscription), ("identifier", command.identifier),
        ]) ?? missingTime("at", command.at, command.atMs)
            ?? badIDs([("account", command.account), ("subscription", command.subscription)]) { return .refused(refused) }
        guard let at = FieldForm.time(command.at, command.atMs) else { return .badTime("at") }
        guard state.accounts[command.account] != nil else { return .refused(.unknownAccount, "there is no such account") }
        guard subscription(command.subscription, of: command.account) != nil else { return .unknownSubscription }
        guard let identifier = Identifier(command.identifier) else { return .badIdentifier }
        let held = state.identifiers[identifier.key]
        guard held?.text == identifier.text,
            let holding = held?.assignments.first(where: { $0.subscription == command.subscription && $0.holds(at: at) })
        else { return .refused(.identifierNotHeld, "the subscription does not hold the identifier at that time") }
        if holding.toMs != 0 { return .refused(.alreadyEnded, "the assignment has an end already") }
        return .facts([
            .identifierReleased(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.identifier = identifier.text
                    $0.atMs = at
                })
        ])
    }
}

extension Decision {
    static let badIdentifier = refused(.badIdentifier, "identifier is no \"scheme:value\" and no telephone number")
}
