import Events
import Pipeline
import Quantities
import Rating
import Testing

/// Millionths of a byte end at 9.22 TB in 64 bits, which a fleet uses in a month.
@Suite("No ceiling within use")
struct WideQuantityTests {
    private static let cent: Int64 = 10_000_000
    /// Counts the account's month, half as dear above 5 TB and a tenth above 12.
    private static let tiers =
        "{id: p, type: data, count: period, of: account, steps: [{price: \"1\", per: 1 GB}, {from: 5000 GB, price: \"0.5\", per: 1 GB}, "
        + "{from: 12 TB, price: \"0.1\", per: 1 GB, flat: \"3\"}]}"

    private static func harness(_ prices: String..., allowances: String = "[]", rules: UInt32 = 2) throws -> Harness {
        var content = try CatalogueFolder.content(prices: prices, allowances: allowances)
        content.rulesVersion = rules
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        try harness.feed(Given.subscription("t", of: "a", "o"))
        _ = try harness.rated()
        return harness
    }

    /// So many usages of 500 GB, of two subscriptions in turn.
    private static func use(_ count: Int, from first: Int = 1, _ harness: inout Harness) throws -> [RatedRecord] {
        for number in first..<first + count {
            try harness.feed(Given.usage(Int64(number), "data", 500 * gigabyte, subscription: number % 2 == 0 ? "s" : "t"))
        }
        harness.commit()
        for output in harness.outputs where output.topic == .usageRated {
            #expect(try RatedRecord(serializedBytes: output.value).serializedBytes() == output.value, "the bytes of swift-protobuf")
        }
        return try harness.rated()
    }

    @Test("an account's month goes on past nine terabytes, tier by tier")
    func tiers() throws {
        var harness = try Self.harness(Self.tiers)
        let rated = try Self.use(30, &harness).map(\.usage)
        // 5 TB at 1, 7 TB at 0.5, 3 TB at 0.1 and 3 more with the first of them.
        #expect(rated.map(\.chargeNanos).reduce(0, +) == 8_803_000_000_000)
        #expect(rated.map(\.chargeNanos).dropFirst(23).prefix(3) == [250_000_000_000, 53_000_000_000, 50_000_000_000])
        let before = rated.map { $0.sumBeforePlusOne ?? -1 }
        let sums: [Int128] = (1..<30).map { (number: Int) -> Int128 in Int128(500 * number) * Int128(gigabyte) + 1 }
        #expect(before == [0] + sums)
        #expect(rated[18].wideSumBeforePlusOne == "" && rated[19].wideSumBeforePlusOne == "9500000000000000001" && rated[19].sumBeforeMicrosPlusOne == .max)
    }

    @Test("by the first rules it ends there, as it did")
    func firstRules() throws {
        var harness = try Self.harness(Self.tiers, rules: 1)
        let rated = try Self.use(20, &harness)
        #expect(rated.prefix(18).allSatisfy { $0.unrated.reason.isEmpty })
        #expect(rated.suffix(2).map(\.unrated.reason) == ["amount-overflow", "amount-overflow"])
        #expect(rated.map(\.usage.chargeNanos).reduce(0, +) == 7_000_000_000_000)
    }

    @Test("as long as the changelog is written in the first generation, too; what was wide before is kept, and nothing is cut off")
    func firstGeneration() throws {
        var harness = try Self.harness(Self.tiers)
        harness.task.format = .first
        #expect(try Self.use(20, &harness).map(\.unrated.reason).filter { !$0.isEmpty } == ["amount-overflow", "amount-overflow"])
        #expect(Self.counterLayouts(harness) == [3], "today's build can read all of it")
        harness.task.format = .second
        #expect(try Self.use(2, from: 19, &harness).allSatisfy { $0.unrated.reason.isEmpty }, "they can be recycled")
        #expect(Self.counterLayouts(harness) == [3, 4])
        harness.task.format = .first
        #expect(try Self.use(1, from: 21, &harness).map(\.unrated.reason) == ["amount-overflow"])
        try harness.restart()
        let next = try #require(try Self.use(1, from: 21, &harness).first).usage
        #expect(next.sumBeforePlusOne == 10_000 * Int128(gigabyte) + 1)
    }

    /// Of the entries of counters that stand in the changelog for good.
    private static func counterLayouts(_ harness: Harness) -> [UInt8] {
        Array(Set(harness.changelog.filter { $0.key.contains(UInt8(ascii: "|")) && $0.key[Int($0.key[0]) + 2] == UInt8(ascii: "c") }.compactMap { $0.value?[0] })).sorted()
    }

    @Test("a worker that starts anew goes on where the one before was", arguments: [1, 7, 18, 19, 20, 25])
    func restored(_ after: Int) throws {
        var harness = try Self.harness(Self.tiers)
        var straight = harness
        let expected = try Self.use(30, &straight).map(\.usage)
        var rated = try Self.use(after, &harness)
        try harness.restart()
        rated += try Self.use(30 - after, from: after + 1, &harness)
        #expect(rated.map(\.usage) == expected)
    }

