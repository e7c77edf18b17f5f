/// The stage processes, by the names that the command line, the metrics and the transactional ids use.
public enum StageName: String, CaseIterable, Hashable, Sendable {
    case customers, normalize, recycle, rate, move, aggregate, invoice, number

    /// The stage's part in the ids of what it emits. Never changes.
    public var idTag: UInt64 {
        switch self {
        case .customers: 1
        case .normalize: 2
        case .recycle: 3
        case .rate: 4
        case .aggregate: 5
        case .invoice: 6
        case .number: 7
        case .move: 8
        }
    }
}
