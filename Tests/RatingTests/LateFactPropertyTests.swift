import Events
import Pipeline
import Quantities
import Rating
import Testing

/// Random small operators: the same facts in any order of arrival come to the same charges and fees, once what they propose was carried out in the order of
/// time.
@Suite("Any order of arrival")
struct LateFactPropertyTests {
    /// A reproducible sequence (Knuth's MMIX).
    private struct Draw {
        var state: UInt64
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        mutating func isOne(in bound: Int) -> Bool { below(bound) == 0 }
    }

    /// What comes in its own order, whenever: a suspension before its end, one end of a period before the next.
    private struct Operator {
        var content: CatalogueContent
        var usages: [NormalizedRecord] = []
        var chains: [[NormalizedRecord]] = []

        init(_ draw: inout Draw) {
            let policies: [UsagePolicy] = [.reject, .bill]
            content = LateFactTests.content(
                suspended: policies[draw.below(2)], ended: policies[draw.below(2)],
                fees: [Tariffs.fee("month", 10_000_000_000), Tariffs.fee("active", 7_000_000_000, onlyWithUsage: true)])
            if draw.isOne(in: 2) { content.offerings[0].versions[0].allowances[0].rollover.periods = 1 }
            var large = content.offerings[0].versions[0]
            large.allowances[0].amountMicros = 250 * second
            large.prices[1].steps[0].priceNanos = 3_000_000
            large.recurring[0].amountNanos = 30_000_000_000
            content.offerings.append(.with { $0.id = "large"; $0.currency = "CZK"; $0.versions = [large] })
            var pack = Tariffs.allowance("pack", "voice", 60 * second)
            (pack.recurs, pack.validityMs) = (.once, 5 * 86_400_000)
            let version = Tariffs.version("2026-01-01T00:00:00Z", allowances: [pack], [])
            content.offerings.append(.with { $0.id = "pack"; $0.currency = "CZK"; $0.kind = .addon; $0.versions = [version] })
            for id in 1...Int64(4 + draw.below(12)) {
                let time = "2026-0\(1 + draw.below(2))-\(10 + draw.below(18))T\(10 + draw.below(10)):00:00Z"
                usages.append(Given.usage(id, "voice", Int64(10 + draw.below(90)) * second, at: time, to: ["420777000111", "420777000222"][draw.below(2)]))
            }
            func day(_ from: Int, _ count: Int, _ draw: inout Draw) -> String {
                let day = from + draw.below(count)
                return day < 31 ? "2026-01-\(day < 9 ? "0" : "")\(day + 1)T00:00:00Z" : "2026-02-\(day - 31 < 9 ? "0" : "")\(day - 30)T00:00:00Z"
            }
            if !draw.isOne(in: 3) {
                var chain = [LateFactTests.suspended(from: day(0, 20, &draw), [.all, .outgoing][draw.below(2)])]
                if !draw.isOne(in: 3) { chain.append(LateFactTests.resumed(from: day(20, 20, &draw))) }
                chains.append(chain)
            }
            for number in ["420777000111", "420777000222"] where draw.isOne(in: 2) { chains.append([LateFactTests.favourites([number], from: day(0, 45, &draw))]) }
            if draw.isOne(in: 3) { chains.append([Given.planChange("s", of: "a", to: "large", from: day(1, 35, &draw))]) }
            if draw.isOne(in: 3) { chains.append([Given.ended("s", of: "a", at: day(41, 15, &draw))]) }
            for fromDay in [3, 20] where draw.isOne(in: 2) { chains.append([PurchaseTests.buy("pack", at: day(fromDay, 12, &draw))]) }
            chains.append([Given.barrier(1, "2026-02-03T00:00:00Z"), Given.barrier(2, "2026-03-03T00:00:00Z")])
        }

        /// What stands once all has come, in one order or another, and was settled.
        func run(shuffledBy draw: Draw?) throws -> (usages: [Int64: String], fees: [String: Int64], proposed: Int) {
            var history = try LateFactTests.open(content)
            var proposed = 0
            func feed(_ record: NormalizedRecord) throws {
                for fact in try history.feed(record) {
                    if case .rerateProposed? = fact.body { proposed += 1 }
                    if case .changeRefused(let refused)? = fact.body { Issue.record("\(refused.reason): \(refused.detail)") }
                }
            }
            if var draw {
                var left = chains + usages.map { [$0] }
                while !left.isEmpty {
                    let place = draw.below(left.count)
                    try feed(left[place].removeFirst())
                    if left[place].isEmpty { left.remove(at: place) }
                    if draw.isOne(in: 10) { try LateFactTests.settle(&history, byTime: draw.isOne(in: 2)) }
                }
            } else {
                // All in time.
                for chain in chains.dropLast() { for fact in chain { try feed(fact) } }
                for usage in usages.sorted(by: { ($0.usage.startMs, $0.usage.rawOffset) < ($1.usage.startMs, $1.usage.rawOffset) }) { try feed(usage) }
                for barrier in chains[chains.count - 1] { try feed(barrier) }
            }
            try LateFactTests.settle(&history, byTime: true)
            let standing = try LateFactTests.standing(history)
            // Of two reasons that both refuse a usage for good, the one that was known first is told.
            return (standing.usages.mapValues { $0.hasSuffix("for good") ? "refused" : $0 }, standing.fees, proposed)
        }
    }

    @Test("the same facts come to the same charges and fees", arguments: 0..<150)
    func anyOrder(seed: Int) throws {
        var draw = Draw(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 7)
        let some = Operator(&draw)
        let known = try some.run(shuffledBy: nil)
        for _ in 0..<3 {
            _ = draw.below(7)
            let found = try some.run(shuffledBy: draw)
            #expect(found.usages == known.usages && found.fees == known.fees, "seed \(seed)")
        }
    }
}
