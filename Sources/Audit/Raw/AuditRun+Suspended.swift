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

    /// What rating suspended.
    var unrated: [UsagePlace: Unrated] = [:]
    /// In the order in which reasons first came.
    var counts: [AuditReport.SuspendedCount] = []
    private var recycled: [EventID: (topic: Topic, partition: Int32, offset: Int64, isKnown: Bool)] = [:]

    /// False where the event was recycled before.
    mutating func recycle(_ id: EventID, _ topic: Topic, partition: Int32, offset: Int64) -> Bool {
        if recycled[id] != nil { return false }
        recycled[id] = (topic, partition, offset, false)
        return true
    }

    func isRecycled(_ id: EventID) -> Bool { recycled[id] != nil }

    /// Counts a suspended event.
    mutating func count(_ id: EventID, stage: String, reason: String) {
        let isRecycled = recycled[id] != nil
        recycled[id]?.isKnown = true
        let place = counts.firstIndex { $0.stage == stage && $0.reason == reason } ?? counts.count
        if place == counts.count { counts.append(.init(stage: stage, reason: reason, open: 0, recycled: 0)) }
        if isRecycled { counts[place].recycled += 1 } else { counts[place].open += 1 }
    }

    /// Raw records and moves that recycle what was never suspended, in the order of the log.
    var unknownRecycled: [(topic: Topic, partition: Int32, offset: Int64, id: EventID)] {
        recycled.filter { !$0.value.isKnown }.map { ($0.value.topic, $0.value.partition, $0.value.offset, $0.key) }
            .sorted { ($0.topic.rawValue, $0.partition, $0.offset) < ($1.topic.rawValue, $1.partition, $1.offset) }
    }

    /// False where the usage stands suspended with another content.
    func isSame(_ usage: Usage) -> Bool { unrated[UsagePlace(usage)].map { $0.usage == Correction.digest(usage) } ?? true }

    /// What rating did not say, in the order of the log.
    var unmatched: [(place: UsagePlace, Unrated)] {
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
                run.checkRecycling(of: usage, record)
                let raw = RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex)
                switch usage.stage {
                case StageName.normalize.rawValue:
                    run.report.usage.suspended += 1
                    run.mark(raw, cause: usage.meta.cause, .usageSuspended, record)
                case StageName.rate.rawValue:
                    let place = UsagePlace(raw: raw, move: usage.usage.hasMoved ? usage.usage.moved.event.id : .none)
                    if let other = run.suspended.unrated[place] {
                        run.findings.add(
                            .unrated, .usageSuspended, partition, record.offset,
                            "suspends raw record \(raw.text), as offset \(other.offset) of partition \(other.partition) does")
                    }
                    run.suspended.unrated[place] = .init(
                        partition: partition, offset: record.offset, reason: usage.reason, usage: Correction.digest(usage.usage))
                case StageName.move.rawValue: run.noteUnheld(usage, record)
                default:
                    run.findings.add(.unrated, .usageSuspended, partition, record.offset, "names no stage that suspends")
                }
            }
        }
    }

    /// A usage that rating refused has to stand suspended with the same reason.
    /// - Parameter move: by which it came, where it did.
    mutating func matchUnrated(
        _ unrated: UnratedUsage, movedBy move: EventID, of normalizedOffset: Int64, isSame: Bool, _ partition: Int32, _ offset: Int64
    ) {
        let raw = RawPosition(partition: unrated.rawPartition, offset: unrated.rawOffset, index: unrated.rawIndex)
        let place = UsagePlace(raw: raw, move: move)
        if suspended.unrated[place] == nil, !cut.isWhole(.usageSuspended) { return }
        guard suspended.unrated[place]?.reason == unrated.reason else {
            findings.add(.unrated, .usageRated, partition, offset, "refuses raw record \(raw.text), which does not stand suspended for that reason")
            return
        }
        if !isSame {
            let cause = "\(Topic.usageNormalized.rawValue)/\(partition)/\(normalizedOffset)"
            findings.add(.unrated, .usageRated, partition, offset, "refuses raw record \(raw.text), which stands suspended as another usage than \(cause)")
        }
        suspended.unrated[place]?.isMatched = true
    }

    mutating func finishSuspended() {
        // What was recycled may have expired since, and is kept the shortest of all.
        for (topic, partition, offset, id) in cut.isWhole(.usageSuspended) ? suspended.unknownRecycled : [] {
            let end = topic == .usageMoves ? cut.position(of: .move, partition) : fates[Int(partition)].end
            if offset < end { findings.add(.recycling, topic, partition, offset, "recycles event \(id), which was never suspended") }
        }
        for (place, unrated) in suspended.unmatched {
            findings.add(
                .unrated, .usageSuspended, unrated.partition, unrated.offset, "says that rating refused raw record \(place.raw.text); usage.rated does not")
        }
        report.suspended = suspended.counts.sorted { ($0.stage, $0.reason) < ($1.stage, $1.reason) }
    }
}
