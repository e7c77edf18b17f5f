import Quantities

/// What names a raw record within what its source sends.
///
/// A record id does, of one field or of several; with the served subscriber it is the usage's identity. Without one the content does: two messages to
/// the same number within one second (or one millisecond, as precise as the source is) look alike then, and the second one is refused as a
/// duplicate. A source that has record ids should map them.
struct RecordNames {
    /// Of (source, stream, record id), else of the content.
    let record: EventID
    /// As builds name it that know of no record id of several fields: by its content, which tells such records apart as well.
    let former: EventID

    private static let byRecordID: UInt64 = 1
    private static let byContent: UInt64 = 2
    private static let byRecordIDs: UInt64 = 3

    /// - Parameter otherParty: prepared, so that one number is one however it is spelt.
    @inline(__always)
    init(
        _ fields: RawFields, subscriber: UnsafeRawBufferPointer, startMs: Int64, quantityMicros: Int64, otherParty: UnsafeRawBufferPointer
    ) {
        // The spelling of builds before: what they took is known again where it comes once more.
        let spelt = TelephoneNumber.withoutPrefix(fields.otherParty)
        func name(_ otherParty: UnsafeRawBufferPointer) -> EventID {
            Self.name(fields, subscriber: subscriber, startMs: startMs, quantityMicros: quantityMicros, otherParty: otherParty)
        }
        former = name(spelt)
        if let ids = fields.recordIDs {
            record = Self.record(fields, ids)
        } else {
            record = fields.recordID.count > 0 || spelt.elementsEqual(otherParty) ? former : name(otherParty)
        }
    }

    @inline(__always)
    private static func name(
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

    private static func record(_ fields: RawFields, _ ids: EventID) -> EventID {
        var hash = SipHash128()
        hash.combine(byRecordIDs)
        for part in [fields.source, fields.stream] {
            hash.combine(UInt64(part.count))
            hash.combine(bytes: part)
        }
        hash.combine(ids.high)
        hash.combine(ids.low)
        return hash.finish()
    }
}
