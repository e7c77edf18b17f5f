/// Whole numbers that may need more than the 64 bits of their field: a month of a fleet's bytes in millionths does. The field then holds the nearest that it
/// can, for readers that know no other, and a text beside it all decimal digits. This is the one place that makes the two of a number, and a number of them.
public enum WideNumber {
    /// The text is empty where 64 bits hold the value.
    public static func split(_ value: Int128) -> (short: Int64, wide: String) {
        if let short = Int64(exactly: value) { return (short, "") }
        return (Int64(clamping: value), String(value))
    }

    /// Nil where the two were not made of one number.
    public static func join(_ short: Int64, _ wide: String) -> Int128? {
        if wide.isEmpty { return Int128(short) }
        guard let value = Int128(wide) else { return nil }
        let made = split(value)
        return made.short == short && made.wide == wide ? value : nil
    }
}

// Each is nil where its fields were not made of one number.

extension Line {
    public var quantity: Int128? { WideNumber.join(quantityMicros, wideQuantity) }
    public var counted: Int128? { WideNumber.join(countedMicros, wideCounted) }
    public var allowance: Int128? { WideNumber.join(allowanceMicros, wideAllowance) }

    /// In millionths of the unit.
    public mutating func set(quantity: Int128, counted: Int128, allowance: Int128) {
        (quantityMicros, wideQuantity) = WideNumber.split(quantity)
        (countedMicros, wideCounted) = WideNumber.split(counted)
        (allowanceMicros, wideAllowance) = WideNumber.split(allowance)
    }
}

extension RatedUsage {
    /// Where the price counts over time: the sum before this usage, in millionths, plus one; 0 where it was the first.
    public var sumBeforePlusOne: Int128? { WideNumber.join(sumBeforeMicrosPlusOne, wideSumBeforePlusOne) }
}

extension AllowanceDraw {
    public var allLeft: Int128? { WideNumber.join(left, wideLeft) }
}

extension AllowanceNotice {
    public mutating func set(used: Int128, amount: Int128) {
        (self.used, wideUsed) = WideNumber.split(used)
        (self.amount, wideAmount) = WideNumber.split(amount)
    }
}

extension MeterValue {
    public init(_ meter: String, _ value: Int128) {
        self.init()
        self.meter = meter
        (self.value, wideValue) = WideNumber.split(value)
    }

    public var all: Int128? { WideNumber.join(value, wideValue) }
}

extension Allowance {
    /// Of usage, in millionths.
    public var quantity: Int128? { WideNumber.join(amountMicros, wideAmount) }
    public var wholeLimit: Int128? { WideNumber.join(limit, wideLimit) }

    public mutating func set(quantity: Int128) { (amountMicros, wideAmount) = WideNumber.split(quantity) }
    public mutating func set(limit: Int128) { (self.limit, wideLimit) = WideNumber.split(limit) }
}

extension Rollover {
    public var wholeCap: Int128? { WideNumber.join(cap, wideCap) }
    public mutating func set(cap: Int128) { (self.cap, wideCap) = WideNumber.split(cap) }
}

extension RateStep {
    /// In millionths of the unit.
    public var from: Int128? { WideNumber.join(fromMicros, wideFrom) }
    public mutating func set(from: Int128) { (fromMicros, wideFrom) = WideNumber.split(from) }
}
