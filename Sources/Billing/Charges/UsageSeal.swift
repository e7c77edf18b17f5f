import Events
import Pipeline

/// What proves which rated usage stands behind a period's sums.
struct UsageSeal {
    var usageCount: Int64 = 0
    var digest = MultisetDigest()
    /// Offsets of usage.normalized, [first, end); both zero where there is no usage.
    var firstOffset: Int64 = 0
    var endOffset: Int64 = 0

    /// Adds one rated usage: its record's bytes in usage.rated, and the offset in usage.normalized that it came from.
    @inline(__always)
    mutating func add(_ member: UnsafeRawBufferPointer, normalizedOffset: Int64) {
        digest.add(member)
        widen(normalizedOffset, normalizedOffset + 1)
        usageCount += 1
    }

    mutating func add(_ other: UsageSeal) {
        guard other.usageCount > 0 else { return }
        digest.add(other.digest)
        widen(other.firstOffset, other.endOffset)
        usageCount += other.usageCount
    }

    @inline(__always)
    private mutating func widen(_ first: Int64, _ end: Int64) {
        firstOffset = usageCount == 0 ? first : min(firstOffset, first)
        endOffset = usageCount == 0 ? end : max(endOffset, end)
    }

    func message(partition: Int32) -> Seal {
        .with {
            $0.usageCount = usageCount
            $0.usageDigest = .init(digest.bytes)
            $0.partition = UInt32(partition)
            $0.firstOffset = firstOffset
            $0.endOffset = endOffset
        }
    }
}
