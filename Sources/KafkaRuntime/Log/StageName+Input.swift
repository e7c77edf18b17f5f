import Events
import Pipeline

extension StageName {
    /// The topic that the stage reads: the same as the stage type's own `input`, which this module can't see.
    package var input: Topic {
        switch self {
        case .customers: .customersCommands
        case .normalize: .usageRaw
        case .recycle: .usageSuspended
        case .rate: .usageNormalized
        case .move: .usageMoves
        case .aggregate: .usageRated
        case .invoice: .billingPeriods
        case .number: .billingDrafts
        }
    }
    /// Its changelog.
    package var changelog: Topic {
        switch self {
        case .customers: .stateCustomers
        case .normalize: .stateNormalize
        case .recycle: .stateRecycle
        case .rate: .stateRate
        case .move: .stateMove
        case .aggregate: .stateAggregate
        case .invoice: .stateInvoice
        case .number: .stateNumber
        }
    }
}
