import Events
import Pipeline
import Quantities

/// Who was assigned the identifiers whose holders changed, as customers.events tell from their beginning: what moves brought, and what holders were told, is
/// held against it.
struct AssignmentBook {
    /// Of what moves brought one holder of one identifier, the usage that began first: where that is right, so are all.
    struct Arrival {
        var startMs: Int64
        var partition: Int32
        var offset: Int64
    }

    struct Told {
        var spans: [Range<Int64>]
        var partition: Int32
        var offset: Int64
    }

    struct Holding {
        let event: EventID
        let account: String
        let subscription: String
        let fromMs: Int64
        /// `Int64.max` while it lasts.
        var toMs: Int64
        /// Where it was released by itself, and not with its subscription.
        var released: (partition: Int32, offset: Int64)?
    }

    private(set) var arrivals: [HolderKey: Arrival] = [:]
    /// What each was told last.
    private(set) var told: [HolderKey: Told] = [:]
    private var wanted: Set<EventID> = []
    private var holdings: [EventID: [Holding]] = [:]
    /// By a hash of the subscription: when it ends.
    private var ends = IDTable()
    /// Of which a change may not have been told within the cut.
    private(set) var untold: Set<EventID> = []

    mutating func arrive(_ usage: Usage, _ partition: Int32, _ offset: Int64) {
        // What is no identifier was assigned to nobody.
        let key = HolderKey(account: usage.account, subscription: usage.subscription, identifier: Identifier.key(of: usage.parties.served) ?? .none)
        if let known = arrivals[key], known.startMs <= usage.startMs { return }
        arrivals[key] = Arrival(startMs: usage.startMs, partition: partition, offset: offset)
        wanted.insert(key.identifier)
    }

    mutating func tell(_ change: HolderChange, _ partition: Int32, _ offset: Int64) {
        let key = HolderKey(change)
        told[key] = Told(spans: change.held.map { $0.fromMs..<max($0.fromMs, $0.toMs == 0 ? .max : $0.toMs) }, partition: partition, offset: offset)
        wanted.insert(key.identifier)
    }

    /// Events of one account come in their order; those of several don't.
    /// - Parameter isTold: whether what rating is told of it lies within the cut.
    mutating func take(_ event: CustomerEvent, _ partition: Int32, _ offset: Int64, isTold: Bool) {
        if wanted.isEmpty { return }
        switch event.body {
        case .subscriptionEnded(let ended) where ended.atMs > 0: ends.insert(Self.hash(ended.subscription), note: UInt64(ended.atMs))
        case .identifierAssigned(let assigned):
            guard let key = note(assigned.identifier, isTold) else { return }
            holdings[key, default: []].append(
                Holding(
                    event: event.meta.id, account: assigned.account, subscription: assigned.subscription, fromMs: assigned.fromMs,
                    toMs: endMs(of: assigned.subscription) ?? .max))
        case .identifierReleased(let released):
            guard let key = note(released.identifier, isTold), var held = holdings[key] else { return }
            for place in held.indices
            where held[place].subscription == released.subscription && held[place].fromMs <= released.atMs && released.atMs < held[place].toMs {
                held[place].toMs = released.atMs
                if endMs(of: released.subscription) == nil { held[place].released = (partition, offset) }
            }
            holdings[key] = held
        default: break
        }
    }

    private mutating func note(_ identifier: String, _ isTold: Bool) -> EventID? {
        guard let key = Identifier.key(of: identifier), wanted.contains(key) else { return nil }
        if !isTold { untold.insert(key) }
        return key
    }

    func wasAssigned(_ key: HolderKey, at ms: Int64) -> Bool { holdings(of: key).contains { $0.fromMs <= ms } }

    func holdings(of key: HolderKey) -> [Holding] {
        (holdings[key.identifier] ?? []).filter { $0.account == key.account && $0.subscription == key.subscription }
    }

