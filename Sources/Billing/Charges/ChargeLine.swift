/// A sum of equal charges of one subscription in one open period. 144 bytes: there are millions of them.
struct ChargeLine {
    var subscription: String
    /// In nanos, exact: what is to be billed, and what prepaid balances paid beside it.
    var amount: Int128 = 0
    var prepaid: Int128 = 0
    /// In millionths of the unit.
    var quantity: Int128 = 0
    var counted: Int128 = 0
    var allowance: Int128 = 0
    /// In nanos.
    var discount: Int128 = 0
    var count: Int64 = 0
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
        let sign = Int128(charge.sign)
        if charge.isCounted { count += charge.sign }
        amount += sign * (Int128(charge.nanos) - Int128(charge.prepaidNanos))
        prepaid += sign * Int128(charge.prepaidNanos)
        quantity += sign * Int128(charge.quantityMicros)
        counted += sign * Int128(charge.countedMicros)
        allowance += sign * Int128(charge.allowanceMicros)
        discount += sign * Int128(charge.discountNanos)
    }

    /// Whether a sum needs more than the 64 bits that the first generation of entries has for it.
    var isWide: Bool { [quantity, counted, allowance, discount].contains { Int64(exactly: $0) == nil } }

    /// What the first generation of entries can hold of it: its sums end at 64 bits, all but the amounts.
    mutating func cap(from before: ChargeLine) {
        // What was larger before, when a later generation was written, stays exact.
        func capped(_ sum: Int128, _ before: Int128) -> Int128 { Int64(exactly: before) == nil ? sum : Int128(Int64(clamping: sum)) }
        quantity = capped(quantity, before.quantity)
        counted = capped(counted, before.counted)
        allowance = capped(allowance, before.allowance)
        discount = capped(discount, before.discount)
    }

    /// All that was in it has been taken back.
    var isEmpty: Bool {
        count == 0 && amount == 0 && prepaid == 0 && quantity == 0 && counted == 0 && allowance == 0 && discount == 0
    }
}
