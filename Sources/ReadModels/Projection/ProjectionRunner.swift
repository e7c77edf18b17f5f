import Events
import Pipeline

/// How far a projection has come.
public struct ProjectionProgress: Sendable {
    public var topic: Topic
    public var partition: Int32
    public var offset: Int64
    public var end: Int64
    /// Records written since the run began.
    public var records: Int
}

/// Carries a view on along a log.
public final class ProjectionRunner<Log: ReadableLog> {
    private let log: Log
    private var view: CustomerView
    private let batchSize: Int

    /// Records are written `batchSize` at a time.
    public init(log: Log, view: CustomerView, batchSize: Int = 20_000) {
        precondition(batchSize > 0, "a batch holds at least one record")
        self.log = log
        self.view = view
        self.batchSize = batchSize
    }

    /// Reads from the view's offsets to the ends that the log has now, and returns how many records it wrote. Where a rebuilt view
    /// took this one's place meanwhile it goes on with that one.
    ///
    /// Throws `ViewError` for a range that the log no longer holds, `CorruptRecord`, and what the log and SQLite throw.
    @discardableResult
    public func catchUp(progress: (ProjectionProgress) -> Void = { _ in }) throws -> Int {
        do {
            return try advance(to: try ends(), progress: progress)
        } catch ViewError.superseded {
            view = try CustomerView(path: view.path, namespace: view.namespace, access: .project)
            return try advance(to: try ends(), progress: progress)
        }
    }

    /// Where the log ends now. The facts that follow from others are asked for first, so that nothing is seen before its cause.
    func ends() throws -> LogPosition {
        var position = LogPosition()
        for topic in CustomerView.topics.reversed() {
            for partition in 0..<(try log.partitionCount(of: topic)) {
                position[topic, partition] = try log.offsets(of: topic, partition: partition).upperBound
            }
        }
        return position
    }

    /// Reads up to `target`, which the log must hold.
    func advance(to target: LogPosition, progress: (ProjectionProgress) -> Void) throws -> Int {
        let projector = try Projector(view)
        var records = 0
        for topic in CustomerView.topics {
            for partition in 0..<(try log.partitionCount(of: topic)) {
                let end = target[topic, partition]
                let next = projector.next(topic, partition)
                let held = try log.offsets(of: topic, partition: partition)
                if next > held.upperBound || end > held.upperBound {
                    throw ViewError.aheadOfLog(topic: topic, partition: partition, next: max(next, end), end: held.upperBound)
                }
                if next >= end { continue }
                if next < held.lowerBound { throw ViewError.missingRange(topic: topic, partition: partition, from: next, to: held.lowerBound) }
                try log.read(topic, partition: partition, next..<end) { record in
                    try projector.apply(topic, record)
                    if projector.pending >= batchSize {
                        records += projector.pending
                        try projector.commit()
                        progress(.init(topic: topic, partition: partition, offset: record.offset + 1, end: end, records: records))
                    }
                    return true
                }
                projector.reached(topic, partition, end: end)
                progress(.init(topic: topic, partition: partition, offset: end, end: end, records: records + projector.pending))
            }
        }
        records += projector.pending
        try projector.commit()
        return records
    }
}
