/// A small CSV table with a header (RFC 4180): one mapping of column to text a row.
enum TableText {
    /// Nil where a row has not as many fields as the header, or a quote is not closed.
    static func rows(_ text: String) -> [[String: String]]? {
        var lines: [[String]] = []
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var characters = Array(text.unicodeScalars)[...]
        func endLine() {
            fields.append(field)
            if fields != [""] { lines.append(fields) }
            (fields, field) = ([], "")
        }
        while let next = characters.popFirst() {
            switch next {
            case "\"" where isQuoted && characters.first == "\"":
                characters.removeFirst()
                field.unicodeScalars.append(next)
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(field)
                field = ""
            case "\r" where !isQuoted: continue
            case "\n" where !isQuoted: endLine()
            default: field.unicodeScalars.append(next)
            }
        }
        if isQuoted { return nil }
        endLine()
        guard let header = lines.first, lines.allSatisfy({ $0.count == header.count }) else { return nil }
        return lines.dropFirst().map { Dictionary(zip(header, $0)) { first, _ in first } }
    }
}
