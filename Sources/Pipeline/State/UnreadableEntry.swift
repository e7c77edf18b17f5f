import Events

/// An entry of a changelog that this build can't read: it is damaged, or a later build wrote it. Going on without it would make other bills.
public struct UnreadableEntry: Error, CustomStringConvertible {
    public let topic: Topic
    public let partition: Int32
    /// -1 where it is not known.
    public let offset: Int64
    public let fault: EntryFault

    public init(topic: Topic, partition: Int32, offset: Int64, fault: EntryFault) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.fault = fault
    }

    public var description: String {
        let version = fault.version.map { "version \($0)" } ?? "an unknown version"
        return "\(topic.rawValue), partition \(partition), offset \(offset): the entry of kind \(fault.kind) and \(version) can't be read: \(fault.reason)"
    }
}
