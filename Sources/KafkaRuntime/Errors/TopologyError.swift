/// The cluster's topics are not as the program needs them. Found before anything is read or written.
public struct TopologyError: Error, Sendable, CustomStringConvertible {
    public let problems: [String]

    public init(problems: [String]) { self.problems = problems }

    public var description: String {
        "the topics don't fit: " + problems.joined(separator: "; ") + ". See `tollstream topics plan`; `topics apply` creates what is missing, "
            + "as in a namespace that an older build made."
    }
}
