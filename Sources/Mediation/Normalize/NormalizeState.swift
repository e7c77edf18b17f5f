import Pipeline

/// What normalization remembers of one partition of `usage.raw`.
///
/// The changelog holds two entries, both little-endian words: "ticks" (the sequence) and "block" (offset, byte, index); after the first format marked
/// with their version.
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

    private static let version: UInt8 = 2

    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        if key.equals(Self.ticksKey) {
            lastTick = try value.map { try Self.words(1, of: $0, "ticks")[0] } ?? 0
        } else if key.equals(Self.blockKey) {
            block = try value.map {
                let words = try Self.words(3, of: $0, "block")
                guard let byte = Int(exactly: words[1]), let index = UInt32(exactly: words[2]) else { throw EntryFault.broken(kind: "block") }
                return BlockProgress(offset: words[0], byte: byte, index: index)
            }
        } else {
            throw EntryFault.unknown(kind: key.first.map(EntryFault.kind) ?? "none")
        }
    }

    private static func words(_ count: Int, of value: UnsafeRawBufferPointer, _ kind: String) throws(EntryFault) -> [Int64] {
        var reader = EntryReader(value)
        let version = try reader.version(upTo: version, of: kind)
        let words = (0..<count).map { _ in Int64(bitPattern: reader.fixed64().byteSwapped) }
        guard reader.isComplete else { throw .broken(kind: kind, version: version) }
        return words
    }

    public mutating func flush(into changelog: inout ChangelogWriter) {
        if isTickDirty { changelog.put(key: Self.ticksKey, value: Self.bytes([lastTick], in: changelog.format)) }
        if isBlockDirty {
            if let block {
                changelog.put(key: Self.blockKey, value: Self.bytes([block.offset, Int64(block.byte), Int64(block.index)], in: changelog.format))
            } else {
                changelog.remove(key: Self.blockKey)
            }
        }
        isTickDirty = false
        isBlockDirty = false
    }

    private static func bytes(_ words: [Int64], in format: StateFormat) -> [UInt8] {
        var value = EntryWriter()
        value.version(version, in: format)
        for word in words { value.fixed(UInt64(bitPattern: word).byteSwapped) }
        return value.bytes
    }
}
