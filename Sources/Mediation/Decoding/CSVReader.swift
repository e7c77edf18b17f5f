/// Cuts a block of text into lines and fields as RFC 4180 says: fields may stand in quotes, a quote within them is doubled, lines end
/// in LF or
/// CR LF. Blank lines are passed over.
///
/// A line at fault spoils no other: reading goes on behind the next line feed.
package struct CSVReader {
    package struct Line {
        /// The line's bytes, without its end.
        package var range: Range<Int>
        package var fault: Suspense?
    }

    private let bytes: UnsafeRawBufferPointer
    private let separator: UInt8
    /// The next byte to read.
    package private(set) var at: Int
    /// The fields of the line that was read last, unescaped.
    package private(set) var fields: ContiguousArray<UnsafeRawBufferPointer> = []

    package init(_ bytes: UnsafeRawBufferPointer, separator: UInt8, from at: Int = 0) {
        self.bytes = bytes
        self.separator = separator
        self.at = at
        // A byte order mark is no data.
        if at == 0, bytes.count >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf { self.at = 3 }
    }

    private func isLineEnd(_ place: Int) -> Bool {
        place >= bytes.count || bytes[place] == 0x0a || (bytes[place] == 0x0d && place + 1 < bytes.count && bytes[place + 1] == 0x0a)
    }

    /// Nil at the end of the block.
    package mutating func next(_ scratch: inout Scratch) -> Line? {
        while at < bytes.count, isLineEnd(at) { at += bytes[at] == 0x0d ? 2 : 1 }
        guard at < bytes.count else { return nil }
        fields.removeAll(keepingCapacity: true)
        let start = at
        do throws(Suspense) {
            while true {
                fields.append(
                    bytes[min(at, bytes.count - 1)] == UInt8(ascii: "\"") && at < bytes.count ? try quoted(&scratch) : try unquoted())
                if at < bytes.count, bytes[at] == separator {
                    at += 1
                    continue
                }
                break
            }
            let range = start..<at
            if at < bytes.count { at += bytes[at] == 0x0d ? 2 : 1 }
            let line = bytes.slice(range)
            if line.count > MediationLimits.recordBytes {
                return Line(range: range, fault: Suspense(.tooLarge, "a line above 1,000,000 bytes"))
            }
            try UTF8Check.check(line)
            return Line(range: range, fault: nil)
        } catch {
            return Line(range: resumeBehindLine(from: start), fault: error)
        }
    }

    private mutating func unquoted() throws(Suspense) -> UnsafeRawBufferPointer {
        let start = at
        while at < bytes.count, bytes[at] != separator, !isLineEnd(at) {
            if bytes[at] == UInt8(ascii: "\"") { throw Suspense(.malformed, "a quote within a field that has none around it", at: at) }
            at += 1
        }
        return bytes.slice(start..<at)
    }

    private mutating func quoted(_ scratch: inout Scratch) throws(Suspense) -> UnsafeRawBufferPointer {
        let start = at + 1
        at = start
        var hasEscapes = false
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\"") {
                guard at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\"") else { break }
                hasEscapes = true
                at += 1
            }
            at += 1
        }
        guard at < bytes.count else { throw Suspense(.malformed, "a quoted field has no end", at: start - 1) }
        let raw = bytes.slice(start..<at)
        at += 1
        guard isLineEnd(at) || bytes[at] == separator else { throw Suspense(.malformed, "something follows a quoted field", at: at) }
        guard hasEscapes else { return raw }
        let mark = scratch.mark
        var from = 0
        while from < raw.count {
            scratch.append(raw[from])
            from += raw[from] == UInt8(ascii: "\"") ? 2 : 1
        }
        return scratch.taken(since: mark)
    }

    /// The physical line at `start`; reading goes on behind it.
    private mutating func resumeBehindLine(from start: Int) -> Range<Int> {
        at = start
        while !isLineEnd(at) { at += 1 }
        let range = start..<at
        if at < bytes.count { at += bytes[at] == 0x0d ? 2 : 1 }
        return range
    }
}
