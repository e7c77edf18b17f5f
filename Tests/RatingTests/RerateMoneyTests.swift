import Events
import Quantities
import Rating
import Testing

/// What goes with a charge when it is rated anew: discounts, and what a balance paid.
@Suite("Rating anew: discounts and prepaid money")
struct RerateMoneyTests {
    private static let from = "2026-01-01T00:00:00Z"

    private static func rows(_ outcome: RerateOutcome) -> [String] {
        outcome.rows.map { "\($0.price) \($0.charges): \($0.beforeNanos / 1_000_000) -> \($0.afterNanos / 1_000_000)" }
    }

    @Test("a fee's correction says what discounts took off before and what they take off now; the next one begins where it ended")
    func feeDiscounts() throws {
        func content(percent: Int) throws -> CatalogueContent {
            try DiscountTests.content(["{id: n, on: fees, percent: \(percent)}"], recurring: "[{id: fee, amount: 10}]")
        }
        func side(_ fee: RecurringCharge) -> String {
            "\(fee.chargeNanos / 1_000_000_000) of \((fee.chargeNanos + fee.discountNanos) / 1_000_000_000)" + (fee.discounts.isEmpty ? "" : ", named")
        }
        var history = try History(content(percent: 20))
        for record in [Given.account("a", currency: "EUR"), Given.subscription("s", of: "a", "o"), Given.barrier(1, "2026-02-03T00:00:00Z")] {
            try history.feed(record)
        }
        for (percent, expected) in [(50, ["8 of 10", "5 of 10"]), (10, ["5 of 10", "9 of 10"])] {
            try history.publish(content(percent: percent), correctsFrom: Self.from)
            let fees = try history.apply(history.rerate(from: Self.from)).compactMap { if case .feeCorrected(let fee)? = $0.body { fee } else { nil } }
            #expect(fees.map { [side($0.reversed), side($0.replacement)] } == [expected], "\(percent) %")
        }
    }

    @Test("what was spent before counts on: a usage behind the range that loses the same is not corrected")
    func spentBefore() throws {
        func content(price: Int) throws -> CatalogueContent {
            try DiscountTests.content(
                ["{id: d, steps: [{from: 0, percent: 10}, {from: 100, percent: 50}]}"], prices: ["{id: sms, type: sms, steps: [{price: \(price)}]}"])
        }
        var history = try History(content(price: 1))
        for record in [
            Given.account("a", currency: "EUR"), Given.subscription("s", of: "a", "o"), Given.usage(1, "sms", event, at: "2026-01-05T00:00:00Z"),
        ] { try history.feed(record) }
        let second = try #require(try history.feed(Given.usage(2, "sms", event, at: "2026-01-15T00:00:00Z")).first?.usage)
        #expect(second.discounts.map(\.spentBeforeNanos) == [1_000_000_000])
        try history.publish(content(price: 2), correctsFrom: Self.from)
        // The second, too, now comes after 2 in place of 1.
        let outcome = try history.rerate(from: Self.from, to: "2026-01-10T00:00:00Z")
        #expect(Self.rows(outcome) == ["sms 1: 900 -> 1800"])
        #expect(outcome.usages == 2 && outcome.changedUsages == 1)
    }

    @Test("how much an allowance had left before may differ, too")
    func leftBefore() throws {
        func content(_ increment: Int64) -> CatalogueContent {
            let call = Tariffs.price("call", "voice", [Tariffs.step(by: increment, 1_000_000_000, per: second)])
            return Tariffs.content([("o", [Tariffs.version("2020-01-01T00:00:00Z", allowances: [Tariffs.allowance("free", "voice", 100 * second)], [call])])])
        }
        var history = try History(content(second))
        for record in [
            Given.account("a"), Given.subscription("s", of: "a", "o"), Given.usage(1, "voice", 20 * second, at: "2026-01-05T00:00:00Z"),
            Given.usage(2, "voice", 20 * second, at: "2026-01-15T00:00:00Z"),
        ] { try history.feed(record) }
        try history.publish(content(minute), correctsFrom: Self.from)
        let outcome = try history.rerate(from: Self.from, to: "2026-01-10T00:00:00Z")
        #expect(outcome.usages == 2 && outcome.changedUsages == 1)
    }

    @Test("what a balance paid of a fee stays paid: the correction is of the whole fee")
    func prepaidFee() throws {
        func content(_ fees: [RecurringPrice]) -> CatalogueContent { Tariffs.content([("o", [Tariffs.version("2020-01-01T00:00:00Z", fees: fees, [])])]) }
        var history = try Self.prepaidHistory(content([Tariffs.fee("fee", 10_000_000_000)]))
        let fee = try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z")).compactMap { if case .recurring(let fee)? = $0.body { fee } else { nil } }
        #expect(fee.map(\.prepaidNanos) == [10_000_000_000])
        try history.publish(content([]), correctsFrom: Self.from)
        let corrected = try history.apply(history.rerate(from: Self.from)).compactMap { if case .feeCorrected(let fee)? = $0.body { fee } else { nil } }
        // All of it comes back on the bill.
        #expect(corrected.map { "\($0.reversed.chargeNanos) \($0.reversed.prepaidNanos) \($0.reversed.balanceLeftNanos)" } == ["10000000000 0 0"])
        #expect(corrected.map(\.hasReplacement) == [false])
    }

    /// Of a prepaid account with 100.
    private static func prepaidHistory(_ content: CatalogueContent) throws -> History {
        var history = try History(content)
        var account = Given.account("a")
        account.accountOpened.terms.payment = .prepaid
        let topUp = NormalizedRecord.with {
            $0.topUpOrdered = .with { $0.account = "a"; $0.currency = "CZK"; $0.amountNanos = 100_000_000_000; $0.fromMs = Given.ms(from) }
        }
        for record in [account, Given.subscription("s", of: "a", "o"), topUp] { try history.feed(record) }
        return history
    }

    @Test("what the balance paid stays paid, part by part; where a session is cut otherwise now, all of it in the first part", arguments: [
        (true, true, [20, 40]), (true, false, [60]), (false, true, [60, 0]), (false, false, [60]),
    ])
    func prepaid(wasSplit: Bool, isSplit: Bool, paid: [Int64]) throws {
        func content(_ price: Int64, isSplit: Bool) -> CatalogueContent {
            var call = Tariffs.price("call", "voice", [Tariffs.step(by: second, price * 1_000_000_000, per: second)])
            if isSplit { call.session = .split }
            return Tariffs.content([("o", [Tariffs.version("2020-01-01T00:00:00Z", [call])])])
        }
        var history = try Self.prepaidHistory(content(1, isSplit: wasSplit))
        let before = try history.feed(Given.usage(1, "voice", 60 * second, at: "2026-01-31T23:59:40Z")).map(\.usage)
        #expect(before.map(\.prepaidNanos).reduce(0, +) == 60_000_000_000)
        #expect(try history.rerate(from: Self.from).changedUsages == 0)
        try history.publish(content(2, isSplit: isSplit), correctsFrom: Self.from)
        let corrected = try history.apply(history.rerate(from: Self.from)).compactMap { if case .usageCorrected(let usage)? = $0.body { usage } else { nil } }
        #expect(corrected.map(\.reversed) == [before])
        #expect(corrected.map { $0.replacement.map { $0.prepaidNanos / 1_000_000_000 } } == [paid])
        #expect(corrected.first?.replacement.reduce(0) { $0 + $1.chargeNanos } == 120_000_000_000)
        #expect(try history.rerate(from: Self.from).rows.isEmpty)
    }
}
