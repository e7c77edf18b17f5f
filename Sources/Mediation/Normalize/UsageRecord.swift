import Events
import Pipeline
import Quantities

/// A `NormalizedRecord` with a usage in it, written from borrowed bytes.
///
/// This is the one message that normalization writes for each event, and most of its time would go into building and visiting the generated
/// structures. The bytes are the ones that swift-protobuf writes; a test compares them.
struct UsageRecord {
    let origin: RawOrigin
    let index: UInt32
    let formerIdentity: EventID
    let identity: UsageIdentity
    let billsConflicts: Bool
    let holder: DirectoryIndex.Holder
    let type: UnsafeRawBufferPointer
    let startMs: Int64
    let quantityMicros: Int64
    let unit: UsageUnit
    let served: UnsafeRawBufferPointer
    let other: UnsafeRawBufferPointer
    let source: UnsafeRawBufferPointer
    let details: RawFields.PriceDetails
    let direction: UsageDirection

    /// At least as many bytes as the record takes: tags, lengths and numbers come to less than 370.
    var room: Int {
        370 + holder.account.count + holder.subscription.count + type.count + served.count + other.count + source.count + details.totalCount
    }

    /// Writes the record, and returns its length.
    @inline(__always)
    func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var writer = WireWriter(buffer)
        writer.message(1, encodeMeta)
        writer.message(2, encodeUsage)
        return writer.count
    }

    private func encodeMeta(_ writer: inout WireWriter) {
        let id = EventID(cause: origin.id, stage: NormalizeStage.name.idTag, ordinal: UInt64(index))
        writer.fixed64(1, id.high)
        writer.fixed64(2, id.low)
        writer.fixed64(3, origin.id.high)
        writer.fixed64(4, origin.id.low)
        reference(holder.event, &writer)
        if let recycles = origin.recycles { reference(recycles, &writer) }
        writer.varint(6, UInt64(Engine.version))
    }

    private func reference(_ event: EventID, _ writer: inout WireWriter) {
        writer.message(5) {
            $0.fixed64(1, event.high)
            $0.fixed64(2, event.low)
        }
    }

    private func encodeUsage(_ writer: inout WireWriter) {
        writer.fixed64(1, formerIdentity.high)
        writer.fixed64(2, formerIdentity.low)
        writer.varint(3, UInt64(origin.partition))
        writer.varint(4, UInt64(bitPattern: origin.offset))
        writer.varint(5, UInt64(index))
        writer.bytes(6, holder.account)
        writer.bytes(7, holder.subscription)
        writer.bytes(8, type)
        writer.varint(9, UInt64(bitPattern: startMs))
        writer.varint(10, UInt64(bitPattern: quantityMicros))
        writer.varint(11, UInt64(unit.rawValue))
        writer.message(12) {
            $0.bytes(2, served)
            $0.bytes(3, other)
        }
        writer.bytes(13, source)
        if details.totalCount > 0 { encodeDetails(&writer) }
        writer.fixed64(69, identity.high)
        writer.fixed32(70, identity.low)
        writer.fixed32(71, identity.content)
        writer.varint(72, billsConflicts ? 1 : 0)
    }

    private func encodeDetails(_ writer: inout WireWriter) {
        writer.bytes(14, details.category)
        writer.varint(15, UInt64(direction.rawValue))
        writer.bytes(16, details.service)
        writer.bytes(17, details.network)
        writer.bytes(18, details.otherNetwork)
    }
}
