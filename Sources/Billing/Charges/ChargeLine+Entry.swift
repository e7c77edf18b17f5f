import Events
import Pipeline

extension ChargeLine {
    /// What its entry holds, by age.
    enum Form: Int, Comparable {
        case plain, discounted, prepaid
        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }
}

extension EntryWriter {
    mutating func seal(_ seal: UsageSeal) {
        signed(seal.usageCount)
        raw(seal.digest.bytes)
        signed(seal.firstOffset)
        signed(seal.endOffset)
    }

    mutating func line(_ line: ChargeLine, _ shape: LineShape) {
        byte(UInt8(shape.kind.rawValue))
        byte(UInt8(clamping: shape.unit.rawValue))
        text(line.subscription)
        text(shape.offering)
        text(shape.price)
        text(shape.zone)
        text(shape.type)
        if shape.isLate {
            signed(shape.originalStartMs)
            signed(shape.originalEndMs)
        }
        signed(line.count)
        signed(line.quantityMicros)
        signed(line.countedMicros)
        signed(line.allowanceMicros)
        signed(line.discountNanos)
        signed(line.amount)
        signed(line.prepaid)
    }
}

extension EntryReader {
    mutating func seal() -> UsageSeal {
        var seal = UsageSeal()
        seal.usageCount = signed()
        let digest = raw(32)
        if isSound { seal.digest.add(sum: digest) }
        seal.firstOffset = signed()
        seal.endOffset = signed()
        return seal
    }

    mutating func line(_ shapes: inout ShapeTable, _ form: ChargeLine.Form) -> ChargeLine {
        let kind = LineKind(rawValue: Int(byte())) ?? .unspecified
        let unit = UsageUnit(rawValue: Int(byte())) ?? .unspecified
        let subscription = text()
        var shape = LineShape(
            kind: kind, unit: unit, offering: text(), price: text(), zone: text(), type: text(), originalStartMs: 0, originalEndMs: 0)
        if shape.isLate {
            shape.originalStartMs = signed()
            shape.originalEndMs = signed()
        }
        var line = ChargeLine(subscription: subscription, shape: shapes.intern(shape))
        line.count = signed()
        line.quantityMicros = signed()
        line.countedMicros = signed()
        line.allowanceMicros = signed()
        if form >= .discounted { line.discountNanos = signed() }
        line.amount = signed128()
        if form >= .prepaid { line.prepaid = signed128() }
        return line
    }
}
