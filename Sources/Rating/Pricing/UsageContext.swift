/// One usage on its way to its price: what was found of it before any part is priced.
struct UsageContext {
    var account: UInt32
    var subscription: UInt32
    /// The plan in force at the start: its number among the names, under which counters are kept, and its place in the tariff.
    var planName: UInt32 = 0
    var plan = 0
    /// When the subscription came to its plan. Versions for new sales are for later ones.
    var soldMs: Int64 = 0
    /// Its place among the tariff's usage types.
    var type = 0

    init(account: UInt32, subscription: UInt32) {
        self.account = account
        self.subscription = subscription
    }
}

/// A part of a usage, or all of it, under one price.
struct RatedPart {
    /// The offering whose price it is, by its place in the tariff.
    var offering: Int
    var price: Int
    /// The destination's zone, where the price names zones; else -1.
    var zone: Int32
    /// The plan's allowances for this usage type.
    var allowances = 0..<0
    /// Where the destination lies among the zones that those name.
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
    var chargeNanos: Int64 = 0
    var connectionFeeNanos: Int64 = 0

    var quantityMicros: Int64 { toMicros - fromMicros }
}

/// A span over which a counter counts.
struct CountWindow: Equatable {
    enum Kind: UInt8 {
        case period = 0
        case day = 1
        case week = 2
    }

    var kind: Kind
    var startMs: Int64
    var endMs: Int64
}

/// What a usage changes in a counter, kept aside until all of it is priced.
struct MeterUpdate {
    /// The counter's subscription; that of an account's own counters has an empty id.
    var subscription: UInt32
    var window: CountWindow
    /// The meter's number among the names.
    var name: UInt32
    var value: Int64
}
