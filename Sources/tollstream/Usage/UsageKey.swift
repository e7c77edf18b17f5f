import Events
import Foundation
import Mediation
import Quantities

/// The key under which a line of a file goes to usage.raw: the served subscriber's, hashed, for people are not keys.
///
/// What one subscriber uses keeps its order then, and with it which usage the allowance pays for. Where the subscriber can't be read the
/// record's own id is as good as any: such a line will be suspended.
struct UsageKey {
    /// Nil for lines in Tollstream's own JSON.
    private let definition: SourceDefinition?

    init(_ definition: SourceDefinition?) { self.definition = definition }

    /// A block of many lines serves many subscribers: all blocks of a source stay in one order.
    func text(ofBlock block: [UInt8], isOfManyLines: Bool, number: Int) -> String {
        if isOfManyLines, let definition { return definition.id }
        guard let fields = fields(block) else { return String(number) }
        let scheme = definition.map(\.subscriberScheme) ?? ""
        return Identifier(fields.subscriber, defaultScheme: scheme.isEmpty ? "msisdn" : scheme)?.key.description
            ?? (fields.recordID.isEmpty ? String(number) : fields.recordID)
    }

    private func fields(_ line: [UInt8]) -> (subscriber: String, recordID: String)? {
        guard let definition else { return own(line) }
        return definition.format == "json" ? json(line, definition) : csv(line, definition)
    }

    private func own(_ line: [UInt8]) -> (subscriber: String, recordID: String)? {
        withReading(line) { bytes, scratch in
            guard let fields = try? RawUsageJSON.read(bytes, &scratch) else { return nil }
            return (String(decoding: fields.subscriber, as: UTF8.self), String(decoding: fields.recordID, as: UTF8.self))
        }
    }

    private func csv(_ line: [UInt8], _ definition: SourceDefinition) -> (subscriber: String, recordID: String)? {
        withReading(line) { bytes, scratch in
            let separator = definition.separator == "\\t" ? UInt8(ascii: "\t") : definition.separator.utf8.first ?? UInt8(ascii: ",")
            var reader = CSVReader(bytes, separator: separator)
            guard let line = reader.next(&scratch), line.fault == nil else { return nil }
            func value(_ mapping: FieldMapping) -> String {
                guard !mapping.column.isEmpty else { return mapping.constant }
                guard let place = definition.columns.firstIndex(of: mapping.column), place < reader.fields.count else { return "" }
                return String(decoding: reader.fields[place], as: UTF8.self)
            }
            return (value(definition.subscriber), value(definition.recordID))
        }
    }

    private func json(_ line: [UInt8], _ definition: SourceDefinition) -> (subscriber: String, recordID: String)? {
        guard let document = try? JSONSerialization.jsonObject(with: Data(line)) else { return nil }
        func value(_ mapping: FieldMapping) -> String {
            guard !mapping.column.isEmpty else { return mapping.constant }
            let found = mapping.column.split(separator: ".").reduce(document as Any?) { ($0 as? [String: Any])?[String($1)] }
            return (found as? String) ?? (found as? NSNumber)?.stringValue ?? ""
        }
        return (value(definition.subscriber), value(definition.recordID))
    }

    private func withReading<R>(_ line: [UInt8], _ body: (UnsafeRawBufferPointer, inout Scratch) -> R?) -> R? {
        withUnsafeTemporaryAllocation(byteCount: max(1, line.count), alignment: 1) { room in
            var scratch = Scratch(room)
            return line.withUnsafeBytes { body($0, &scratch) }
        }
    }
}
