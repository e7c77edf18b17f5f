import Events

/// What became of a usage: it has parts, or was refused, or went to another holder. One that a rerate refused or moved may have a part without a charge, which
/// holds what a balance had paid.
struct UsageFate {
    var parts: [RatedUsage]
    var refused: UnratedUsage?
    var isMoved = false
}

extension UsageCorrected {
    var account: String { (reversed.first ?? replacement.first)?.account ?? (hasRefused ? refused.account : hasMoved ? moved.account : refusedBefore.account) }
}

/// The facts of a subscription, of the kinds of which one came late: they count from their own time on, as if all of them had been known from its beginning.
struct LateFacts {
    private(set) var kinds: [LateFactKind] = []
    /// In the order in which they came.
    private(set) var planChanges: [PlanChanged] = []
    private(set) var suspensions: [Suspension] = []
    private(set) var endMs: Int64?
    /// Where usage.normalized has the lists: usage.rated does not say the numbers.
    private(set) var favouriteOffsets: [Int64] = []

    func has(_ kind: LateFactKind) -> Bool { kinds.contains(kind) }

    /// Whether usage may have been refused, or not been, that a late fact says otherwise of.
    var changesFates: Bool { has(.suspension) || has(.end) }

    static func key(_ account: String, _ subscription: String) -> String { account + "/" + subscription }

    /// Gathers the facts of a partition, in their order, for those subscriptions of which some turn out to be late.
    struct Gathering {
        private var facts: [(key: String, offset: Int64, body: RatedRecord.OneOf_Body)] = []
        private var kinds: [String: [LateFactKind]] = [:]

        mutating func take(_ record: RatedRecord) {
            guard let body = record.body else { return }
            func keep(_ account: String, _ subscription: String) { facts.append((LateFacts.key(account, subscription), record.normalizedOffset, body)) }
            switch body {
            case .planChanged(let event): keep(event.account, event.subscription)
            case .subscriptionSuspended(let event): keep(event.account, event.subscription)
            case .subscriptionResumed(let event): keep(event.account, event.subscription)
            case .subscriptionEnded(let event): keep(event.account, event.subscription)
            case .favouritesTaken(let event): keep(event.account, event.subscription)
            case .rerateProposed(let event) where !event.subscription.isEmpty && event.kind != .purchase:
                // Earlier builds proposed for plan changes alone, and did not say so.
                kinds[LateFacts.key(event.account, event.subscription), default: []].append(event.kind == .unspecified ? .plan : event.kind)
            default: break
            }
        }

        var late: [String: LateFacts] {
            var late = kinds.mapValues { kinds in
                var facts = LateFacts()
                facts.kinds = kinds
                return facts
            }
            for fact in facts { late[fact.key]?.add(fact.body, at: fact.offset) }
            return late
        }
    }

    private mutating func add(_ body: RatedRecord.OneOf_Body, at offset: Int64) {
        switch body {
        case .planChanged(let event) where has(.plan): planChanges.append(event)
        case .subscriptionSuspended(let event) where has(.suspension):
            suspensions.append(Suspension(fromMs: event.fromMs, barring: event.barring, reason: event.reason, orderedInMs: Int64.min))
        case .subscriptionResumed(let event) where has(.suspension):
            if let last = suspensions.indices.last { suspensions[last].toMs = event.fromMs }
        case .subscriptionEnded(let event) where has(.end): endMs = event.atMs
        case .favouritesTaken where has(.favourites): favouriteOffsets.append(offset)
        default: break
        }
    }
}