    @Test("an allowance of ten terabytes is drawn to its end, and tells how far it is")
    func allowance() throws {
        var harness = try Self.harness(
            "{id: p, type: data, steps: [{price: \"1\", per: 1 GB}]}",
            allowances: "[{id: a, type: data, amount: 10 TB, of: account, limit: 9.5 TB, notices: [50, 95]}]")
        var rated: [RatedRecord] = []
        for number in 1...20 { try harness.feed(Given.usage(Int64(number), "data", 500 * gigabyte)) }
        rated = try harness.rated()
        let usages = rated.map(\.usage).filter { !$0.account.isEmpty }
        #expect(usages.map { $0.allowanceMicros / gigabyte } == Array(repeating: 500, count: 19) + [0], "the limit of one subscription is 9.5 TB")
        let left: [Int128] = (1...19).map { (number: Int) -> Int128 in Int128(10_000 - 500 * number) * Int128(gigabyte) }
        #expect(usages.compactMap { $0.draws.first?.allLeft } == left)
        #expect(usages[0].draws[0].left == .max && usages[0].draws[0].wideLeft == "9500000000000000000" && usages[1].draws[0].wideLeft == "")
        let notices = rated.map(\.allowanceNotice).filter { !$0.account.isEmpty }
        #expect(notices.map(\.percent) == [50, 95])
        #expect(notices.map(\.wideAmount) == ["10000000000000000000", "10000000000000000000"] && notices.map(\.wideUsed) == ["", "9500000000000000000"])
        // Another subscription has the rest.
        try harness.feed(Given.usage(21, "data", 700 * gigabyte, subscription: "t"))
        let last = try #require(try harness.rated().first).usage
        #expect(last.allowanceMicros == 500 * gigabyte && last.chargeNanos == 200_000_000_000)
    }

    @Test("what is left of it rolls over, up to its cap")
    func rollover() throws {
        for (cap, left) in [("30 TB", 19_000), ("15 TB", 15_000)] as [(String, Int64)] {
            var harness = try Self.harness(
                "{id: p, type: data, steps: [{price: \"1\", per: 1 GB}]}",
                allowances: "[{id: a, type: data, amount: 20 TB, rollover: {periods: 1, cap: \(cap)}}]")
            try harness.feed(Given.usage(1, "data", 1000 * gigabyte, at: "2026-01-10T12:00:00Z"))
            try harness.feed(Given.barrier(1, "2026-02-05T00:00:00Z"))
            try harness.restart()
            try harness.feed(Given.usage(2, "data", 500 * gigabyte, at: "2026-02-10T12:00:00Z"))
            let draw = try #require(try harness.rated().map(\.usage).last { $0.subscription == "s" && !$0.draws.isEmpty }?.draws.first)
            #expect(draw.allLeft == Int128(20_000 + left - 500) * Int128(gigabyte), "cap \(cap)")
        }
    }

    @Test("each charge over a wide sum is explained as it was charged", arguments: ["graduated", "volume", "peak"])
    func explained(_ model: String) throws {
        let price =
            "{id: p, type: data, count: period, of: account, model: \(model), rounding: {mode: up, decimals: 2}, steps: [{increment: 1 MB, price: \"0.0013\", per: 1 MiB}, "
            + "{from: 9.3 TB, increment: 1 MB, price: \"0.0007\", per: 1 MiB}]}"
        var content = try CatalogueFolder.content(prices: price)
        content.rulesVersion = 2
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        _ = try harness.rated()
        for number in 1...24 { try harness.feed(Given.usage(Int64(number), "data", 500 * gigabyte + Int64(number) * 777_777)) }
        for usage in try harness.rated().map(\.usage) {
            #expect(!usage.account.isEmpty)
            #expect(ChargeExplanation(usage, content)?.isSame(as: usage) == true, "\(usage.sumBeforePlusOne ?? -1)")
        }
    }

    @Test("the window's cost is the sum of its steps, exact, whatever the sizes", arguments: 1...60)
    func random(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        func below(_ bound: UInt64) -> Int64 { Int64(random.next() % bound) }
        let (increment, nanos, per) = (1 + below(1 << 40), below(1 << 30), 1 + below(1 << 50))
        let border = Int128(1 + below(1 << 20)) * Int128(increment) * (Int128(1) << Int128(below(24)))
        let flat = below(1 << 40)
        var price = Tariffs.price("p", "data", [Tariffs.step(by: increment, nanos, per: per), Tariffs.step(1, by: increment, nanos / 2, per: per)], scope: .period)
        price.steps[1].set(from: border)
        price.steps[1].flatNanos = flat
        var content = Tariffs.content([("o", [Tariffs.version("2020-01-01T00:00:00Z", [price])])])
        content.rulesVersion = 2
        var harness = try Harness(content)
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        _ = try harness.rated()
        var (sum, charged): (Int128, Int128) = (0, 0)
        for id in 1...40 {
            let quantity = Int64.max - below(1 << 62)
            try harness.feed(Given.usage(Int64(id), "data", quantity))
            let record = try #require(try harness.rated().first)
            func up(_ quantity: Int128) -> Int128 { (quantity + Int128(increment) - 1) / Int128(increment) * Int128(increment) }
            func counted(_ sum: Int128) -> (first: Int128, second: Int128) { (up(min(sum, border)), sum > border ? up(sum - border) : 0) }
            let (was, next) = (counted(sum), counted(sum + Int128(quantity)))
            let exact = next.first * Int128(nanos) + next.second * Int128(nanos / 2)
            let cost = Rounding.halfAwayFromZero.divide(exact, by: Int128(per)) + (sum + Int128(quantity) > border ? Int128(flat) : 0)
            let isHeld = Int64(exactly: cost - charged) != nil && Int64(exactly: next.first + next.second - was.first - was.second) != nil
            // Only for its own charge or count, never for the size of the sum.
            #expect(record.unrated.reason == (isHeld ? "" : "amount-overflow"), "seed \(seed), usage \(id)")
            guard isHeld else { continue }
            sum += Int128(quantity)
            charged += Int128(record.usage.chargeNanos)
            #expect(charged == cost, "seed \(seed), usage \(id): \(sum) of \(border)")
        }
    }
}
