/// Reads the canonical JSON mapping of `RawUsage` in one pass.
///
/// As the mapping says: names in lowerCamelCase or as in the schema, int64 as a number or a string, null for an absent field. Fields
/// that are not known are passed over, so that a newer probe can talk to an older Tollstream. A field given twice is malformed: which of
/// the two counts is what attackers play with.
package enum RawUsageJSON {
    private enum Field: Int {
        case source, stream, recordID, type, subscriber, otherParty, start, startMs, quantity, unit
        case category, direction, service, network, otherNetwork
    }

    package static func read(_ bytes: UnsafeRawBufferPointer, _ scratch: inout Scratch) throws(Suspense) -> RawFields {
        try UTF8Check.check(bytes)
        var fields = RawFields()
        var seen: UInt32 = 0
        var json = JSONScanner(bytes)
        json.skipSpace()
        try json.expect(UInt8(ascii: "{"), "an object should begin here")
        json.skipSpace()
        if !json.takes(UInt8(ascii: "}")) {
            repeat {
                let key = try json.key()
                guard let field = field(try json.plain(key, &scratch)) else {
                    try json.skipValue()
                    json.skipSpace()
                    continue
                }
                let bit: UInt32 = 1 << UInt32(field.rawValue)
                if seen & bit != 0 { throw Suspense(.malformed, "a field is given twice", at: key.position) }
                seen |= bit
                if json.peek == UInt8(ascii: "n") {
                    try json.literal("null")
                } else if field == .startMs {
                    fields.startMs = try integer(&json)
                } else {
                    guard json.peek == UInt8(ascii: "\"") else { throw json.malformed("the field's value should be a string") }
                    let value = try json.plain(try json.string(), &scratch)
                    switch field {
                    case .source: fields.source = value
                    case .stream: fields.stream = value
                    case .recordID: fields.recordID = value
                    case .type: fields.type = value
                    case .subscriber: fields.subscriber = value
                    case .otherParty: fields.otherParty = value
                    case .start: fields.start = value
                    case .quantity: fields.quantity = value
                    case .unit: fields.unit = value
                    case .category: fields.details.category = value
                    case .direction: fields.details.direction = value
                    case .service: fields.details.service = value
                    case .network: fields.details.network = value
                    case .otherNetwork: fields.details.otherNetwork = value
                    case .startMs: break
                    }
                }
                json.skipSpace()
            } while json.takes(UInt8(ascii: ","))
            try json.expect(UInt8(ascii: "}"), "a comma or the end should stand here")
        }
        try json.end()
        return fields
    }

    @inline(__always)
    private static func field(_ name: UnsafeRawBufferPointer) -> Field? {
        switch name.count {
        case 4: name.equals("type") ? .type : name.equals("unit") ? .unit : nil
        case 5: name.equals("start") ? .start : nil
        case 6: name.equals("source") ? .source : name.equals("stream") ? .stream : nil
        case 7: name.equals("startMs") ? .startMs : name.equals("service") ? .service : name.equals("network") ? .network : nil
        case 8:
            name.equals("quantity") ? .quantity
                : name.equals("recordId") ? .recordID : name.equals("category") ? .category : name.equals("start_ms") ? .startMs : nil
        case 9: name.equals("direction") ? .direction : name.equals("record_id") ? .recordID : nil
        case 10: name.equals("subscriber") ? .subscriber : name.equals("otherParty") ? .otherParty : nil
        case 11: name.equals("other_party") ? .otherParty : nil
        case 12: name.equals("otherNetwork") ? .otherNetwork : nil
        case 13: name.equals("other_network") ? .otherNetwork : nil
        default: nil
        }
    }

    private static func integer(_ json: inout JSONScanner) throws(Suspense) -> Int64 {
        let position = json.at
        let digits: UnsafeRawBufferPointer
        if json.peek == UInt8(ascii: "\"") {
            // Within the quotes stands what could stand without: no leading zeros, no spaces.
            var quoted = JSONScanner(try json.string().raw)
            digits = try quoted.number()
            if quoted.at < quoted.bytes.count { throw Suspense(.malformed, field: "start_ms", "no 64-bit integer", at: position) }
        } else {
            digits = try json.number()
        }
        guard let value = Decimal.integer(digits) else { throw Suspense(.malformed, field: "start_ms", "no 64-bit integer", at: position) }
        return value
    }
}
