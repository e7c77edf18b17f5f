import Audit
import Events
import Pipeline
import Rating
import Simulation
import SwiftProtobuf
import Testing

@Suite("Audit")
struct AuditTests {
    /// A place in the log that has a record, and a change of its value that is no longer true.
    struct Target: CustomTestStringConvertible, Sendable {
        var topic: Topic
        /// The first record for which this is true is tampered with.
        var isTarget: @Sendable ([UInt8]) -> Bool = { _ in true }
        var alter: @Sendable ([UInt8]) throws -> [UInt8]

        var testDescription: String { topic.rawValue }
    }

    static let targets: [Target] = [
        Target(topic: .usageRaw, isTarget: { !$0.isEmpty }, alter: { $0.dropLast() + [$0.last! ^ 1] }),
        Target(
            topic: .usageNormalized, isTarget: { (try? NormalizedRecord(serializedBytes: $0))?.usage.account.isEmpty == false },
            alter: { try Self.changed(NormalizedRecord.self, $0) { $0.usage.quantityMicros += 1 } }),
        Target(
            topic: .usageRated, isTarget: { (try? RatedRecord(serializedBytes: $0))?.usage.account.isEmpty == false },
            alter: { try Self.changed(RatedRecord.self, $0) { $0.usage.chargeNanos += 1 } }),
        Target(topic: .billingPeriods, alter: { try Self.changed(PeriodRecord.self, $0) { $0.closed.total.nanos += 1 } }),
        Target(topic: .billingDrafts, alter: { try Self.changed(InvoiceRecord.self, $0) { $0.invoice.tax.tax.units += 1 } }),
        Target(
            topic: .billingInvoices,
            alter: { json in
                var invoice = try InvoiceRecord(jsonUTF8Bytes: json)
                invoice.invoice.lines[0].amount.units += 1
                return try invoice.jsonUTF8Bytes()
            }),
    ]

    private static func changed<M: Message>(_ type: M.Type, _ bytes: [UInt8], _ change: (inout M) -> Void) throws -> [UInt8] {
        var message = try M(serializedBytes: bytes)
        change(&message)
        return try message.serializedBytes()
    }

    /// The first whose town has usage that is barred and stays suspended, usage that is rejected, and balances that pay, for purchases, too, and expire: lies
    /// are told of all of them; and a subscriber who uses more in a month than 64 bits hold.
    private static let seed: UInt64 =
        (15...600).first { seed in
            guard let log = try? run(seed).log, let report = try? Auditor(log: log).run() else { return false }
            return report.usage.rejected > 0 && report.suspended.contains { $0.reason == "subscription-barred" } && hasBalances(log) && hasWideLines(log)
        } ?? 15

    private static func hasWideLines(_ log: InMemoryLog) -> Bool {
        (0..<log.partitionCount(of: .billingPeriods)).contains { partition in
            log.values(of: .billingPeriods, partition: partition).contains { value in
                (try? PeriodRecord(serializedBytes: value))?.closed.lines.contains { !$0.wideQuantity.isEmpty } == true
            }
        }
    }

    private static func hasBalances(_ log: InMemoryLog) -> Bool {
        var kinds: Set<String> = []
        for partition in 0..<log.partitionCount(of: .usageRated) {
            for value in log.values(of: .usageRated, partition: partition) {
                switch (try? RatedRecord(serializedBytes: value))?.body {
                case .usage(let usage) where usage.prepaidNanos > 0: kinds.insert("paid")
                case .oneTime(let charge) where charge.prepaidNanos > 0: kinds.insert("bought")
                case .toppedUp: kinds.insert("topped up")
                case .balanceExpired: kinds.insert("expired")
                default: break
                }
            }
        }
        return kinds.count == 4
    }

    private static func run(_ seed: UInt64) throws -> Simulator {
        let simulator = try Simulator(seed: seed, scenario: Scenario(seed: seed, events: 150), settings: .init(plan: .all))
        try simulator.run()
        return simulator
    }

    /// A log that went through much, and holds.
    private static func honestLog() throws -> InMemoryLog {
        let simulator = try run(seed)
        // Rated anew by other prices and fees, so that there are corrections, too.
        var content = CatalogueContent.simulated
        for offering in content.offerings.indices {
            // An add-on has none.
            for fee in content.offerings[offering].versions[0].recurring.indices.prefix(1) {
                content.offerings[offering].versions[0].recurring[fee].amountNanos += 1
            }
            for price in content.offerings[offering].versions[0].prices.indices {
                content.offerings[offering].versions[0].prices[price].steps[0].priceNanos += 1
            }
        }
        var request = RerateRequest(range: 0..<Int64.max)
        let key = String(repeating: "ab", count: 32)
        request.catalogue = (content, key)
        let value: [UInt8] = try CatalogueRecord.with { $0.content = content }.serializedBytes()
        simulator.log.append(.catalogueContent, partition: 0, key: Array(key.utf8), value: value)
        _ = try simulator.log.orderRerate(request)
        try Simulator(seed: seed, log: simulator.log).run()
        return simulator.log
    }

