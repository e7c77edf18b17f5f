import Events
import Mediation
import Pipeline
import Quantities

/// A normalize stage with a small world around it: given tables, when a record is stepped, then outcomes.
struct Mediator {
    var tables = NormalizeTables()
    var task = PartitionTask<NormalizeStage>(partition: 3, position: 0)
    var outbox = Outbox()
    /// Of the raw records; 0: they have none.
    var timestampMs: Int64 = 0
    private var offset: Int64 = 0

    static let october = Timestamp(rfc3339: "2026-10-01T00:00:00Z")!.ms

    init(withCatalogue: Bool = true) {
        if withCatalogue { publish(Self.catalogue) }
        assign("msisdn:420601000001", account: "a1", subscription: "s1", from: Self.october, to: 0)
        // From local midnight of a zone two hours east.
        assign("user:1004", account: "a2", subscription: "s2", from: Self.october - 7_200_000, to: Self.october + 86_400_000)
        assign("msisdn:420601000002", account: "", subscription: "", from: 0, to: 0, none: true)
    }

    static var catalogue: CatalogueContent {
        .with {
            $0.usageSpecifications = [
                .with { $0.type = "voice"; $0.unit = .second }, .with { $0.type = "data"; $0.unit = .byte }, .with { $0.type = "sms"; $0.unit = .event },
            ]
            $0.timeZones = [.with { $0.id = "Fixed/Two"; $0.transitionMs = [0]; $0.offsetSeconds = [7200] }]
            $0.sources = [
                .with {
                    $0.id = "calls"
                    $0.format = "csv"
                    $0.columns = ["id", "user_id", "call_date", "duration"]
                    $0.stream = "calls"
                    $0.recordID.column = "id"
                    $0.type.constant = "voice"
                    $0.subscriber.column = "user_id"
                    $0.subscriberScheme = "user"
                    $0.start.column = "call_date"
                    $0.startFormat = "yyyy-MM-dd"
                    $0.timeZone = "Fixed/Two"
                    $0.quantity.column = "duration"
                    $0.unit = "min"
                },
                .with {
                    $0.id = "gateway"
                    $0.format = "json"
                    $0.recordID.column = "event.id"
                    $0.type.constant = "data"
                    $0.subscriber.column = "event.who"
                    $0.start.column = "at"
                    $0.startFormat = "unix-s"
                    $0.quantity.column = "event.volume.total"
                    $0.unit = "MB"
                },
                .with { $0.id = "broken"; $0.format = "csv"; $0.columns = ["a"]; $0.type.column = "b" },
            ]
        }
    }

    mutating func publish(_ content: CatalogueContent) {
        let hash = [UInt8](repeating: 7, count: 32)
        table(.catalogueContent, key: hash, CatalogueRecord.with { $0.content = content })
        table(.catalogueContent, key: Array("current".utf8), CatalogueRecord.with { $0.current.hash = .init(hash) })
    }

    mutating func assign(_ identifier: String, account: String, subscription: String, from: Int64, to: Int64, none: Bool = false) {
        let entry = DirectoryEntry.with {
            $0.identifier = identifier
            if !none {
                $0.assignments = [
                    .with {
                        $0.account = account
                        $0.subscription = subscription
                        $0.fromMs = from
                        $0.toMs = to
                        $0.event = EventRef(EventID(high: 5, low: 6))
                    }
                ]
            }
        }
        table(.customersDirectory, key: Array(Identifier(identifier)!.key.description.utf8), entry)
    }

    mutating func tick(_ sequence: Int64, ends: [Int64], timeMs: Int64? = nil) {
        table(.clock, key: [], Tick.with { $0.meta = Meta(id: EventID(high: 1, low: UInt64(sequence)), cause: .none, engine: 1); $0.sequence = sequence; $0.timeMs = timeMs ?? sequence * 1000; $0.rawEndOffsets = ends })
    }

    private mutating func table(_ topic: Topic, key: [UInt8], _ message: some SwiftProtobufMessage) {
        let bytes: [UInt8] = message.wire
        key.withUnsafeBytes { key in
            bytes.withUnsafeBytes { value in
                try! tables.apply(topic, InputRecord(partition: 0, offset: 0, key: key, value: value))
            }
        }
    }

    /// Steps one raw record until it is done, and returns how many steps that took.
    @discardableResult
    mutating func step(_ value: [UInt8]?, contentType: String? = nil, source: String? = nil, headers: [String: String] = [:]) -> [StepResult] {
        var all = headers.sorted { $0.key < $1.key }.map { ($0.key, Array($0.value.utf8)) }
        if let contentType { all.append(("content-type", Array(contentType.utf8))) }
        if let source { all.append(("source", Array(source.utf8))) }
        var results: [StepResult] = []
        withBorrowed(all, []) { headers in
            func run(_ value: UnsafeRawBufferPointer?) {
                let record = InputRecord(
                    partition: 3, offset: offset, timestampMs: timestampMs, key: UnsafeRawBufferPointer(start: nil, count: 0), value: value, headers: headers[...])
                repeat { results.append(try! task.step(record, stage: NormalizeStage(), tables: tables, outbox: &outbox)) } while results.last == .again
            }
            if let value { value.withUnsafeBytes { run($0) } } else { run(nil) }
        }
        if results.last == .done { offset += 1 }
        return results
    }

    private func withBorrowed(
        _ headers: [(String, [UInt8])], _ done: [InputRecord.Header], _ body: ([InputRecord.Header]) -> Void
    ) {
        guard let (name, value) = headers.first else { return body(done) }
        value.withUnsafeBytes { withBorrowed(Array(headers.dropFirst()), done + [InputRecord.Header(name: name, value: $0)], body) }
    }

    mutating func reached(_ position: Int64) { try! task.reached(end: position, stage: NormalizeStage(), tables: tables, outbox: &outbox) }

    /// Takes what has been emitted.
    mutating func take() -> Emitted {
        var emitted = Emitted()
        for entry in outbox.entries {
            let value = Array(outbox.bytes[entry.value ?? 0..<0])
            let key = String(decoding: outbox.bytes[entry.key], as: UTF8.self)
            switch entry.topic {
            case .usageNormalized:
                let record = try! NormalizedRecord(serializedBytes: value)
                emitted.normalized.append((entry.partition, key, record))
                if case .usage(let usage) = record.body { emitted.usages.append(usage) }
            case .usageSuspended: emitted.suspended.append((key, try! SuspendedUsage(serializedBytes: value)))
            default: preconditionFailure("an output that normalize does not have")
            }
        }
        outbox.removeAll()
        return emitted
    }

    struct Emitted {
        var normalized: [(partition: Int32?, key: String, record: NormalizedRecord)] = []
        var usages: [Usage] = []
        var suspended: [(key: String, record: SuspendedUsage)] = []
        var reasons: [String] { suspended.map(\.record.reason) }
    }
}

extension RawUsage {
    /// A valid call of 62.5 s.
    static let call = RawUsage.with {
        $0.source = "msc-1"
        $0.stream = "calls"
        $0.recordID = "r1"
        $0.type = "voice"
        $0.subscriber = "msisdn:+420601000001"
        $0.otherParty = "+420777000111"
        $0.start = "2026-10-05T12:30:00+02:00"
        $0.quantity = "62.5"
    }

    func with(_ change: (inout RawUsage) -> Void) -> RawUsage {
        var copy = self
        change(&copy)
        return copy
    }
}
