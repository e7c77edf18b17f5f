import Events
import Pipeline

extension ChargeLine {
    /// What its entry holds, by age.
    enum Form: Int, Comparable {
        case plain, discounted, prepaid
        /// Sums have up to 128 bits.
        case wide
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

    /// - Parameter isWide: sums have up to 128 bits.
    mutating func line(_ line: ChargeLine, _ shape: LineShape, isWide: Bool) {
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
        for sum in [line.quantity, line.counted, line.allowance, line.discount] {
            if isWide { signed(sum) } else { signed(Int64(sum)) }
        }
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
        func sum() -> Int128 { form == .wide ? signed128() : Int128(signed()) }
        line.quantity = sum()
        line.counted = sum()
        line.allowance = sum()
        if form >= .discounted { line.discount = sum() }
        line.amount = signed128()
        if form >= .prepaid { line.prepaid = signed128() }
        return line
    }
}
