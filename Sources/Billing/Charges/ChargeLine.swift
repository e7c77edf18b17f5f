/// A sum of equal charges of one subscription in one open period. 96 bytes: there are millions of them.
struct ChargeLine {
    var subscription: String
    /// In nanos, exact: what is to be billed, and what prepaid balances paid beside it.
    var amount: Int128 = 0
    var prepaid: Int128 = 0
    var count: Int64 = 0
    /// Quantities are capped where 64 bits end: they are shown on a bill and decide nothing. Only a correction takes
    /// something off: a capped sum does not depend on the order of its parts else.
    var quantityMicros: Int64 = 0
    var countedMicros: Int64 = 0
    var allowanceMicros: Int64 = 0
    /// In nanos; capped, too: the amount is exact without it.
    var discountNanos: Int64 = 0
    var shape: Int32
    /// In the first line of a page: the page has changed since the last flush.
    var isPageDirty = false

    init(subscription: String, shape: Int32) {
        self.subscription = subscription
        self.shape = shape
    }

    /// Stands where a line of a changelog not yet read to its end will be.
    static let hole = ChargeLine(subscription: "", shape: -1)
    var isHole: Bool { shape < 0 }

    @inline(__always)
    mutating func add(_ charge: Charge) {
        let sign = charge.sign
        count += sign
        amount += Int128(sign) * (Int128(charge.nanos) - Int128(charge.prepaidNanos))
        prepaid += Int128(sign) * Int128(charge.prepaidNanos)
        quantityMicros = Self.capped(quantityMicros, sign * charge.quantityMicros)
        countedMicros = Self.capped(countedMicros, sign * charge.countedMicros)
        allowanceMicros = Self.capped(allowanceMicros, sign * charge.allowanceMicros)
        if charge.discountNanos != 0 { discountNanos = Self.capped(discountNanos, sign * charge.discountNanos) }
    }

    /// All that was in it has been taken back.
    var isEmpty: Bool {
        count == 0 && amount == 0 && prepaid == 0 && quantityMicros == 0 && countedMicros == 0 && allowanceMicros == 0 && discountNanos == 0
    }

    @inline(__always)
    private static func capped(_ sum: Int64, _ part: Int64) -> Int64 {
        let (total, overflowed) = sum.addingReportingOverflow(part)
        return overflowed ? (part > 0 ? .max : .min) : total
    }
}
