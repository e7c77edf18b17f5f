import Billing
import Customers
import Mediation
import Pipeline
import Rating

/// The stages with their settings. Production, simulations and tests all build theirs here, so that all run the same ones.
public struct Topology: Sendable {
    public var customers = CustomersStage()
    public var normalize = NormalizeStage()
    public var recycle = RecycleStage()
    public var rate = RateStage()
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
