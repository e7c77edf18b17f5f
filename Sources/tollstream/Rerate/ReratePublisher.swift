import Catalogue
import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities
import Rating

/// Orders a rerate's corrections, each account's in one transaction, and waits until the pipeline has carried them out.
struct ReratePublisher {
    private let client: ClientConfiguration
    private let waitSeconds: Int

    init(_ client: ClientConfiguration, waitSeconds: Int) {
        self.client = client
        self.waitSeconds = waitSeconds
    }

    /// - Parameter unpublished: the catalogue that priced it, where that may not be in the log: corrected usage names it for ever.
    func publish(_ outcome: RerateOutcome, unpublished: CompiledCatalogue?) throws -> RerateReport.Applied {
        let log = client.log()
        let begins = try (0..<(try log.partitionCount(of: .usageRated))).map { try log.offsets(of: .usageRated, partition: $0).upperBound }
        let writer = try client.writer(transactionalID: "rerate")
        if let unpublished { try writer.inTransaction { try writer.send(.catalogueContent, partition: 0, key: unpublished.key, value: unpublished.record) } }
        let progress = Progress("accounts ordered", total: Int64(outcome.orders.count))
        for account in outcome.orders {
            try writer.inTransaction {
                for order in account.orders {
                    try writer.send(.usageNormalized, partition: account.partition, key: account.account, value: try Self.record(order))
                }
            }
            progress.advance()
        }
        progress.finish()
        let applied =
            outcome.orders.isEmpty ? RerateReport.Applied(accounts: 0, refused: [], waiting: []) : try wait(for: outcome, log, begins)
        if let answer = outcome.answer, applied.refused.isEmpty, applied.waiting.isEmpty, outcome.tooLarge.isEmpty {
            try writer.inTransaction {
                for partition in 0..<(try writer.partitionCount(of: .usageNormalized)) {
                    try writer.send(.usageNormalized, partition: partition, key: "", value: try Self.record(answer, partition))
                }
            }
        }
        return applied
    }

    private static func record(_ order: RerateOrder, _ partition: Int32 = 0) throws -> [UInt8] {
        var hash = SipHash128()
        hash.combine(text: order.rerate)
        hash.combine(text: order.account)
        // Only the answer goes to several.
        hash.combine(UInt64(partition))
        var record = NormalizedRecord()
        record.meta = Meta(cause: hash.finish(), stage: 0, ordinal: UInt64(order.chunk), engine: Engine.version)
        record.rerate = order
        return try record.serializedBytes()
    }

    /// Follows usage.rated until each account was put right or refused, or the time is up.
    private func wait(for outcome: RerateOutcome, _ log: KafkaLog, _ begins: [Int64]) throws -> RerateReport.Applied {
        var open = Set(outcome.orders.map(\.account))
        var applied = RerateReport.Applied(accounts: 0, refused: [], waiting: [])
        let deadline = Date().addingTimeInterval(Double(waitSeconds))
        let positions = begins.enumerated().map { LogPosition(topic: .usageRated, partition: Int32($0.offset), offset: $0.element) }
        try log.follow(positions, until: .never) { _, record in
            guard let value = record.value, let rated = try? RatedRecord(serializedBytes: BorrowedBytes(value)) else { return }
            switch rated.body {
            case .rerated(let done) where done.rerate == outcome.rerate:
                if open.remove(done.account) != nil { applied.accounts += 1 }
            case .changeRefused(let refused) where refused.detail.hasPrefix("rerate \(outcome.rerate):"):
                if open.remove(refused.account) != nil { applied.refused.append(refused.account) }
            default: break
            }
        } atBoundary: { _ in
            !open.isEmpty && Date() < deadline
        }
        applied.waiting = open.sorted()
        return applied
    }
}
