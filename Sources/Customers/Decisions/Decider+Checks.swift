import Events
import Quantities

extension Decider {
    typealias Field = (name: String, value: String)

    /// A refusal for the command's own fields, before anything is looked up: one is missing, then one is wrong.
    /// - Parameters:
    ///   - texts: what must be there besides the ids, in whatever form.
    ///   - missing: why a field that is no text is missing.
    ///   - wrong: why another form is wrong.
    func formFault(
        account: String, subscription: String? = nil, offering: String? = nil, texts: [Field] = [], missing: Refused? = nil, wrong: Refused? = nil,
        time: CommandTime? = nil
    ) -> Decision? {
        var ids: [Field] = [("account", account)]
        if let subscription { ids.append(("subscription", subscription)) }
        if let offering { ids.append(("offering", offering)) }
        if let field = (ids + texts).first(where: \.value.isEmpty) { return .refused(.missingField, "\(field.name) is empty") }
        if let missing { return .refused(missing) }
        if let time, time.isMissing { return .refused(.missingField, "neither \(time.name) nor \(time.name)Ms is set") }
        if let refused = ids.lazy.compactMap({ badID($0.name, $0.value) }).first ?? wrong { return .refused(refused) }
        return time.flatMap(timeFault)
    }

    func badID(_ name: String, _ value: String) -> Refused? {
        FieldForm.isOpaqueID(value) ? nil : Refused(.badID, "\(name) is not 1 to 64 of letters, digits, '.', '_' and '-'")
    }

    func timeFault(_ time: CommandTime) -> Decision? {
        time.ms > 0 ? nil : .refused(.badTime, "\(time.name) is no RFC 3339 time with an offset, or not between 1970 and 9999")
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

    /// The refusal where the account has no such subscription, or is not there itself.
    func unknownSubscription(of account: String) -> Decision {
        state.accounts[account] == nil ? .unknownAccount : .refused(.unknownSubscription, "the account has no such subscription")
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

extension Decision {
    static let unknownAccount = refused(.unknownAccount, "there is no such account")
}
