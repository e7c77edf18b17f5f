import Pipeline

/// What normalization remembers of one partition of `usage.raw`.
///
/// The changelog holds two entries, both little-endian words: "ticks" (the sequence) and "block" (offset, byte, index).
public struct NormalizeState: StageState, Sendable {
    /// The sequence of the last tick whose barriers were emitted.
    public private(set) var lastTick: Int64 = 0
    /// How far a block of text that takes several steps has been read.
    private(set) var block: BlockProgress?
    private var isTickDirty = false
    private var isBlockDirty = false

    struct BlockProgress: Equatable, Sendable {
        var offset: Int64
        var byte: Int
        /// The raw index of the next line.
        var index: UInt32
    }

    public init(partition: Int32) {}

    mutating func emitted(tick sequence: Int64) {
        lastTick = sequence
        isTickDirty = true
    }

    mutating func set(block progress: BlockProgress?) {
        guard progress != block else { return }
        block = progress
        isBlockDirty = true
    }

    private static let ticksKey = Array("ticks".utf8)
    private static let blockKey = Array("block".utf8)

    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        func word(_ at: Int) -> Int64 { Int64(littleEndian: value!.loadUnaligned(fromByteOffset: at * 8, as: Int64.self)) }
        if key.equals(Self.ticksKey) {
            precondition(value == nil || value!.count == 8, "state.normalize: an entry of another length")
            lastTick = value == nil ? 0 : word(0)
        } else if key.equals(Self.blockKey) {
            precondition(value == nil || value!.count == 24, "state.normalize: an entry of another length")
            block = value == nil ? nil : BlockProgress(offset: word(0), byte: Int(word(1)), index: UInt32(word(2)))
        } else {
            preconditionFailure("state.normalize: an unknown entry")
        }
    }

    public mutating func flush(into changelog: inout ChangelogWriter) {
        if isTickDirty { changelog.put(key: Self.ticksKey, value: Self.bytes([lastTick])) }
        if isBlockDirty {
            if let block {
                changelog.put(key: Self.blockKey, value: Self.bytes([block.offset, Int64(block.byte), Int64(block.index)]))
            } else {
                changelog.remove(key: Self.blockKey)
            }
        }
        isTickDirty = false
        isBlockDirty = false
    }

    private static func bytes(_ words: [Int64]) -> [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }
}
