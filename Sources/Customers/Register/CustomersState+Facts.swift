import Events
import Quantities

extension CustomersState {
    /// Lets a fact take effect and returns the key of the identifier whose directory entry it changed.
    /// - Parameter recordedMs: when the command came, ms since 1970 UTC; 0 where that is not known.
    @discardableResult
    mutating func apply(_ fact: CustomerEvent.OneOf_Body, id: EventID, recordedMs: Int64) -> EventID? {
        switch fact {
        case .accountOpened(let opened):
            accounts.set(
                opened.account,
                Account(currency: opened.terms.currency, fromMs: opened.fromMs, isPrepaid: opened.terms.payment == .prepaid))
        case .subscriptionActivated(let activated):
            subscriptions.set(
                activated.subscription,
                Subscription(
                    account: activated.account, fromMs: activated.fromMs, plans: [Plan(fromMs: activated.fromMs, offering: activated.offering)]))
        case .planChangeOrdered(let ordered):
            update(ordered.subscription) { subscription in
                subscription.plans.removeAll { $0.fromMs == ordered.fromMs }
                let place = subscription.plans.firstIndex { $0.fromMs > ordered.fromMs } ?? subscription.plans.count
                subscription.plans.insert(Plan(fromMs: ordered.fromMs, offering: ordered.offering), at: place)
            }
        case .subscriptionSuspended(let suspended):
            update(suspended.subscription) { $0.suspensions.append(Suspension(fromMs: suspended.fromMs)) }
        case .subscriptionResumed(let resumed):
            update(resumed.subscription) { subscription in
                guard let last = subscription.suspensions.indices.last else { return }
                subscription.suspensions[last].toMs = resumed.fromMs
            }
        case .subscriptionEnded(let ended):
            update(ended.subscription) { $0.endMs = ended.atMs }
        case .identifierAssigned(let assigned): return assign(assigned, id: id, recordedMs: recordedMs)
        case .identifierReleased(let released): return release(released, recordedMs: recordedMs)
        // Rating alone asks for favourite numbers.
        case .commandRefused, .favouritesSet: break
        case .purchaseOrdered, .topUpOrdered, .prepaidSet: break
        }
        return nil
    }

    private mutating func update(_ subscription: String, _ change: (inout Subscription) -> Void) {
        if let slot = subscriptions.slot(of: subscription) { subscriptions.update(at: slot, change) }
    }

    private mutating func assign(_ assigned: IdentifierAssigned, id: EventID, recordedMs: Int64) -> EventID? {
        guard let identifier = Identifier(assigned.identifier), let slot = subscriptions.slot(of: assigned.subscription) else { return nil }
        let key = identifier.key
        let endMs = subscriptions.read(at: slot) { $0.endMs }
        var held = identifiers[key] ?? HeldIdentifier(text: identifier.text)
        if tellsHolders(of: held) {
            // Whose usage it was until now, after the end of a subscription: copies of that go there first for some time.
            for place in held.assignments.indices
            where held.assignments[place].toMs != 0 && held.assignments[place].toMs <= assigned.fromMs
                && tailEnd(of: held.assignments[place], held) > assigned.fromMs
            {
                held.assignments[place].firstToMs = HeldFirst.until(
                    toMs: 0, firstToMs: held.assignments[place].firstToMs, releasedMs: assigned.fromMs, recordedMs: recordedMs)
            }
        }
        held.assignments.append(
            Holding(subscription: assigned.subscription, account: assigned.account, fromMs: assigned.fromMs, toMs: endMs, event: id))
        identifiers.set(key, held)
        if subscriptions.read(at: slot, { !$0.identifiers.contains(key) }) { subscriptions.update(at: slot) { $0.identifiers.append(key) } }
        return key
    }

    private mutating func release(_ released: IdentifierReleased, recordedMs: Int64) -> EventID? {
        guard let key = Identifier(released.identifier)?.key, var held = identifiers[key] else { return nil }
        for place in held.assignments.indices
        where held.assignments[place].subscription == released.subscription && held.assignments[place].holds(at: released.atMs) {
            // Until it was released all usage of the time went to this holder.
            if tellsHolders(of: held) {
                held.assignments[place].firstToMs = HeldFirst.until(
                    toMs: held.assignments[place].toMs, firstToMs: held.assignments[place].firstToMs, releasedMs: released.atMs, recordedMs: recordedMs)
            }
            held.assignments[place].toMs = released.atMs
            held.assignments[place].followsEnd = released.followsEnd
        }
        identifiers.set(key, held)
        return key
    }

    /// The whole entry of an identifier for the directory.
    func directoryEntry(_ key: EventID) -> DirectoryEntry? {
        guard let held = identifiers[key] else { return nil }
        return .with { entry in
            entry.identifier = held.text
            entry.revision = held.revision
            entry.assignments = held.assignments.map { holding in
                .with {
                    $0.account = holding.account
                    $0.subscription = holding.subscription
                    $0.fromMs = holding.fromMs
                    $0.toMs = holding.toMs
                    $0.event = EventRef(holding.event)
                    $0.followsEnd = holding.followsEnd
                    $0.firstToMs = holding.firstToMs
                }
            }
        }
    }
}
