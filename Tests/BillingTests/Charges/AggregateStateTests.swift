import Billing
import Events
import Pipeline
import Quantities
import Testing

@Suite("Aggregate state")
struct AggregateStateTests {
    /// Three months of ten accounts: one of them a fleet, late charges, two periods open at once.
    private func stream(_ numbers: inout SeededNumbers) -> [RatedRecord] {
        var records: [RatedRecord] = []
        var offset: Int64 = 0
        for month in Int64(0)..<3 {
            for _ in 0..<400 {
                let account = Int.random(in: 0..<10, using: &numbers)
                let subscription = account == 0 ? Int.random(in: 0..<60, using: &numbers) : Int.random(in: 0..<2, using: &numbers)
                let age = Int64.random(in: -1..<3, using: &numbers)
                let charged = max(0, min(month + 1, month - age))
                let nanos = Int64.random(in: -10_000_000...3_000_000_000, using: &numbers)
                offset += 1
                if Int.random(in: 0..<20, using: &numbers) == 0 {
                    records.append(Rated.fee("acc-\(account)", nanos, month: charged, subscription: "s\(subscription)", offset: offset))
                } else {
                    records.append(
                        Rated.usage(
                            "acc-\(account)", nanos, month: charged, subscription: "s\(subscription)",
                            price: ["voice", "sms", "data"].randomElement(using: &numbers)!, zone: ["", "de", "a long name of a zone"]
                                .randomElement(using: &numbers)!, offset: offset))
                }
            }
            for account in 0..<10 {
                offset += 1
                records.append(Rated.ended("acc-\(account)", month: month, offset: offset))
            }
        }
        return records
    }

    @Test("restored from the changelog at any commits, it emits what an uninterrupted run emits", arguments: UInt64(1)...20)
    func restores(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let records = stream(&numbers)
        var straight = StageDriver(AggregateStage())
        var interrupted = StageDriver(AggregateStage())
        for record in records {
            try straight.feed(record)
            try interrupted.feed(record)
            switch Int.random(in: 0..<60, using: &numbers) {
            case 0:
                interrupted.commit()
                try interrupted.restore(compacted: Bool.random(using: &numbers))
            case 1, 2: interrupted.commit()
            default: break
            }
        }
        straight.commit()
        interrupted.commit()
        #expect(!straight.emitted.isEmpty)
        #expect(interrupted.emitted == straight.emitted, "seed \(seed)")
        // What is left of the state is the same too, however often it was written.
        func left(_ driver: StageDriver<AggregateStage>) -> [[UInt8]: [UInt8]] {
            Dictionary(uniqueKeysWithValues: driver.compactedChangelog.map { ($0.key, $0.value!) })
        }
        #expect(left(interrupted) == left(straight), "seed \(seed)")
    }

    @Test("the order of charges within a period changes nothing of its bill")
    func order() throws {
        let usages = (0..<200).map { Rated.usage("a", Int64($0) * 7, subscription: "s\($0 % 13)", price: "p\($0 % 3)", offset: Int64($0)) }
        func bill(_ usages: [RatedRecord]) throws -> [StageDriver<AggregateStage>.Emitted] {
            var driver = StageDriver(AggregateStage())
            for usage in usages { try driver.feed(usage) }
            try driver.feed(Rated.ended("a", offset: 999))
            driver.commit()
            return driver.emitted
        }
        var numbers = SeededNumbers(seed: 5)
        #expect(try bill(usages) == bill(usages.shuffled(using: &numbers)))
    }

    @Test("of a fleet only what changed is written: one usage costs its own page and the seal's")
    func smallEntries() throws {
        var driver = StageDriver(AggregateStage())
        for sim in 0..<1000 { try driver.feed(Rated.usage("fleet", 1, subscription: "sim-\(sim)", offset: Int64(sim))) }
        #expect(driver.commit() == 125)
        try driver.feed(Rated.usage("fleet", 1, subscription: "sim-500", offset: 1000))
        #expect(driver.commit() == 2)
        try driver.feed(Rated.fee("fleet", 1, subscription: "sim-1", offset: 1001))
        #expect(driver.commit() == 1)
        #expect(driver.commit() == 0)
        #expect(driver.changelog.allSatisfy { ($0.value?.count ?? 0) < 1000 })
    }

    @Test("after the close nothing is left of a period but that it is closed")
    func tombstones() throws {
        var driver = StageDriver(AggregateStage())
        for sim in 0..<100 { try driver.feed(Rated.usage("fleet", 1, subscription: "sim-\(sim)", offset: Int64(sim))) }
        driver.commit()
        try driver.feed(Rated.ended("fleet", offset: 100))
        driver.commit()
        #expect(driver.compactedChangelog.count == 1)
        try driver.restore(compacted: true)
        try driver.feed(Rated.usage("fleet", 1, offset: 101))
        try driver.feed(Rated.ended("fleet", month: 1, offset: 102))
        driver.commit()
        let bills: [PeriodRecord] = try driver.messages(.billingPeriods)
        #expect(bills.last?.closed.lines.map(\.kind) == [.lateUsage])
    }

    @Test("an entry that is cut off stops the restore")
    func cutOff() throws {
        var driver = StageDriver(AggregateStage())
        try driver.feed(Rated.usage("a", 1, offset: 1))
        driver.commit()
        let entry = driver.changelog[0]
        for count in 0..<entry.value!.count {
            var task = PartitionTask<AggregateStage>(partition: 0, position: 0)
            #expect(throws: UnreadableEntry.self) {
                try entry.key.withUnsafeBytes { key in
                    try Array(entry.value!.prefix(count)).withUnsafeBytes { try task.restore(key: key, value: $0) }
                }
            }
        }
    }
}
