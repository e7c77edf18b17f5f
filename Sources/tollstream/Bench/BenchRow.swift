/// One measured thing.
struct BenchRow: Codable {
    var name: String
    var events: Int
    var eventsPerSecond: Int
    /// Bytes that it wrote for each event, changelog included; nil where not measured.
    var bytesWrittenPerEvent: Int?
    var cpuMicrosecondsPerEvent: Double?
    var peakMemoryMB: Int?
    /// Its rate over that of the plain copy of the same records, measured right before it.
    var ratioToCopy: Double?
    var note: String?

    init(_ name: String, _ worker: ProcessReport.Worker, _ report: ProcessReport, ratioTo copy: BenchRow? = nil) {
        self.name = name
        events = worker.recordsIn
        eventsPerSecond = worker.seconds > 0 ? Int(Double(worker.recordsIn) / worker.seconds) : 0
        bytesWrittenPerEvent = worker.recordsIn > 0 ? worker.bytesOut / worker.recordsIn : nil
        cpuMicrosecondsPerEvent = worker.recordsIn > 0 ? (worker.cpuSeconds / Double(worker.recordsIn) * 1e8).rounded() / 100 : nil
        peakMemoryMB = report.peakMemoryBytes >> 20
        ratioToCopy = copy.map { (Double(eventsPerSecond) / Double(max(1, $0.eventsPerSecond)) * 100).rounded() / 100 }
    }

    init(_ name: String, events: Int, perSecond: Double, note: String? = nil) {
        self.name = name
        self.events = events
        eventsPerSecond = Int(perSecond)
        self.note = note
    }

    /// Aligned columns, for a terminal and for Markdown.
    static func table(_ rows: [BenchRow]) -> String {
        func text<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "" }
        let header = ["", "events", "events/s", "of a copy", "B/event", "CPU µs/event", "peak MB", ""]
        let cells = [header] + rows.map { row in
            [
                row.name, "\(row.events)", "\(row.eventsPerSecond)", row.ratioToCopy.map { "\(Int(($0 * 100).rounded())) %" } ?? "",
                text(row.bytesWrittenPerEvent), text(row.cpuMicrosecondsPerEvent), text(row.peakMemoryMB), row.note ?? "",
            ]
        }
        let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        var lines = cells.map { row in
            "| " + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ") + " |"
        }
        lines.insert("|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|", at: 1)
        return lines.joined(separator: "\n")
    }
}
