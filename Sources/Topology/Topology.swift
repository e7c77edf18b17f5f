import Billing
import Customers
import Mediation
import Pipeline
import Rating

/// The stages with their settings. Production, simulations and tests all build theirs here, so that all run the same ones.
///
/// Data flow: usage.raw, normalize, usage.normalized, rate, usage.rated, aggregate, billing.periods, invoice, billing.drafts, number,
/// billing.invoices. Customers decides commands into customers.events, the directory and usage.normalized; recycle sends what was
/// suspended to usage.raw again; move takes what rating finds to be another's from usage.moves to its holder's partition of usage.normalized.
///
/// Invariants: each raw record has a fate; each usage of usage.normalized has exactly one, in order, in usage.rated; a partition's outputs
/// depend on nothing but its input's order, the state in its changelog and the catalogue that a marker in it named; state, outputs and offsets
/// commit together.
///
/// Failure modes: a process that dies leaves an open transaction, which its successor ends, and state that is restored from the changelog; a
/// worker that lost its partitions is refused at its commit; a broker that is away is waited for; bad input is suspended with a reason;
/// a record of our own that can't be read stops the process, for going on would make it worse.
public struct Topology: Sendable {
    public var customers = CustomersStage()
    public var normalize = NormalizeStage()
    public var recycle = RecycleStage()
    public var rate = RateStage()
    public var move = MoveStage()
    public var aggregate = AggregateStage()
    public var invoice = InvoiceStage()
    public var number = NumberStage()

    public init() {}

    /// Hands over each named stage, in the order of `names`.
    public func visit<V: StageVisitor>(_ names: [StageName], _ visitor: inout V) throws {
        for name in names {
            switch name {
            case .customers: try visitor.visit(customers)
            case .normalize: try visitor.visit(normalize)
            case .recycle: try visitor.visit(recycle)
            case .rate: try visitor.visit(rate)
            case .move: try visitor.visit(move)
            case .aggregate: try visitor.visit(aggregate)
            case .invoice: try visitor.visit(invoice)
            case .number: try visitor.visit(number)
            }
        }
    }
}

/// Takes each stage by its own type: stages are generic, and run without existentials.
public protocol StageVisitor {
    mutating func visit<S: Stage>(_ stage: S) throws
}
