/// A time zone as a table: when its offset from UTC changes, and to what.
///
/// The table travels in the catalogue, so that a replay cuts the same days whatever the machine's tz database says.
public struct ZoneRules: Hashable, Sendable {
    public let id: String
    /// `transitions[i]` is when `offsets[i]` begins to hold; the first holds for all time before, too.
    private let transitions: [Int64]
    private let offsets: [Int32]

    public static let utc = ZoneRules(id: "UTC", transitions: [Int64.min], offsets: [0])!

    /// `transitions` in ms since 1970, ascending; `offsets` in seconds east of UTC. Nil where they do not match.
    public init?(id: String, transitions: [Int64], offsets: [Int32]) {
        guard !transitions.isEmpty, transitions.count == offsets.count,
            zip(transitions, transitions.dropFirst()).allSatisfy({ $0 < $1 }),
            offsets.allSatisfy({ abs($0) <= 26 * 3600 })
        else { return nil }
        self.id = id
        self.transitions = transitions
        self.offsets = offsets
    }

    /// Seconds east of UTC that hold at `time`.
    public func offsetSeconds(at time: Timestamp) -> Int {
        var low = 0
        var high = transitions.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle] <= time.ms { low = middle } else { high = middle }
        }
        return Int(offsets[low])
    }

    /// The local day of `time`.
    public func date(at time: Timestamp) -> CivilDate {
        CivilDate(daysSince1970: Timestamp(ms: time.ms + Int64(offsetSeconds(at: time)) * 1000).dayAndMs.day)
    }

    /// When `date` begins: its local midnight, or the first instant after a gap that swallows midnight. Where midnight comes
    /// twice, the first of the two.
    public func startOfDay(_ date: CivilDate) -> Timestamp { instant(date, msOfDay: 0) }

    /// The instant that local clocks show as `msOfDay` on `date`. Twice shown: the first. Never shown (a gap): the instant at
    /// which the gap ends.
    public func instant(_ date: CivilDate, msOfDay: Int64) -> Timestamp {
        let local = Int64(date.daysSince1970) * Timestamp.msPerDay + msOfDay
        // Offsets that may hold around then: those at a day and a half before and after, and all transitions between.
        var best: Int64?
        var low = Int64.max
        var index = index(at: local - 129_600_000)
        let last = self.index(at: local + 129_600_000)
        while index <= last {
            let candidate = local - Int64(offsets[index]) * 1000
            let from = index == 0 ? Int64.min : transitions[index]
            let to = index + 1 < transitions.count ? transitions[index + 1] : Int64.max
            if candidate >= from, candidate < to { best = min(best ?? candidate, candidate) }
            if index + 1 < transitions.count {
                let before = to + Int64(offsets[index]) * 1000
                let after = to + Int64(offsets[index + 1]) * 1000
                if before <= local, local < after { low = min(low, to) }
            }
            index += 1
        }
        return Timestamp(ms: best ?? (low == Int64.max ? local - Int64(offsets[last]) * 1000 : low))
    }

    /// When the offset next changes after `time`; nil where it never does again.
    public func nextTransition(after time: Timestamp) -> Timestamp? {
        if let first = transitions.first, time.ms < first { return Timestamp(ms: first) }
        let next = index(at: time.ms) + 1
        return next < transitions.count ? Timestamp(ms: transitions[next]) : nil
    }

    private func index(at ms: Int64) -> Int {
        var low = 0
        var high = transitions.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle] <= ms { low = middle } else { high = middle }
        }
        return low
    }

    /// The table, to be published.
    public var table: (transitions: [Int64], offsets: [Int32]) { (transitions, offsets) }
}
