/// Walks JSON (RFC 8259) in place, in one pass, without building values. The bytes are valid UTF-8 already.
package struct JSONScanner {
    package let bytes: UnsafeRawBufferPointer
    package var at = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// A string's bytes between the quotes.
    package struct Text {
        package var raw: UnsafeRawBufferPointer
        package var hasEscapes: Bool
        package var position: Int
    }

    /// Values nest no deeper than this.
    package static let maximumDepth = 64

    func malformed(_ note: StaticString) -> Suspense { Suspense(.malformed, note, at: at) }

    @inline(__always)
    mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0a, 0x0d, 0x09: at += 1
            default: return
            }
        }
    }

    /// The next byte; zero at the end.
    var peek: UInt8 { at < bytes.count ? bytes[at] : 0 }

    @inline(__always)
    mutating func expect(_ byte: UInt8, _ note: StaticString) throws(Suspense) {
        guard at < bytes.count, bytes[at] == byte else { throw malformed(note) }
        at += 1
    }

    /// Passes `byte` where it comes next.
    @inline(__always)
    mutating func takes(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    @inline(__always)
    mutating func string() throws(Suspense) -> Text {
        try expect(UInt8(ascii: "\""), "a string should begin here")
        let start = at
        var hasEscapes = false
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                return Text(raw: bytes.slice(start..<at - 1), hasEscapes: hasEscapes, position: start)
            }
            if byte < 0x20 { throw malformed("a control character in a string") }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape()
            } else {
                at += 1
            }
        }
        throw malformed("a string is cut short")
    }

    private mutating func skipEscape() throws(Suspense) {
        at += 1
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 1
        case UInt8(ascii: "u"):
            at += 1
            for _ in 0..<4 {
                guard Self.hexDigit(peek) != nil else { throw malformed("an escape that JSON does not have") }
                at += 1
            }
        default: throw malformed("an escape that JSON does not have")
        }
    }

    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// A number's text, as it stands.
    mutating func number() throws(Suspense) -> UnsafeRawBufferPointer {
        let start = at
        _ = takes(UInt8(ascii: "-"))
        if !takes(UInt8(ascii: "0")) { try digits() }
        if takes(UInt8(ascii: ".")) { try digits() }
        if peek | 0x20 == UInt8(ascii: "e") {
            at += 1
            if !takes(UInt8(ascii: "+")) { _ = takes(UInt8(ascii: "-")) }
            try digits()
        }
        return bytes.slice(start..<at)
    }

    private mutating func digits() throws(Suspense) {
        let start = at
        while peek >= UInt8(ascii: "0"), peek <= UInt8(ascii: "9") { at += 1 }
        if at == start { throw malformed("no JSON value begins like this") }
    }

    mutating func literal(_ text: StaticString) throws(Suspense) {
        let length = text.utf8CodeUnitCount
        guard bytes.count - at >= length, bytes.slice(at..<at + length).equals(text) else {
            throw malformed("no JSON value begins like this")
        }
        at += length
    }

    /// An object's key and its colon.
    @inline(__always)
    mutating func key() throws(Suspense) -> Text {
        skipSpace()
        let key = try string()
        skipSpace()
        try expect(UInt8(ascii: ":"), "a colon should stand here")
        skipSpace()
        return key
    }

    /// Nothing but white space is left.
    mutating func end() throws(Suspense) {
        skipSpace()
        if at < bytes.count { throw malformed("something follows the value") }
    }
}
