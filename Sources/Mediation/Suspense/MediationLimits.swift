/// Bounds on what mediation takes in, so that no input can make it use memory or time without end.
public enum MediationLimits {
    /// The longest JSON or protobuf record, and the longest line of a text block, in bytes.
    public static let recordBytes = 1_000_000
    /// The longest value of one field, in bytes.
    public static let fieldBytes = 1_000
    /// The longest original that is kept whole in `usage.suspended`, which takes records of 8 MB with their envelope. What is cut off
    /// still stands in `usage.raw`.
    public static let originalBytes = 7_900_000
    /// Lines of a text block that become usage; those behind them are suspended. Rating remembers a line's number in 16 bits.
    public static let linesPerRecord: UInt32 = 65_536
    /// Lines of a text block that one step takes; the next step goes on behind them.
    public static let linesPerStep = 4_096
    /// Ticks for which one call emits barriers.
    public static let ticksPerCall = 256

    /// The longest original that is recycled by itself, in bytes.
    public static let recycledBytes = 65_536
    /// How often one usage is recycled by itself before it is left to people.
    public static let recycleAttempts = 16
    /// The originals that one partition of the recycle stage holds, in bytes; what comes above is left to people.
    public static let heldBytes = 268_435_456
    /// Originals that one call recycles.
    public static let recycledPerCall = 4_096
}
