import Quantities

/// The fields of one usage as bytes that lie in the record, or in the scratch space of the step. Empty means absent.
package struct RawFields {
    package var source = UnsafeRawBufferPointer(start: nil, count: 0)
    package var stream = UnsafeRawBufferPointer(start: nil, count: 0)
    package var recordID = UnsafeRawBufferPointer(start: nil, count: 0)
    package var type = UnsafeRawBufferPointer(start: nil, count: 0)
    package var subscriber = UnsafeRawBufferPointer(start: nil, count: 0)
    package var otherParty = UnsafeRawBufferPointer(start: nil, count: 0)
    package var start = UnsafeRawBufferPointer(start: nil, count: 0)
    package var quantity = UnsafeRawBufferPointer(start: nil, count: 0)
    package var unit = UnsafeRawBufferPointer(start: nil, count: 0)
    package var startMs: Int64 = 0
    package var details = PriceDetails()
    /// Stands for the record id where that is made of several fields.
    package var recordIDs: EventID?

    /// What only some prices look at.
    package struct PriceDetails {
        package var category = UnsafeRawBufferPointer(start: nil, count: 0)
        package var direction = UnsafeRawBufferPointer(start: nil, count: 0)
        package var service = UnsafeRawBufferPointer(start: nil, count: 0)
        package var network = UnsafeRawBufferPointer(start: nil, count: 0)
        package var otherNetwork = UnsafeRawBufferPointer(start: nil, count: 0)

        @inline(__always)
        var totalCount: Int { category.count + direction.count + service.count + network.count + otherNetwork.count }
    }

    package init() {}

    /// Refuses values that no network element writes.
    func checkLengths() throws(Suspense) {
        let limit = MediationLimits.fieldBytes
        // One comparison for the usual case.
        let longest = max(
            max(max(source.count, stream.count), max(recordID.count, type.count)),
            max(max(subscriber.count, otherParty.count), max(start.count, max(quantity.count, unit.count))))
        if longest > limit || details.totalCount > limit { throw Suspense(.tooLarge, "a field is longer than 1,000 bytes") }
    }
}

/// Room for unescaped text, which is never longer than escaped: a record's own length is enough for each time it is read.
package struct Scratch {
    private let buffer: UnsafeMutableRawBufferPointer
    private var used = 0

    package init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        precondition(used < buffer.count, "unescaped text is longer than its source")
        buffer[used] = byte
        used += 1
    }

    mutating func append(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        let from = mark
        for byte in bytes { append(byte) }
        return taken(since: from)
    }

    var mark: Int { used }
    func taken(since mark: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[mark..<used]) }
    mutating func reset(to mark: Int) { used = mark }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for at in 0..<count where self[at] != other[at] { return false }
        return true
    }

    @inline(__always)
    func equals(_ text: [UInt8]) -> Bool {
        guard count == text.count else { return false }
        for at in 0..<count where self[at] != text[at] { return false }
        return true
    }

    @inline(__always)
    func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var at = 0
        while count - at >= 8 {
            if loadUnaligned(fromByteOffset: at, as: UInt64.self) != other.loadUnaligned(fromByteOffset: at, as: UInt64.self) {
                return false
            }
            at += 8
        }
        while at < count {
            if self[at] != other[at] { return false }
            at += 1
        }
        return true
    }

    func contains(_ byte: UInt8) -> Bool {
        for other in self where other == byte { return true }
        return false
    }

    @inline(__always)
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }
}
