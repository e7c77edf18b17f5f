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
        let stages: [(StageName, Topic)] = [
            (.number, .billingDrafts), (.invoice, .billingPeriods), (.aggregate, .usageRated), (.rate, .usageNormalized),
            (.recycle, .usageSuspended), (.normalize, .usageRaw), (.customers, .customersCommands),
        ]
        for (stage, input) in stages {
            positions[stage] = try (0..<log.partitionCount(of: input)).map { try log.committed(stage, partition: $0) ?? 0 }
        }
        let topics: [Topic] = [
            .billingInvoices, .billingDrafts, .billingPeriods, .usageSuspended, .usageRated, .usageNormalized, .usageRaw, .customersEvents,
            .clock, .catalogueContent,
        ]
        for topic in topics {
            ranges[topic] = try (0..<log.partitionCount(of: topic)).map { try log.offsets(of: topic, partition: $0) }
        }
    }

    func partitions(of topic: Topic) -> Range<Int32> { 0..<Int32(ranges[topic]?.count ?? 0) }

    func range(of topic: Topic, _ partition: Int32) -> Range<Int64> { ranges[topic]?[Int(partition)] ?? 0..<0 }

    /// All before it is done with.
    func position(of stage: StageName, _ partition: Int32) -> Int64 { positions[stage]?[Int(partition)] ?? 0 }
}
