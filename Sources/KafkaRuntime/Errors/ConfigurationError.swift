/// A setting that can't be used. Never holds the setting's value, which may be a password.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let property: String
    public let reason: String

    public init(property: String, reason: String) {
        self.property = property
        self.reason = reason
    }

    /// For a client that librdkafka refused to make: its text, in one line. The setting at fault is the first that it names.
    init(refusedClient text: String) {
        let words = text.split { $0.isWhitespace || $0 == "`" || $0 == "," || $0 == ":" }
        let named = words.first { $0.contains(".") && $0.utf8.allSatisfy { (97...122).contains($0) || $0 == 46 } && $0.last != "." }
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        self.init(property: named.map(String.init) ?? "of the Kafka client", reason: line)
    }

    public var description: String { "the setting \(property): \(reason)" }
}
