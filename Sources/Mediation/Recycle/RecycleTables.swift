import Events
import Pipeline

/// What recycling looks up: the directory.
public struct RecycleTables: ReferenceTables {
    public private(set) var directory = DirectoryTable()

    public init() {}

    public mutating func apply(_ topic: Topic, _ record: InputRecord) throws {
        precondition(topic == .customersDirectory, "recycle reads the directory only")
        try directory.apply(record)
    }
}
