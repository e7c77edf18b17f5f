import Events
import Pipeline
import Quantities

/// Which usage is rated anew, and by what.
public struct RerateRequest: Sendable {
    /// Usage and fees of this time, ms since 1970 UTC, are priced by the catalogue in force now, or by `catalogue`. All other usage keeps the version
    /// that priced it, but not its place in the counters: what an allowance has left depends on all before.
    public var range: Range<Int64>
    /// Empty: all accounts.
    public var accounts: Set<String> = []
    /// A catalogue in place of the one in force, and its key in catalogue.content.
    public var catalogue: (content: CatalogueContent, key: String)?
    /// Each usage and fee keeps the version of the catalogue that priced it; only where that has not its plan, the one in force now prices it. What differs
    /// then, differs for facts that came late, or for the sequence.
    public var keepsCatalogues = false
    public var sequence = RerateSequence.log
    /// Whether the orders that carry the differences out are kept.
    public var keepsOrders = false

    public init(range: Range<Int64>) { self.range = range }
}

/// What rating anew comes to.
public struct RerateOutcome: Sendable {
    /// What changes of one account under one price.
    public struct Row: Sendable {
        public var account: String
        public var currency: String
        public var offering: String
        public var price: String
        /// Usages that are charged otherwise and were, or are from now on, under this price; fees count, too.
        public var charges: Int64 = 0
        public var beforeNanos: Int128 = 0
        public var afterNanos: Int128 = 0

        public var differenceNanos: Int128 { afterNanos - beforeNanos }
    }

    /// A usage that was rated and can't be rated anew, or was rejected and would have a price now: it stays as it was.
    public struct Problem: Sendable {
        public var account: String
        public var rawPartition: UInt32
        public var rawOffset: Int64
        public var reason: UnratedReason
    }

    /// A usage that stands suspended, and would be rated now: recycling it does.
    public struct Recyclable: Sendable {
        public var account: String
        public var rawPartition: UInt32
        public var rawOffset: Int64
        public var rawIndex: UInt32
        public var reason: UnratedReason
    }

    /// An account that can't be put right: all of it stays as it is.
    public struct LeftAlone: Sendable {
        public var account: String
        public var why: String
    }

    /// An account's orders, all for one partition of usage.normalized, to be written there in one transaction.
    public struct Orders: Sendable {
        public var account: String
        public var partition: Int32
        public var orders: [RerateOrder]
    }

    /// Names the run in its orders: the same for the same question about the same history.
    public internal(set) var rerate = ""
    public internal(set) var catalogue = ""
    /// Usages that were looked at.
    public internal(set) var usages: Int64 = 0
    public internal(set) var changedUsages: Int64 = 0
    /// Those of them that are another account's, as they stand in usage.normalized: what they were charged is taken back, and they are rated where they go.
    public internal(set) var moved: [Usage] = []
    /// By account, offering and price.
    public internal(set) var rows: [Row] = []
    /// The first few; `problemCount` counts all.
    public internal(set) var problems: [Problem] = []
    public internal(set) var problemCount: Int64 = 0
    /// In the order of the log.
    public internal(set) var recyclable: [Recyclable] = []
    public internal(set) var orders: [Orders] = []
    /// For each partition, once all orders were carried out: the answer to what proposed it. None where not all accounts were looked at.
    public internal(set) var answers: [RerateOrder] = []
    public internal(set) var leftAlone: [LeftAlone] = []
    /// Of the accounts that were asked about, those that were ever opened.
    public internal(set) var knownAccounts: Set<String> = []

    static let keptProblems = 100

    mutating func note(_ problem: Problem) {
        problemCount += 1
        if problems.count < Self.keptProblems { problems.append(problem) }
    }
}

/// Why nothing can be rated anew.
public struct RerateFault: Error, CustomStringConvertible {
    public let description: String
}

extension RerateOrder {
    /// The order as it is written to usage.normalized. The partition's end at that time makes a second order of the same content another event.
    public func record(partition: Int32, end: Int64) -> NormalizedRecord {
        var cause = SipHash128()
        cause.combine(text: rerate)
        cause.combine(text: account)
        cause.combine(UInt64(UInt32(bitPattern: partition)))
        cause.combine(UInt64(bitPattern: end))
        var record = NormalizedRecord()
        record.meta = Meta(cause: cause.finish(), stage: 0, ordinal: UInt64(chunk), engine: Engine.version)
        record.rerate = self
        return record
    }
}
