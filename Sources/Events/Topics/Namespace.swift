/// A prefix of topics, consumer groups and transactional ids. Replays, demos, tests and, later, tenants each have one of their own.
public struct Namespace: Hashable, Sendable, CustomStringConvertible {
    public let prefix: String

    /// Nil where `prefix` holds anything but letters, digits, "-" and "_", or is longer than 100 characters. Empty means none.
    public init?(_ prefix: String) {
        guard prefix.utf8.count <= 100,
            prefix.utf8.allSatisfy({
                ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            })
        else { return nil }
        self.prefix = prefix
    }

    public func name(of topic: Topic) -> String { qualified(topic.rawValue) }

    /// `name` with the prefix before it, for groups and transactional ids.
    public func qualified(_ name: String) -> String { prefix.isEmpty ? name : prefix + "." + name }

    public var description: String { prefix.isEmpty ? "(no namespace)" : prefix }
}
