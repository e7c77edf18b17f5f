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
        case .aggregate: .usageRated
        case .invoice: .billingPeriods
        case .number: .billingDrafts
        }
    }
}
