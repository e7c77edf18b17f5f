import Events
import Pipeline
import Quantities

extension Outbox {
    /// Writes down what could not be used, with its original bytes; nil for a record without a value.
    mutating func suspend(
        _ suspense: Suspense, _ origin: RawOrigin, index: UInt32 = 0, original: UnsafeRawBufferPointer?, subscriber: Subscriber? = nil
    ) {
        var record = SuspendedUsage()
        record.meta = Meta(cause: origin.id, stage: NormalizeStage.name.idTag, ordinal: UInt64(index), engine: Engine.version)
        if let recycles = origin.recycles { record.meta.moreCauses = [EventRef(recycles)] }
        record.reason = suspense.reason.rawValue
        record.detail = suspense.detail
        record.stage = NormalizeStage.name.rawValue
        record.rawPartition = UInt32(origin.partition)
        record.rawOffset = origin.offset
        record.rawIndex = index
        if let original {
            if original.count > MediationLimits.originalBytes {
                record.detail += "; the original is cut here, and whole at its place in usage.raw"
            }
            record.original = .init(original.slice(0..<min(original.count, MediationLimits.originalBytes)))
        } else {
            record.originalWasNull = true
        }
        // A hostile header is no longer than it needs to be.
        record.originalContentType = String(decoding: origin.contentType.prefix(MediationLimits.fieldBytes), as: UTF8.self)
        record.originalSource = String(decoding: origin.source.prefix(MediationLimits.fieldBytes), as: UTF8.self)
        var key = "\(origin.partition)/\(origin.offset)"
        if let subscriber, subscriber.text.count > 0 {
            record.subscriber = String(decoding: subscriber.text, as: UTF8.self)
            record.startMs = subscriber.startMs
            key = subscriber.key.description
        }
        let attempts = String(origin.attempts)
        emit(
            record, to: .usageSuspended, key: key,
            headers: origin.attempts > 0 ? [(name: UsageHeader.attempts, value: Array(attempts.utf8))] : [])
        count("suspended", label: suspense.reason.rawValue)
    }
}
