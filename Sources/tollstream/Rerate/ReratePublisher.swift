import Catalogue
import Events
import Foundation
import KafkaRuntime
import Pipeline
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
        let ends = try (0..<(try log.partitionCount(of: .usageNormalized))).map { try log.offsets(of: .usageNormalized, partition: $0).upperBound }
        let writer = try client.writer(transactionalID: "rerate")
        if let unpublished { try writer.inTransaction { try writer.send(.catalogueContent, partition: 0, key: unpublished.key, value: unpublished.record) } }
        let progress = Progress("accounts ordered", total: Int64(outcome.orders.count))
        for account in outcome.orders {
            let end = ends[Int(account.partition)]
            try writer.inTransaction {
                for order in account.orders {
                    let record = order.record(partition: account.partition, end: end)
                    try writer.send(.usageNormalized, partition: account.partition, key: account.account, value: try record.serializedBytes())
                }
            }
            progress.advance()
        }
        progress.finish()
        return outcome.orders.isEmpty ? RerateReport.Applied(accounts: 0, refused: [], waiting: []) : try wait(for: outcome, log, begins)
    }

    /// Says in each partition that all accounts were put right.
    func publish(answers: [RerateOrder]) throws {
        let log = client.log()
        let ends = try (0..<(try log.partitionCount(of: .usageNormalized))).map { try log.offsets(of: .usageNormalized, partition: $0).upperBound }
        let writer = try client.writer(transactionalID: "rerate")
        try writer.inTransaction {
            for (partition, (end, answer)) in zip(ends, answers).enumerated() {
                let record = answer.record(partition: Int32(partition), end: end)
                try writer.send(.usageNormalized, partition: Int32(partition), key: "", value: try record.serializedBytes())
            }
        }
    }

    /// Follows usage.rated until each account was put right or refused, or the time is up.
    private func wait(for outcome: RerateOutcome, _ log: KafkaLog, _ begins: [Int64]) throws -> RerateReport.Applied {
        var open = Set(outcome.orders.map(\.account))
        let empty = Set(outcome.orders.filter { $0.orders.allSatisfy(\.changesNothing) }.map(\.account))
        var applied = RerateReport.Applied(accounts: 0, refused: [], waiting: [])
        let deadline = Date().addingTimeInterval(Double(waitSeconds))
        let positions = begins.enumerated().map { LogPosition(topic: .usageRated, partition: Int32($0.offset), offset: $0.element) }
        try log.follow(positions, until: .never) { _, record in
            guard let value = record.value, let rated = try? RatedRecord(serializedBytes: BorrowedBytes(value)) else { return }
            switch rated.body {
            case .rerated(let done) where done.rerate == outcome.rerate:
                guard open.remove(done.account) != nil else { break }
                if empty.contains(done.account) { applied.unchanged += 1 } else { applied.accounts += 1 }
            case .rerateProposed(let again) where again.kind == .usedMeanwhile && again.why.contains(outcome.rerate):
                if open.contains(again.account) { applied.usedMeanwhile.append(again.account) }
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

extension RerateOrder {
    /// It answers who asked, and that is all.
    fileprivate var changesNothing: Bool { usages.isEmpty && fees.isEmpty && subscriptions.isEmpty }
}
