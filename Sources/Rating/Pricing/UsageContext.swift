import Quantities

/// One usage on its way to its price: what was found of it before any part is priced.
struct UsageContext {
    var account: UInt32
    var subscription: UInt32
    /// The plan in force: its number among the names, its place in the tariff, and when the subscription came to it (versions for new sales are for
    /// later ones).
    var planName: UInt32 = 0
    var plan = 0
    var soldMs: Int64 = 0
    /// Its place among the tariff's usage types.
    var type = 0
    /// Of a session that is being cut: the group of prices under which it began; -1: any.
    var sessionGroup: Int32 = -1
    /// Whether allowances count that are not the plan's of each period: what was bought, and what was given once.
    var hasBuckets = false

    init(account: UInt32, subscription: UInt32) {
        self.account = account
        self.subscription = subscription
    }
}

/// A part of a usage, or all of it, under one price.
struct RatedPart {
    /// The plan in force, whose allowances pay first: its number among the names, and when the subscription came to it.
    var planName: UInt32
    var soldMs: Int64
    /// The offering whose price it is, by its place in the tariff.
    var offering: Int
    var price: Int
    /// The destination's zone, where the price names zones; else -1.
    var zone: Int32
    /// The zone that the destination itself is in, where that is not `zone`; else -1.
    var ownZone: Int32 = -1
    /// The plan's allowances for this usage type, as slots; and which of those that have conditions are for this part, a bit each.
    var allowances = 0..<0
    var moneyAllowances = 0..<0
    var allowanceBits: UInt64 = 0
    /// Where the destination lies: in the deck of the offering that has the price; under rules version 1 among the zones that the allowances name.
    var allowancePlace: PrefixTree.Place = -1
    var startMs: Int64
    /// From where to where in the usage it is, in millionths of the unit: as measured, and where its last increment ends.
    var fromMicros: Int64
    var toMicros: Int64
    var countedToMicros: Int64
    var periodStartMs: Int64 = 0
    var periodEndMs: Int64 = 0

    // What pricing adds.
    var countedMicros: Int64 = 0
    var allowanceMicros: Int64 = 0
    /// What it costs before rounding, the connection fee apart.
    var exact = ExactAmount.zero
    var chargeNanos: Int64 = 0
    var connectionFeeNanos: Int64 = 0
    var allowanceNanos: Int64 = 0
    /// Of a price that counts over a window: the sum before, plus one; 0 where it was the first.
    var sumBeforePlusOne: Int128 = 0

    var quantityMicros: Int64 { toMicros - fromMicros }
    var period: CountWindow { CountWindow(kind: .period, startMs: periodStartMs, endMs: periodEndMs) }
}

/// A span over which a counter counts.
struct CountWindow: Equatable {
    enum Kind: UInt8 {
        case period = 0
        case day = 1
        case week = 2
        /// What a purchase gives, or a plan once: from its own beginning, to the latest end of its allowances.
        case purchase = 3
    }

    var kind: Kind
    var startMs: Int64
    var endMs: Int64
}

/// Which counter: whose, under which offering (a name's number), over which span.
struct CounterKey: Equatable {
    /// That of an account's own counters has an empty id.
    var subscription: UInt32
    var offering: UInt32
    var window: CountWindow
}

/// What an allowance paid.
struct Draw {
    /// The part of the usage that it paid for.
    var part: Int
    /// Its place in the tariff.
    var allowance: Int
    var drawn: Int64
    var left: Int128
    /// Where it counts.
    var key: CounterKey
}

/// An allowance was used up to one of its percentages.
struct Notice {
    var allowance: Int
    var percent: UInt32
    /// Where it counts.
    var key: CounterKey
    var used: Int128
    var amount: Int128
}

/// What a usage changes in a counter, kept aside until all of it is priced.
struct MeterUpdate {
    var key: CounterKey
    /// The meter's number among the names.
    var name: UInt32
    var value: Int128
}
