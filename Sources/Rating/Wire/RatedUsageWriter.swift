import Events
import Pipeline
import Quantities

/// What rating found for a part of a usage, ready to be written.
struct Verdict {
    var part: RatedPart
    /// The part's place among the usage's parts, and how many those are.
    var index = 0
    var count = 1
    var offering = UnsafeRawBufferPointer(start: nil, count: 0)
    var price = UnsafeRawBufferPointer(start: nil, count: 0)
    var zone = UnsafeRawBufferPointer(start: nil, count: 0)
    var catalogue: UInt64 = 0
    var payment = Payment(paidNanos: 0, leftNanos: 0)
    /// The encoded `draws` of the part, with their tags.
    var draws = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The encoded `discounts` of the part and their sum, with their tags.
    var discounts = UnsafeRawBufferPointer(start: nil, count: 0)
}

/// Writes the one record that every rated usage ends in, byte for byte as swift-protobuf encodes `RatedRecord`, at a tenth of its
/// cost: no message, no strings, no heap.
enum RatedUsageWriter {
    /// Room for a record's fixed fields, before and behind its texts.
    private static let overheadBytes = 464
    /// The header is written backwards from here, once the length of the body is known.
    private static let bodyStart = 96

    static func capacity(_ usage: UsageView, _ verdict: Verdict) -> Int {
        overheadBytes + usage.account.count + usage.subscription.count + usage.type.count + (usage.parties?.count ?? 0)
            + verdict.offering.count + verdict.price.count + verdict.zone.count + verdict.draws.count + verdict.discounts.count
    }

    /// The record's bytes within `buffer`, which has at least `capacity` bytes.
    @inline(__always)
    static func write(
        _ usage: UsageView, _ verdict: Verdict, offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) -> Range<Int> {
        let base = buffer.baseAddress!
        var body = WireWriter(base + bodyStart)
        body.field(0x0a, text: usage.account)
        body.field(0x12, text: usage.subscription)
        body.field(0x1a, text: usage.type)
        body.field(0x20, varint: verdict.part.startMs)
        body.field(0x28, varint: verdict.part.quantityMicros)
        body.field(0x30, varint: verdict.part.countedMicros)
        body.field(0x38, varint: verdict.part.allowanceMicros)
        body.field(0x40, varint: usage.unit)
        body.field(0x4a, text: verdict.offering)
        body.field(0x52, text: verdict.price)
        body.field(0x5a, text: verdict.zone)
        if verdict.part.chargeNanos != 0 {
            body.byte(0x60)
            body.zigzag(verdict.part.chargeNanos)
        }
        body.field(0x68, varint: verdict.part.periodStartMs)
        body.field(0x70, varint: verdict.part.periodEndMs)
        body.field(0x78, varint: Int64(usage.rawPartition))
        // From field 16 on, tags take two bytes.
        if usage.rawOffset != 0 {
            body.byte(0x80)
            body.field(0x01, varint: usage.rawOffset)
        }
        if usage.rawIndex != 0 {
            body.byte(0x88)
            body.field(0x01, varint: Int64(usage.rawIndex))
        }
        if let parties = usage.parties {
            body.byte(0x92)
            body.byte(0x01)
            body.varint(UInt64(parties.count))
            body.bytes(parties)
        }
        if verdict.catalogue != 0 {
            body.byte(0x99)
            body.field(0x01, fixed64: verdict.catalogue)
        }
        if verdict.count > 1 {
            if verdict.index > 0 {
                body.byte(0xa0)
                body.field(0x01, varint: Int64(verdict.index))
            }
            body.byte(0xa8)
            body.field(0x01, varint: Int64(verdict.count))
        }
        if verdict.part.connectionFeeNanos != 0 {
            body.byte(0xb0)
            body.byte(0x01)
            body.zigzag(verdict.part.connectionFeeNanos)
        }
        if verdict.part.allowanceNanos != 0 {
            body.byte(0xb8)
            body.byte(0x01)
            body.zigzag(verdict.part.allowanceNanos)
        }
        body.bytes(verdict.draws)
        if verdict.part.sumBeforePlusOne != 0 {
            body.byte(0xc8)
            body.field(0x01, varint: verdict.part.sumBeforePlusOne)
        }
        body.bytes(verdict.discounts)
        if verdict.payment.paidNanos != 0 {
            body.byte(0xe8)
            body.byte(0x01)
            body.zigzag(verdict.payment.paidNanos)
        }
        if verdict.payment.leftNanos != 0 {
            body.byte(0xf0)
            body.byte(0x01)
            body.zigzag(verdict.payment.leftNanos)
        }
        let end = UnsafeMutableRawPointer(body.at) - base
        let length = end - bodyStart

        let id = EventID(cause: usage.id, stage: StageName.rate.idTag, ordinal: UInt64(verdict.index))
        let metaLength = Self.metaLength(id, cause: usage.id)
        let offsetLength = offset == 0 ? 0 : 1 + varintLength(UInt64(bitPattern: offset))
        let headLength = 2 + metaLength + offsetLength + 1 + varintLength(UInt64(length))
        let start = bodyStart - headLength
        var head = WireWriter(base + start)
        head.byte(0x0a)
        head.byte(UInt8(metaLength))
        head.field(0x09, fixed64: id.high)
        head.field(0x11, fixed64: id.low)
        head.field(0x19, fixed64: usage.id.high)
        head.field(0x21, fixed64: usage.id.low)
        head.field(0x30, varint: Int64(Engine.version))
        head.field(0x10, varint: offset)
        head.byte(0x1a)
        head.varint(UInt64(length))
        return start..<end
    }

    private static func metaLength(_ id: EventID, cause: EventID) -> Int {
        (id.high == 0 ? 0 : 9) + (id.low == 0 ? 0 : 9) + (cause.high == 0 ? 0 : 9) + (cause.low == 0 ? 0 : 9)
            + 1 + varintLength(UInt64(Engine.version))
    }
}
