import Events

/// One charge on its way into a sum: a rated usage or a recurring fee.
struct Charge {
    var kind: LineKind
    var subscription: String
    var offering: String
    var price: String
    var zone: String
    var type: String
    var unit: UsageUnit
    var quantityMicros: Int64
    var countedMicros: Int64
    var allowanceMicros: Int64
    var nanos: Int64
    /// The period it belongs to by its own time, [start, end).
    var periodStartMs: Int64
    var periodEndMs: Int64

    init(_ usage: RatedUsage) {
        kind = .usage
        subscription = usage.subscription
        offering = usage.offering
        price = usage.price
        zone = usage.zone
        type = usage.type
        unit = usage.unit
        quantityMicros = usage.quantityMicros
        countedMicros = usage.countedMicros
        allowanceMicros = usage.allowanceMicros
        nanos = usage.chargeNanos
        periodStartMs = usage.periodStartMs
        periodEndMs = usage.periodEndMs
    }

    init(_ fee: RecurringCharge) {
        kind = .recurring
        subscription = fee.subscription
        offering = fee.offering
        price = fee.price
        zone = ""
        type = ""
        unit = .unspecified
        quantityMicros = 0
        countedMicros = 0
        allowanceMicros = 0
        nanos = fee.chargeNanos
        periodStartMs = fee.periodStartMs
        periodEndMs = fee.periodEndMs
    }
}
