import Events
import Pipeline

extension StageName {
    /// The topic that the stage reads; a test asserts that it is the stage's own `input`.
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
