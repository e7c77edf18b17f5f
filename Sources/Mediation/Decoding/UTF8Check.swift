/// Whether bytes are well-formed UTF-8 (Unicode, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
package enum UTF8Check {
    /// The place of the first byte that is not; nil where all is well.
    package static func firstFault(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var at = 0
        while at < bytes.count {
            while bytes.count - at >= 8, bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 { at += 8 }
            guard at < bytes.count else { return nil }
            let lead = bytes[at]
            if lead < 0x80 {
                at += 1
                continue
            }
            let length: Int
            // The second byte's range is narrower behind four of the leads.
            var second: ClosedRange<UInt8> = 0x80...0xbf
            switch lead {
            case 0xc2...0xdf: length = 2
            case 0xe0: (length, second) = (3, 0xa0...0xbf)
            case 0xed: (length, second) = (3, 0x80...0x9f)
            case 0xe1...0xef: length = 3
            case 0xf0: (length, second) = (4, 0x90...0xbf)
            case 0xf4: (length, second) = (4, 0x80...0x8f)
            case 0xf1...0xf3: length = 4
            default: return at
            }
            guard bytes.count - at >= length, second.contains(bytes[at + 1]) else { return at }
            for next in (at + 2)..<(at + max(length, 2)) where bytes[next] & 0xc0 != 0x80 { return at }
            at += length
        }
        return nil
    }

    static func check(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) throws(Suspense) {
        if let fault = firstFault(bytes) { throw Suspense(.malformed, "invalid UTF-8", at: offset + fault) }
    }
}
