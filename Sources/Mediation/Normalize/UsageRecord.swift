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
    let identity: EventID
    let holder: DirectoryTable.Holder
    let type: [UInt8]
    let startMs: Int64
    let quantityMicros: Int64
    let unit: UsageUnit
    let served: UnsafeRawBufferPointer
    let other: UnsafeRawBufferPointer
    let source: UnsafeRawBufferPointer

    @inline(__always)
    func encoded() -> [UInt8] {
        // Tags, lengths and numbers come to less than 320 bytes.
        let room = 320 + holder.account.utf8.count + holder.subscription.utf8.count + type.count + served.count + other.count + source.count
        return [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            var writer = WireWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.message(1, encodeMeta)
            writer.message(2, encodeUsage)
            count = writer.count
        }
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
        writer.fixed64(1, identity.high)
        writer.fixed64(2, identity.low)
        writer.varint(3, UInt64(origin.partition))
        writer.varint(4, UInt64(bitPattern: origin.offset))
        writer.varint(5, UInt64(index))
        writer.text(6, holder.account)
        writer.text(7, holder.subscription)
        type.withUnsafeBytes { writer.bytes(8, $0) }
        writer.varint(9, UInt64(bitPattern: startMs))
        writer.varint(10, UInt64(bitPattern: quantityMicros))
        writer.varint(11, UInt64(unit.rawValue))
        writer.message(12) {
            $0.bytes(2, served)
            $0.bytes(3, other)
        }
        writer.bytes(13, source)
    }
}