    /// Those that were ever assigned an identifier of which any holder was told anything.
    var holdersOfTold: Set<HolderKey> {
        var keys: Set<HolderKey> = []
        for identifier in Set(told.keys.lazy.map(\.identifier)) {
            for holding in holdings[identifier] ?? [] {
                keys.insert(HolderKey(account: holding.account, subscription: holding.subscription, identifier: identifier))
            }
        }
        return keys
    }

    func mayHold(_ key: HolderKey, _ told: [Range<Int64>]) -> Bool {
        told == spans(of: key, followsLaterEnds: false) || told == spans(of: key, followsLaterEnds: true)
    }

    /// When usage of the identifier is the holder's own, as it is known in the end; in order of time, without overlaps.
    /// - Parameter followsLaterEnds: what was released by itself has a tail, too, where its subscription was ended later as of the very moment of the
    ///   release. No holder is told of such an end, but with the next change.
    private func spans(of key: HolderKey, followsLaterEnds: Bool) -> [Range<Int64>] {
        var spans: [Range<Int64>] = []
        for holding in holdings(of: key) {
            let end = holding.released != nil && !followsLaterEnds ? holding.toMs : tailEnd(of: holding, key.identifier)
            if holding.fromMs < end { spans.append(holding.fromMs..<end) }
        }
        var joined: [Range<Int64>] = []
        for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, span.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                joined.append(span)
            }
        }
        return joined
    }

    /// What ended with its subscription is followed by usage that is for the subscription's offering to decide about, until anybody is assigned the identifier
    /// for any time.
    private func tailEnd(of holding: Holding, _ identifier: EventID) -> Int64 {
        guard holding.toMs != .max, let endMs = endMs(of: holding.subscription), max(endMs, holding.fromMs) == holding.toMs else { return holding.toMs }
        let next = (holdings[identifier] ?? []).filter { $0.event != holding.event && $0.fromMs >= holding.toMs && $0.fromMs < $0.toMs }
        return next.map(\.fromMs).min() ?? .max
    }

    private func endMs(of subscription: String) -> Int64? { ends.note(of: Self.hash(subscription)).map { Int64($0) } }

    private static func hash(_ subscription: String) -> EventID {
        var hash = SipHash128()
        hash.combine(text: subscription)
        return hash.finish()
    }
}

extension AuditRun {
    /// Behind the join and customers.events.
    mutating func checkAssignments() {
        // They are kept for ever; where they aren't, nothing can be said.
        guard cut.isWhole(.customersEvents) else { return }
        for (key, arrival) in assignments.arrivals.sorted(by: { ($0.value.partition, $0.value.offset) < ($1.value.partition, $1.value.offset) })
        where !assignments.wasAssigned(key, at: arrival.startMs) {
            findings.add(
                .moves, .usageNormalized, arrival.partition, arrival.offset,
                "came to an account and subscription that had not been assigned its identifier when it began, nor before")
        }
        for (key, told) in assignments.told.sorted(by: { ($0.value.partition, $0.value.offset) < ($1.value.partition, $1.value.offset) })
        where !assignments.untold.contains(key.identifier) && !assignments.mayHold(key, told.spans) {
            findings.add(
                .moves, .usageNormalized, told.partition, told.offset,
                "tells a holder last that other usage of the identifier is its own than customers.events say")
        }
        checkUntold()
    }

    /// Once any holder of an identifier is told anything, all are told of what they gave up, before it, too.
    private mutating func checkUntold() {
        guard cut.isWhole(.usageNormalized) else { return }
        var places: [(partition: Int32, offset: Int64)] = []
        for key in assignments.holdersOfTold where assignments.told[key] == nil && !assignments.untold.contains(key.identifier) {
            let holdings = assignments.holdings(of: key)
            guard let released = holdings.compactMap(\.released).first else { continue }
            // What it had given up it may have been assigned again before anybody was told.
            if let fromMs = holdings.map(\.fromMs).min(), assignments.mayHold(key, [fromMs..<Int64.max]) { continue }
            places.append(released)
        }
        for place in places.sorted(by: { $0 < $1 }) {
            findings.add(.moves, .customersEvents, place.partition, place.offset, "takes an identifier from a holder that rating was not told of")
        }
    }
}
