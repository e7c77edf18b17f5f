import Events
import Pipeline

/// How far a projection or an export reads.
public enum LogEnd: Sendable {
    /// To the ends that the partitions have when the read begins.
    case captured
    /// On and on, until told to stop.
    case never
}

extension KafkaLog {
    /// Reads several partitions of several topics at once, each in its order.
    ///
    /// - Parameters:
    ///   - positions: where to begin in each partition.
    ///   - boundaryRecords: `atBoundary` is called at the latest after so many records.
    ///   - onRecord: each committed record, headers filled, borrowed.
    ///   - atBoundary: called when the input has run dry or enough was read, with all positions so far, to commit what was read; returns false to
    ///     stop. Called at least ten times a second, with nothing new too.
    public func follow(
        _ positions: [LogPosition], until end: LogEnd, boundaryRecords: Int = 10_000,
        onRecord: (Topic, InputRecord) throws -> Void, atBoundary: ([LogPosition]) throws -> Bool
    ) throws {
        try withReader { reader in
            var cursors: [Cursor] = []
            for position in positions {
                let held = try reader.handle.offsets(of: position.topic, partition: position.partition)
                guard held.lowerBound <= position.offset else {
                    throw LogRangeError.missing(
                        topic: position.topic, partition: position.partition, offsets: position.offset..<held.lowerBound)
                }
                cursors.append(Cursor(position: position, end: held.upperBound))
            }
            try reader.assign(positions)
            defer { reader.unassign() }
            try follow(reader, &cursors, until: end, boundaryRecords, onRecord, atBoundary)
        }
    }

    private struct Cursor {
        var position: LogPosition
        var end: Int64
    }

    private struct Place: Hashable {
        var topic: Topic
        var partition: Int32
    }

    private func follow(
        _ reader: KafkaConsumer, _ cursors: inout [Cursor], until end: LogEnd, _ boundaryRecords: Int,
        _ onRecord: (Topic, InputRecord) throws -> Void, _ atBoundary: ([LogPosition]) throws -> Bool
    ) throws {
        var indexes: [Place: Int] = [:]
        for (index, cursor) in cursors.enumerated() {
            indexes[Place(topic: cursor.position.topic, partition: cursor.position.partition)] = index
        }
        var records = 0
        while true {
            let came = try reader.poll(timeoutMs: records == 0 ? 100 : 5) { polled in
                guard let topic = reader.topic(polled), let index = indexes[Place(topic: topic, partition: polled.partition)] else { return }
                if polled.isEnd {
                    cursors[index].position.offset = max(cursors[index].position.offset, polled.offset)
                } else if end != .captured || polled.offset < cursors[index].end {
                    records += 1
                    try onRecord(topic, reader.record(polled, readsHeaders: true))
                    cursors[index].position.offset = polled.offset + 1
                } else {
                    cursors[index].position.offset = max(cursors[index].position.offset, cursors[index].end)
                }
            }
            let isAtEnd = end == .captured && cursors.allSatisfy { $0.position.offset >= $0.end }
            guard isAtEnd || !came || records >= boundaryRecords else { continue }
            records = 0
            if try !atBoundary(cursors.map(\.position)) || isAtEnd { return }
        }
    }
}
