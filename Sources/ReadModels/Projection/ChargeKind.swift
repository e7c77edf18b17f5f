import Events

/// What a sum on a bill is for.
public enum ChargeKind: Int64, Sendable, Encodable {
    case other = 0
    case usage = 1
    case recurring = 2
    /// Of a period that had ended before it came.
    case lateUsage = 3
    case lateRecurring = 4
    /// What rating anew changed of a period that had ended before.
    case correctedUsage = 5
    case correctedRecurring = 6
    case oneTime = 7
    case lateOneTime = 8

    public var name: String {
        switch self {
        case .other: "other"
        case .usage: "usage"
        case .recurring: "recurring"
        case .lateUsage: "late usage"
        case .lateRecurring: "late recurring"
        case .correctedUsage: "corrected usage"
        case .correctedRecurring: "corrected recurring"
        case .oneTime: "one-time"
        case .lateOneTime: "late one-time"
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// What happened to a customer.
public enum ActivityKind: String, Sendable, Encodable {
    case usage
    case fee
    /// Rating anew changed what a usage or a fee costs.
    case correction
    case planChange = "plan change"
    case invoice
    /// A command or a change that was not carried out.
    case refusal
    /// Usage for which no charge was found; it is suspended.
    case unrated
    /// Usage that the offering's policy refuses for good.
    case rejected
    case suspension
    case resumption
    /// An allowance was used up to a percentage.
    case allowance
    /// An add-on was bought.
    case purchase
    /// Money came into the prepaid balance, is asked for, or expired.
    case topUp = "top-up"
    case topUpRequest = "top-up request"
    case expiry
}
