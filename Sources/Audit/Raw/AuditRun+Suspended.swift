import Events
import Pipeline
import Quantities

/// What stands in usage.suspended, and what was sent through once more.
struct SuspendedIndex {
    struct Unrated {
        var partition: Int32
        var offset: Int64
        var reason: String
        /// Of the normalized usage.
        var usage: EventID
        var isMatched = false
    }

    /// By raw record's usage: what rating suspended.
    var unrated: [RawPosition: Unrated] = [:]
    /// In the order in which reasons first came.
    var counts: [AuditReport.SuspendedCount] = []
    private var recycled: [EventID: (partition: Int32, offset: Int64, isKnown: Bool)] = [:]

    /// False where the event was recycled before.
    mutating func recycle(_ id: EventID, partition: Int32, offset: Int64) -> Bool {
        if recycled[id] != nil { return false }
        recycled[id] = (partition, offset, false)
        return true
    }

    /// Counts a suspended event.
    mutating func count(_ id: EventID, stage: String, reason: String) {
        let isRecycled = recycled[id] != nil
        recycled[id]?.isKnown = true
        let place = counts.firstIndex { $0.stage == stage && $0.reason == reason } ?? counts.count
        if place == counts.count { counts.append(.init(stage: stage, reason: reason, open: 0, recycled: 0)) }
        if isRecycled { counts[place].recycled += 1 } else { counts[place].open += 1 }
    }

    /// Raw records that recycle what was never suspended, in the order of the log.
    var unknownRecycled: [(partition: Int32, offset: Int64, id: EventID)] {
        recycled.filter { !$0.value.isKnown }.map { ($0.value.partition, $0.value.offset, $0.key) }
            .sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    /// False where the usage stands suspended with another content.
    func isSame(_ usage: Usage) -> Bool { unrated[usage.rawPosition].map { $0.usage == Correction.digest(usage) } ?? true }

    /// What rating did not say, in the order of the log.
    var unmatched: [(raw: RawPosition, Unrated)] {
        unrated.filter { !$0.value.isMatched }.map { ($0.key, $0.value) }.sorted { ($0.1.partition, $0.1.offset) < ($1.1.partition, $1.1.offset) }
    }
}

extension AuditRun {
    mutating func readSuspended() throws {
        var ids = IDTable()
        for partition in cut.partitions(of: .usageSuspended) {
            try readAll(.usageSuspended, partition, as: SuspendedUsage.self) { run, record, usage in
                run.checkID(usage.meta, in: &ids, .usageSuspended, record)
                run.suspended.count(usage.meta.id, stage: usage.stage, reason: usage.reason)
                let raw = RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex)
                switch usage.stage {
                case StageName.normalize.rawValue:
                    run.report.usage.suspended += 1
                    run.mark(raw, cause: usage.meta.cause, .usageSuspended, record)
                case StageName.rate.rawValue:
                    if let other = run.suspended.unrated[raw] {
                        run.findings.add(
                            .unrated, .usageSuspended, partition, record.offset,
                            "suspends raw record \(raw.text), as offset \(other.offset) of partition \(other.partition) does")
                    }
                    run.suspended.unrated[raw] = .init(partition: partition, offset: record.offset, reason: usage.reason, usage: Correction.digest(usage.usage))
                default:
                    run.findings.add(.unrated, .usageSuspended, partition, record.offset, "names no stage that suspends")
                }
            }
        }
    }

    /// A usage that rating refused has to stand suspended with the same reason.
    mutating func matchUnrated(_ unrated: UnratedUsage, of normalizedOffset: Int64, isSame: Bool, _ partition: Int32, _ offset: Int64) {
        let raw = RawPosition(partition: unrated.rawPartition, offset: unrated.rawOffset, index: unrated.rawIndex)
        guard suspended.unrated[raw]?.reason == unrated.reason else {
            findings.add(.unrated, .usageRated, partition, offset, "refuses raw record \(raw.text), which does not stand suspended for that reason")
            return
        }
        if !isSame {
            let cause = "\(Topic.usageNormalized.rawValue)/\(partition)/\(normalizedOffset)"
            findings.add(.unrated, .usageRated, partition, offset, "refuses raw record \(raw.text), which stands suspended as another usage than \(cause)")
        }
        suspended.unrated[raw]?.isMatched = true
    }

    mutating func finishSuspended() {
        for (partition, offset, id) in suspended.unknownRecycled where offset < fates[Int(partition)].end {
            findings.add(.recycling, .usageRaw, partition, offset, "recycles event \(id), which was never suspended")
        }
        for (raw, unrated) in suspended.unmatched {
            findings.add(
                .unrated, .usageSuspended, unrated.partition, unrated.offset, "says that rating refused raw record \(raw.text); usage.rated does not")
        }
        report.suspended = suspended.counts.sorted { ($0.stage, $0.reason) < ($1.stage, $1.reason) }
    }
}
