import Audit
import Events
import Pipeline
import Simulation
import Testing

@Suite("Groups that lost their offsets")
struct LostOffsetsTests {
    /// The town's two months in two halves: in the first some periods close.
    private func halves(_ scenario: Scenario) -> (Scenario, Scenario) {
        let middle = scenario.items.count / 2
        return (Scenario(items: Array(scenario.items[..<middle])), Scenario(items: Array(scenario.items[middle...])))
    }

    /// Runs the halves one after the other, and lets `between` do something to the log in between.
    private func run(
        seed: UInt64, formats: (StateFormat, StateFormat) = (.second, .second), between: (InMemoryLog) -> Void
    ) throws -> InMemoryLog {
        let (first, second) = halves(Scenario(seed: seed))
        let log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(3))
        try Simulator(seed: seed, scenario: first, settings: .init(formats: [formats.0]), log: log).run()
        between(log)
        try Simulator(seed: seed, scenario: second, settings: .init(formats: [formats.1]), log: log).run()
        // The stages are started once more, when all is done.
        between(log)
        try Simulator(seed: seed, settings: .init(formats: [formats.1]), log: log).run()
        return log
    }

    /// Account and period of each bill in a topic, in order.
    private func bills(_ log: InMemoryLog, _ topic: Topic) throws -> [String] {
        try (0..<log.partitionCount(of: topic)).flatMap { partition -> [String] in
            try log.values(of: topic, partition: partition).compactMap { value -> String? in
                let record: InvoiceRecord
                if topic == .billingInvoices { record = try InvoiceRecord(jsonUTF8Bytes: value) } else { record = try InvoiceRecord(serializedBytes: value) }
                guard case .invoice(let invoice)? = record.body else { return nil }
                return "\(invoice.account) \(invoice.periodStartMs)"
            }
        }.sorted()
    }

    /// Each fact has an id of its own: whoever reads a record twice emits it twice.
    private func failures(_ log: InMemoryLog) throws -> [String] {
        let drafts = try bills(log, .billingDrafts)
        let invoices = try bills(log, .billingInvoices)
        let report = try Auditor(log: log).run()
        var failures: [String] = report.holds ? [] : report.text
        if Set(invoices).count != invoices.count { failures.append("a period has two invoices") }
        if drafts != invoices { failures.append("\(invoices.count) invoices of \(drafts.count) drafts") }
        if invoices.isEmpty { failures.append("no invoice") }
        return failures
    }

    @Test("nothing is read twice: all stages, and each alone, in mid-month and after a close", arguments: [nil] + StageName.allCases.map(Optional.some))
    func lost(_ alone: StageName?) throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let log = try run(seed: seed) { log in for stage in alone.map({ [$0] }) ?? StageName.allCases { log.loseOffsets(of: stage) } }
            #expect(try failures(log) == [], "seed \(seed)")
        }
    }

    @Test("invoice and number alone: as many legal numbers as drafts")
    func invoiceAndNumber() throws {
        let whole = try run(seed: 5) { _ in }
        let lost = try run(seed: 5) { log in for stage in [StageName.invoice, .number] { log.loseOffsets(of: stage) } }
        #expect(try failures(lost) == [])
        #expect(try bills(lost, .billingInvoices) == bills(whole, .billingInvoices))
    }

    @Test("an older build's state without its group's offsets is refused")
    func olderBuild() throws {
        let fault = #expect(throws: PositionFault.self) {
            _ = try run(seed: 1, formats: (.first, .second)) { $0.loseOffsets(of: .rate) }
        }
        #expect(fault?.stage == .rate)
        #expect(fault?.reason == .noPosition)
    }

    @Test("an upgrade of an older build's state goes on, and holds its place from then on")
    func upgrade() throws {
        let (first, second) = halves(Scenario(seed: 2))
        let log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(3))
        try Simulator(seed: 2, scenario: first, settings: .init(formats: [.first]), log: log).run()
        // Nothing comes, but the stages of the next build are up for a moment.
        try Simulator(seed: 2, settings: .init(formats: [.second]), log: log).run()
        for stage in StageName.allCases { log.loseOffsets(of: stage) }
        try Simulator(seed: 2, scenario: second, settings: .init(formats: [.second]), log: log).run()
        #expect(try failures(log) == [])
    }

    @Test("a topic that was mirrored to other offsets is refused")
    func mirrored() throws {
        let (first, second) = halves(Scenario(seed: 3))
        let log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(3))
        try Simulator(seed: 3, scenario: first, log: log).run()
        let mirror = log.mirrored()
        let fault = #expect(throws: PositionFault.self) { try Simulator(seed: 3, scenario: second, log: mirror).run() }
        switch try #require(fault).reason {
        case .otherRecord, .beyondEnd: break
        default: Issue.record("\(String(describing: fault))")
        }
        // With the same offsets, it goes on.
        try Simulator(seed: 3, scenario: second, log: log.copy()).run()
    }
}
