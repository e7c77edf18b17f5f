/// Reads the protobuf encoding of `RawUsage` where it lies: the message is flat, and mediation needs its bytes, not Strings.
///
/// As any protobuf reader it passes over fields it does not know, takes the last of a field given twice, and takes a known field of
/// another wire type for an unknown one. Groups, which proto3 does not have, are malformed.
package enum RawUsageProtobuf {
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(Suspense) -> RawFields {
        var fields = RawFields()
        var at = 0
        while at < bytes.count {
            let start = at
            let tag = try varint(bytes, &at)
            guard tag >> 3 > 0, tag <= UInt64(UInt32.max) else { throw Suspense(.malformed, "no protobuf field", at: start) }
            switch tag & 7 {
            case 0:
                let value = try varint(bytes, &at)
                if tag >> 3 == 8 { fields.startMs = Int64(bitPattern: value) }
            case 1:
                guard bytes.count - at >= 8 else { throw Suspense(.malformed, "the message is cut short", at: at) }
                at += 8
            case 5:
                guard bytes.count - at >= 4 else { throw Suspense(.malformed, "the message is cut short", at: at) }
                at += 4
            case 2:
                let length = try varint(bytes, &at)
                guard length <= UInt64(bytes.count - at) else { throw Suspense(.malformed, "the message is cut short", at: at) }
                let value = bytes.slice(at..<at + Int(length))
                switch tag >> 3 {
                case 1: fields.source = try text(value, at)
                case 2: fields.stream = try text(value, at)
                case 3: fields.recordID = try text(value, at)
                case 4: fields.type = try text(value, at)
                case 5: fields.subscriber = try text(value, at)
                case 6: fields.otherParty = try text(value, at)
                case 7: fields.start = try text(value, at)
                case 9: fields.quantity = try text(value, at)
                case 10: fields.unit = try text(value, at)
                case 11: fields.details.category = try text(value, at)
                case 12: fields.details.direction = try text(value, at)
                case 13: fields.details.service = try text(value, at)
                case 14: fields.details.network = try text(value, at)
                case 15: fields.details.otherNetwork = try text(value, at)
                default: break
                }
                at += Int(length)
            default: throw Suspense(.malformed, "no protobuf field", at: start)
            }
        }
        return fields
    }

    private static func text(_ bytes: UnsafeRawBufferPointer, _ offset: Int) throws(Suspense) -> UnsafeRawBufferPointer {
        try UTF8Check.check(bytes, from: offset)
        return bytes
    }

    @inline(__always)
    private static func varint(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) throws(Suspense) -> UInt64 {
        if at < bytes.count, bytes[at] < 0x80 {
            at += 1
            return UInt64(bytes[at - 1])
        }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < bytes.count, shift < 70 {
            let byte = bytes[at]
            at += 1
            // The tenth byte holds one bit more; swift-protobuf and others drop what is above it, and so do we.
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Suspense(.malformed, "a number is cut short", at: at)
    }
}
