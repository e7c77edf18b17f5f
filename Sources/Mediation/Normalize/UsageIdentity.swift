import Quantities

/// What makes two records the same usage.
///
/// A record id names the usage within its source and stream. Without one its content does: two messages to the same number within one
/// second (or one millisecond, as precise as the source is) look alike then, and the second one is refused as a duplicate. A source that
/// has record ids should map them.
enum UsageIdentity {
    private static let byRecordID: UInt64 = 1
    private static let byContent: UInt64 = 2

    @inline(__always)
    static func of(
        _ fields: RawFields, subscriber: UnsafeRawBufferPointer, startMs: Int64, quantityMicros: Int64, otherParty: UnsafeRawBufferPointer
    ) -> EventID {
        var hash = SipHash128()
        // Each part with its length, so that no two lists of parts read the same.
        func combine(_ part: UnsafeRawBufferPointer) {
            hash.combine(UInt64(part.count))
            hash.combine(bytes: part)
        }
        hash.combine(fields.recordID.count > 0 ? byRecordID : byContent)
        combine(fields.source)
        combine(fields.stream)
        if fields.recordID.count > 0 {
            combine(fields.recordID)
        } else {
            combine(fields.type)
            combine(subscriber)
            hash.combine(UInt64(bitPattern: startMs))
            hash.combine(UInt64(bitPattern: quantityMicros))
            combine(otherParty)
            let details = fields.details
            if details.totalCount > 0 {
                for part in [details.category, details.direction, details.service, details.network, details.otherNetwork] { combine(part) }
            }
        }
        return hash.finish()
    }
}
