import Events
import Pipeline

/// Finds places in a partition of usage.rated by offsets of usage.normalized, which never decrease along it.
struct RatedIndex<Log: ReadableLog> {
    let log: Log
    let partition: Int32

    /// The least offset in `range` from which on all records come from `normalized` or later; the range's end where none does.
    ///
    /// A search by halves: offsets without a record (aborted, transaction markers) count with the record behind them.
    func offset(ofNormalized normalized: Int64, in range: Range<Int64>) throws -> Int64 {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = low + (high - low) / 2
            if let found = try first(in: middle..<high), found.normalized < normalized {
                low = found.offset + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private func first(in range: Range<Int64>) throws -> (offset: Int64, normalized: Int64)? {
        var found: (Int64, Int64)?
        try log.read(.usageRated, partition: partition, range) { record in
            found = (record.offset, try RatedRecord.decode(record).0.normalizedOffset)
            return false
        }
        return found
    }
}

extension RatedRecord {
    /// The record and its bytes, which are valid as long as `record` is. Throws `CorruptRecord`.
    static func decode(_ record: InputRecord) throws -> (RatedRecord, UnsafeRawBufferPointer) {
        do {
            if let value = record.value { return (try RatedRecord(serializedBytes: BorrowedBytes(value)), value) }
        } catch {
            throw CorruptRecord(topic: .usageRated, partition: record.partition, offset: record.offset, reason: "\(error)")
        }
        throw CorruptRecord(topic: .usageRated, partition: record.partition, offset: record.offset, reason: "no value")
    }
}
