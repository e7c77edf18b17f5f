import Pipeline

/// The stages with their settings. Production, simulations and tests all build theirs here, so that all run the same ones.
public struct Topology: Sendable {
    public init() {}

    /// Hands over each named stage, in the order of `names`.
    public func visit<V: StageVisitor>(_ names: [StageName], _ visitor: inout V) throws {
    }
}

/// Takes each stage by its own type: stages are generic, and run without existentials.
public protocol StageVisitor {
    mutating func visit<S: Stage>(_ stage: S) throws
}
