import Events
import Pipeline

/// The part of the log that an audit looks at.
///
/// Captured from the last stage to the first, positions before ends: so all that a stage did before its captured position lies within
/// the captured ends of its outputs, and the causes of all that is captured are captured, too. A log in use can be audited; where a
/// transaction's markers are being written at that moment, audit again.
///
/// Usage that moves goes round: from usage.rated by usage.moves to usage.normalized, and may come back by usage.suspended. What stands in these before its
/// stage's position lies within the cut, too; of what stands behind, what it came of may not.
struct LogCut {
    private var positions: [StageName: [Int64]] = [:]
    private var ranges: [Topic: [Range<Int64>]] = [:]
    private var toldEnds: [Int64] = []

    init(of log: some ReadableLog) throws {
        let stages: [(StageName, Topic, Topic)] = [
            (.number, .billingDrafts, .stateNumber), (.invoice, .billingPeriods, .stateInvoice), (.aggregate, .usageRated, .stateAggregate),
            (.move, .usageMoves, .stateMove), (.rate, .usageNormalized, .stateRate), (.recycle, .usageSuspended, .stateRecycle),
            (.normalize, .usageRaw, .stateNormalize), (.customers, .customersCommands, .stateCustomers),
        ]
        for (stage, input, changelog) in stages {
            positions[stage] = try (0..<Self.partitionCount(log, of: input)).map {
                try log.committed(stage, partition: $0) ?? Self.position(log, in: changelog, partition: $0) ?? 0
            }
        }
        toldEnds = try (0..<log.partitionCount(of: .customersEvents)).map { try log.offsets(of: .customersEvents, partition: $0).upperBound }
        let topics: [Topic] = [
            .billingInvoices, .billingDrafts, .billingPeriods, .usageSuspended, .usageMoves, .usageRated, .usageNormalized, .usageRaw,
            .customersEvents, .clock, .catalogueContent,
        ]
        for topic in topics {
            ranges[topic] = try (0..<Self.partitionCount(log, of: topic)).map { try log.offsets(of: topic, partition: $0) }
        }
    }

    /// A namespace that an older build made has no moves.
    private static func partitionCount(_ log: some ReadableLog, of topic: Topic) throws -> Int32 {
        if topic == .usageMoves, try !log.has(topic) { return 0 }
        return try log.partitionCount(of: topic)
    }

    /// Where the group's offsets are gone the changelog says how far its stage has come: an audit that took it for a beginner would miss nothing.
    private static func position(_ log: some ReadableLog, in changelog: Topic, partition: Int32) throws -> Int64? {
        // A namespace that an older build made may have no such topic.
        guard try log.has(changelog), try partition < log.partitionCount(of: changelog) else { return nil }
        var position: Int64?
        try log.read(changelog, partition: partition, log.offsets(of: changelog, partition: partition)) { record in
            position = try InputPosition(changelogRecord: record, of: changelog)?.next ?? position
            return true
        }
        return position
    }

    /// In customers.events, whose end is captured after that of usage.normalized: of what stands before it, all that rating is told of it lies within the cut.
    func toldEnd(_ partition: Int32) -> Int64 { Int(partition) < toldEnds.count ? toldEnds[Int(partition)] : 0 }

    /// Whether nothing of it has expired.
    func isWhole(_ topic: Topic) -> Bool { partitions(of: topic).allSatisfy { range(of: topic, $0).lowerBound == 0 } }

    func partitions(of topic: Topic) -> Range<Int32> { 0..<Int32(ranges[topic]?.count ?? 0) }

    /// Empty where there is no such partition.
    func range(of topic: Topic, _ partition: Int32) -> Range<Int64> {
        guard let all = ranges[topic], partition < all.count else { return 0..<0 }
        return all[Int(partition)]
    }

    /// All before it is done with.
    func position(of stage: StageName, _ partition: Int32) -> Int64 { positions[stage]?[Int(partition)] ?? 0 }
}
