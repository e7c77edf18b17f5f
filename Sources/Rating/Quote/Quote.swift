import Events
import Quantities

/// A usage whose price is asked for.
public struct QuoteRequest: Sendable {
    public var type: String
    public var category = ""
    /// Whose profile decides, where the catalogue has profiles; empty: anybody's.
    public var subject = ""
    /// The other party, prepared as that of usage (`TelephoneNumber`). Empty or "*any": none.
    public var destination = ""
    public var startMs: Int64
    /// Millionths of the type's base unit.
    public var quantityMicros: Int64
    public var direction = UsageDirection.originated
    public var service = ""
    public var network = ""
    public var otherNetwork = ""
    /// The served subscriber's own identifier; without a scheme a telephone number.
    public var served = ""
    public var segment = ""
    /// Whether the destination is one of the customer's favourite numbers.
    public var isFavourite = false
    /// Price signals that are in force, by name, with their multipliers in millionths.
    public var signals: [(name: String, multiplierMicros: Int64)] = []
    /// When the customer came to the plan; nil: with this very usage.
    public var sinceMs: Int64?

    public init(type: String, startMs: Int64, quantityMicros: Int64) {
        self.type = type
        self.startMs = startMs
        self.quantityMicros = quantityMicros
    }
}

/// What a usage would cost before tax, and how that comes about.
public struct Quote: Sendable {
    public struct Step: Sendable {
        /// The counted quantity that lies in the step, in millionths of the unit.
        public var quantityMicros: Int128
        public var priceNanos: Int64
        public var perMicros: Int64
        public var flatNanos: Int64
    }

    /// What a discount took off.
    public struct Discount: Sendable {
        public var id: String
        /// Negative: a price signal made the charge higher.
        public var nanos: Int64
        /// Empty where it was no signal.
        public var signal: String
        public var multiplierMicros: Int64
        /// In millionths of a percent; nil where it was no plain percentage.
        public var percentMicros: Int64?

        public init(id: String, nanos: Int64, signal: String, multiplierMicros: Int64, percentMicros: Int64?) {
            self.id = id
            self.nanos = nanos
            self.signal = signal
            self.multiplierMicros = multiplierMicros
            self.percentMicros = percentMicros
        }
    }

    /// One part of a session, or all of the usage.
    public struct Part: Sendable {
        public var offering: String
        public var price: String
        public var zone: String
        /// The zone that the destination itself is in, where that was asked and is another.
        public var ownZone: String
        public var startMs: Int64
        public var quantityMicros: Int64
        public var countedMicros: Int64
        public var allowanceMicros: Int64
        public var connectionFeeNanos: Int64
        /// What allowances of money paid; the charge is what is left.
        public var allowanceNanos: Int64
        public var discounts: [Discount]
        public var chargeNanos: Int64
        public var steps: [Step]
    }

    public var currency: String
    public var parts: [Part]
    /// What a prepaid balance can pay when the usage begins; nil where the customer is billed after the period.
    public var availableNanos: Int64?
    /// Whether that is enough: else the usage would be suspended.
    public var isPayable: Bool { availableNanos.map { left in parts.reduce(Int128(0)) { $0 + Int128(max(0, $1.chargeNanos)) } <= Int128(left) } ?? true }
    public var costNanos: Int64 { parts.reduce(0) { $0 + $1.chargeNanos } }
    public var connectionFeeNanos: Int64 { parts.reduce(0) { $0 + $1.connectionFeeNanos } }
}

/// Why there is no price. The reason's raw value never changes; the detail says what came nearest.
public struct NoQuote: Error, Sendable {
    public let reason: UnratedReason
    public let detail: String

    public init(reason: UnratedReason, detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
