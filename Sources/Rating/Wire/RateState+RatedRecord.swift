import Events
import Pipeline
import Quantities

/// The one record that every rated usage ends in, byte for byte as swift-protobuf encodes `RatedRecord`, at a tenth of its cost: no message, no
/// strings, no heap.
extension RateState {
    /// Room for a record's numbers, before, between and behind its texts; and for those of a draw or a discount.
    private static let recordRoom = 464
    private static let entryRoom = 112

    /// How much room the record of a part takes at most.
    @inline(__always)
    mutating func ratedRecordRoom(_ usage: UsageView, _ place: Int, _ tariff: Tariff) -> Int {
        var room = Self.recordRoom + usage.account.count + usage.subscription.count + usage.type.count + (usage.parties?.count ?? 0)
        room += tariff.prices[parts[place].price].id.count + tariff.offerings[parts[place].offering].idBytes.count
        if parts[place].zone >= 0 { room += tariff.zoneIDs[Int(parts[place].zone)].count }
        if parts[place].ownZone >= 0 { room += tariff.zoneIDs[Int(parts[place].ownZone)].count }
        if Int64(exactly: parts[place].sumBeforePlusOne) == nil { room += Self.entryRoom }
        for draw in draws.indices {
            room += Self.entryRoom + tariff.allowances[draws[draw].allowance].id.count + names.length(of: draws[draw].key.offering)
        }
        for taken in discounts.indices { room += Self.entryRoom + tariff.textCount(of: discounts[taken]) }
        return room
    }

    /// Writes the record of a part of the priced usage.
    /// - Parameters:
    ///   - offset: the usage's in usage.normalized.
    ///   - room: at least as many bytes as `ratedRecordRoom` says.
    /// - Returns: where in the room it lies.
    @inline(__always)
    mutating func writeRatedRecord(
        _ usage: UsageView, _ place: Int, _ tariff: Tariff, offset: Int64, into room: UnsafeMutableRawBufferPointer
    ) -> Range<Int> {
        let base = room.baseAddress!
        let id = EventID(cause: usage.id, stage: StageName.rate.idTag, ordinal: UInt64(place))
        let metaLength = Self.metaLength(id, cause: usage.id)
        let offsetLength = offset == 0 ? 0 : 1 + varintLength(UInt64(bitPattern: offset))
        // The head comes before the body, but says its length.
        let lengthRoom = varintLength(UInt64(room.count))
        let bodyStart = 2 + metaLength + offsetLength + 1 + lengthRoom
        var body = WireWriter(base + bodyStart)
        writeRatedUsage(usage, place, tariff, to: &body)
        let end = UnsafeMutableRawPointer(body.at) - base
        let length = UInt64(end - bodyStart)

        let start = lengthRoom - varintLength(length)
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
        head.varint(length)
        return start..<end
    }

    private static func metaLength(_ id: EventID, cause: EventID) -> Int {
        (id.high == 0 ? 0 : 9) + (id.low == 0 ? 0 : 9) + (cause.high == 0 ? 0 : 9) + (cause.low == 0 ? 0 : 9)
            + 1 + varintLength(UInt64(Engine.version))
    }

