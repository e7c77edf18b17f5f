import Audit
import Events
import Pipeline
import Quantities
import Simulation

/// All that one seed has to prove.
struct SeedRun {
    let seed: UInt64

    static func text(_ seed: UInt64, _ failures: [String]) -> String {
        """
        seed \(seed) fails:
          \(failures.joined(separator: "\n  "))
        again: TOLLSTREAM_SIMULATION_SEED=\(seed) swift test -c release --filter SimulationTests
        """
    }

    func failures() -> [String] {
        do {
            var shape = SeededRandom(seed: seed)
            let partitions = Int32(3 + shape.below(2))
            let workers = 1 + shape.below(3)
            let scenario = Scenario(seed: seed)
            let faulty = try Simulator(
                seed: seed, scenario: scenario, settings: .init(partitions: partitions, workersPerStage: workers, plan: .all))
            try faulty.run()
            let report = try Auditor(log: faulty.log).run()
            if !report.holds { return report.text }
            // Where all customers come behind the last tick, no period has closed on their charges yet.
            if report.usage.rated == 0 || (report.invoices == 0 && report.periods > 0) { return ["nothing was rated or billed"] + report.text }
            // Rating anew takes as long as all else, so that every third seed does it.
            if seed % 3 == 0 {
                let failures = try rerateFailures(faulty.log, partitions: partitions)
                if !failures.isEmpty { return failures }
            }
            if report.usage.awaitingNormalize + report.usage.awaitingRate > 0 { return ["the run ended with usage in flight"] + report.text }

            let calm = try Simulator(seed: seed, scenario: scenario, settings: .init(partitions: partitions, workersPerStage: 1))
            try calm.run()
            let calmReport = try Auditor(log: calm.log).run()
            if !calmReport.holds { return ["without faults:"] + calmReport.text }
            if acceptedUsage(faulty.log) != acceptedUsage(calm.log) { return ["other usage was accepted than without faults"] }
            // What needs more than the first format holds is suspended where that is written, and bills by it are cut off.
            // Where the first format is written nobody is told of numbers that move.
            let unmoved = Scenario(seed: seed, withoutPorts: true)
            let formats = scenario.hasLargeUsage ? [] : try formatFailures(unmoved, partitions, workers, acceptedUsage(calm.log))
            if !formats.isEmpty { return formats }
            return try [1, 2, 5].flatMap { try replay(faulty.log, workers: $0) }
        } catch {
            return ["\(error)"]
        }
    }

    /// Builds that write another format take turns, as in an upgrade that is rolled back and done again.
    private func formatFailures(_ scenario: Scenario, _ partitions: Int32, _ workers: Int, _ expected: [EventID]) throws -> [String] {
        let simulator = try Simulator(
            seed: seed, scenario: scenario,
            settings: .init(partitions: partitions, workersPerStage: workers, plan: .all, formats: [.first, .second, .first, .second]))
        try simulator.run()
        let report = try Auditor(log: simulator.log).run()
        if !report.holds { return ["with formats in turns:"] + report.text }
        return acceptedUsage(simulator.log) == expected ? [] : ["with formats in turns other usage is accepted"]
    }

    /// Identities of rated usage, sorted. Left out is what was used after a subscription's first suspension began, or its end: whether such usage comes first,
    /// or the news of that or of a resumption, is chance; and that of prepaid accounts, for what a balance can pay for depends on what came first; and that
    /// of numbers that move, which waits for its holder.
    private func acceptedUsage(_ log: InMemoryLog) -> [EventID] {
        var accepted: [EventID] = []
        for partition in 0..<log.partitionCount(of: .usageNormalized) {
            var usages: [Int64: Usage] = [:]
            var certainUntil: [String: Int64] = [:]
            var prepaid: Set<String> = []
            func note(_ subscription: String, _ ms: Int64) { certainUntil[subscription] = min(ms, certainUntil[subscription] ?? Int64.max) }
            log.read(.usageNormalized, partition: partition, 0..<Int64.max) { record in
                switch record.value.flatMap({ try? NormalizedRecord(serializedBytes: BorrowedBytes($0)) })?.body {
                case .usage(let usage): usages[record.offset] = usage
                case .subscriptionEnded(let event): note(event.subscription, event.atMs)
                case .subscriptionSuspended(let event): note(event.subscription, event.fromMs)
                case .accountOpened(let opened) where opened.terms.payment == .prepaid: prepaid.insert(opened.account)
                default: break
                }
                return true
            }
            for value in log.values(of: .usageRated, partition: partition) {
                // Into how many parts a session is cut may depend on what came first, a plan change or the session.
                guard let rated = try? RatedRecord(serializedBytes: value), case .usage(let usage)? = rated.body, usage.part == 0,
                    !prepaid.contains(usage.account), !usage.account.hasPrefix("port-"), usage.startMs < certainUntil[usage.subscription] ?? Int64.max,
                    let normalized = usages[rated.normalizedOffset]
                else { continue }
                accepted.append(EventID(high: normalized.identityHigh, low: normalized.identityLow))
            }
        }
        return accepted.sorted()
    }

    /// Rates and bills the run's own usage.normalized anew, without faults: the same bytes must come.
    private func replay(_ original: InMemoryLog, workers: Int) throws -> [String] {
        let log = original.replayed(keeping: [.usageNormalized, .catalogueContent])
        let simulator = try Simulator(
            seed: seed &+ UInt64(workers), settings: .init(stages: [.rate, .aggregate, .invoice], workersPerStage: workers), log: log)
        try simulator.run()
        var failures: [String] = []
        for topic in [Topic.usageRated, .billingPeriods] {
            for partition in 0..<log.partitionCount(of: topic)
            where log.values(of: topic, partition: partition) != original.values(of: topic, partition: partition) {
                failures.append("a replay with \(workers) workers gives other bytes in \(topic.rawValue)/\(partition)")
            }
        }
        if drafts(log) != drafts(original) { failures.append("a replay with \(workers) workers gives other drafts") }
        return failures
    }

    /// Drafts' bytes by account, in the order of the log.
    private func drafts(_ log: InMemoryLog) -> [String: [[UInt8]]] {
        var drafts: [String: [[UInt8]]] = [:]
        for partition in 0..<log.partitionCount(of: .billingDrafts) {
            for value in log.values(of: .billingDrafts, partition: partition) {
                let record = try? InvoiceRecord(serializedBytes: value)
                let account = record?.invoice.account ?? record?.moreLines.account ?? ""
                drafts[account, default: []].append(value)
            }
        }
        return drafts
    }
}
