import Events
import Foundation
import Mediation
import Quantities
import Rating

/// A CSV file of usage, priced row by row: `id,type,category,subject,destination,start,quantity` in, `id,cost,connect_fee,reason` out.
struct QuoteBatch {
    private static let columns = ["id", "type", "category", "subject", "destination", "start", "quantity"]
    private static let furtherColumns = ["unit", "direction", "service", "network", "other_network", "segment", "served"]
    private let path: String
    private let table: CSVTable
    private let explains: Bool

    /// - Throws: `CommandFailure` (65) where the file can't be read or a column is missing.
    init(path: String, explains: Bool) throws {
        self.path = path
        self.explains = explains
        table = try CSVTable(path: path)
        let missing = Self.columns.filter { !table.columns.contains($0) }
        if !missing.isEmpty {
            throw CommandFailure.data(
                "\(path):1: no column \(missing.joined(separator: ", ")); expected the header \(Self.columns.joined(separator: ","))")
        }
        // Files of usage commonly hold more than prices go by; but what is misspelt must not go unseen.
        let ignored = table.columns.filter { !(Self.columns + Self.furtherColumns).contains($0) }
        if !ignored.isEmpty {
            let known = Self.furtherColumns.joined(separator: ", ")
            Terminal.note("warning: \(path):1: ignored: \(ignored.joined(separator: ", ")); beside the needed columns those that count are \(known)")
        }
    }

    /// One line for each row, in their order. A row that can't be priced has a reason; none stops the others.
    func price(_ quoter: inout Quoter) {
        var lines = ["id,cost,connect_fee,reason" + (explains ? ",explanation" : "")]
        for row in table.rows {
            lines.append(line(row.fields, &quoter))
            // Written as it comes: batches may be long.
            if lines.count >= 1000 { flush(&lines) }
        }
        flush(&lines)
    }

    private func flush(_ lines: inout [String]) {
        if !lines.isEmpty { Terminal.output(lines.joined(separator: "\n")) }
        lines.removeAll(keepingCapacity: true)
    }

    private func line(_ row: [String], _ quoter: inout Quoter) -> String {
        let id = Self.quoted(table.value("id", in: row) ?? "")
        do {
            let request = try request(row, unit: quoter.unit)
            let text = QuoteText(try quoter.quote(request))
            return "\(id),\(text.cost),\(text.connectionFee)," + (explains ? "," + Self.quoted(text.lines.joined(separator: "; ")) : "")
        } catch let none as NoQuote {
            return "\(id),,,\(Self.quoted("\(none.reason.rawValue): \(none.detail)"))" + (explains ? "," : "")
        } catch {
            return "\(id),,,\(Self.quoted("\(error)"))" + (explains ? "," : "")
        }
    }

    private func request(_ row: [String], unit: (String) -> UsageUnit?) throws -> QuoteRequest {
        func text(_ column: String) -> String { table.value(column, in: row) ?? "" }
        guard let start = Timestamp(rfc3339: text("start")) else {
            throw RowFault(description: "bad-time: start \"\(text("start"))\" is not RFC 3339, such as 2026-10-05T12:30:00+02:00")
        }
        guard let base = unit(text("type")) else { throw RowFault(description: "unknown-type: the catalogue has no type \"\(text("type"))\"") }
        let micros: Int64
        do throws(Suspense) {
            micros =
                text("unit").isEmpty
                ? try StatedQuantity.micros(text("quantity"), counting: base)
                : try StatedQuantity.micros(text("quantity"), unit: text("unit"), counting: base)
        } catch { throw RowFault(description: "\(error.reason.rawValue): \"\(text("quantity"))\" \(text("unit")): \(error.detail)") }
        var request = QuoteRequest(type: text("type"), startMs: start.ms, quantityMicros: micros)
        request.category = text("category")
        request.subject = text("subject")
        request.destination = text("destination")
        guard let direction = UsageDirection(text: text("direction")) else {
            throw RowFault(description: "bad-direction: \"\(text("direction"))\" is none of mo, mt and forwarded")
        }
        request.direction = direction
        request.service = text("service")
        request.network = text("network")
        request.otherNetwork = text("other_network")
        request.segment = text("segment")
        request.served = text("served")
        return request
    }

    /// A row that says no usage. The reasons are those of mediation, which would suspend it.
    private struct RowFault: Error, CustomStringConvertible {
        let description: String
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