    /// The fields of `RatedUsage`.
    @inline(__always)
    private mutating func writeRatedUsage(_ usage: UsageView, _ place: Int, _ tariff: Tariff, to body: inout WireWriter) {
        let part = parts[place]
        body.field(0x0a, text: usage.account)
        body.field(0x12, text: usage.subscription)
        body.field(0x1a, text: usage.type)
        body.field(0x20, varint: part.startMs)
        body.field(0x28, varint: part.quantityMicros)
        body.field(0x30, varint: part.countedMicros)
        body.field(0x38, varint: part.allowanceMicros)
        body.field(0x40, varint: usage.unit)
        body.field(0x4a, text: tariff.offerings[part.offering].idBytes)
        body.field(0x52, text: tariff.prices[part.price].id)
        if part.zone >= 0 { body.field(0x5a, text: tariff.zoneIDs[Int(part.zone)]) }
        body.field(0x60, zigzag: part.chargeNanos)
        body.field(0x68, varint: part.periodStartMs)
        body.field(0x70, varint: part.periodEndMs)
        body.field(0x78, varint: Int64(usage.rawPartition))
        // From field 16 on, tags take two bytes.
        body.field(0x80, 0x01, varint: usage.rawOffset)
        body.field(0x88, 0x01, varint: Int64(usage.rawIndex))
        if let parties = usage.parties {
            body.bytes(0x92, 0x01)
            body.varint(UInt64(parties.count))
            body.bytes(parties)
        }
        let catalogue = tariff.hash.short
        if catalogue != 0 {
            body.bytes(0x99, 0x01)
            body.fixed64(catalogue)
        }
        if parts.count > 1 {
            body.field(0xa0, 0x01, varint: Int64(place))
            body.field(0xa8, 0x01, varint: Int64(parts.count))
        }
        body.field(0xb0, 0x01, zigzag: part.connectionFeeNanos)
        body.field(0xb8, 0x01, zigzag: part.allowanceNanos)
        for draw in draws.indices where draws[draw].part == place { write(draws[draw], tariff, to: &body) }
        body.field(0xc8, 0x01, varint: Int64(clamping: part.sumBeforePlusOne))
        if !discounts.isEmpty { writeDiscounts(of: place, tariff, to: &body) }
        if !payments.isEmpty {
            body.field(0xe8, 0x01, zigzag: payments[place].paidNanos)
            body.field(0xf0, 0x01, zigzag: payments[place].leftNanos)
        }
        if part.ownZone >= 0 { body.field(0xfa, 0x01, text: tariff.zoneIDs[Int(part.ownZone)]) }
        if Int64(exactly: part.sumBeforePlusOne) == nil { write(wide: part.sumBeforePlusOne, 0x9a, 0x03, to: &body) }
    }

    /// All digits of what its own field has no room for.
    private func write(wide value: Int128, _ first: UInt8, _ second: UInt8, to body: inout WireWriter) {
        var digits = WideNumber.split(value).wide
        body.bytes(first, second)
        body.varint(UInt64(digits.utf8.count))
        digits.withUTF8 { body.bytes(UnsafeRawBufferPointer($0)) }
    }

    /// Field 24, a message.
    @inline(__always)
    private mutating func write(_ draw: Draw, _ tariff: Tariff, to body: inout WireWriter) {
        var length = fieldLength(text: tariff.allowances[draw.allowance].id.count) + fieldLength(varint: draw.drawn)
        let left = Int64(clamping: draw.left)
        let isWide = Int128(left) != draw.left
        length += fieldLength(varint: left)
        // From field 16 on, tags take two bytes.
        if isWide { length += 1 + fieldLength(text: WideNumber.split(draw.left).wide.utf8.count) }
        let isBucket = draw.key.window.kind == .purchase
        // Of what it is where that is not the plan.
        let isPurchase = isBucket && draw.key.offering != parts[draw.part].planName
        if isBucket { length += fieldLength(varint: draw.key.window.startMs) }
        if isPurchase { length += fieldLength(text: names.length(of: draw.key.offering)) }
        body.bytes(0xc2, 0x01)
        body.varint(UInt64(length))
        body.field(0x0a, text: tariff.allowances[draw.allowance].id)
        body.field(0x10, varint: draw.drawn)
        body.field(0x18, varint: left)
        if isBucket { body.field(0x20, varint: draw.key.window.startMs) }
        if isPurchase { names.withBytes(of: draw.key.offering) { body.field(0x2a, text: $0) } }
        if isWide { write(wide: draw.left, 0xd2, 0x01, to: &body) }
    }

    /// Field 26, a message each, and 27, their sum.
    private mutating func writeDiscounts(of place: Int, _ tariff: Tariff, to body: inout WireWriter) {
        var sum: Int64 = 0
        for taken in discounts where taken.part == place {
            sum &+= taken.nanos
            let discount = taken.discount
            var signal = tariff.discounts[discount].signal < 0 ? "" : tariff.signals[tariff.discounts[discount].signal]
            body.bytes(0xd2, 0x01)
            body.varint(
                UInt64(
                    fieldLength(text: tariff.discounts[discount].id.count) + fieldLength(varint: Int64(bitPattern: zigzagged(taken.nanos)))
                        + fieldLength(text: signal.utf8.count) + fieldLength(varint: taken.multiplierMicros)
                        + fieldLength(varint: taken.spentBeforeNanos)))
            body.field(0x0a, text: tariff.discounts[discount].id)
            body.field(0x10, zigzag: taken.nanos)
            signal.withUTF8 { body.field(0x1a, text: UnsafeRawBufferPointer($0)) }
            body.field(0x20, varint: taken.multiplierMicros)
            body.field(0x28, varint: taken.spentBeforeNanos)
        }
        body.field(0xd8, 0x01, zigzag: sum)
    }
}
