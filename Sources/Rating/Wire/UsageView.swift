import Events
import Quantities

/// A usage of usage.normalized, read in place: its texts are borrowed from the record and valid as long as that is.
struct UsageView {
    var id = EventID.none
    var identity = EventID.none
    var rawPartition: UInt32 = 0
    var rawOffset: Int64 = 0
    var rawIndex: UInt32 = 0
    var account = UnsafeRawBufferPointer(start: nil, count: 0)
    var subscription = UnsafeRawBufferPointer(start: nil, count: 0)
    var type = UnsafeRawBufferPointer(start: nil, count: 0)
    var startMs: Int64 = 0
    var quantityMicros: Int64 = 0
    var unit: Int64 = 0
    /// The encoded `Parties`; nil where there are none.
    var parties: UnsafeRawBufferPointer?

    enum Parsed {
        case usage
        case other
        case broken
    }

    /// Reads a `NormalizedRecord`. `.other` where it holds something else than a usage.
    mutating func parse(_ value: UnsafeRawBufferPointer) -> Parsed {
        var reader = WireReader(value)
        var isUsage = false
        while !reader.isAtEnd {
            let tag = reader.varint()
            switch tag {
            case 0x0a: if !parse(meta: reader.delimited()) { return .broken }
            case 0x12:
                isUsage = true
                if !parse(usage: reader.delimited()) { return .broken }
            default:
                if tag >> 3 >= 3, tag >> 3 <= 8 { return .other }
                reader.skip(tag)
            }
        }
        return reader.isBroken ? .broken : isUsage ? .usage : .other
    }

    @inline(__always)
    private mutating func parse(meta: UnsafeRawBufferPointer) -> Bool {
        var reader = WireReader(meta)
        while !reader.isAtEnd {
            let tag = reader.varint()
            switch tag {
            case 0x09: id.high = reader.fixed64()
            case 0x11: id.low = reader.fixed64()
            default: reader.skip(tag)
            }
        }
        return !reader.isBroken
    }

    @inline(__always)
    private mutating func parse(usage: UnsafeRawBufferPointer) -> Bool {
        var reader = WireReader(usage)
        while !reader.isAtEnd {
            let tag = reader.varint()
            switch tag {
            case 0x09: identity.high = reader.fixed64()
            case 0x11: identity.low = reader.fixed64()
            case 0x18: rawPartition = UInt32(truncatingIfNeeded: reader.varint())
            case 0x20: rawOffset = reader.int64()
            case 0x28: rawIndex = UInt32(truncatingIfNeeded: reader.varint())
            case 0x32: account = reader.delimited()
            case 0x3a: subscription = reader.delimited()
            case 0x42: type = reader.delimited()
            case 0x48: startMs = reader.int64()
            case 0x50: quantityMicros = reader.int64()
            case 0x58: unit = reader.int64()
            case 0x62: parties = reader.delimited()
            default: reader.skip(tag)
            }
        }
        return !reader.isBroken
    }

    /// The digits of the other party's number; empty where there is none.
    var otherParty: UnsafeRawBufferPointer {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        guard let parties else { return none }
        var other = none
        var reader = WireReader(parties)
        while !reader.isAtEnd {
            let tag = reader.varint()
            if tag == 0x1a { other = reader.delimited() } else { reader.skip(tag) }
        }
        return reader.isBroken ? none : other
    }
}
