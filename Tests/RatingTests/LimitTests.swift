import Events
import Pipeline
import Quantities
import Rating
import Testing

/// Amounts near the integer limits end as a reason or as the exact charge, never as a trap or a wrapped number.
@Suite("Limits of integers")
struct LimitTests {
    /// A generator of one's own: each failure names its seed.
    private struct Random {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 11
        }

        /// Often near a limit or a power of two; 0 or more.
        mutating func amount() -> Int64 {
            switch next() % 5 {
            case 0: Int64.max - Int64(next() % 3)
            case 1: Int64(1) << Int64(next() % 63)
            case 2: Int64(next() % 100)
            case 3: Int64.max / Int64(1 + next() % 1_000_000)
            default: Int64(next() % UInt64(Int32.max))
            }
        }
    }

    private static let counts: [CountScope] = [.event, .day, .period]

    @Test("whatever the numbers, a usage is priced exactly or suspended", arguments: 1...300)
    func anything(seed: Int) throws {
        var random = Random(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15)
        let increment = max(1, random.amount() / 2)
        let (price, per, fee) = (random.amount() / 4, max(1, random.amount()), random.amount() / 2)
        let scope = Self.counts[Int(random.next() % 3)]
        var usagePrice = Tariffs.price("p", "data", [Tariffs.step(by: increment, price, per: per)], scope: scope, fee: scope == .event ? fee : 0)
        if random.next() % 2 == 0, scope == .event { usagePrice.minimumNanos = random.amount() }
        let allowance = random.amount()
        let content = Tariffs.content([
            ("plain", [Tariffs.version("2020-01-01T00:00:00Z", allowances: [Tariffs.allowance("free", "data", allowance)], [usagePrice])])
        ])
        var harness = try Harness(content)
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        _ = try harness.rated()
        var left = Int128(allowance)
        for id in 1...4 {
            let quantity = random.amount()
            try harness.feed(Given.usage(Int64(id), "data", quantity))
            let record = try #require(try harness.rated().first, "seed \(seed)")
            guard case .usage(let usage)? = record.body else {
                #expect(record.unrated.reason == "amount-overflow", "seed \(seed)")
                continue
            }
            left -= Int128(usage.allowanceMicros)
            #expect(left >= 0, "seed \(seed): the allowance is overdrawn")
            #expect(usage.quantityMicros == quantity && usage.countedMicros >= usage.allowanceMicros && usage.chargeNanos >= 0, "seed \(seed)")
            if scope == .event {
                let paid = Int128(usage.countedMicros) - Int128(usage.allowanceMicros)
                var cost = Rounding.halfAwayFromZero.divide(paid * Int128(price), by: Int128(per)) + (paid > 0 ? Int128(fee) : 0)
                if usagePrice.hasMinimumNanos, paid > 0 { cost = max(cost, Int128(usagePrice.minimumNanos)) }
                #expect(Int128(usage.chargeNanos) == cost, "seed \(seed)")
                #expect(Int128(usage.countedMicros) == (Int128(quantity) + Int128(increment) - 1) / Int128(increment) * Int128(increment), "seed \(seed)")
            }
        }
    }

    @Test("tiers, flat fees, most, allowances of money, recurring fees and minimum spend: exact or suspended", arguments: 1...300)
    func everything(seed: Int) throws {
        var random = Random(state: UInt64(seed) &* 0x2545_f491_4f6c_dd1d)
        var usagePrice = Tariffs.price("p", "data", [Tariffs.step(by: 1, random.amount() / 4, per: max(1, random.amount()))])
        usagePrice.steps.append(Tariffs.step(max(1, random.amount() / 2), by: 1, random.amount() / 4, per: max(1, random.amount())))
        usagePrice.steps[1].flatNanos = random.amount() / 2
        let most = random.amount()
        if random.next() % 2 == 0 { usagePrice.maximumNanos = most }
        let money = max(1, random.amount())
        let fee = random.amount() / 2
        var version = Tariffs.version(
            "2020-01-01T00:00:00Z", fees: [Tariffs.fee("one", fee), Tariffs.fee("two", fee)], allowances: [.with { $0.id = "credit"; $0.amountNanos = money }],
            [usagePrice])
        let minimum = random.amount() / 2
        version.minimumSpendNanos = minimum
        var harness = try Harness(Tariffs.content([("plain", [version])]))
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        _ = try harness.rated()
        var (left, spent) = (Int128(money), Int128(0))
        for id in 1...4 {
            let quantity = random.amount()
            try harness.feed(Given.usage(Int64(id), "data", quantity))
            let record = try #require(try harness.rated().first, "seed \(seed)")
            guard case .usage(let usage)? = record.body else {
                #expect(record.unrated.reason == "amount-overflow", "seed \(seed)")
                continue
            }
            let (first, second) = (usagePrice.steps[0], usagePrice.steps[1])
            func cost(_ quantity: Int64, _ step: RateStep) -> Int128 {
                Rounding.halfAwayFromZero.divide(Int128(quantity) * Int128(step.priceNanos), by: Int128(step.pricePerMicros))
            }
            var expected = cost(min(quantity, second.fromMicros), first)
            if quantity > second.fromMicros { expected += cost(quantity - second.fromMicros, second) + Int128(second.flatNanos) }
            if usagePrice.hasMaximumNanos { expected = min(expected, Int128(most)) }
            #expect(Int128(usage.chargeNanos) + Int128(usage.allowanceNanos) == expected, "seed \(seed)")
            left -= Int128(usage.allowanceNanos)
            spent += Int128(usage.chargeNanos)
            #expect(left >= 0 && usage.chargeNanos >= 0 && (usage.chargeNanos == 0 || left == 0), "seed \(seed)")
        }
        try harness.feed(Given.barrier(1, "2026-02-05T00:00:00Z"))
        let fees = try harness.rated().compactMap { if case .recurring(let charge)? = $0.body { charge } else { nil } }
        let paid = fees.filter { $0.price == RecurringCharge.minimumSpend }.reduce(Int128(0)) { $0 + Int128($1.chargeNanos) }
        #expect(paid == max(0, Int128(minimum) - 2 * Int128(fee) - spent), "seed \(seed)")
    }
}
