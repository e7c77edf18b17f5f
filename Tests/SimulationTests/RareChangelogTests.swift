import Billing
import Customers
import Events
import Foundation
import Mediation
import Pipeline
import Quantities
import Rating
import Simulation
import Testing

/// Entries that a run of some traffic leaves no trace of: a bill's lines that are still to come, a block that is read halfway, usage that left for another
/// holder. They are made by the stages from a few records each, and stand in a golden of their own, which never changes.
///
/// TOLLSTREAM_WRITE_GOLDENS=missing writes it where it is not there.
@Suite("Goldens of changelogs: rare entries")
struct RareChangelogTests {
    static let file = "format-2-rare.txt"

    /// What a stage leaves in its changelog once it has taken the records, a line an entry.
    private static func lines<S: Stage>(
        _ stage: S, _ tables: S.Tables, _ records: [[UInt8]], headers: [(name: String, value: [UInt8])] = [], stepsOfLast: Int = .max
    ) throws -> [String] {
        var task = PartitionTask<S>(partition: 0, position: 0, inputPartitionCount: 1, format: .second)
        var outbox = Outbox()
        var values = headers.map(\.value)[...]
        func withHeaders<R>(_ taken: [InputRecord.Header], _ body: ([InputRecord.Header]) throws -> R) rethrows -> R {
            guard let value = values.popFirst() else { return try body(taken) }
            return try value.withUnsafeBytes { try withHeaders(taken + [.init(name: headers[taken.count].name, value: $0)], body) }
        }
        try withHeaders([]) { headers in
            for (offset, record) in records.enumerated() {
                try record.withUnsafeBytes { value in
                    let input = InputRecord(
                        partition: 0, offset: Int64(offset), timestampMs: 1_790_000_000_000, key: UnsafeRawBufferPointer(start: nil, count: 0), value: value,
                        headers: headers[...])
                    var left = offset == records.count - 1 ? stepsOfLast : .max
                    while left > 0, try task.step(input, stage: stage, tables: tables, outbox: &outbox) == .again { left -= 1 }
                }
            }
        }
        outbox.removeAll()
        task.flush(into: &outbox)
        func hex(_ bytes: [UInt8]) -> String { bytes.isEmpty ? "\"\"" : Hex.string(bytes) }
        return outbox.entries.map { entry in
            let value = entry.value.map { hex(Array(outbox.bytes[$0])) } ?? "-"
            return "\(entry.topic.rawValue) 0 \(hex(Array(outbox.bytes[entry.key]))) \(value)"
        }
    }

    private static let day = Timestamp.msPerDay
    private static let start: Int64 = 1_767_225_600_000
    private static let hash = [UInt8](repeating: 0xab, count: 32)
    private static let simulated = CatalogueContent.simulated

    private static func apply(_ content: CatalogueContent = simulated, _ body: (Topic, InputRecord) throws -> Void) throws {
        let records: [([UInt8], CatalogueRecord)] = [
            (hash, .with { $0.content = content }), (Array("current".utf8), .with { $0.current.hash.append(contentsOf: hash) }),
        ]
        for (key, message) in records {
            let value: [UInt8] = try message.serializedBytes()
            try key.withUnsafeBytes { key in
                try value.withUnsafeBytes { try body(.catalogueContent, InputRecord(partition: 0, offset: 0, key: key, value: $0)) }
            }
        }
    }

    private static let marker = CatalogueMarker.with { $0.hash.append(contentsOf: hash) }
    private static let identifier = Identifier("msisdn:420601000000")!

    private static let opened = OpenAccount.with {
        $0.account = "acc"
        $0.fromMs = start
        $0.terms = .with { ($0.currency, $0.timeZone, $0.billCycleDay, $0.issuer, $0.taxCategory) = ("EUR", "UTC", 1, "north", "standard") }
    }

    private static func customers() throws -> [String] {
        var tables = CustomersTables()
        try apply { try tables.apply($0, $1) }
        let commands: [CustomerCommand] = [
            .with { $0.catalogue = marker },
            .with { $0.commandID = "1"; $0.openAccount = opened },
            .with {
                $0.commandID = "2"
                $0.activateSubscription = .with {
                    ($0.account, $0.subscription, $0.offering, $0.identifiers, $0.fromMs) = ("acc", "sub", "basic-eur", [identifier.text], start)
                }
            },
            .with {
                $0.commandID = "3"
                $0.releaseIdentifier = .with { ($0.account, $0.subscription, $0.identifier, $0.atMs) = ("acc", "sub", identifier.text, start + 5 * day) }
            },
        ]
        return try lines(CustomersStage(), tables, commands.map { try $0.serializedBytes() })
    }

