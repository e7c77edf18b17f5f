import Events
import Quantities

extension Decider {
    func missing(_ fields: [(name: String, value: String)]) -> Refused? {
        fields.first { $0.value.isEmpty }.map { Refused(.missingField, "\($0.name) is empty") }
    }

    func missingTime(_ field: String, _ text: String, _ ms: Int64) -> Refused? {
        text.isEmpty && ms == 0 ? Refused(.missingField, "neither \(field) nor \(field)Ms is set") : nil
    }

    func badIDs(_ fields: [(name: String, value: String)]) -> Refused? {
        fields.first { !FieldForm.isOpaqueID($0.value) }.map {
            Refused(.badID, "\($0.name) is not 1 to 64 of letters, digits, '.', '_' and '-'")
        }
    }

    /// A refusal; nil where the offering can be sold to an account in `currency`; or waiting.
    func offeringFault(_ offering: String, currency: String, isAddon: Bool = false) -> Decision? {
        switch catalogue {
        case .none: return .noCatalogue
        case .loading: return .waiting(CatalogueInForce.waiting)
        case .loaded(let version):
            guard let priced = version.currencies[offering] else { return .refused(.unknownOffering, "the catalogue has no such offering") }
            if let status = version.unsold[offering] { return .refused(.offeringNotSold, "the offering is \(status.text): only a launched one is sold") }
            if priced != currency { return .refused(.currencyMismatch, "the offering is priced in \(priced), the account is billed in \(currency)") }
            if version.addons.contains(offering) != isAddon {
                return isAddon
                    ? .refused(.notAddon, "the offering is a plan: it is not bought beside one")
                    : .refused(.notPlan, "the offering is an add-on: it is bought beside a plan")
            }
            return nil
        }
    }

    /// The account's own subscription.
    func subscription(_ id: String, of account: String) -> CustomersState.Subscription? {
        state.subscriptions[id].flatMap { $0.account == account ? $0 : nil }
    }

    /// The time lies within the subscription's own.
    func timeFault(_ time: Int64, in subscription: CustomersState.Subscription) -> Decision? {
        if subscription.endMs != 0, time >= subscription.endMs { return .refused(.alreadyEnded, "the subscription ends before that time") }
        if time < subscription.fromMs { return .refused(.beforeSubscriptionStart, "the subscription starts after that time") }
        return nil
    }

    /// A refusal where the identifier, in its normalized form, is another's or this subscription's at any time in [from, to).
    func takenFault(_ identifier: Identifier, from: Int64, to: Int64) -> Decision? {
        guard let held = state.identifiers[identifier.key] else { return nil }
        if held.text != identifier.text { return .refused(.identifierTaken, "another identifier has the same key") }
        return held.assignments.contains { $0.overlaps(from: from, to: to) }
            ? .refused(.identifierTaken, "the identifier is assigned at that time or later") : nil
    }
}
