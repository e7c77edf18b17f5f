import Events
import KafkaRuntime
import Mediation
import Pipeline
import Rating

/// What usage that moves costs at its holders, before anything is written.
struct RerateArrivals {
    /// Of the holders: what is added; nil where nothing comes to any.
    private(set) var rated: RerateOutcome?
    /// Usages that nobody holds: they would be suspended.
    private(set) var withoutHolder: [SuspendedUsage] = []

    /// What the move stage would make of each usage, by the directory as it is now; then what rating would.
    init(_ outcome: RerateOutcome, _ request: RerateRequest, _ log: KafkaLog) throws {
        if outcome.moved.isEmpty { return }
        var tables = MoveTables()
        for partition in 0..<(try log.partitionCount(of: .customersDirectory)) {
            try log.read(.customersDirectory, partition: partition, try log.offsets(of: .customersDirectory, partition: partition)) { record in
                try tables.apply(.customersDirectory, record)
                return true
            }
        }
        let stage = MoveStage()
        var state = NoState(partition: 0)
        var outbox = Outbox()
        var arrivals: [Usage] = []
        for usage in outcome.moved {
            let move: [UInt8] = try UsageMove.with { $0.usage = usage }.serializedBytes()
            outbox.removeAll()
            _ = try move.withUnsafeBytes { value in
                let record = InputRecord(partition: 0, offset: 0, key: UnsafeRawBufferPointer(start: nil, count: 0), value: value)
                return try stage.step(record, tables: tables, state: &state, outbox: &outbox)
            }
            for entry in outbox.entries {
                guard let value = entry.value else { continue }
                let bytes = Array(outbox.bytes[value])
                if entry.topic == .usageNormalized { arrivals.append(try NormalizedRecord(serializedBytes: bytes).usage) } else {
                    withoutHolder.append(try SuspendedUsage(serializedBytes: bytes))
                }
            }
        }
        if arrivals.isEmpty { return }
        let progress = Progress("usages and changes of the holders read")
        defer { progress.finish() }
        do {
            rated = try Rerater(log, request, progress: { progress.advance(by: $0) }).run(arrivals: arrivals)
        } catch let fault as RerateFault { throw CommandFailure.data(fault.description) }
    }

    /// The rows of both, one for each account and price.
    func rows(with outcome: RerateOutcome) -> [RerateOutcome.Row] {
        func key(_ row: RerateOutcome.Row) -> [String] { [row.account, row.offering, row.price] }
        var rows = outcome.rows
        let places = Dictionary(rows.enumerated().map { (key($0.element), $0.offset) }) { first, _ in first }
        for added in rated?.rows ?? [] {
            guard let place = places[key(added)] else {
                rows.append(added)
                continue
            }
            rows[place].charges += added.charges
            rows[place].beforeNanos += added.beforeNanos
            rows[place].afterNanos += added.afterNanos
        }
        return rows.sorted { ($0.account, $0.offering, $0.price) < ($1.account, $1.offering, $1.price) }
    }
}
