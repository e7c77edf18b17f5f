import Billing
import Events
import Pipeline
import Quantities
import Testing

@Suite("Prepaid on a bill")
struct PrepaidBillTests {
    private static func paid(_ record: RatedRecord, _ nanos: Int64) -> RatedRecord {
        var record = record
        switch record.body {
        case .usage: record.usage.prepaidNanos = nanos
        case .recurring: record.recurring.prepaidNanos = nanos
        default: record.oneTime.prepaidNanos = nanos
        }
        return record
    }

    private static func oneTime(_ nanos: Int64, month: Int64 = 0, offset: Int64) -> RatedRecord {
        Rated.record(offset) {
            $0.oneTime = .with {
                $0.account = "a"
                $0.subscription = "s1"
                $0.offering = "extra"
                $0.price = "price"
                $0.chargeNanos = nanos
                $0.periodStartMs = month * Rated.monthMs
                $0.periodEndMs = (month + 1) * Rated.monthMs
            }
        }
    }

    private func closed(_ records: [RatedRecord], restarts: Bool = false) throws -> [PeriodRecord] {
        var driver = StageDriver(AggregateStage())
        for record in records {
            try driver.feed(record)
            driver.commit()
            if restarts { try driver.restore(compacted: true) }
        }
        driver.commit()
        return try driver.messages(.billingPeriods)
    }

    private func drafts(_ periods: [PeriodRecord]) throws -> [InvoiceRecord] {
        var driver = StageDriver(InvoiceStage())
        for period in periods { try driver.feed(period) }
        driver.commit()
        return try driver.messages(.billingDrafts)
    }

    private func text(_ line: Line) -> String {
        let eur = Currency("EUR")!
        return "\(line.kind.rawValue) ×\(line.count) = \(line.amount.amount.text(eur)), prepaid \(line.prepaid.amount.text(eur))"
    }

    @Test("a line's amount is what is left to pay, and says what was prepaid, also in a restored stage", arguments: [false, true])
    func lines(_ restarts: Bool) throws {
        let periods = try closed(
            [
                Self.paid(Rated.usage("a", eur("0.10"), offset: 1), eur("0.10")), Rated.usage("a", eur("0.30"), offset: 2),
                Rated.fee("a", eur("3"), offset: 3), Self.paid(Self.oneTime(eur("5"), offset: 4), eur("5")), Rated.ended("a", offset: 5),
                Self.oneTime(eur("2"), offset: 6), Rated.ended("a", month: 1, offset: 7),
            ], restarts: restarts)
        let first = try #require(periods.first).closed
        #expect(first.lines.map(text) == ["1 ×2 = 0.30, prepaid 0.10", "2 ×1 = 3.00, prepaid 0.00", "7 ×1 = 0.00, prepaid 5.00"])
        #expect((first.total.amount, first.prepaidTotal.amount, first.isPaid) == (Amount(nanos: eur("3.30")), Amount(nanos: eur("5.10")), false))
        // A purchase of a period that was closed before it came.
        #expect(periods.last?.closed.lines.map(text) == ["8 ×1 = 2.00, prepaid 0.00"])
        #expect(try drafts(periods).map(\.invoice.net.amount) == [Amount(nanos: eur("3.30")), Amount(nanos: eur("2"))])
    }

    @Test("what a balance had paid for a usage that went to another holder is owed to the customer, and is no usage", arguments: [false, true])
    func moved(_ restarts: Bool) throws {
        let (kept, gone) = (Self.paid(Rated.usage("a", eur("0.30"), offset: 1), eur("0.30")), Self.paid(Rated.usage("a", eur("0.20"), offset: 2), eur("0.20")))
        func moved(_ usage: RatedRecord, offset: Int64) -> RatedRecord {
            var left = usage.usage
            (left.chargeNanos, left.quantityMicros, left.countedMicros) = (0, 0, 0)
            return Rated.record(offset) {
                $0.usageCorrected = .with { $0.reversed = [usage.usage]; $0.replacement = [left]; $0.moved.account = "a" }
            }
        }
        // One while its period is open; the other only after that was closed.
        let periods = try closed(
            [kept, gone, moved(gone, offset: 3), Rated.ended("a", offset: 4), moved(kept, offset: 5), Rated.ended("a", month: 1, offset: 6)],
            restarts: restarts)
        #expect(periods.flatMap(\.closed.lines).map(text) == ["1 ×1 = -0.20, prepaid 0.50", "5 ×-1 = -0.30, prepaid 0.00"])
        #expect(periods.flatMap(\.closed.lines).map(\.quantity) == [60_000_000, -60_000_000])
    }

    @Test("a period that was prepaid in full has no invoice, however long it is; one without charges of any amount has")
    func paid() throws {
        let many = (0..<1200).map { Self.paid(Rated.usage("a", eur("0.10"), price: "p\($0)", offset: Int64($0)), eur("0.10")) }
        let periods = try closed(many + [Rated.ended("a", offset: 2000)])
        #expect(periods.count == 3)
        #expect(periods.map { $0.closed.isPaid || $0.moreLines.isPaid } == [true, true, true])
        #expect(try drafts(periods).isEmpty)
        #expect(try drafts(closed([Rated.usage("a", 0, offset: 1), Rated.ended("a", offset: 2)])).count == 1)
        // A little is due on one line, and taken back on another: that is an invoice.
        let mixed = try closed([
            Self.paid(Rated.usage("a", eur("1"), offset: 1), eur("0.50")), Rated.fee("a", eur("-0.50"), offset: 2), Rated.ended("a", offset: 3),
        ])
        #expect(try drafts(mixed).count == 1)
    }
}
