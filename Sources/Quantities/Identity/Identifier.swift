/// What the network knows a subscription by: "scheme:value", in the one form under which everyone looks it up.
///
/// - The scheme is an ASCII letter, then letters, digits, "-", "." or "_", at most 32 bytes; it is lowered.
/// - An msisdn is E.164 digits, prepared as every `TelephoneNumber`: a leading "+" or "00" and visual separators are cut out; 1 to 15 digits are left, and
///   nothing else.
/// - Any other value is 1 to 128 visible ASCII characters, taken as it is. A value may hold a colon: the first one ends the scheme.
/// - There spaces are refused, not cut off: two systems that trim differently would never find each other's subscribers.
public struct Identifier: Hashable, Sendable, CustomStringConvertible {
    /// "scheme:value", normalized.
    public let text: String

    /// No normalized identifier is longer, in bytes.
    public static let maximumLength = 32 + 1 + 128

    /// Nil where `raw` is no identifier. Without a scheme it is of `defaultScheme`.
    public init?(_ raw: String, defaultScheme: String = "msisdn") {
        var raw = raw
        let text = raw.withUTF8 { bytes in
            var scheme = defaultScheme
            return scheme.withUTF8 { scheme in
                Self.withNormalized(UnsafeRawBufferPointer(bytes), defaultScheme: UnsafeRawBufferPointer(scheme)) { normalized in
                    String(decoding: normalized, as: UTF8.self)
                }
            }
        }
        guard let text else { return nil }
        self.text = text
    }

    /// The key of tables and topics by identifier: the SipHash128 of the text's UTF-8.
    public var key: EventID {
        var text = text
        return text.withUTF8 { Self.key(ofNormalized: UnsafeRawBufferPointer($0)) }
    }

    /// The normalized text of `raw`; nil where it is no identifier.
    public static func normalized(_ raw: String, defaultScheme: String = "msisdn") -> String? {
        Identifier(raw, defaultScheme: defaultScheme)?.text
    }

    /// The key of `raw`; nil where it is no identifier.
    public static func key(of raw: String) -> EventID? { Identifier(raw)?.key }

    public var description: String { text }
}

extension Identifier {
    /// The key of text that is normalized already.
    @inline(__always)
    public static func key(ofNormalized text: UnsafeRawBufferPointer) -> EventID {
        var hash = SipHash128()
        hash.combine(bytes: text)
        return hash.finish()
    }

    /// Hands `body` the normalized bytes of `raw`, without building a String. Nil where `raw` is no identifier.
    @inline(__always)
    public static func withNormalized<R>(
        _ raw: UnsafeRawBufferPointer, defaultScheme: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> R
    ) -> R? {
        withUnsafeTemporaryAllocation(byteCount: maximumLength, alignment: 1) { buffer in
            let count = normalize(raw, defaultScheme: defaultScheme, into: buffer)
            return count == 0 ? nil : body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Writes the normalized form and returns its length; 0 where `raw` is no identifier.
    public static func normalize(
        _ raw: UnsafeRawBufferPointer, defaultScheme: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(buffer.count >= maximumLength, "the buffer is too small for an identifier")
        // Where the value begins: behind the first colon, or at once.
        var at = 0
        while at < raw.count, raw[at] != UInt8(ascii: ":") { at += 1 }
        let hasScheme = at < raw.count
        let scheme = hasScheme ? UnsafeRawBufferPointer(rebasing: raw[..<at]) : defaultScheme
        at = hasScheme ? at + 1 : 0

        var count = 0
        guard (1...32).contains(scheme.count) else { return 0 }
        for byte in scheme {
            let lowered = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            let isLetter = lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z")
            let isInner = isDigit(lowered) || lowered == UInt8(ascii: "-") || lowered == UInt8(ascii: ".") || lowered == UInt8(ascii: "_")
            guard isLetter || (count > 0 && isInner) else { return 0 }
            buffer[count] = lowered
            count += 1
        }
        let isMsisdn = count == 6 && isMsisdn(buffer)
        buffer[count] = UInt8(ascii: ":")
        count += 1

        let value = at
        if isMsisdn {
            if at < raw.count, raw[at] == UInt8(ascii: "+") {
                at += 1
            } else if raw.count - at >= 2, raw[at] == UInt8(ascii: "0"), raw[at + 1] == UInt8(ascii: "0") {
                at += 2
            }
        }
        guard raw.count > at, isMsisdn || raw.count - at <= 128 else { return 0 }
        while at < raw.count {
            let byte = raw[at]
            guard isMsisdn ? isDigit(byte) && count < 7 + 15 : byte > 0x20 && byte < 0x7f else {
                guard isMsisdn else { return 0 }
                let digits = TelephoneNumber.digits(
                    of: UnsafeRawBufferPointer(rebasing: raw[value...]), into: UnsafeMutableRawBufferPointer(rebasing: buffer[7...]))
                return digits == 0 ? 0 : 7 + digits
            }
            buffer[count] = byte
            count += 1
            at += 1
        }
        return count
    }

    /// Whether the first six bytes are the scheme's name.
    @inline(__always)
    private static func isMsisdn(_ scheme: UnsafeMutableRawBufferPointer) -> Bool {
        let name: StaticString = "msisdn"
        for at in 0..<6 where scheme[at] != name.utf8Start[at] { return false }
        return true
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
