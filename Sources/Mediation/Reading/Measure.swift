import Events

/// A unit that a source may count in: a base unit, and how many of it one is.
struct Measure {
    var unit: UsageUnit
    /// Base units times a million.
    var micros: Int64

    /// The units that `RawUsage.unit` names. kB, MB, GB and TB are powers of 1,000; KiB, MiB, GiB and TiB of 1,024 (IEC 80000-13).
    @inline(__always)
    init?(_ text: UnsafeRawBufferPointer) {
        switch text.count {
        case 1:
            if text.equals("s") {
                self = .seconds(1)
            } else if text.equals("B") {
                self = .bytes(1)
            } else if text.equals("h") {
                self = .seconds(3600)
            } else {
                return nil
            }
        case 2:
            if text.equals("MB") {
                self = .bytes(1_000_000)
            } else if text.equals("kB") {
                self = .bytes(1_000)
            } else if text.equals("GB") {
                self = .bytes(1_000_000_000)
            } else if text.equals("TB") {
                self = .bytes(1_000_000_000_000)
            } else {
                return nil
            }
        case 3:
            if text.equals("min") {
                self = .seconds(60)
            } else if text.equals("KiB") {
                self = .bytes(1 << 10)
            } else if text.equals("MiB") {
                self = .bytes(1 << 20)
            } else if text.equals("GiB") {
                self = .bytes(1 << 30)
            } else if text.equals("TiB") {
                self = .bytes(1 << 40)
            } else {
                return nil
            }
        case 5 where text.equals("event"): self.init(unit: .event, micros: 1_000_000)
        case 6 where text.equals("amount"): self.init(unit: .amount, micros: 1_000_000)
        default: return nil
        }
    }

    init(unit: UsageUnit, micros: Int64) {
        self.unit = unit
        self.micros = micros
    }

    private static func seconds(_ count: Int64) -> Measure { Measure(unit: .second, micros: count * 1_000_000) }
    private static func bytes(_ count: Int64) -> Measure { Measure(unit: .byte, micros: count * 1_000_000) }

    /// The most that one usage can be, in millionths of the base unit: 10^9 s, 10^12 B, 10^9 events, an amount of
    /// 10^12. The settings may say less.
    static func maximumMicros(_ unit: UsageUnit) -> Int64 { unit == .byte || unit == .amount ? 1_000_000_000_000_000_000 : 1_000_000_000_000_000 }

    /// A stated quantity in millionths of `base`, the unit that its usage type counts; without a unit it is in that.
    @inline(__always)
    static func micros(_ quantity: UnsafeRawBufferPointer, unit: UnsafeRawBufferPointer, counting base: UsageUnit) throws(Suspense) -> Int64 {
        var measure = Measure(unit: base, micros: 1_000_000)
        if unit.count > 0 {
            guard let stated = Measure(unit) else { throw Suspense(.badUnit, field: "unit", "no unit that is known") }
            guard stated.unit == base else { throw Suspense(.badUnit, field: "unit", "does not measure what the type counts") }
            measure = stated
        }
        return try measure.quantityMicros(quantity)
    }

    /// `text` of this measure in millionths of the base unit. Never rounded: what does not fit exactly is refused.
    @inline(__always)
    func quantityMicros(_ text: UnsafeRawBufferPointer) throws(Suspense) -> Int64 {
        guard let decimal = Decimal(text) else {
            throw Suspense(.badQuantity, field: "quantity", text.first == UInt8(ascii: "-") ? "negative" : "no plain decimal")
        }
        guard let value = decimal.scaled(by: micros) else {
            throw Suspense(.badQuantity, field: "quantity", "does not fit exactly into millionths of the base unit")
        }
        guard value <= Self.maximumMicros(unit) else { throw Suspense(.badQuantity, field: "quantity", "beyond what one usage can be") }
        return value
    }
}
