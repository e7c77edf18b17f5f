import Events
import Pipeline

/// What moving looks up: the directory.
public struct MoveTables: ReferenceTables {
    public private(set) var directory = DirectoryTable()

    public init() {}

    public mutating func apply(_ topic: Topic, _ record: InputRecord) throws {
        precondition(topic == .customersDirectory, "move reads the directory only")
        try directory.apply(record)
    }
}
