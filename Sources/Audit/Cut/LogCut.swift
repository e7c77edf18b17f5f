import Events
import Pipeline

/// The part of the log that an audit looks at.
///
/// Captured from the last stage to the first, positions before ends: so all that a stage did before its captured position lies within
/// the captured ends of its outputs, and the causes of all that is captured are captured, too. A log in use can be audited; where a
/// transaction's markers are being written at that moment, audit again.
struct LogCut {
    private var positions: [StageName: [Int64]] = [:]
    private var ranges: [Topic: [Range<Int64>]] = [:]

    init(of log: some ReadableLog) throws {
        let stages: [(StageName, Topic, Topic)] = [
            (.number, .billingDrafts, .stateNumber), (.invoice, .billingPeriods, .stateInvoice), (.aggregate, .usageRated, .stateAggregate),
            (.rate, .usageNormalized, .stateRate), (.recycle, .usageSuspended, .stateRecycle), (.normalize, .usageRaw, .stateNormalize),
            (.customers, .customersCommands, .stateCustomers),
        ]
        for (stage, input, changelog) in stages {
            positions[stage] = try (0..<log.partitionCount(of: input)).map {
                try log.committed(stage, partition: $0) ?? Self.position(log, in: changelog, partition: $0) ?? 0
            }
        }
        let topics: [Topic] = [
            .billingInvoices, .billingDrafts, .billingPeriods, .usageSuspended, .usageRated, .usageNormalized, .usageRaw, .customersEvents,
            .clock, .catalogueContent,
        ]
        for topic in topics {
            ranges[topic] = try (0..<log.partitionCount(of: topic)).map { try log.offsets(of: topic, partition: $0) }
        }
    }

    /// Where the group's offsets are gone the changelog says how far its stage has come: an audit that took it for a beginner would miss nothing.
    private static func position(_ log: some ReadableLog, in changelog: Topic, partition: Int32) throws -> Int64? {
        // A namespace that an older build made may have no such topic.
        guard let count = try? log.partitionCount(of: changelog), partition < count else { return nil }
        var position: Int64?
        try log.read(changelog, partition: partition, log.offsets(of: changelog, partition: partition)) { record in
            position = try InputPosition(changelogRecord: record, of: changelog)?.next ?? position
            return true
        }
        return position
    }

    func partitions(of topic: Topic) -> Range<Int32> { 0..<Int32(ranges[topic]?.count ?? 0) }

    func range(of topic: Topic, _ partition: Int32) -> Range<Int64> { ranges[topic]?[Int(partition)] ?? 0..<0 }

    /// All before it is done with.
    func position(of stage: StageName, _ partition: Int32) -> Int64 { positions[stage]?[Int(partition)] ?? 0 }
}
