import Mediation

/// What was published, and what should become of it.
public struct TrafficCounts: Hashable, Sendable {
    /// Records published, with duplicates.
    public private(set) var records = 0
    /// Records that should be accepted: each once, whatever is published twice.
    public private(set) var accepted = 0
    /// Records that should be refused as duplicates.
    public private(set) var duplicates = 0
    /// Accepted ones that came behind their time.
    public private(set) var late = 0
    public private(set) var outOfOrder = 0
    /// Accepted ones of zero seconds or bytes.
    public private(set) var zero = 0
    private var suspendedByReason = [Int](repeating: 0, count: SuspenseReason.allCases.count)
    private var damaged = [Int](repeating: 0, count: TrafficFaults.Damage.allCases.count)

    public init() {}

    /// Records that should be suspended.
    public var suspended: Int { suspendedByReason.reduce(0, +) }

    /// Records that should be suspended for that reason.
    public func suspended(_ reason: SuspenseReason) -> Int { suspendedByReason[Self.place(reason)] }

    public func damaged(_ damage: TrafficFaults.Damage) -> Int { damaged[damage.place] }

    /// Each reason that occurs, in the order in which reasons are checked.
    public var suspendedReasons: [(reason: SuspenseReason, count: Int)] {
        SuspenseReason.allCases.map { ($0, suspended($0)) }.filter { $0.1 > 0 }
    }

    mutating func add(_ fate: TrafficRecord.Fate) {
        records += 1
        switch fate {
        case .accepted(let timing, let isZero):
            accepted += 1
            if isZero { zero += 1 }
            switch timing {
            case .onTime: break
            case .late: late += 1
            case .outOfOrder: outOfOrder += 1
            }
        case .duplicate: duplicates += 1
        case .suspended(let reason, let damage):
            suspendedByReason[Self.place(reason)] += 1
            if let damage { damaged[damage.place] += 1 }
        }
    }

    private static func place(_ reason: SuspenseReason) -> Int { SuspenseReason.allCases.firstIndex(of: reason) ?? 0 }
}

/// A record for `usage.raw`, and what should become of it.
public struct TrafficRecord: Sendable {
    public enum Timing: Hashable, Sendable { case onTime, late, outOfOrder }

    public enum Fate: Hashable, Sendable {
        case accepted(Timing, isZero: Bool)
        /// A record published before, once more.
        case duplicate
        case suspended(SuspenseReason, TrafficFaults.Damage?)
    }

    /// The served subscriber: its records keep their order, on which it depends which of them the allowance pays for.
    public var key: [UInt8]
    /// Nil for a null value.
    public var value: [UInt8]?
    /// The `content-type` header.
    public var contentType: String
    /// The `source` header; the records are Tollstream's own format and need none.
    public var source: String?
    public var fate: Fate
}
