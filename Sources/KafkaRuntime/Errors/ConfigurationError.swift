/// A setting that can't be used. Never holds the setting's value, which may be a password.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let property: String
    public let reason: String

    public init(property: String, reason: String) {
        self.property = property
        self.reason = reason
    }

    public var description: String { "the setting \(property): \(reason)" }
}
