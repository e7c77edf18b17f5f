/// A span of an account's time, [start, end).
public struct BillingPeriod: Hashable, Sendable {
    public let start: Timestamp
    public let end: Timestamp

    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    public func contains(_ time: Timestamp) -> Bool { start <= time && time < end }
}

/// Monthly periods that begin at local midnight of the bill-cycle day, or of the month's last day where it is shorter. They tile
/// time with no gap and no overlap.
public struct BillCycle: Hashable, Sendable {
    public let day: Int
    public let zone: ZoneRules

    /// Nil where `day` is not 1 to 31.
    public init?(day: Int, zone: ZoneRules) {
        guard (1...31).contains(day) else { return nil }
        self.day = day
        self.zone = zone
    }

    /// The period in which `time` lies.
    public func period(containing time: Timestamp) -> BillingPeriod {
        let today = zone.date(at: time)
        let thisMonth = today.addingMonths(0, day: day)
        var first = thisMonth <= today ? thisMonth : today.addingMonths(-1, day: day)
        // Where clocks jump at midnight the first instant of the day decides, not the day's name.
        if zone.startOfDay(first) > time { first = first.addingMonths(-1, day: day) }
        return BillingPeriod(start: zone.startOfDay(first), end: zone.startOfDay(first.addingMonths(1, day: day)))
    }

    /// The period right after `period`.
    public func next(after period: BillingPeriod) -> BillingPeriod { self.period(containing: period.end) }
}
