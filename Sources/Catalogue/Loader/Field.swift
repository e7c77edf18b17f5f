import Foundation
import Quantities
import Yams

/// A place in a source file: its value, and how to say where it is. Reading something wrong notes a fault and gives a default.
struct Field {
    let node: Node
    let file: String
    let path: String
    let errors: ErrorCollector
    /// Texts to put in for `{name}`, where the file is a pattern over the rows of a table.
    var row: [String: String] = [:]

    var line: Int { node.mark?.line ?? 0 }

    func fail(_ message: String) { errors.add(file, line, path, message) }

    private func child(_ node: Node, _ step: String) -> Field {
        Field(node: node, file: file, path: path.isEmpty || step.hasPrefix("[") ? path + step : path + "." + step, errors: errors, row: row)
    }

    /// Checks that this is a mapping without keys other than `keys`.
    func expectKeys(_ keys: [String]) {
        guard let mapping = node.mapping else { return fail("expected a mapping with the keys \(keys.joined(separator: ", "))") }
        for (key, _) in mapping where !keys.contains(key.string ?? "") {
            child(key, key.string ?? "?").fail("unknown key; expected one of \(keys.joined(separator: ", "))")
        }
    }

    func optional(_ key: String) -> Field? {
        guard let value = node.mapping?[key] else { return nil }
        return child(value, key)
    }

    /// Notes a fault where the key is missing.
    func required(_ key: String) -> Field? {
        if let field = optional(key) { return field }
        if node.mapping != nil { errors.add(file, line, path.isEmpty ? key : path + "." + key, "is missing") }
        return nil
    }

    /// The entries of a mapping, in order.
    var entries: [(key: String, value: Field)] {
        guard let mapping = node.mapping else {
            fail("expected a mapping")
            return []
        }
        return mapping.map { key, value in (key.string ?? "", child(value, key.string ?? "?")) }
    }

    var items: [Field] {
        guard let sequence = node.sequence else {
            fail("expected a list")
            return []
        }
        return sequence.enumerated().map { child($1, "[\($0)]") }
    }

    func items(_ key: String) -> [Field] { optional(key)?.items ?? [] }

    /// The text, with the row's values put in.
    var text: String {
        guard var text = node.scalar?.string else {
            fail("expected a text")
            return ""
        }
        guard !row.isEmpty, text.contains("{") else { return text }
        for name in row.keys.sorted() { text = text.replacingAll("{\(name)}", by: row[name] ?? "") }
        if text.contains("{") { fail("no column of the table is named so; it has \(row.keys.sorted().joined(separator: ", "))") }
        return text
    }

    func text(_ key: String) -> String {
        guard let field = required(key) else { return "" }
        let text = field.text
        if text.isEmpty { field.fail("is empty") }
        return text
    }

    func optionalText(_ key: String) -> String { optional(key)?.text ?? "" }
    func texts(_ key: String) -> [String] { items(key).map(\.text) }

    var flag: Bool {
        switch text {
        case "true", "yes": return true
        case "false", "no": return false
        default:
            fail("expected true or false, found \"\(text)\"")
            return false
        }
    }

    /// The value that one of a few words stands for; `absent` where there is none.
    func choice<Value>(_ key: String, _ words: KeyValuePairs<String, Value>, _ absent: Value) -> Value {
        guard let field = optional(key) else { return absent }
        let word = field.text
        if let found = words.first(where: { $0.key == word }) { return found.value }
        field.fail("expected \(words.map(\.key).joined(separator: " or ")), found \"\(word)\"")
        return absent
    }

    /// Money as a plain decimal of at most nine decimals.
    var amountNanos: Int64 { decimal(9, "an amount such as \"0.03\"") }

    func decimal(_ decimals: Int, _ expected: String) -> Int64 {
        guard let value = DecimalText.parse(text, decimals: decimals), let short = Int64(exactly: value) else {
            fail("expected \(expected), found \"\(text)\"")
            return 0
        }
        return short
    }

    func whole(_ range: ClosedRange<Int>) -> Int {
        guard let value = Int(text), range.contains(value) else {
            fail("expected a whole number from \(range.lowerBound) to \(range.upperBound), found \"\(text)\"")
            return range.lowerBound
        }
        return value
    }
}

extension String {
    func replacingAll(_ part: String, by other: String) -> String {
        var result = ""
        var rest = self[...]
        while let found = rest.range(of: part) {
            result += rest[..<found.lowerBound] + other
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}
