import Events
import Pipeline
import Quantities

extension CustomersStage {
    /// Emits the facts to customers.events, what rating must know of them to usage.normalized, and each identifier's new entry once.
    func carryOut(
        _ facts: [CustomerEvent.OneOf_Body], _ command: CustomerCommand, _ record: InputRecord, _ state: inout CustomersState,
        _ outbox: inout Outbox
    ) {
        let cause = EventID(command: record)
        let account = command.account
        var changed: [EventID] = []
        var before: [EventID: CustomersState.HolderBooks] = [:]
        for fact in facts {
            guard let key = fact.identifierKey, before[key] == nil else { continue }
            changed.append(key)
            before[key] = state.holderBooks(key)
        }
        for (ordinal, fact) in facts.enumerated() {
            let id = EventID(cause: cause, stage: Self.name.idTag, ordinal: UInt64(ordinal))
            let event = CustomerEvent.with {
                $0.meta = Meta(id: id, cause: cause, engine: Engine.version)
                $0.commandID = command.commandID
                $0.body = fact
            }
            outbox.emit(event, to: .customersEvents, key: account)
            if let forRating = Self.forRating(fact) {
                let normalized = NormalizedRecord.with {
                    $0.meta = Meta(cause: id, stage: Self.name.idTag, ordinal: 0, engine: Engine.version)
                    $0.body = forRating
                }
                outbox.emit(normalized, to: .usageNormalized, key: account)
            }
            state.apply(fact, id: id, recordedMs: record.timestampMs)
        }
        var ordinal = UInt64(facts.count)
        for key in changed {
            for change in state.tellHolders(of: key, before: before[key] ?? .init(), recordedMs: record.timestampMs) {
                let normalized = NormalizedRecord.with {
                    $0.meta = Meta(cause: cause, stage: Self.name.idTag, ordinal: ordinal, engine: Engine.version)
                    $0.holderChanged = change
                }
                ordinal += 1
                outbox.emit(normalized, to: .usageNormalized, key: change.account)
            }
            if let entry = state.directoryEntry(key) { outbox.emit(entry, to: .customersDirectory, key: key.description) }
        }
        outbox.count("commands", label: "accepted")
    }

    /// Without the person and without identifiers: what rating never needs, it never sees.
    private static func forRating(_ fact: CustomerEvent.OneOf_Body) -> NormalizedRecord.OneOf_Body? {
        switch fact {
        case .accountOpened(var opened):
            opened.clearPerson()
            return .accountOpened(opened)
        case .subscriptionActivated(var activated):
            activated.identifiers = []
            return .subscriptionActivated(activated)
        case .planChangeOrdered(let ordered): return .planChangeOrdered(ordered)
        case .subscriptionEnded(let ended): return .subscriptionEnded(ended)
        case .favouritesSet(let set): return .favouritesSet(set)
        case .subscriptionSuspended(let suspended): return .subscriptionSuspended(suspended)
        case .subscriptionResumed(let resumed): return .subscriptionResumed(resumed)
        case .purchaseOrdered(let ordered): return .purchaseOrdered(ordered)
        case .topUpOrdered(let ordered): return .topUpOrdered(ordered)
        case .prepaidSet(let set): return .prepaidSet(set)
        case .identifierAssigned, .identifierReleased, .commandRefused: return nil
        }
    }

    /// A refusal names the command by its place. What was sent as id or account is repeated only in their proper form.
    func refuse(_ refused: Refused, _ command: CustomerCommand, _ record: InputRecord, _ outbox: inout Outbox) {
        let account = FieldForm.isOpaqueID(command.account) ? command.account : ""
        let event = CustomerEvent.with {
            $0.meta = Meta(cause: EventID(command: record), stage: Self.name.idTag, ordinal: 0, engine: Engine.version)
            $0.commandID = FieldForm.isCommandID(command.commandID) ? command.commandID : ""
            $0.commandRefused = .with {
                $0.account = account
                $0.reason = refused.reason.rawValue
                $0.detail = refused.detail
                $0.partition = UInt32(record.partition)
                $0.offset = record.offset
            }
        }
        outbox.emit(event, to: .customersEvents, key: account.isEmpty ? "\(record.partition)/\(record.offset)" : account)
        outbox.count("commands", label: refused.reason.rawValue)
    }
}

extension CustomerEvent.OneOf_Body {
    /// The key of the identifier whose holders it changes.
    fileprivate var identifierKey: EventID? {
        switch self {
        case .identifierAssigned(let assigned): Identifier(assigned.identifier)?.key
        case .identifierReleased(let released): Identifier(released.identifier)?.key
        default: nil
        }
    }
}

extension CustomerCommand {
    /// The account that the command is about; empty for a marker or none.
    var account: String {
        switch body {
        case .openAccount(let command): command.account
        case .activateSubscription(let command): command.account
        case .changePlan(let command): command.account
        case .endSubscription(let command): command.account
        case .assignIdentifier(let command): command.account
        case .releaseIdentifier(let command): command.account
        case .setFavourites(let command): command.account
        case .suspendSubscription(let command): command.account
        case .resumeSubscription(let command): command.account
        case .buyOffering(let command): command.account
        case .topUp(let command): command.account
        case .setPrepaid(let command): command.account
        case .catalogue, nil: ""
        }
    }
}
