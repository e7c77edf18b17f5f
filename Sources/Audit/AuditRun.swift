import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// What an audit knows on its way. Each pass over a topic is an extension in a file of its own.
struct AuditRun<Log: ReadableLog> {
    let log: Log
    let cut: LogCut
    var progress: (Topic, Int64) -> Void = { _, _ in }
    var findings = Findings()
    var report = AuditReport()

    /// By tick's sequence, less one: its time.
    var tickTimes: [Int64] = []
    /// By partition of usage.raw.
    var fates: [RawFates] = []
    var suspended = SuspendedIndex()
    var moves = MoveBook()
    var assignments = AssignmentBook()
    var bills = BillIndex()
    var sums = SumBook()
    var quantities = QuantityBook()
    var catalogues = CatalogueBook()
    var names: AcceptedNames

    init(log: Log, cut: LogCut, namesAtATime: Int) {
        self.log = log
        self.cut = cut
        names = AcceptedNames(limit: namesAtATime)
    }

    /// Reads a topic's partition within the cut. Null values and what can't be decoded are findings, not errors.
    mutating func readAll<M: Message>(
        _ topic: Topic, _ partition: Int32, as type: M.Type, _ body: (inout AuditRun, InputRecord, M) throws -> Void
    ) throws {
        let log = log
        var count: Int64 = 0
        try log.read(topic, partition: partition, cut.range(of: topic, partition)) { record in
            count += 1
            if count % 100_000 == 0 { progress(topic, count) }
            guard let value = record.value, let message = Self.decode(type, value, topic) else {
                findings.add(.readable, topic, partition, record.offset, "holds no \(M.protoMessageName)")
                return true
            }
            try body(&self, record, message)
            return true
        }
        progress(topic, count)
    }

    private static func decode<M: Message>(_ type: M.Type, _ value: UnsafeRawBufferPointer, _ topic: Topic) -> M? {
        switch topic.encoding {
        case .protobuf: try? M(serializedBytes: BorrowedBytes(value))
        case .json: try? M(jsonUTF8Bytes: Array(value))
        }
    }

    /// Finds event ids that come twice.
    mutating func checkID(_ meta: Meta, in ids: inout IDTable, _ topic: Topic, _ record: InputRecord) {
        if !ids.insert(meta.id) {
            findings.add(.eventIDs, topic, record.partition, record.offset, "event \(meta.id) stands here a second time")
        }
    }
}
