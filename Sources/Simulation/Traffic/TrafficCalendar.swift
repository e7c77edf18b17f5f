import Quantities

/// How traffic spreads over a span of time: by the hour and the day of the week, UTC.
struct TrafficCalendar: Sendable {
    private let startMs: Int64
    /// The weight of all hours before each, and of all.
    private let before: [UInt64]

    /// Relative traffic of each hour of a working day: quiet at night, busiest in the early evening.
    private static let weights: [UInt64] = [
        12, 7, 4, 3, 3, 6, 16, 36, 62, 78, 84, 86, 88, 84, 82, 86, 92, 100, 98, 92, 80, 62, 42, 24,
    ]

    init(startMs: Int64, endMs: Int64) {
        self.startMs = startMs
        var sum: UInt64 = 0
        var before: [UInt64] = [0]
        for hour in 0..<max(1, (endMs - startMs) / 3_600_000) {
            let (day, inDay) = Timestamp(ms: startMs + hour * 3_600_000).dayAndMs
            // 1970-01-01 was a Thursday: day 2 was a Saturday.
            let isWeekend = ((day - 2) % 7 + 7) % 7 < 2
            let weight = Self.weights[Int(inDay / 3_600_000)]
            sum += isWeekend ? weight * 7 / 10 : weight
            before.append(sum)
        }
        self.before = before
    }

    /// When the `index`th of `count` events happens: in the order of the indices.
    @inline(__always)
    func ms(_ index: UInt64, of count: UInt64) -> Int64 {
        // In weighted milliseconds from the start.
        let total = before[before.count - 1] * 3_600_000
        let place = count.dividingFullWidth(index.multipliedFullWidth(by: total)).quotient
        let units = place / 3_600_000
        var low = 0
        var high = before.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if before[middle] <= units { low = middle } else { high = middle }
        }
        let weight = before[low + 1] - before[low]
        return startMs + Int64(low) * 3_600_000 + Int64((place - before[low] * 3_600_000) / weight)
    }
}
