/// The state of one partition of a stage: a cache of its changelog.
public protocol StageState {
    init(partition: Int32)
    /// Takes one changelog record. The last for a key wins; a nil value removes the key.
    mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws
    /// Called before the first step, and again where it changes: what entries are written in. A state may hold more than an earlier generation can.
    mutating func use(_ format: StateFormat)
    /// Called once after the last `restore`: builds what is derived.
    mutating func finishRestore()
    /// Writes the entries that changed since the last flush, in an order that does not depend on hashing, and forgets that they did.
    mutating func flush(into changelog: inout ChangelogWriter)
}

extension StageState {
    public mutating func use(_ format: StateFormat) {}
    public mutating func finishRestore() {}
}

public struct NoState: StageState {
    public init(partition: Int32) {}
    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {}
    public mutating func flush(into changelog: inout ChangelogWriter) {}
}
