import Events
import Quantities

/// A usage of usage.normalized, read in place: its texts are borrowed from the record and valid as long as that is.
struct UsageView {
    var id = EventID.none
    var identity = UsageIdentity.none
    /// What a build that knew no `identity` knew it by.
    var formerIdentity = EventID.none
    var billsConflicts = false
    /// The revision of the directory's entry by which a move brought the usage here; nil where none did.
    var movedRevision: Int64?
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
    var category = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Of `UsageDirection`.
    var direction: Int64 = 0
    var service = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The visited network; empty at home.
    var network = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The network that serves the other party; empty where it is not known.
    var otherNetwork = UnsafeRawBufferPointer(start: nil, count: 0)

    /// When it was over, where it is counted in seconds; else when it began.
    @inline(__always)
    var endMs: Int64 {
        if unit != Int64(UsageUnit.second.rawValue) { return startMs }
        let (endMs, overflows) = startMs.addingReportingOverflow(Int64(max(0, quantityMicros / 1000)))
        return overflows ? Int64.max : endMs
    }

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
            let tag = reader.tag()
            switch tag {
            case 0x09: formerIdentity.high = reader.fixed64()
            case 0x11: formerIdentity.low = reader.fixed64()
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
            case 0x72: category = reader.delimited()
            case 0x78: direction = reader.int64()
            case 0x82: service = reader.delimited()
            case 0x8a: network = reader.delimited()
            case 0x92: otherNetwork = reader.delimited()
            // Fields 69 to 72.
            case 0x229: identity.high = reader.fixed64()
            case 0x235: identity.low = reader.fixed32()
            case 0x23d: identity.content = reader.fixed32()
            case 0x240: billsConflicts = reader.varint() != 0
            // Field 73.
            case 0x24a: if !parse(moved: reader.delimited()) { return false }
            default: reader.skip(tag)
            }
        }
        return !reader.isBroken
    }

    private mutating func parse(moved: UnsafeRawBufferPointer) -> Bool {
        var reader = WireReader(moved)
        movedRevision = 0
        while !reader.isAtEnd {
            let tag = reader.varint()
            if tag == 0x10 { movedRevision = reader.int64() } else { reader.skip(tag) }
        }
        return !reader.isBroken
    }
}
