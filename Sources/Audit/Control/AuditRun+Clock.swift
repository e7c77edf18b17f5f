import Events
import Pipeline

extension AuditRun {
    /// Ticks are numbered from 1 without a gap, and neither time nor the raw ends go back.
    mutating func readClock() throws {
        var ids = IDTable()
        var ends: [Int64] = []
        for partition in cut.partitions(of: .clock) {
            try readAll(.clock, partition, as: Tick.self) { run, record, tick in
                run.checkID(tick.meta, in: &ids, .clock, record)
                if tick.sequence != Int64(run.tickTimes.count) + 1 {
                    run.findings.add(
                        .ticks, .clock, partition, record.offset, "is tick \(tick.sequence), but tick \(run.tickTimes.count + 1) is due")
                }
                if let last = run.tickTimes.last, tick.timeMs < last {
                    run.findings.add(.ticks, .clock, partition, record.offset, "goes back in time")
                }
                if zip(tick.rawEndOffsets, ends).contains(where: { $0 < $1 }) {
                    run.findings.add(.ticks, .clock, partition, record.offset, "says that usage.raw has become shorter")
                }
                ends = tick.rawEndOffsets
                run.tickTimes.append(tick.timeMs)
            }
        }
        report.ticks = Int64(tickTimes.count)
    }

    /// Customers' events carry no money: only their ids are looked at, and who was assigned what moved.
    mutating func readCustomers() throws {
        var ids = IDTable()
        for partition in cut.partitions(of: .customersEvents) {
            try readAll(.customersEvents, partition, as: CustomerEvent.self) { run, record, event in
                run.checkID(event.meta, in: &ids, .customersEvents, record)
                run.assignments.take(event, partition, record.offset, isTold: record.offset < run.cut.toldEnd(partition))
            }
        }
    }
}

/// The order of ticks within one partition of usage.normalized and of usage.rated.
struct TickOrder {
    /// By raw partition: the last tick whose barrier came.
    private var barriers: [UInt32: Int64] = [:]
    private var effective: Int64 = 0

    /// What is wrong with the barrier; nil where nothing is.
    mutating func barrier(_ barrier: TickBarrier, times: [Int64]) -> String? {
        let due = (barriers[barrier.rawPartition] ?? 0) + 1
        barriers[barrier.rawPartition] = barrier.sequence
        if barrier.sequence != due {
            return "is the barrier of tick \(barrier.sequence) and raw partition \(barrier.rawPartition), but that of tick \(due) is due"
        }
        return Self.isTime(barrier.timeMs, of: barrier.sequence, times) ? nil : "has another time than tick \(barrier.sequence)"
    }

    mutating func effective(_ tick: TickEffective, times: [Int64]) -> String? {
        let due = effective + 1
        effective = tick.sequence
        if tick.sequence != due { return "lets tick \(tick.sequence) take effect, but tick \(due) is due" }
        return Self.isTime(tick.timeMs, of: tick.sequence, times) ? nil : "has another time than tick \(tick.sequence)"
    }

    /// A tick that the cut does not hold is newer than it.
    private static func isTime(_ timeMs: Int64, of sequence: Int64, _ times: [Int64]) -> Bool {
        guard sequence >= 1 else { return false }
        return sequence > Int64(times.count) || times[Int(sequence) - 1] == timeMs
    }
}
