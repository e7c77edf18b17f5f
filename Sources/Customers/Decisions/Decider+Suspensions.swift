import Events
import Quantities

extension Decider {
    /// From a time within the subscription's own on, where it is not suspended then or later.
    func decide(_ command: SuspendSubscription) -> Decision {
        let from = CommandTime("from", command.from, command.fromMs)
        if let fault = formFault(
            account: command.account, subscription: command.subscription, texts: [("reason", command.reason)],
            missing: missingBarring(command.barring), wrong: badReason(command.reason), time: from) { return fault }
        guard let subscription = subscription(command.subscription, of: command.account) else { return unknownSubscription(of: command.account) }
        if let fault = timeFault(from.ms, in: subscription) { return fault }
        if subscription.suspensions.contains(where: { $0.toMs == 0 || $0.toMs > from.ms }) {
            return .refused(.alreadySuspended, "the subscription is suspended at that time or later")
        }
        return .facts([
            .subscriptionSuspended(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.reason = command.reason
                    $0.barring = command.barring
                    $0.fromMs = from.ms
                })
        ])
    }

    /// Ends the suspension that lasts.
    func decide(_ command: ResumeSubscription) -> Decision {
        let from = CommandTime("from", command.from, command.fromMs)
        if let fault = formFault(account: command.account, subscription: command.subscription, time: from) { return fault }
        guard let subscription = subscription(command.subscription, of: command.account) else { return unknownSubscription(of: command.account) }
        if let fault = timeFault(from.ms, in: subscription) { return fault }
        guard let last = subscription.suspensions.last, last.toMs == 0, last.fromMs < from.ms else {
            return .refused(.notSuspended, "no suspension of the subscription began before that time and still lasts")
        }
        return .facts([
            .subscriptionResumed(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.fromMs = from.ms
                })
        ])
    }

    private func missingBarring(_ level: BarringLevel) -> Refused? {
        level.isKnown ? nil : Refused(.missingField, "barring is none of the levels that there are")
    }

    private func badReason(_ text: String) -> Refused? {
        FieldForm.isReason(text) ? nil : Refused(.badReason, "reason is not 1 to 128 bytes of plain text")
    }
}
