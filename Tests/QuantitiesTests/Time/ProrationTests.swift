import Quantities
import Testing

@Suite("Proration")
struct ProrationTests {
    @Test(
        "parts over the surrounding period, and over a plain step",
        arguments: [
            (.monthly, "2023-02-14", "", "2023-02-14", 31, "14/28", "14/31"),
            (.monthly, "2024-02-14", "", "2024-02-14", 31, "15/29", "15/31"),
            (.monthly, "2024-01-31", "2024-02-14", "2024-02-14", 31, "14/29", "14/29"),
            // Back to the 31st in March: 30 of 31 days, where a plain step from 28 February counts 28.
            (.monthly, "2023-02-28", "2023-03-30", "2023-03-30", 31, "30/31", "30/28"),
            // An end before the first cycle date: a plain step is counted back from the end.
            (.monthly, "2023-02-10", "2023-02-20", "2023-02-20", 3, "10/28", "10/31"),
            (.monthly, "2024-01-10", "2024-03-20", "2024-03-20", 15, "5/31 1 1 5/31", "5/31 1 1 5/31"),
            (.quarterly, "2024-02-10", "2024-06-01", "2024-06-01", 1, "81/90 31/92", "81/90 31/92"),
            (.annual, "2024-02-29", "2025-03-01", "2025-03-01", 29, "1 1/365", "1 1/365"),
            (.annual, "2025-02-10", "", "2025-02-10", 29, "18/365", "18/366"),
            (.thirtyDays, "2024-01-31", "2024-03-11", "2024-03-11", 15, "1 10/30", "1 10/30"),
            (.weekly, "2024-02-26", "2024-03-01", "2024-02-26", 1, "4/7", "4/7"),
            (.daily, "2024-02-28", "2024-03-01", "2024-03-01", 1, "1 1", "1 1"),
        ] as [(RecurrencePeriod, String, String, String, Int, String, String)])
    func parts(_ period: RecurrencePeriod, _ start: String, _ end: String, _ target: String, _ day: Int, _ full: String, _ plain: String) throws {
        let interval = try #require(
            BillingInterval(
                start: CivilDate(iso: start)!, end: CivilDate(iso: end), target: CivilDate(iso: target)!, period: period, billCycleDay: day,
                mode: .inAdvance))
        #expect(interval.parts(.surroundingPeriod).map(\.fraction) == fractions(full))
        #expect(interval.parts(.plainStep).map(\.fraction) == fractions(plain))
    }

    private func fractions(_ text: String) -> [Fraction] {
        text.split(separator: " ").map {
            let sides = $0.split(separator: "/").map { Int128($0)! }
            return Fraction(sides[0], sides.count == 2 ? sides[1] : 1)
        }
    }

    @Test("parts tile the charge from its start to the effective end, and each full period counts 1", arguments: RecurrencePeriod.allCases)
    func tiling(_ period: RecurrencePeriod) throws {
        var numbers = SeededNumbers(seed: 31)
        for _ in 0..<400 where period != .never {
            let start = CivilDate(daysSince1970: Int.random(in: 13_000...22_000, using: &numbers))
            let target = start.addingDays(Int.random(in: 0...1500, using: &numbers))
            let end: CivilDate? = Bool.random(using: &numbers) ? nil : start.addingDays(Int.random(in: 0...1500, using: &numbers))
            let day = Int.random(in: 1...31, using: &numbers)
            for mode in [BillingMode.inAdvance, .inArrears, .inArrearsEarly] {
                let interval = try #require(
                    BillingInterval(start: start, end: end, target: target, period: period, billCycleDay: day, mode: mode))
                for basis in [ProrationBasis.surroundingPeriod, .plainStep] {
                    let parts = interval.parts(basis)
                    #expect(parts.allSatisfy { $0.start < $0.end && $0.fraction > .zero }, "\(interval)")
                    #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.end == $1.start }, "\(interval)")
                    #expect(parts.isEmpty || (parts.first?.start == start && parts.last?.end == interval.effectiveEnd), "\(interval)")
                    #expect(parts.dropFirst().dropLast().allSatisfy { $0.fraction == .one }, "\(interval)")
                }
                #expect(interval.parts(.surroundingPeriod).allSatisfy { $0.fraction <= .one }, "\(interval)")
            }
        }
    }

    @Test("however one period is split, its parts add up to 1, and their amounts to the price", arguments: RecurrencePeriod.allCases)
    func splits(_ period: RecurrencePeriod) throws {
        var numbers = SeededNumbers(seed: 37)
        for _ in 0..<200 where period != .never && period != .daily {
            let day = Int.random(in: 1...31, using: &numbers)
            let anchor = CivilDate(daysSince1970: Int.random(in: 13_000...22_000, using: &numbers)).addingMonths(0, day: day)
            let whole = try #require(
                BillingInterval(start: anchor, target: anchor, period: period, billCycleDay: day, mode: .inAdvance))
            let end = whole.cycleDate(1)
            let cuts = (0..<4).map { _ in anchor.addingDays(Int.random(in: 1..<anchor.days(to: end), using: &numbers)) }
            let bounds = [anchor] + Set(cuts).sorted() + [end]
            let ranges = Array(zip(bounds, bounds.dropFirst()))
            let shares = ranges.flatMap { whole.parts(from: $0, to: $1) }.map(\.fraction)
            #expect(shares.count == ranges.count)
            #expect(shares.reduce(.zero, +) == .one, "\(period) \(day) \(bounds)")
            let price = Amount(nanos: Int64.random(in: -99_999_999_999...99_999_999_999, using: &numbers))
            for rounding in [Rounding.halfAwayFromZero, .halfEven, .up, .down] {
                #expect(price.shares(shares, rounding).reduce(.zero, +) == price, "\(period) \(bounds) \(price)")
            }
        }
    }

    @Test("a change within a month keeps the cycle: the intervals before and after it add up to 1", arguments: 1...31)
    func changes(_ day: Int) throws {
        for month in 0..<48 {
            let first = CivilDate(iso: "2023-01-01")!.addingMonths(month, day: day)
            let end = first.addingMonths(1, day: day)
            for offset in 1..<first.days(to: end) - 1 {
                let bounds = [first, first.addingDays(offset), first.addingDays(offset + 1), end]
                let fractions = try zip(bounds, bounds.dropFirst()).flatMap { from, to in
                    try #require(
                        BillingInterval(start: from, end: to, target: to, period: .monthly, billCycleDay: day, mode: .inAdvance)
                    ).parts(.surroundingPeriod).map(\.fraction)
                }
                #expect(fractions.count == 3 && fractions.reduce(.zero, +) == .one, "\(bounds)")
            }
        }
    }

    @Test("fractions are in lowest terms and round where told")
    func fractions() {
        #expect(Fraction(14, 28) == Fraction(1, 2))
        #expect(Fraction(0, 31).description == "0/1")
        #expect(Fraction(-6, 4).description == "-3/2")
        #expect(Fraction(1, 3) + Fraction(1, 6) == Fraction(1, 2))
        #expect(Fraction(1, 3) < Fraction(14, 31))
        #expect(Fraction(2, 3).nanos() == 666_666_667)
        #expect(Fraction(2, 3).nanos(.down) == 666_666_666)
        #expect(Amount(nanos: Int64(10)).share(Fraction(14, 31)) == Amount(nanos: Int64(5)))
        #expect(Amount(nanos: Int64(10)).share(Fraction(14, 31), .down) == Amount(nanos: Int64(4)))
        #expect(Amount(nanos: Int64(10)).shares([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)]).map(\.nanos) == [3, 4, 3])
    }

    @Test("days over a plain step, of any range")
    func plainStep() {
        let (from, to) = (CivilDate(iso: "2023-03-31")!, CivilDate(iso: "2023-06-30")!)
        #expect(RecurrencePeriod.monthly.fraction(forthFrom: from, to: to) == Fraction(91, 30))
        #expect(RecurrencePeriod.monthly.fraction(from: from, backFrom: to) == Fraction(91, 31))
        #expect(RecurrencePeriod.never.fraction(from: from, backFrom: to) == nil)
    }
}
