/// Reads CSV as CGRateS does: without a header, `#` begins a comment line, blank lines are nothing, a quoted field may hold line ends.
enum RecordReader {
    /// Records with the line on which each begins. `fields` is nil where a quote is not closed.
    static func records(_ bytes: [UInt8]) -> [(line: Int, fields: [String]?)] {
        let (quote, comma, hash, newline, carriageReturn) = (
            UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "#"), UInt8(ascii: "\n"), UInt8(ascii: "\r")
        )
        var records: [(line: Int, fields: [String]?)] = []
        var at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var line = 1
        while at < bytes.count {
            if bytes[at] == hash {
                while at < bytes.count, bytes[at] != newline { at += 1 }
                (at, line) = (at + 1, line + 1)
                continue
            }
            let first = line
            var fields: [String] = []
            var field: [UInt8] = []
            var isQuoted = false
            scan: while at < bytes.count {
                let byte = bytes[at]
                at += 1
                if byte == newline { line += 1 }
                switch byte {
                case quote where isQuoted && at < bytes.count && bytes[at] == quote:
                    field.append(quote)
                    at += 1
                case quote where isQuoted || field.isEmpty: isQuoted.toggle()
                case comma where !isQuoted:
                    fields.append(text(field))
                    field = []
                case newline where !isQuoted: break scan
                case carriageReturn where !isQuoted && (at == bytes.count || bytes[at] == newline): continue
                default: field.append(byte)
                }
            }
            fields.append(text(field))
            if isQuoted { records.append((first, nil)) } else if fields != [""] { records.append((first, fields)) }
        }
        return records
    }

    private static func text(_ field: [UInt8]) -> String {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let head = field.drop(while: isSpace)
        guard let last = head.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(decoding: head[...last], as: UTF8.self)
    }
}