    private static func place(_ target: Target, in log: InMemoryLog) throws -> (partition: Int32, offset: Int64) {
        for partition in 0..<log.partitionCount(of: target.topic) {
            var found: Int64?
            log.read(target.topic, partition: partition, 0..<Int64.max) { record in
                if let value = record.value, target.isTarget(Array(value)) { found = record.offset }
                return found == nil
            }
            if let found { return (partition, found) }
        }
        throw NothingToTamperWith()
    }

    struct NothingToTamperWith: Error {}

    @Test("an honest log holds, and its sums agree with each other")
    func honest() throws {
        let report = try Auditor(log: Self.honestLog()).run()
        #expect(report.holds, "\(report.text.joined(separator: "\n"))")
        #expect(report.usage.rated > 0 && report.invoices > 0 && report.invoices == report.periods - report.prepaidPeriods)
        #expect(report.usage.normalized == report.usage.rated + report.usage.duplicate + report.usage.unrated + report.usage.rejected)
        #expect(report.usage.rejected > 0)
        #expect(report.usage.received == report.usage.normalized + report.usage.suspended)
        #expect(report.suspended.reduce(0) { $0 + $1.recycled } == report.usage.recycled)
        #expect(report.sums.allSatisfy { $0.difference == "0" && $0.awaitingInvoice == "0" })
        #expect(report.quantities.map(\.unit).contains("B") && report.quantities.allSatisfy { $0.difference == "0" && $0.used != "0" })
        #expect(report.text.last == "the audit holds")
    }

    @Test("an empty log holds")
    func empty() throws {
        let log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(3))
        #expect(try Auditor(log: log).run().holds)
    }

    @Test("a removed record is found", arguments: targets)
    func removed(_ target: Target) throws {
        let log = try Self.honestLog()
        let (partition, offset) = try Self.place(target, in: log)
        log.remove(target.topic, partition: partition, offset: offset)
        try Self.expectOffender(log, target, partition, offset, isThere: false)
    }

    @Test("a doubled record is found", arguments: targets)
    func doubled(_ target: Target) throws {
        let log = try Self.honestLog()
        let (partition, offset) = try Self.place(target, in: log)
        let copy = log.double(target.topic, partition: partition, offset: offset)
        // A further raw record is only traffic, until a stage claims that it has read it.
        if target.topic == .usageRaw { log.pretend(.normalize, partition: partition, committed: copy + 1) }
        try Self.expectOffender(log, target, partition, copy, isThere: true)
    }

    @Test("an altered record is found", arguments: targets)
    func altered(_ target: Target) throws {
        let log = try Self.honestLog()
        let (partition, offset) = try Self.place(target, in: log)
        try log.alter(target.topic, partition: partition, offset: offset, target.alter)
        try Self.expectOffender(log, target, partition, offset, isThere: target.topic != .usageRaw && target.topic != .usageRated)
    }

    /// The audit fails and names the record, or, where it is gone or can't be told from its neighbours, one that leans on it.
    private static func expectOffender(
        _ log: InMemoryLog, _ target: Target, _ partition: Int32, _ offset: Int64, isThere: Bool
    ) throws {
        let report = try Auditor(log: log).run()
        let text = report.text.joined(separator: "\n")
        #expect(!report.holds)
        #expect(!report.offenders.isEmpty)
        let place = "\(target.topic.rawValue)/\(partition)/\(offset)"
        if isThere {
            #expect(report.offenders.contains { $0.place == place || $0.what.hasSuffix(place) }, "\(place) is not named:\n\(text)")
        } else {
            let leaning: [Topic: [Topic]] = [
                .usageRaw: [.usageNormalized, .usageSuspended], .usageNormalized: [.usageRated, .usageRaw], .usageRated: [.usageNormalized, .billingPeriods],
                .billingPeriods: [.usageRated, .billingDrafts], .billingDrafts: [.billingPeriods, .billingInvoices], .billingInvoices: [.billingDrafts],
            ]
            let topics = (leaning[target.topic] ?? []).map(\.rawValue)
            #expect(report.offenders.contains { topics.contains($0.topic) }, "nothing that leans on \(place) is named:\n\(text)")
        }
    }

    @Test("each claim can fail, and then says so", arguments: Lie.all)
    func lies(_ lie: Lie) throws {
        let log = try Self.honestLog()
        try lie.tell(log)
        let report = try Auditor(log: log).run()
        let failed = report.checks.filter { $0.failures > 0 }.map(\.check)
        #expect(failed.contains(lie.check), "only \(failed) failed:\n\(report.text.joined(separator: "\n"))")
    }
}
