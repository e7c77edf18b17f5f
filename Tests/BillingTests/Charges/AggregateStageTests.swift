import Billing
import Events
import Pipeline
import Quantities
import SwiftProtobuf
import Testing

@Suite("Aggregate")
struct AggregateStageTests {
    /// Feeds the records and returns what billing.periods then holds.
    private func periods(_ records: [RatedRecord]) throws -> [PeriodRecord] {
        var driver = StageDriver(AggregateStage())
        for record in records { try driver.feed(record) }
        driver.commit()
        return try driver.messages(.billingPeriods)
    }

    private func text(_ lines: [Line]) -> [String] {
        lines.map { line in
            let amount = line.amount.amount.text(Currency(line.amount.currencyCode)!)
            let original = line.originalPeriodEndMs == 0 ? "" : " of \(line.originalPeriodStartMs / Rated.monthMs)"
            return "\(line.kind.rawValue) \(line.subscription) \(line.price) \(line.zone)×\(line.count) = \(amount)\(original)"
        }
    }

    @Test("given usage and a fee, when the period ends, then one record has their sums in the order of a bill")
    func sums() throws {
        let closed = try periods([
            Rated.usage("a", eur("0.10"), subscription: "s2", offset: 1),
            Rated.usage("a", eur("0.0123"), zone: "de", quantity: 61_000_000, counted: 120_000_000, allowance: 20_000_000, offset: 2),
            Rated.usage("b", eur("5"), offset: 3),
            Rated.usage("a", eur("0.0127"), zone: "de", quantity: 9_000_000, counted: 60_000_000, allowance: 1_000_000, offset: 4),
            Rated.fee("a", eur("9.99"), offset: 5),
            Rated.ended("a", offset: 6),
        ])
        #expect(closed.count == 1)
        let period = closed[0].closed
        #expect(
            text(period.lines) == ["1 s1 voice de×2 = 0.025", "1 s2 voice ×1 = 0.10", "2 s1 monthly ×1 = 9.99"])
        #expect(period.lines[0].quantityMicros == 70_000_000)
        #expect(period.lines[0].countedMicros == 180_000_000)
        #expect(period.lines[0].allowanceMicros == 21_000_000)
        #expect(period.lines[0].unit == .second)
        #expect(period.lines[0].type == "voice")
        #expect(period.total.amount == Amount(nanos: eur("10.115")))
        // 0.025 is rounded up to 0.03 on its line.
        #expect(period.roundedTotal.amount == Amount(nanos: eur("10.12")))
        #expect(period.lineCount == 3 && period.chunkCount == 1)
        #expect(period.terms == Rated.terms)
        #expect(period.issueDate == "1970-02-01" && period.periodFirstDay == "1970-01-01" && period.periodLastDay == "1970-01-30")
        #expect(closed[0].meta.id == EventID(cause: EventID(high: 7, low: 6), stage: StageName.aggregate.idTag, ordinal: 0))
    }

    @Test("the seal counts the usage, not the fees, and is the digest of the records' own bytes")
    func seal() throws {
        let usages = [
            Rated.usage("a", 1, offset: 17), Rated.usage("a", 2, price: "sms", offset: 12), Rated.usage("a", 3, subscription: "s2", offset: 30),
        ]
        let period = try periods(usages + [Rated.fee("a", 4, offset: 99), Rated.ended("a", offset: 100)])[0].closed
        var digest = MultisetDigest()
        for usage in usages { (try usage.serializedBytes() as [UInt8]).withUnsafeBytes { digest.add($0) } }
        #expect(Array(period.seal.usageDigest) == digest.bytes)
        #expect(period.seal.usageCount == 3)
        #expect(period.seal.partition == 3)
        #expect(period.seal.firstOffset == 12 && period.seal.endOffset == 31)
    }

    @Test("a period without any line has no bill, but is closed: what comes later is late")
    func emptyPeriod() throws {
        let closed = try periods([
            Rated.ended("a", month: 0, offset: 1),
            Rated.usage("a", eur("0.5"), month: 0, offset: 2),
            Rated.fee("a", eur("3"), month: 0, offset: 3),
            Rated.usage("a", eur("0.25"), month: 1, offset: 4),
            Rated.ended("a", month: 1, offset: 5),
            Rated.ended("a", month: 2, offset: 6),
        ])
        #expect(closed.count == 1)
        #expect(closed[0].closed.periodStartMs == Rated.monthMs)
        #expect(
            text(closed[0].closed.lines) == ["1 s1 voice ×1 = 0.25", "3 s1 voice ×1 = 0.50 of 0", "4 s1 monthly ×1 = 3.00 of 0"])
        #expect(closed[0].closed.seal.usageCount == 2)
        #expect(closed[0].closed.seal.firstOffset == 2 && closed[0].closed.seal.endOffset == 5)
    }

    @Test("late usage goes on the account's oldest open period, and each original period has its own line")
    func late() throws {
        let closed = try periods([
            Rated.usage("a", eur("1"), month: 0, offset: 1),
            Rated.usage("a", eur("2"), month: 2, offset: 2),
            Rated.ended("a", month: 0, offset: 3),
            Rated.ended("a", month: 1, offset: 4),
            Rated.usage("a", eur("4"), month: 0, offset: 5),
            Rated.usage("a", eur("8"), month: 1, offset: 6),
            Rated.usage("a", eur("16"), month: 0, offset: 7),
            Rated.usage("a", eur("32"), month: 3, offset: 8),
            Rated.ended("a", month: 2, offset: 9),
            Rated.ended("a", month: 3, offset: 10),
        ]).map(\.closed)
        #expect(closed.map { $0.periodStartMs / Rated.monthMs } == [0, 2, 3])
        #expect(text(closed[0].lines) == ["1 s1 voice ×1 = 1.00"])
        #expect(text(closed[1].lines) == ["1 s1 voice ×1 = 2.00", "3 s1 voice ×2 = 20.00 of 0", "3 s1 voice ×1 = 8.00 of 1"])
        #expect(text(closed[2].lines) == ["1 s1 voice ×1 = 32.00"])
    }

    @Test("1,201 lines stand in three records, each line once, with the totals in the first")
    func chunks() throws {
        var records: [RatedRecord] = []
        for subscription in 0..<1201 {
            records.append(Rated.usage("fleet", eur("0.004"), subscription: "sim-\(10_000 + subscription)", offset: Int64(subscription)))
        }
        let emitted = try periods(records.shuffled() + [Rated.ended("fleet", offset: 5000)])
        #expect(emitted.count == 3)
        let first = emitted[0].closed
        #expect(first.lineCount == 1201 && first.chunkCount == 3)
        #expect(first.total.amount == Amount(nanos: eur("4.804")))
        #expect(first.roundedTotal.amount == .zero)
        #expect(emitted.dropFirst().map(\.moreLines.chunk) == [2, 3])
        #expect(emitted.dropFirst().allSatisfy { $0.moreLines.chunkCount == 3 && $0.moreLines.account == "fleet" })
        #expect(emitted.dropFirst().allSatisfy { $0.moreLines.issuer == "tollnet" && $0.moreLines.series == "2026" })
        let lines = first.lines + emitted[1].moreLines.lines + emitted[2].moreLines.lines
        #expect([first.lines.count, emitted[1].moreLines.lines.count, emitted[2].moreLines.lines.count] == [500, 500, 201])
        #expect(lines.map(\.subscription) == (0..<1201).map { "sim-\(10_000 + $0)" })
        #expect(Set(emitted.map(\.meta.id)).count == 3)
    }

    private static let extremes = [
        Rated.usage("a", .max, quantity: .max, counted: 1, allowance: .max, offset: 1),
        Rated.usage("a", .max, quantity: .max, counted: 1, offset: 2),
        Rated.usage("a", .max, quantity: 5, counted: 1, offset: 3),
    ]

    @Test("amounts and quantities stay exact beyond 64 bits, in whichever batch they came and whoever reads the state")
    func extremes() throws {
        for commits in [false, true] {
            var driver = StageDriver(AggregateStage())
            for record in Self.extremes {
                try driver.feed(record)
                driver.commit()
                if commits { try driver.restore(compacted: true) }
            }
            try driver.feed(Rated.ended("a", offset: 4))
            driver.commit()
            let closed = try #require(try driver.messages(.billingPeriods, PeriodRecord.self).first).closed
            #expect(closed.total.amount.nanos == Int128(Int64.max) * 3)
            let line = closed.lines[0]
            #expect(line.amount.amount.nanos == Int128(Int64.max) * 3)
            #expect(line.quantity == Int128(Int64.max) * 2 + 5 && line.counted == 3 && line.allowance == Int128(Int64.max))
            // For readers of 64 bits the nearest that those hold.
            #expect(line.quantityMicros == .max && line.wideQuantity == "18446744073709551619" && line.wideCounted.isEmpty && line.wideAllowance.isEmpty)
        }
    }

    @Test("as long as the first generation is written, quantities end at 64 bits, as they did; what was larger before stays whole")
    func extremesOfTheFirstGeneration() throws {
        var driver = StageDriver(AggregateStage())
        driver.task.format = .first
        for record in Self.extremes { try driver.feed(record) }
        driver.commit()
        func versions() -> [UInt8] { driver.compactedChangelog.filter { $0.key.first == UInt8(ascii: "p") }.compactMap { $0.value?.first } }
        #expect(versions() == [2], "today's build can read it")
        driver.task.format = .second
        try driver.feed(Rated.usage("a", 1, quantity: 7, offset: 4))
        driver.commit()
        #expect(versions() == [3])
        driver.task.format = .first
        try driver.feed(Rated.usage("a", 1, quantity: 2, offset: 5))
        driver.commit()
        #expect(versions() == [3], "it is cut off never")
        try driver.restore(compacted: true)
        try driver.feed(Rated.ended("a", offset: 6))
        driver.commit()
        let line = try #require(try driver.messages(.billingPeriods, PeriodRecord.self).first).closed.lines[0]
        #expect(line.quantity == Int128(Int64.max) + 9)
    }

    @Test("duplicates, unrated usage and facts of other kinds are in no sum")
    func others() throws {
        let closed = try periods([
            Rated.record(1) { $0.duplicate.account = "a" },
            Rated.record(2) { $0.unrated.account = "a" },
            Rated.record(3) { $0.accountOpened.account = "a" },
            Rated.record(4) { $0.tick.sequence = 1 },
            Rated.ended("a", offset: 5),
        ])
        #expect(closed.isEmpty)
    }

    @Test(
        "what can't be is corruption of our own log",
        arguments: [
            ("closed twice", [Rated.ended("a", month: 1), Rated.ended("a", month: 1)]),
            ("closed backwards", [Rated.ended("a", month: 1), Rated.ended("a", month: 0)]),
            ("an open period left out", [Rated.usage("a", 1, month: 0), Rated.ended("a", month: 1)]),
            ("no body", [Rated.record(1) { _ in }]),
            ("no currency", [Rated.ended("a", terms: BillingTerms())]),
        ])
    func corrupt(_ what: String, _ records: [RatedRecord]) throws {
        var driver = StageDriver(AggregateStage())
        for record in records.dropLast() { try driver.feed(record) }
        #expect(throws: CorruptRecord.self) { try driver.feed(records.last!) }
    }

    @Test("a usage is the same whatever the order of its fields, and whatever a later version adds")
    func wireForms() throws {
        let usage = Rated.usage("account-of-a-long-name", eur("-1.5"), zone: "de", allowance: 7, offset: 300)
        let head: [UInt8] = try RatedRecord.with { $0.meta = usage.meta; $0.normalizedOffset = 300 }.serializedBytes()
        let body: [UInt8] = try RatedRecord.with { $0.usage = usage.usage }.serializedBytes()
        // Field 100 as a varint, field 101 as a text, field 102 as eight bytes.
        let unknown: [UInt8] = [0xa0, 0x06, 0xff, 0x01, 0xaa, 0x06, 0x02, 0x61, 0x62, 0xb1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8]
        var lines: Set<Line> = []
        for bytes in [head + body, body + head, unknown + body + unknown + head] {
            var driver = StageDriver(AggregateStage())
            try driver.feed(bytes)
            try driver.feed(Rated.ended("account-of-a-long-name", offset: 301))
            driver.commit()
            let period = try driver.messages(.billingPeriods, PeriodRecord.self)[0].closed
            #expect(period.seal.firstOffset == 300 && period.lines.count == 1)
            lines.formUnion(period.lines)
        }
        #expect(lines.count == 1)
        #expect(lines.first?.amount.amount.nanos == -1_500_000_000 && lines.first?.zone == "de" && lines.first?.allowanceMicros == 7)
        for count in 0..<body.count {
            var driver = StageDriver(AggregateStage())
            #expect(throws: CorruptRecord.self, "\(count)") { try driver.feed(Array(body.prefix(count))) }
        }
    }

    @Test("a null value and bytes that are no RatedRecord are corruption too")
    func unreadable() {
        var driver = StageDriver(AggregateStage())
        #expect(throws: CorruptRecord.self) { try driver.feed(nil) }
        #expect(throws: CorruptRecord.self) { try driver.feed([0xff, 0xff]) }
    }
}
