import Quantities

/// The periods of all accounts with one bill cycle. The last few are remembered, so that no event does calendar arithmetic.
struct PeriodCalendar {
    private let cycle: BillCycle
    private var recent: ContiguousArray<BillingPeriod> = []
    private var oldest = 0

    init(_ cycle: BillCycle) { self.cycle = cycle }

    mutating func period(containing ms: Int64) -> (startMs: Int64, endMs: Int64) {
        for period in recent where period.start.ms <= ms && ms < period.end.ms { return (period.start.ms, period.end.ms) }
        let period = cycle.period(containing: Timestamp(ms: ms))
        if recent.count < 8 {
            recent.append(period)
        } else {
            recent[oldest] = period
            oldest = (oldest + 1) % 8
        }
        return (period.start.ms, period.end.ms)
    }

    /// The start of the period that is `count` before the one that starts at `startMs`.
    mutating func start(_ count: Int, before startMs: Int64) -> Int64 {
        var start = startMs
        for _ in 0..<count { start = period(containing: start - 1).startMs }
        return start
    }
}
