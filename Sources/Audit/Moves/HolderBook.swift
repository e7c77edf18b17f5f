import Events
import Quantities

/// Who holds an identifier, by its key.
struct HolderKey: Hashable {
    var account: String
    var subscription: String
    var identifier: EventID
}

extension HolderKey {
    init(_ change: HolderChange) {
        self.init(
            account: change.account, subscription: change.subscription,
            identifier: EventID(high: change.identifierHigh, low: change.identifierLow))
    }
}

/// Which usage of an identifier is a subscription's own, as the changes of its holders say, in the order of usage.rated.
struct HolderBook {
    private struct Truth {
        var revision: Int64
        var held: [HeldSpan]

        func holds(_ ms: Int64) -> Bool { held.contains { $0.fromMs <= ms && (ms < $0.toMs || $0.toMs == 0) } }
    }

    private var truths: [HolderKey: Truth] = [:]
    /// That have any: nothing is asked of others.
    private var accounts: Set<String> = []
    /// Where in usage.normalized the last record stands that rate confirmed as a change, or refused.
    private(set) var answered: Int64 = -1

    var isEmpty: Bool { accounts.isEmpty }

    func knows(_ account: String) -> Bool { accounts.contains(account) }

    /// What an unknown account is told is refused.
    mutating func answer(at normalizedOffset: Int64) { answered = normalizedOffset }

    mutating func change(_ event: HolderChange, at normalizedOffset: Int64) {
        answer(at: normalizedOffset)
        let key = HolderKey(event)
        if let known = truths[key], known.revision > event.revision { return }
        truths[key] = Truth(revision: event.revision, held: event.held)
        accounts.insert(event.account)
    }

    /// Whether the usage is the account's own: what no change is known of is, and what a newer state of the directory brought.
    func isOwn(_ usage: Usage) -> Bool {
        isOwn(
            usage.account, usage.subscription, served: usage.parties.served, startMs: usage.startMs, revision: usage.hasMoved ? usage.moved.revision : nil)
    }

    /// - Parameter revision: by which a move found its holder; nil where it did not come by one.
    func isOwn(_ account: String, _ subscription: String, served: String, startMs: Int64, revision: Int64?) -> Bool {
        guard knows(account), let identifier = Identifier.key(of: served),
            let truth = truths[HolderKey(account: account, subscription: subscription, identifier: identifier)]
        else { return true }
        if let revision, revision >= truth.revision { return true }
        return truth.holds(startMs)
    }
}
