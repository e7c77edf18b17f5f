import Events
import Simulation
import Testing

@Suite("What the simulated town does")
struct PrepaidCoverageTests {
    @Test("buys and draws, pays from balances until they are empty, tops up, revives and lets expire")
    func all() throws {
        var seen: Set<String> = []
        for seed in 1...12 as ClosedRange<UInt64> {
            let simulator = try Simulator(seed: seed, scenario: Scenario(seed: seed))
            try simulator.run()
            for partition in 0..<simulator.log.partitionCount(of: .usageRated) {
                try noteAhead(simulator.log, partition, &seen)
                for value in simulator.log.values(of: .usageRated, partition: partition) { note(try RatedRecord(serializedBytes: value), &seen) }
            }
        }
        let wanted: Set<String> = [
            "bought for a subscription", "bought for an account", "one-time charge", "drawn from a purchase", "drawn from what a plan gave once", "notice of a purchase",
            "paid by a balance", "on credit", "insufficient-balance", "fee prepaid", "fee billed", "topped up", "revived", "expired", "asked for: low", "asked for: period",
            "purchase refused", "borrowed", "topped up ahead", "bought by usage", "bought by a tick",
        ]
        #expect(wanted.subtracting(seen).isEmpty)
    }

    /// What was drawn on the next period's first days of what rolls over, and what was dated ahead and brought about by usage or by ticks.
    private func noteAhead(_ log: InMemoryLog, _ partition: Int32, _ seen: inout Set<String>) throws {
        var ended: [String: Int64] = [:]
        let facts = try log.values(of: .usageRated, partition: partition).map { try RatedRecord(serializedBytes: $0) }
        let ticks = Set(facts.filter { if case .tick? = $0.body { true } else { false } }.map(\.normalizedOffset))
        let usages = Set(facts.filter { if case .usage? = $0.body { true } else { false } }.map(\.normalizedOffset))
        for fact in facts {
            switch fact.body {
            case .periodEnded(let event): ended[event.account] = event.periodEndMs
            case .toppedUp: if ticks.contains(fact.normalizedOffset) || usages.contains(fact.normalizedOffset) { seen.insert("topped up ahead") }
            case .offeringBought:
                if usages.contains(fact.normalizedOffset) { seen.insert("bought by usage") }
                if ticks.contains(fact.normalizedOffset) { seen.insert("bought by a tick") }
            case .usage(let usage):
                // More than twenty minutes are left in a month only with those of the month before.
                let most: Int64 = usage.offering.hasPrefix("basic") ? 20 : 60
                if usage.periodStartMs > ended[usage.account] ?? Int64.max, usage.draws.contains(where: { $0.allowance == "minutes" && $0.left > most * 60_000_000 }) {
                    seen.insert("borrowed")
                }
            default: break
            }
        }
    }

    private func note(_ record: RatedRecord, _ seen: inout Set<String>) {
        switch record.body {
        case .offeringBought(let event): seen.insert(event.subscription.isEmpty ? "bought for an account" : "bought for a subscription")
        case .oneTime: seen.insert("one-time charge")
        case .usage(let usage):
            for draw in usage.draws where draw.purchaseStartMs > 0 { seen.insert(draw.offering.isEmpty ? "drawn from what a plan gave once" : "drawn from a purchase") }
            if usage.prepaidNanos > 0 { seen.insert(usage.balanceLeftNanos < 0 ? "on credit" : "paid by a balance") }
        case .allowanceNotice(let notice): if notice.offering.hasPrefix("extra") { seen.insert("notice of a purchase") }
        case .unrated(let usage): seen.insert(usage.reason)
        case .recurring(let fee): if fee.balanceLeftNanos != 0 || fee.prepaidNanos != 0 { seen.insert(fee.prepaidNanos > 0 ? "fee prepaid" : "fee billed") }
        case .toppedUp(let event): seen.formUnion(event.revivedNanos > 0 ? ["topped up", "revived"] : ["topped up"])
        case .balanceExpired: seen.insert("expired")
        case .topUpRequested(let event): seen.insert(event.cause == .period ? "asked for: period" : "asked for: low")
        case .changeRefused(let refused): if refused.reason == "insufficient-balance" { seen.insert("purchase refused") }
        default: break
        }
    }
}