    private static func usage(_ number: UInt64, at ms: Int64) -> NormalizedRecord {
        .with {
            $0.meta = Meta(id: EventID(high: 1, low: number), cause: .none, engine: 1)
            $0.usage = .with {
                ($0.account, $0.subscription, $0.type, $0.startMs, $0.quantityMicros, $0.unit) = ("acc", "sub", "voice", ms, 60_000_000, .second)
                ($0.recordHigh, $0.recordLow, $0.content, $0.rawOffset) = (number, 7, 9, Int64(number))
                $0.parties = .with { ($0.served, $0.other) = (identifier.text, "420601000001") }
            }
        }
    }

    private static func rate() throws -> [String] {
        var tables = RateTables()
        try apply { try tables.apply($0, $1) }
        let records: [NormalizedRecord] = [
            .with { $0.catalogue = marker },
            .with { $0.accountOpened = .with { ($0.account, $0.fromMs, $0.terms) = ("acc", start, opened.terms) } },
            .with { $0.subscriptionActivated = .with { ($0.account, $0.subscription, $0.offering, $0.fromMs) = ("acc", "sub", "basic-eur", start) } },
            .with {
                $0.subscriptionSuspended = .with {
                    ($0.account, $0.subscription, $0.reason, $0.barring, $0.fromMs) = ("acc", "sub", "lost device", .all, start + 2 * day)
                }
            },
            usage(1, at: start + 3 * day),
            .with {
                $0.holderChanged = .with {
                    ($0.account, $0.subscription, $0.revision, $0.lostFromMs) = ("acc", "sub", 2, start + 5 * day)
                    ($0.identifierHigh, $0.identifierLow) = (identifier.key.high, identifier.key.low)
                    $0.held = [.with { ($0.fromMs, $0.toMs) = (start, start + 5 * day) }, .with { $0.fromMs = start + 50 * day }]
                }
            },
            usage(2, at: start + 6 * day),
        ]
        return try lines(RateStage(), tables, records.map { try $0.serializedBytes() })
    }

    private static func normalize() throws -> [String] {
        var content = simulated
        content.sources = [
            .with {
                ($0.id, $0.format, $0.columns, $0.startFormat, $0.timeZone) = ("calls", "csv", ["id", "who", "at", "s"], "yyyy-MM-dd HH:mm:ss", "UTC")
                ($0.recordID.column, $0.type.constant, $0.subscriber.column) = ("id", "voice", "who")
                ($0.start.column, $0.quantity.column, $0.unit) = ("at", "s", "s")
            }
        ]
        var tables = NormalizeTables()
        try apply(content) { try tables.apply($0, $1) }
        let block = (0..<5_000).map { "\($0),420601000000,2026-01-03 12:00:00,60\n" }.joined()
        let headers = [(name: "content-type", value: Array("text/csv".utf8)), (name: "source", value: Array("calls".utf8))]
        return try lines(NormalizeStage(), tables, [Array(block.utf8)], headers: headers, stepsOfLast: 1)
    }

    private static func number() throws -> [String] {
        let draft = InvoiceRecord.with {
            $0.invoice = .with { ($0.account, $0.issuer, $0.series, $0.periodStartMs, $0.chunkCount) = ("acc", "north", "n", start, 3) }
        }
        return try lines(NumberStage(), NoTables(), [try draft.serializedBytes()])
    }

    private static func recycle() throws -> [String] {
        let suspended = SuspendedUsage.with {
            $0.meta = Meta(id: EventID(high: 3, low: 4), cause: .none, engine: 1)
            ($0.stage, $0.reason, $0.subscriber, $0.startMs) = ("move", "no-subscription-at-time", identifier.text, start)
            $0.usage = usage(2, at: start).usage
        }
        return try lines(RecycleStage(), RecycleTables(), [try suspended.serializedBytes()])
    }

    private static func move() throws -> [String] {
        let move = UsageMove.with {
            $0.meta = Meta(id: EventID(high: 3, low: 4), cause: .none, engine: 1)
            $0.usage = usage(2, at: start).usage
        }
        return try lines(MoveStage(), MoveTables(), [try move.serializedBytes()])
    }

    @Test("are written as they ever were")
    func written() throws {
        // What else these few records leave depends on the catalogue of the simulation, and has goldens of its own.
        let rare = ["state.customers i", "state.rate x", "state.rate h", "state.rate m", "state.normalize block", "state.number u", "state.recycle held"]
        let lines = try (Self.customers() + Self.rate() + Self.normalize() + Self.number() + Self.recycle() + Self.move()).filter { line in
            let entry = try ChangelogGoldenTests.entry(line)
            return rare.contains("\(entry.topic.rawValue) \(ChangelogGoldenTests.kind(entry))") || entry.topic == .stateMove
        }
        let url = ChangelogGoldenTests.folder.appending(path: Self.file)
        if !FileManager.default.fileExists(atPath: url.path), ProcessInfo.processInfo.environment["TOLLSTREAM_WRITE_GOLDENS"] == "missing" {
            try ("# What RareChangelogTests makes: entries of the second format that little traffic leaves.\n" + lines.joined(separator: "\n") + "\n")
                .write(to: url, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
        #expect(lines == kept)
    }
}
