import Events
import Quantities

extension Decider {
    func decide(_ command: AssignIdentifier) -> Decision {
        let from = CommandTime("from", command.from, command.fromMs)
        let texts = [("identifier", command.identifier)]
        if let fault = formFault(account: command.account, subscription: command.subscription, texts: texts, time: from) { return fault }
        guard let subscription = subscription(command.subscription, of: command.account) else { return unknownSubscription(of: command.account) }
        guard let identifier = Identifier(command.identifier) else { return .badIdentifier }
        if let fault = takenFault(identifier, from: from.ms, to: subscription.endMs) { return fault }
        if let fault = timeFault(from.ms, in: subscription) { return fault }
        return .facts([
            .identifierAssigned(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.identifier = identifier.text
                    $0.fromMs = from.ms
                })
        ])
    }

    func decide(_ command: ReleaseIdentifier) -> Decision {
        let at = CommandTime("at", command.at, command.atMs)
        let texts = [("identifier", command.identifier)]
        if let fault = formFault(account: command.account, subscription: command.subscription, texts: texts, time: at) { return fault }
        guard subscription(command.subscription, of: command.account) != nil else { return unknownSubscription(of: command.account) }
        guard let identifier = Identifier(command.identifier) else { return .badIdentifier }
        let held = state.identifiers[identifier.key]
        // Where it has an end already, the truth was an earlier one.
        guard held?.text == identifier.text, held?.assignments.contains(where: { $0.subscription == command.subscription && $0.holds(at: at.ms) }) == true
        else { return .refused(.identifierNotHeld, "the subscription does not hold the identifier at that time") }
        return .facts([
            .identifierReleased(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.identifier = identifier.text
                    $0.atMs = at.ms
                })
        ])
    }
}

extension Decision {
    static let badIdentifier = refused(.badIdentifier, "identifier is no \"scheme:value\" and no telephone number")
}
