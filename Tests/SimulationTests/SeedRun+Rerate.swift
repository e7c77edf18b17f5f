import Audit
import Events
import Pipeline
import Quantities
import Rating
import Simulation

/// Rating a run's history anew: what has to hold whatever the run.
extension SeedRun {
    static let always: Range<Int64> = 0..<Int64.max

    func rerateFailures(_ original: InMemoryLog, partitions: Int32) throws -> [String] {
        let reachesBack = try Self.facts(original).contains { if case .rerateProposed? = $0.body { true } else { false } }
        let same = try Rerater(original, RerateRequest(range: Self.always)).run()
        if !reachesBack, !same.rows.isEmpty { return ["with nothing changed, rating anew finds \(same.rows.map(\.text))"] }

        let (log, content) = (original.copy(), Self.corrected)
        var request = RerateRequest(range: Self.always)
        let bytes: [UInt8] = try CatalogueRecord.with { $0.content = content }.serializedBytes()
        var digest = MultisetDigest()
        bytes.withUnsafeBytes { digest.add($0) }
        let key = Hex.string(digest.bytes)
        log.append(.catalogueContent, partition: 0, key: Array(key.utf8), value: bytes)
        request.catalogue = (content, key)
        let before = try Self.charged(log)
        let outcome = try log.orderRerate(request)
        if outcome.rows.isEmpty { return ["another catalogue changes nothing"] }
        try Simulator(seed: seed, settings: .init(partitions: partitions, plan: .all), log: log).run()
        let report = try Auditor(log: log).run()
        if !report.holds { return ["after rating anew:"] + report.text }
        let after = try Self.charged(log)
        for currency in Set(before.keys).union(after.keys).sorted() {
            let difference = outcome.rows.filter { $0.currency == currency }.reduce(Int128(0)) { $0 + $1.differenceNanos }
            if after[currency, default: 0] - before[currency, default: 0] != difference { return ["the log does not differ by what rating anew said"] }
        }
        let again = try log.orderRerate(request)
        if !again.orders.isEmpty || !again.rows.isEmpty { return ["applied, rating anew still finds \(again.rows.map(\.text))"] }
        let billed = try billedFailures(log.copy(), partitions)
        if !billed.isEmpty { return billed }
        if outcome.problemCount > 0 || reachesBack { return [] }
        return try fromTheStart(original, digest.bytes, partitions, try Self.charged(log, withPrepaid: false))
    }

    /// Once further periods have closed the corrections are on bills, and the audit holds.
    private func billedFailures(_ log: InMemoryLog, _ partitions: Int32) throws -> [String] {
        let later = Scenario(items: [.tick(timeMs: log.nowMs + 50 * 86_400_000), .tick(timeMs: log.nowMs + 100 * 86_400_000)])
        try Simulator(seed: seed, scenario: later, settings: .init(partitions: partitions, plan: .all), log: log).run()
        let report = try Auditor(log: log).run()
        if !report.holds { return ["after the corrections were billed:"] + report.text }
        let kinds = try (0..<log.partitionCount(of: .billingPeriods)).flatMap { partition in
            try log.values(of: .billingPeriods, partition: partition).flatMap { try PeriodRecord(serializedBytes: $0).closed.lines.map(\.kind) }
        }
        return kinds.contains(.correctedUsage) && kinds.contains(.correctedRecurring) ? [] : ["no correction came on a bill"]
    }

    /// What was put right is what would have come, prepaid accounts apart, whose balances had paid for other usage then, had the other catalogue been in force from the beginning.
    private func fromTheStart(_ original: InMemoryLog, _ hash: [UInt8], _ partitions: Int32, _ expected: [String: Int128]) throws -> [String] {
        let log = original.replayed(keeping: [.usageNormalized, .catalogueContent])
        let bytes: [UInt8] = try CatalogueRecord.with { $0.content = Self.corrected }.serializedBytes()
        log.append(.catalogueContent, partition: 0, key: Array(Hex.string(hash).utf8), value: bytes)
        for partition in 0..<log.partitionCount(of: .usageNormalized) {
            for offset in log.offsets(inPartition: partition, of: .usageNormalized) {
                try log.alter(.usageNormalized, partition: partition, offset: offset) { value in
                    var record = try NormalizedRecord(serializedBytes: value)
                    guard case .catalogue? = record.body else { return value }
                    record.catalogue.hash = .init(hash)
                    return try record.serializedBytes()
                }
            }
        }
        try Simulator(seed: seed, settings: .init(stages: [.rate, .aggregate], partitions: partitions), log: log).run()
        // With other allowances late usage may take what the next period was lent: that would have been proposed then, and was put right here at once.
        if try Self.facts(log).contains(where: { if case .rerateProposed? = $0.body { true } else { false } }) { return [] }
        let charged = try Self.charged(log, withPrepaid: false)
        return charged == expected ? [] : ["put right, the charges are \(expected); had it been so from the start: \(charged)"]
    }

    /// The simulated catalogue with other prices, allowances and fees.
    private static var corrected: CatalogueContent {
        var content = CatalogueContent.simulated
        content.name = "corrected"
        for offering in content.offerings.indices {
            for version in content.offerings[offering].versions.indices {
                for price in content.offerings[offering].versions[version].prices.indices {
                    for step in content.offerings[offering].versions[version].prices[price].steps.indices {
                        content.offerings[offering].versions[version].prices[price].steps[step].priceNanos += 7_000_001
                    }
                }
                for allowance in content.offerings[offering].versions[version].allowances.indices {
                    content.offerings[offering].versions[version].allowances[allowance].amountMicros /= 3
                }
                // An add-on has none.
                for fee in content.offerings[offering].versions[version].recurring.indices.prefix(1) {
                    content.offerings[offering].versions[version].recurring[fee].amountNanos += 1
                }
            }
        }
        return content
    }

    private static func facts(_ log: InMemoryLog) throws -> [RatedRecord] {
        try (0..<log.partitionCount(of: .usageRated)).flatMap { partition in
            try log.values(of: .usageRated, partition: partition).map { try RatedRecord(serializedBytes: $0) }
        }
    }

    /// All charges by currency, corrections included.
    private static func charged(_ log: InMemoryLog, withPrepaid: Bool = true) throws -> [String: Int128] {
        var currencies: [String: String] = [:]
        var sums: [String: Int128] = [:]
        var leftOut: Set<String> = []
        func add(_ account: String, _ nanos: Int64, _ sign: Int128 = 1) {
            if leftOut.contains(account) { return }
            sums[currencies[account] ?? "", default: 0] += sign * Int128(nanos)
        }
        for fact in try facts(log) {
            switch fact.body {
            case .accountOpened(let event):
                currencies[event.account] = event.terms.currency
                if event.terms.payment == .prepaid, !withPrepaid { leftOut.insert(event.account) }
            case .usage(let usage): add(usage.account, usage.chargeNanos)
            case .recurring(let fee): add(fee.account, fee.chargeNanos)
            case .oneTime(let charge): add(charge.account, charge.chargeNanos)
            case .usageCorrected(let event):
                for part in event.reversed { add(part.account, part.chargeNanos, -1) }
                for part in event.replacement { add(part.account, part.chargeNanos) }
            case .feeCorrected(let event):
                if event.hasReversed { add(event.reversed.account, event.reversed.chargeNanos, -1) }
                if event.hasReplacement { add(event.replacement.account, event.replacement.chargeNanos) }
            default: break
            }
        }
        return sums
    }
}

extension RerateOutcome.Row {
    fileprivate var text: String { "\(account) \(offering)/\(price) \(beforeNanos) -> \(afterNanos)" }
}
