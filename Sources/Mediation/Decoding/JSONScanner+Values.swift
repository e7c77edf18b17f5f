extension JSONScanner {
    /// Passes a value of any kind, checking its form. Depth is counted in the bits of a word, so that no nesting can exhaust a stack.
    mutating func skipValue() throws(Suspense) {
        var depth = 0
        // One bit a level: set for an object.
        var kinds: UInt64 = 0
        while true {
            skipSpace()
            var hasOpened = false
            switch peek {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < Self.maximumDepth else { throw malformed("nested too deep") }
                let isObject = peek == UInt8(ascii: "{")
                at += 1
                skipSpace()
                if !takes(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    kinds = kinds << 1 | (isObject ? 1 : 0)
                    depth += 1
                    hasOpened = true
                    if isObject { _ = try key() }
                }
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "t"): try literal("true")
            case UInt8(ascii: "f"): try literal("false")
            case UInt8(ascii: "n"): try literal("null")
            default: _ = try number()
            }
            if hasOpened { continue }
            // A value has ended: so may what holds it.
            while true {
                if depth == 0 { return }
                skipSpace()
                let isObject = kinds & 1 == 1
                if takes(UInt8(ascii: ",")) {
                    if isObject { _ = try key() }
                    break
                }
                try expect(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), "a comma or the end should stand here")
                kinds >>= 1
                depth -= 1
            }
        }
    }

    /// The string's text: as it lies where it has no escapes, else unescaped into `scratch`.
    @inline(__always)
    func plain(_ text: Text, _ scratch: inout Scratch) throws(Suspense) -> UnsafeRawBufferPointer {
        text.hasEscapes ? try unescaped(text, &scratch) : text.raw
    }

    /// `string()` has checked that each escape is complete.
    private func unescaped(_ text: Text, _ scratch: inout Scratch) throws(Suspense) -> UnsafeRawBufferPointer {
        let mark = scratch.mark
        let raw = text.raw
        var at = 0
        func unit() -> UInt32 {
            var value: UInt32 = 0
            for place in at + 2..<at + 6 { value = value << 4 | (Self.hexDigit(raw[place]) ?? 0) }
            return value
        }
        while at < raw.count {
            guard raw[at] == UInt8(ascii: "\\") else {
                scratch.append(raw[at])
                at += 1
                continue
            }
            switch raw[at + 1] {
            case UInt8(ascii: "b"): scratch.append(0x08)
            case UInt8(ascii: "f"): scratch.append(0x0c)
            case UInt8(ascii: "n"): scratch.append(0x0a)
            case UInt8(ascii: "r"): scratch.append(0x0d)
            case UInt8(ascii: "t"): scratch.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = unit()
                at += 6
                if scalar >> 10 == 0xd800 >> 10, raw.count - at >= 6, raw[at] == UInt8(ascii: "\\"), raw[at + 1] == UInt8(ascii: "u") {
                    let low = unit()
                    if low >> 10 == 0xdc00 >> 10 {
                        scalar = 0x10000 + ((scalar & 0x3ff) << 10 | low & 0x3ff)
                        at += 6
                    }
                }
                guard let character = Unicode.Scalar(scalar) else {
                    throw Suspense(.malformed, "half a surrogate pair", at: text.position + at)
                }
                for byte in UTF8.encode(character)! { scratch.append(byte) }
                continue
            case let same: scratch.append(same)
            }
            at += 2
        }
        return scratch.taken(since: mark)
    }
}
