import Events
import Pipeline

/// Subscriptions as usage.rated tells of them, in its order: plans, suspensions and ends.
struct SubscriptionBook {
    struct Key: Hashable {
        var account: String
        var subscription: String
    }

    struct Entry {
        var fromMs: Int64
        var toMs = Int64.max
        /// In order of time; the first is from the activation on.
        var plans: [(fromMs: Int64, offering: String)]
        /// In order; `Int64.max` while it lasts.
        var suspensions: [(fromMs: Int64, toMs: Int64)] = []
        /// Those of them that bar all usage.
        var whole: [(fromMs: Int64, toMs: Int64)] = []

        func plan(at ms: Int64) -> (fromMs: Int64, offering: String)? { plans.last { $0.fromMs <= ms } ?? plans.first }

        func isSuspended(at ms: Int64) -> Bool { suspensions.contains { $0.fromMs <= ms && ms < $0.toMs } }

        func isBarredWholly(at ms: Int64) -> Bool { whole.contains { $0.fromMs <= ms && ms < $0.toMs } }

        /// Whether it was suspended at each moment of [from, to).
        func isSuspended(from: Int64, to: Int64) -> Bool {
            var at = from
            for span in suspensions where span.fromMs <= at && at < span.toMs { at = span.toMs }
            return at >= to
        }
    }

    private var entries: [Key: Entry] = [:]
    /// Of an account, in the order of their activation.
    private var ofAccount: [String: [Key]] = [:]

    subscript(_ account: String, _ subscription: String) -> Entry? { entries[Key(account: account, subscription: subscription)] }

    func keys(of account: String) -> [Key] { ofAccount[account] ?? [] }

    mutating func activate(_ event: SubscriptionActivated) {
        let key = Key(account: event.account, subscription: event.subscription)
        if entries[key] == nil { ofAccount[event.account, default: []].append(key) }
        entries[key] = Entry(fromMs: event.fromMs, plans: [(event.fromMs, event.offering)])
    }

    mutating func change(_ event: PlanChanged) {
        update(event.account, event.subscription) { entry in
            entry.plans.removeAll { $0.fromMs == event.fromMs }
            let place = entry.plans.firstIndex { $0.fromMs > event.fromMs } ?? entry.plans.count
            entry.plans.insert((event.fromMs, event.offering), at: place)
        }
    }

    mutating func end(_ event: SubscriptionEnded) {
        update(event.account, event.subscription) { entry in
            entry.toMs = event.atMs
            // What was to come after the end never does.
            let kept = entry.plans.filter { $0.fromMs < event.atMs }
            entry.plans = kept.isEmpty ? Array(entry.plans.prefix(1)) : kept
        }
    }

    mutating func suspend(_ event: SubscriptionSuspended) {
        update(event.account, event.subscription) { entry in
            entry.suspensions.append((event.fromMs, Int64.max))
            if event.barring == .all { entry.whole.append((event.fromMs, Int64.max)) }
        }
    }

    mutating func resume(_ event: SubscriptionResumed) {
        update(event.account, event.subscription) { entry in
            guard let last = entry.suspensions.indices.last else { return }
            entry.suspensions[last].toMs = event.fromMs
            if let whole = entry.whole.indices.last, entry.whole[whole].toMs == Int64.max { entry.whole[whole].toMs = event.fromMs }
        }
    }

    private mutating func update(_ account: String, _ subscription: String, _ change: (inout Entry) -> Void) {
        let key = Key(account: account, subscription: subscription)
        guard var entry = entries.removeValue(forKey: key) else { return }
        change(&entry)
        entries[key] = entry
    }
}

extension AuditRun {
    /// The reasons that say that a subscription was barred, or had ended.
    private static var barred: String { "subscription-barred" }
    private static var notActive: String { "subscription-not-active" }

    mutating func checkBarring(_ unrated: UnratedUsage, _ usage: Usage, _ record: InputRecord, _ state: inout JoinState) {
        func report(_ check: AuditCheck, _ fault: String) { findings.add(check, .usageRated, record.partition, record.offset, fault) }
        // What was rejected counts once, as what was rated does.
        if unrated.rejected { accept(usage, "rejects", record, &state) }
        guard bills.isComplete else { return }
        let entry = state.subscriptions[usage.account, usage.subscription]
        switch unrated.reason {
        case Self.barred:
            if entry?.isSuspended(at: usage.startMs) != true { report(.barring, "bars usage of a subscription that was not suspended at its start") }
        case Self.notActive:
            if unrated.rejected, usage.startMs < entry?.toMs ?? Int64.max { report(.barring, "rejects usage of a subscription that had not ended") }
        default:
            if unrated.rejected { report(.barring, "rejects usage for \(unrated.reason), which is never final") }
        }
    }
}
