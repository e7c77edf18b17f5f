extension SourceMapping {
    /// The fields of one JSON object by their dotted paths. Of a key given twice the first counts.
    func fields(ofJSON bytes: UnsafeRawBufferPointer, constants: UnsafeRawBufferPointer, _ scratch: inout Scratch) throws(Suspense)
        -> RawFields
    {
        try UTF8Check.check(bytes)
        // One pass proves the form of the whole; looking up a path then reads what it passes.
        var json = JSONScanner(bytes)
        json.skipSpace()
        let root = json.at
        guard json.peek == UInt8(ascii: "{") else { throw json.malformed("an object should begin here") }
        try json.skipValue()
        try json.end()
        var room = scratch
        let fields = try fields { (place) throws(Suspense) in
            switch place {
            case .constant(let range): return constants.slice(range)
            case .path(let path): return try Self.value(JSONScanner(bytes), at: root, path, &room)
            case .nowhere, .column: return UnsafeRawBufferPointer(start: nil, count: 0)
            }
        }
        scratch = room
        return fields
    }

    /// The text of the string or number at `path`; empty where there is none, or null.
    private static func value(_ scanner: JSONScanner, at root: Int, _ path: [[UInt8]], _ scratch: inout Scratch) throws(Suspense)
        -> UnsafeRawBufferPointer
    {
        let absent = UnsafeRawBufferPointer(start: nil, count: 0)
        var json = scanner
        json.at = root
        for name in path {
            guard json.takes(UInt8(ascii: "{")) else { return absent }
            json.skipSpace()
            if json.peek == UInt8(ascii: "}") { return absent }
            while true {
                let key = try json.key()
                let mark = scratch.mark
                let isMatch = try json.plain(key, &scratch).equals(name)
                scratch.reset(to: mark)
                if isMatch { break }
                try json.skipValue()
                json.skipSpace()
                guard json.takes(UInt8(ascii: ",")) else { return absent }
            }
        }
        switch json.peek {
        case UInt8(ascii: "\""): return try json.plain(try json.string(), &scratch)
        case UInt8(ascii: "n"): return absent
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try json.number()
        default: throw json.malformed("a mapped value should be a string or a number")
        }
    }
}
