import Events
import Pipeline
import Quantities

/// Facts of a customer that come after usage of their time was rated or refused, or after a period of their time ended. They count for what comes from then
/// on; each proposes the range that it touches, and rating that anew gives all before its right price or fate.
extension RateStage {
    struct LateFact {
        var kind: LateFactKind
        var account: String
        var subscription: String
        var fromMs: Int64
        var why: String
        /// Whether recurring fees depend on it: those of the period in which it lies then do.
        var touchesFees = true
    }

    func proposeRerate(
        for fact: LateFact, of subscription: UInt32, _ account: UInt32, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox
    ) {
        // Whose usage is has nothing to do with how the catalogue prices it.
        guard let tariff = state.binding?.tariff, tariff.rulesVersion >= .second || fact.kind == .holder else { return }
        let openStart = state.accounts[Int(account)].openStartMs
        let hasEnded = openStart != AccountEntry.unknown && fact.fromMs < openStart
        let last = [state.lastRatedMs(subscription), state.lastRefusedMs(subscription)].compactMap { $0 }.max().map { $0 &+ 1 } ?? Int64.min
        guard hasEnded || last > fact.fromMs else { return }
        let periodStart = fact.touchesFees ? state.period(of: account, at: fact.fromMs)?.startMs : nil
        let proposed = RerateProposed.with {
            $0.account = fact.account
            $0.subscription = fact.subscription
            $0.fromMs = min(fact.fromMs, periodStart ?? fact.fromMs)
            $0.toMs = hasEnded ? max(openStart, last) : last
            $0.why = fact.why
            $0.kind = fact.kind
            $0.applies = tariff.appliesLate(fact.kind)
        }
        propose(proposed, &emitter, &outbox)
    }
}

/// The latest start of usage of a subscription that was refused as barred, or as before its activation or after its end: a fact that reaches back behind it
/// may make it right. Few subscriptions have any. Changelogs of the first generation have no place for it: there, facts propose for what was rated alone.
extension RateState {
    func lastRefusedMs(_ subscription: UInt32) -> Int64? { refused[subscription] }

    mutating func noteRefused(_ subscription: UInt32, at ms: Int64, _ reason: UnratedReason) {
        guard reason == .barred || reason == .notActive, format >= .second, catalogueAnew == nil, (binding?.tariff.rulesVersion ?? .first) >= .second,
            ms > refused[subscription] ?? Int64.min
        else { return }
        refused[subscription] = ms
        dirtyRefused.append(subscription)
    }

    /// Forgets what is older than any usage that is still taken.
    mutating func dropRefused(of subscription: UInt32, before keptStartMs: Int64) {
        guard let ms = refused[subscription], ms < keptStartMs else { return }
        refused[subscription] = nil
        dirtyRefused.append(subscription)
    }

    // MARK: In the changelog

    mutating func flushRefused(to changelog: inout ChangelogWriter) {
        for subscription in dirtyRefused {
            var key = accountIDs.withBytes(of: subscriptionIDs.owner(of: subscription)) { Self.key(Kind.refused, $0) }
            subscriptionIDs.withBytes(of: subscription) { key += $0 }
            guard let ms = refused[subscription] else {
                changelog.remove(key: key)
                continue
            }
            var value: [UInt8] = [Self.layout]
            value.appendZigzag(ms)
            changelog.put(key: key, value: value)
        }
        dirtyRefused.removeAll(keepingCapacity: true)
    }

    mutating func restoreRefused(_ account: UnsafeRawBufferPointer, _ id: UnsafeRawBufferPointer, _ entry: inout WireReader) {
        let ms = entry.zigzag()
        refused[subscriptionNumber(id, account: accountNumber(account))] = ms
    }

    mutating func forgetRefused(_ account: UnsafeRawBufferPointer, _ id: UnsafeRawBufferPointer) {
        guard let account = accountIDs.find(account), let subscription = subscriptionIDs.find(id, owner: account) else { return }
        refused[subscription] = nil
    }
}
