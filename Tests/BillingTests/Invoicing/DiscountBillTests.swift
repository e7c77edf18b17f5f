import Billing
import Events
import Pipeline
import Quantities
import Testing

@Suite("Discounts on a bill")
struct DiscountBillTests {
    private static func usage(_ nanos: Int64, discount: Int64, offset: Int64 = 0) -> RatedRecord {
        var record = Rated.usage("a", nanos, offset: offset)
        record.usage.discountNanos = discount
        return record
    }

    private static func fee(_ nanos: Int64, discount: Int64, offset: Int64 = 0) -> RatedRecord {
        var record = Rated.fee("a", nanos, offset: offset)
        record.recurring.discountNanos = discount
        return record
    }

    /// What rating anew makes of a usage or a fee.
    private static func corrected(_ before: RatedRecord, to after: RatedRecord, offset: Int64) -> RatedRecord {
        Rated.record(offset) {
            if case .usage? = before.body {
                $0.usageCorrected = .with { $0.reversed = [before.usage]; $0.replacement = [after.usage] }
            } else {
                $0.feeCorrected = .with { $0.reversed = before.recurring; $0.replacement = after.recurring }
            }
        }
    }

    private static func text(_ line: Line) -> String {
        let eur = Currency("EUR")!
        return "\(line.kind.rawValue) ×\(line.count) = \(line.amount.amount.text(eur)), discount \(line.discount.amount.text(eur))"
    }

    @Test("a line says what discounts took off its charges: surcharges are below zero, and a correction takes its part back", arguments: [false, true])
    func lines(_ restarts: Bool) throws {
        var driver = StageDriver(AggregateStage())
        let second = Self.usage(eur("0.60"), discount: eur("0.15"))
        for record in [
            Self.usage(eur("0.80"), discount: eur("0.20"), offset: 1), Self.usage(eur("0.50"), discount: eur("-0.10"), offset: 2),
            Self.fee(eur("9"), discount: eur("1"), offset: 3),
            Self.corrected(Self.usage(eur("0.80"), discount: eur("0.20")), to: second, offset: 4),
            Self.corrected(Self.fee(eur("9"), discount: eur("1")), to: Self.fee(eur("7"), discount: eur("3")), offset: 5), Rated.ended("a", offset: 6),
            // January is billed: February's bill has the difference.
            Self.corrected(second, to: Self.usage(eur("0.70"), discount: eur("0.05")), offset: 7), Rated.ended("a", month: 1, offset: 8),
        ] {
            try driver.feed(record)
            driver.commit()
            if restarts { try driver.restore(compacted: true) }
        }
        let periods = try driver.messages(.billingPeriods, PeriodRecord.self)
        #expect(
            periods.map { $0.closed.lines.map(Self.text) } == [
                ["1 ×2 = 1.10, discount 0.05", "2 ×1 = 7.00, discount 3.00"], ["5 ×0 = 0.10, discount -0.10"],
            ])
    }
}
