import Events

/// What was used, added up by unit, in millionths; and of all units together what counted and what allowances paid.
struct QuantitySums: Equatable {
    var seconds: Int128 = 0
    var bytes: Int128 = 0
    var events: Int128 = 0
    var amounts: Int128 = 0
    var others: Int128 = 0
    var counted: Int128 = 0
    var allowance: Int128 = 0

    mutating func add(_ unit: UsageUnit, _ quantity: Int128, counted: Int128, allowance: Int128) {
        switch unit {
        case .second: seconds += quantity
        case .byte: bytes += quantity
        case .event: events += quantity
        case .amount: amounts += quantity
        case .unspecified, .UNRECOGNIZED: others += quantity
        }
        self.counted += counted
        self.allowance += allowance
    }

    /// - Parameter sign: -1 for what is taken back.
    mutating func add(_ usage: RatedUsage, sign: Int128 = 1) {
        add(
            usage.unit, sign * Int128(usage.quantityMicros), counted: sign * Int128(usage.countedMicros), allowance: sign * Int128(usage.allowanceMicros))
    }

    mutating func add(_ other: QuantitySums, sign: Int128 = 1) {
        seconds += sign * other.seconds
        bytes += sign * other.bytes
        events += sign * other.events
        amounts += sign * other.amounts
        others += sign * other.others
        counted += sign * other.counted
        allowance += sign * other.allowance
    }

    /// By unit, those that are known.
    var byUnit: [(unit: UsageUnit, micros: Int128)] { [(.second, seconds), (.byte, bytes), (.event, events), (.amount, amounts), (.unspecified, others)] }
}

/// What all accounts used, and where it stands.
struct QuantityBook {
    private(set) var used = QuantitySums()
    private(set) var billed = QuantitySums()
    private(set) var unbilled = QuantitySums()

    mutating func add(_ book: AccountBook) {
        used.add(book.used)
        unbilled.add(book.unbilledQuantities)
    }

    mutating func add(billed lines: GatheredLines) { billed.add(lines.quantities) }
}
