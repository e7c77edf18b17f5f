import Events

/// What billing needs of a rated usage, where it lies in the record: an event costs no text and no allocation.
struct BorrowedUsage {
    private(set) var account = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var charge = Charge(kind: .usage)
    private(set) var normalizedOffset: Int64 = 0

    /// Nil where the record is no usage, or can't be read: the message's own decoder decides then.
    @inline(__always)
    init?(_ record: UnsafeRawBufferPointer) {
        var reader = WireReader(record)
        var body: UnsafeRawBufferPointer?
        while true {
            let tag = reader.tag()
            if tag == 0 { break }
            switch tag {
            case 2 << 3: normalizedOffset = Int64(bitPattern: reader.varint())
            // One body only: a record that says more than one thing is left to the decoder.
            case 3 << 3 | 2 where body == nil: body = reader.slice()
            case 3 << 3..<40 << 3: return nil
            default: reader.skip(tag)
            }
        }
        guard reader.isSound, let body, read(body) else { return nil }
    }

    @inline(__always)
    private mutating func read(_ body: UnsafeRawBufferPointer) -> Bool {
        var reader = WireReader(body)
        while true {
            let tag = reader.tag()
            switch tag {
            case 0: return reader.isSound
            case 1 << 3 | 2: account = reader.slice()
            case 2 << 3 | 2: charge.subscription = reader.slice()
            case 3 << 3 | 2: charge.type = reader.slice()
            case 5 << 3: charge.quantityMicros = Int64(bitPattern: reader.varint())
            case 6 << 3: charge.countedMicros = Int64(bitPattern: reader.varint())
            case 7 << 3: charge.allowanceMicros = Int64(bitPattern: reader.varint())
            case 8 << 3: charge.unit = UsageUnit(rawValue: Int(truncatingIfNeeded: reader.varint())) ?? .unspecified
            case 9 << 3 | 2: charge.offering = reader.slice()
            case 10 << 3 | 2: charge.price = reader.slice()
            case 11 << 3 | 2: charge.zone = reader.slice()
            case 12 << 3: charge.nanos = reader.zigzag()
            case 13 << 3: charge.periodStartMs = Int64(bitPattern: reader.varint())
            case 14 << 3: charge.periodEndMs = Int64(bitPattern: reader.varint())
            case 27 << 3: charge.discountNanos = reader.zigzag()
            case 29 << 3: charge.prepaidNanos = reader.zigzag()
            default: reader.skip(tag)
            }
        }
    }
}
