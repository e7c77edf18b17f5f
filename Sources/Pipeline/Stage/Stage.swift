import Events

/// A pure, synchronous, deterministic step from a record and a state to a new state and outputs.
///
/// No clock, no randomness, no input or output, no iteration over a Dictionary or a Set: time, ids and versions arrive as event data.
/// What runs it (`KafkaRuntime` or `Simulation`) owns threads, transactions and changelogs and knows no billing. A stage reads one
/// topic, and for each of its partitions has one state, kept in the partition of the same number of its changelog.
public protocol Stage: Sendable {
    associatedtype State: StageState
    associatedtype Tables: ReferenceTables

    static var name: StageName { get }
    static var input: Topic { get }
    /// Topics that each worker reads whole, to their captured end, before its first step, and follows from then on.
    static var tableTopics: [Topic] { get }
    static var outputs: [Topic] { get }
    /// The changelog; where a stage has no state, it holds the position alone.
    static var changelog: Topic? { get }
    /// The first format that its changelog was ever written in.
    static var oldestFormat: StateFormat { get }
    /// Whether builds before `oldestFormat` ran it without any changelog: then its outputs alone may tell that it has been at work.
    static var ranWithoutChangelog: Bool { get }
    static var readsHeaders: Bool { get }

    /// Bad input is data and never throws: what is thrown is corruption of our own topics, and stops the process.
    func step(_ record: InputRecord, tables: Tables, state: inout State, outbox: inout Outbox) throws -> StepResult

    /// Called for each assigned partition after a batch, after the tables changed, and at the partition's end: everything before
    /// `position` has been stepped through. For what waits for a position or a table, not for records.
    func reached(_ position: Int64, partition: Int32, tables: Tables, state: inout State, outbox: inout Outbox) throws
}

public enum StepResult: Equatable, Sendable {
    /// The record is done with.
    case done
    /// There is more to do for this record: commit if the batch is full, and step it again before any other of the partition.
    /// The state remembers how far it got.
    case again
    /// Nothing was changed or emitted: step this record again once the tables have changed. Says what it waits for.
    case waiting(String)
}

extension Stage {
    public static var tableTopics: [Topic] { [] }
    public static var changelog: Topic? { nil }
    public static var oldestFormat: StateFormat { .first }
    public static var ranWithoutChangelog: Bool { false }
    public static var readsHeaders: Bool { false }

    public func reached(_ position: Int64, partition: Int32, tables: Tables, state: inout State, outbox: inout Outbox) throws {}
}

/// Tables that a stage reads whole from the log: the directory, the catalogue, the ticks.
public protocol ReferenceTables {
    init()
    mutating func apply(_ topic: Topic, _ record: InputRecord) throws
}

public struct NoTables: ReferenceTables {
    public init() {}
    public mutating func apply(_ topic: Topic, _ record: InputRecord) throws {}
}
