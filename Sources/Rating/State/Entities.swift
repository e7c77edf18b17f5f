/// An account as rating knows it. Plain numbers, one flat array of them a partition.
struct AccountEntry {
    /// Its place in `RateState.terms`; -1 until `AccountOpened` came.
    var terms: Int32 = -1
    /// The head of its subscriptions' chain; -1 ends it. The chain's order is chance: charges go by `ordinal`.
    var firstSubscription: Int32 = -1
    var subscriptionCount: UInt32 = 0
    var isDirty = false
    var openedMs: Int64 = 0
    /// The oldest period that has not ended. Both `unknown` until a catalogue with the account's time zone came.
    var openStartMs: Int64 = Self.unknown
    var openEndMs: Int64 = Self.unknown
    /// The offset in usage.normalized of what changed it or one of its subscriptions last, usage apart; -1 before the first.
    var changedOffset: Int64 = -1
    /// The place in `RateState.purchases` of what was bought for all of its subscriptions; -1 where nothing was.
    var purchases: Int32 = -1
    /// Its place in `RateState.balances`; -1 where it is not prepaid.
    var balance: Int32 = -1
    /// Whether `RateState.holders` has any of it. Derived.
    var isTold = false
    /// The time of the first of its orders that are dated ahead; `Int64.max` where none waits. Derived.
    var aheadMs = Int64.max

    static let unknown = Int64.max
    var isKnown: Bool { terms >= 0 }
    var hasPeriods: Bool { openEndMs != Self.unknown }
}

struct SubscriptionEntry {
    /// The next of the same account; -1 ends the chain.
    var next: Int32 = -1
    /// The head of its counters' chain.
    var firstCounter: Int32 = -1
    /// Counts the account's activations; 0 until `SubscriptionActivated` came.
    var ordinal: UInt32 = 0
    /// The offering (a name's number) from its activation on.
    var offering: UInt32 = 0
    /// Its place in `RateState.planChanges`; -1 where the plan never changed.
    var changes: Int32 = -1
    /// Its place in `RateState.favourites`; -1 where it never had any.
    var favourites: Int32 = -1
    /// Its place in `RateState.purchases`; -1 where nothing was bought.
    var purchases: Int32 = -1
    var isDirty = false
    /// Whether `RateState.suspensions` has any of it.
    var isEverSuspended = false
    var fromMs: Int64 = 0
    /// `Int64.max` while it has no end.
    var toMs: Int64 = Int64.max

    var isKnown: Bool { ordinal > 0 }
}

/// From `fromMs` on another plan is in force.
struct PlanChange {
    var fromMs: Int64
    var offering: UInt32
}

/// An add-on that was bought. What it gives can be used by usage that starts in [from, end); some of it perhaps not as long.
struct Purchase {
    var offering: UInt32
    var fromMs: Int64
    var endMs: Int64
}

/// An account's rerate of which chunks are still to come.
struct RerateInFlight: Equatable {
    var account: String
    var rerate: String
    var nextChunk: UInt32
}

/// What a subscription used in one window, mostly a billing period, under one plan. That of a whole account hangs on a subscription
/// without an id.
struct CounterEntry {
    var subscription: UInt32 = 0
    var next: Int32 = -1
    var offering: UInt32 = 0
    /// Its run in `MeterPool`.
    var meters: Int32 = -1
    var windowStartMs: Int64 = 0
    var windowEndMs: Int64 = 0
    /// Of `CountWindow.Kind`.
    var window: UInt8 = 0
    /// The latest start among its rated usages; under rules version 2 those of zero are counted apart, in a meter.
    var lastRatedMs: Int64 = Int64.min
    /// The offset in usage.normalized of the usage that was booked last; -1 before the first.
    var bookedOffset: Int64 = -1
    var meterCount: UInt16 = 0
    var meterClass: UInt8 = 0
    var isDirty = false
    var isFree = false

    /// A counter of a period in which something was rated: one that holds only what was rolled over, or counts a day, has no last usage.
    var isUsed: Bool { lastRatedMs != Int64.min }

    /// Notes a usage, and marks the entry as changed: true where it was not yet.
    @inline(__always)
    mutating func book(_ offset: Int64, startMs: Int64) -> Bool {
        bookedOffset = offset
        lastRatedMs = max(lastRatedMs, startMs)
        defer { isDirty = true }
        return !isDirty
    }
}
