import Foundation

/// A CSV file with a header line, RFC 4180: quoted fields may hold separators, doubled quotes and line ends.
struct CSVTable {
    let columns: [String]
    let rows: [(line: Int, fields: [String])]

    /// - Throws: `CommandFailure` (65) naming the file and line.
    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw CommandFailure.data("\(path): can't be read") }
        var records: [(line: Int, fields: [String])] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var quoted = false
        var line = 1
        var start = 1
        func close() {
            fields.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }
        func closeRecord() {
            close()
            if fields != [""] { records.append((start, fields)) }
            fields.removeAll(keepingCapacity: true)
        }
        let bytes = [UInt8](data)
        var at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\n") { line += 1 }
            switch byte {
            case UInt8(ascii: "\"") where quoted && at + 1 < bytes.count && bytes[at + 1] == byte:
                field.append(byte)
                at += 1
            case UInt8(ascii: "\""): quoted.toggle()
            case UInt8(ascii: ",") where !quoted: close()
            case UInt8(ascii: "\r") where !quoted: break
            case UInt8(ascii: "\n") where !quoted:
                closeRecord()
                start = line
            default: field.append(byte)
            }
            at += 1
        }
        if quoted { throw CommandFailure.data("\(path):\(start): a quoted field is not closed") }
        if !field.isEmpty || !fields.isEmpty { closeRecord() }
        guard let header = records.first else { throw CommandFailure.data("\(path): empty; expected a header line") }
        columns = header.fields
        for record in records.dropFirst() where record.fields.count != columns.count {
            throw CommandFailure.data("\(path):\(record.line): \(record.fields.count) fields, the header has \(columns.count)")
        }
        rows = Array(records.dropFirst())
    }

    /// What `name` holds in a row; nil where there is no such column.
    func value(_ name: String, in row: [String]) -> String? { columns.firstIndex(of: name).map { row[$0] } }
}
