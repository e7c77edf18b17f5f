import Events
import Quantities

extension Decider {
    /// From a time within the subscription's own on, where it is not suspended then or later.
    func decide(_ command: SuspendSubscription) -> Decision {
        if let refused = missing([("account", command.account), ("subscription", command.subscription), ("reason", command.reason)])
            ?? missingBarring(command.barring)
            ?? missingTime("from", command.from, command.fromMs)
            ?? badIDs([("account", command.account), ("subscription", command.subscription)]) { return .refused(refused) }
        guard FieldForm.isReason(command.reason) else { return .refused(.badReason, "reason is not 1 to 128 bytes of plain text") }
        guard let from = FieldForm.time(command.from, command.fromMs) else { return .badTime("from") }
        guard state.accounts[command.account] != nil else { return .refused(.unknownAccount, "there is no such account") }
        guard let subscription = subscription(command.subscription, of: command.account) else { return .unknownSubscription }
        if let fault = timeFault(from, in: subscription) { return fault }
        if subscription.suspensions.contains(where: { $0.toMs == 0 || $0.toMs > from }) {
            return .refused(.alreadySuspended, "the subscription is suspended at that time or later")
        }
        return .facts([
            .subscriptionSuspended(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.reason = command.reason
                    $0.barring = command.barring
                    $0.fromMs = from
                })
        ])
    }

    /// Ends the suspension that lasts.
    func decide(_ command: ResumeSubscription) -> Decision {
        if let refused = missing([("account", command.account), ("subscription", command.subscription)])
            ?? missingTime("from", command.from, command.fromMs)
            ?? badIDs([("account", command.account), ("subscription", command.subscription)]) { return .refused(refused) }
        guard let from = FieldForm.time(command.from, command.fromMs) else { return .badTime("from") }
        guard state.accounts[command.account] != nil else { return .refused(.unknownAccount, "there is no such account") }
        guard let subscription = subscription(command.subscription, of: command.account) else { return .unknownSubscription }
        if let fault = timeFault(from, in: subscription) { return fault }
        guard let last = subscription.suspensions.last, last.toMs == 0, last.fromMs < from else {
            return .refused(.notSuspended, "no suspension of the subscription began before that time and still lasts")
        }
        return .facts([
            .subscriptionResumed(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.fromMs = from
                })
        ])
    }

    private func missingBarring(_ level: BarringLevel) -> Refused? {
        switch level {
        case .none, .outgoing, .incoming, .data, .roaming, .all: nil
        case .unspecified, .UNRECOGNIZED: Refused(.missingField, "barring is none of the levels that there are")
        }
    }
}
