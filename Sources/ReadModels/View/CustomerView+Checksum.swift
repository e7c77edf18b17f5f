import Foundation
import GRDB
import Pipeline
import Quantities

/// What one table holds, in short.
public struct TableChecksum: Equatable, Sendable, Encodable {
    public let table: String
    public let rows: Int
    /// The sum modulo 2^256 of the SHA-256 of each row, in hexadecimal.
    public let checksum: String
}

extension CustomerView {
    /// SHA-256 over all rows of all content tables, offsets apart: two views of one log that have come to the same offsets have
    /// the same checksum, however they got there. 64 hexadecimal digits.
    public func checksum() throws -> String { Self.checksum(of: try tableChecksums()) }

    static func checksum(of tables: [TableChecksum]) -> String {
        var digest = MultisetDigest()
        for table in tables {
            Array("\(table.table) \(table.rows) \(table.checksum)".utf8).withUnsafeBytes { digest.add($0) }
        }
        return Hex.string(digest.bytes)
    }

    /// The same, table by table, to find out where two views differ.
    public func tableChecksums() throws -> [TableChecksum] { try queue.read { try Self.tableChecksums($0) } }

    static func tableChecksums(_ db: Database) throws -> [TableChecksum] {
        try contentTables.map { table in
            var digest = MultisetDigest()
            var bytes: [UInt8] = []
            var count = 0
            // The name is one of ours.
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM \(table)")
            while let row = try rows.next() {
                bytes.removeAll(keepingCapacity: true)
                for (_, value) in row { append(value, to: &bytes) }
                bytes.withUnsafeBytes { digest.add($0) }
                count += 1
            }
            return TableChecksum(table: table, rows: count, checksum: Hex.string(digest.bytes))
        }
    }

    /// Type, length and bytes, so that no two rows of different values look alike.
    private static func append(_ value: DatabaseValue, to bytes: inout [UInt8]) {
        func append(_ number: Int64) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        switch value.storage {
        case .null: bytes.append(0)
        case .int64(let number):
            bytes.append(1)
            append(number)
        case .string(let text):
            bytes.append(2)
            append(Int64(text.utf8.count))
            bytes.append(contentsOf: text.utf8)
        case .blob(let data):
            bytes.append(3)
            append(Int64(data.count))
            bytes.append(contentsOf: data)
        case .double(let number):
            // No table has one (they are STRICT), but a checksum must not hide it.
            bytes.append(4)
            append(Int64(bitPattern: number.bitPattern))
        }
    }
}
