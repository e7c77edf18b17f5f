import Foundation
import Quantities
import SwiftProtobuf

/// What is wrong with a message's JSON, and where. SwiftProtobuf says it in a word and without a place: the place is found by reading each field
/// alone, and what may stand there by trying.
struct JSONFault<M: Message> {
    private enum Step {
        case key(String)
        case place(Int)
    }

    private struct Found {
        var path: [Step]
        var value: Any
        var error: JSONDecodingError
    }

    /// In one line, for example `topUp.amuont: there is no such field: is amount meant?`.
    static func describe(_ json: [UInt8], _ error: any Error) -> String {
        let root: Any
        do { root = try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed) } catch {
            return "no JSON: \((error as NSError).userInfo["NSDebugDescription"] as? String ?? "\(error.localizedDescription)")"
        }
        guard root is [String: Any] else { return "expected an object in braces, found \(text(root))" }
        return find(root, []).map(describe) ?? "no \(M.protoMessageName) in JSON: \(error)"
    }

    /// The first and smallest part that can't be read; the fields of an object in the order of their names, for JSON gives them none.
    private static func find(_ value: Any, _ path: [Step]) -> Found? {
        guard let error = fault(value, path) else { return nil }
        if let object = value as? [String: Any], fault([String: Any](), path) == nil {
            for key in object.keys.sorted() { if let part = object[key], let found = find(part, path + [.key(camelCase(key))]) { return found } }
        } else if let items = value as? [Any], fault([Any](), path) == nil {
            for (place, item) in items.enumerated() { if let found = find(item, path + [.place(place)]) { return found } }
        }
        return Found(path: path, value: value, error: error)
    }

    private static func describe(_ found: Found) -> String {
        let place = found.path.reduce("") { text, step in
            switch step {
            case .key(let key): text.isEmpty ? key : "\(text).\(key)"
            case .place(let place): "\(text)[\(place)]"
            }
        }
        switch found.error {
        case .unknownField(let name):
            let known = fields(of: found.path.dropLast()).map(\.name)
            if let meant = Spelling.nearest(name, of: known) { return "\(place): there is no such field: is \(meant) meant?" }
            return "\(place): there is no such field" + (known.isEmpty ? "" : "; there are \(known.joined(separator: ", "))")
        case .conflictingOneOf:
            let parts = found.value as? [String: Any] ?? [:]
            let rivals = parts.filter { one in parts.contains { $0.key != one.key && fault([one.key: one.value, $0.key: $0.value], found.path) != nil } }
            return "\(place.isEmpty ? "" : place + ": ")only one thing can be said at a time, found \(rivals.keys.sorted().joined(separator: ", "))"
        default: return "\(place): expected \(expected(at: found.path)), found \(text(found.value))"
        }
    }

    // MARK: Trying

    /// The name that is written; the schema's own, with underscores, is read, too.
    private static func camelCase(_ key: String) -> String {
        let words = key.split(separator: "_")
        if words.isEmpty { return key }
        return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    private static func json(_ value: Any, _ path: [Step]) -> [UInt8] {
        let whole = path.reversed().reduce(value) { inner, step in
            switch step {
            case .key(let key): [key: inner]
            case .place: [inner]
            }
        }
        return Array((try? JSONSerialization.data(withJSONObject: whole, options: .fragmentsAllowed)) ?? Data())
    }

    private static func fault(_ value: Any, _ path: [Step]) -> JSONDecodingError? {
        do {
            _ = try M(jsonUTF8Bytes: json(value, path))
            return nil
        } catch { return error as? JSONDecodingError ?? .failure }
    }

    private static func expected(at path: [Step]) -> String {
        func takes(_ value: Any) -> Bool { fault(value, path) == nil }
        if case .unrecognizedEnumValue? = fault("?", path) { return words(at: path) }
        if takes([String: Any]()) { return "an object with \(fields(of: path[...]).map(\.name).joined(separator: ", "))" }
        if takes([Any]()) { return "a list" }
        if takes("?") { return "a text" }
        if takes(true) { return "true or false" }
        return "a whole number from \(takes(-1) ? (takes(Int64.min) ? "\(Int64.min)" : "\(Int32.min)") : "0") to "
            + (takes(UInt64.max) ? "\(UInt64.max)" : takes(Int64.max) ? "\(Int64.max)" : takes(UInt32.max) ? "\(UInt32.max)" : "\(Int32.max)")
    }

    /// The words of an enumeration, by writing its numbers. Zero is never written: it is what is meant where nothing is said.
    private static func words(at path: [Step]) -> String {
        let words = (1...63).compactMap { number in (try? M(jsonUTF8Bytes: json(number, path))).flatMap { part(of: $0, at: path) as? String } }
        let prefix = words.first?.split(separator: "_").dropLast().joined(separator: "_") ?? ""
        return "one of \(words.joined(separator: ", "))" + (fault(prefix + "_UNSPECIFIED", path) == nil ? "" : ", or nothing")
    }

    /// The fields of the object at `path`: each is written of a message that holds nothing but its number, with a number, an object or a text.
    private static func fields(of path: ArraySlice<Step>) -> [(number: Int, name: String)] {
        var outer: [Int] = []
        for place in path.indices {
            guard case .key(let key) = path[place] else { continue }
            guard let field = fields(of: path[..<place]).first(where: { $0.name == key }) else { return [] }
            outer.append(field.number)
        }
        return (1...99).compactMap { number in
            let (plain, sized) = (varint(number << 3), varint(number << 3 | 2))
            for content in [plain + [1], sized + [0], sized + [1, UInt8(ascii: "0")]] {
                let bytes = outer.reversed().reduce(content) { varint($1 << 3 | 2) + varint($0.count) + $0 }
                guard let message = try? M(serializedBytes: bytes), let object = part(of: message, at: Array(path)) as? [String: Any] else { continue }
                if let name = object.keys.first { return (number, name) }
            }
            return nil
        }
    }

    private static func varint(_ value: Int) -> [UInt8] { value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7) }

    private static func part(of message: M, at path: [Step]) -> Any? {
        guard let bytes: [UInt8] = try? message.jsonUTF8Bytes(), let root = try? JSONSerialization.jsonObject(with: Data(bytes)) else { return nil }
        return path.reduce(root as Any?) { value, step in
            switch step {
            case .key(let key): (value as? [String: Any])?[key]
            case .place(let place): (value as? [Any]).flatMap { place < $0.count ? $0[place] : nil }
            }
        }
    }

    private static func text(_ value: Any) -> String {
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys]) else { return "\(value)" }
        let text = String(decoding: data, as: UTF8.self)
        return text.count > 60 ? text.prefix(60) + "…" : text
    }
}
