import Events
import Pipeline
import Quantities

/// Which of a usage's raw records it is.
struct RawUsageKey: Hashable {
    var partition: UInt32
    var offset: Int64
    var index: UInt32

    init(partition: UInt32, offset: Int64, index: UInt32) { (self.partition, self.offset, self.index) = (partition, offset, index) }
}

/// One fee: whose, by which price, of which period.
struct FeeKey: Hashable, Comparable {
    var account: String
    var subscription: String
    var offering: String
    var price: String
    var periodStartMs: Int64

    init(_ fee: RecurringCharge) {
        (account, subscription, offering, price, periodStartMs) = (fee.account, fee.subscription, fee.offering, fee.price, fee.periodStartMs)
    }

    static func < (a: Self, b: Self) -> Bool {
        (a.account, a.subscription, a.periodStartMs, a.offering, a.price) < (b.account, b.subscription, b.periodStartMs, b.offering, b.price)
    }
}

/// What stands in one partition of usage.rated beside the usages themselves and changes how they count: found in one pass over all of it.
struct RatedHistory {
    /// What a usage that was corrected counts as now, by the event that rated it first: its raw record may have been rated here twice, where it left and came
    /// back.
    private(set) var corrected: [EventID: UsageFate] = [:]
    /// What accounts were told last of identifiers that they hold or held; by account and subscription.
    private(set) var held: [String: [HolderChange]] = [:]
    /// The periods that have ended, of each account, in their order.
    private var ended: [String: [(startMs: Int64, endMs: Int64)]] = [:]
    /// What corrections added to a fee, and what it looks like.
    private(set) var correctedFees: [FeeKey: CorrectedFee] = [:]
    /// The rerates that were carried out, by account, in order, with the offsets of their orders in usage.normalized.
    private(set) var rerated: [String: [(event: Rerated, offset: Int64)]] = [:]
    /// The facts of subscriptions of which some reached back.
    private(set) var late: [String: LateFacts] = [:]
    /// What was bought from a time on whose usage had been rated: by account and subscription, an empty one for the account's own.
    private(set) var reachingBack: [String: [(event: OfferingBought, offset: Int64)]] = [:]

    struct CorrectedFee {
        var fee: RecurringCharge
        var nanos: Int128 = 0
        var discountNanos: Int128 = 0

        mutating func add(_ fee: RecurringCharge, sign: Int128) {
            nanos += sign * Int128(fee.chargeNanos)
            discountNanos += sign * Int128(fee.discountNanos)
        }
    }

    init(_ log: some ReadableLog, partition: Int32, accounts: Set<String>, before end: Int64) throws {
        var facts = LateFacts.Gathering()
        var (corrected, correctedFees, rerated, held, ended) = (corrected, correctedFees, rerated, held, ended)
        var bought: (event: OfferingBought, offset: Int64)?
        var reachingBack = reachingBack
        try log.read(.usageRated, partition: partition, try log.offsets(of: .usageRated, partition: partition)) { record in
            // Nearly all records are usages, and of no interest here.
            guard let value = record.value, !Self.isUsage(value) else { return true }
            let fact = try RatedRecord(record)
            if fact.normalizedOffset >= end { return false }
            switch fact.body {
            case .rerated(let event): rerated[event.account, default: []].append((event, fact.normalizedOffset))
            case .periodEnded(let event): ended[event.account, default: []].append((event.periodStartMs, event.periodEndMs))
            case .usageCorrected(let event):
                guard accounts.isEmpty || accounts.contains(event.account) else { break }
                corrected[event.original.id] = UsageFate(
                    parts: event.replacement, refused: event.hasRefused ? event.refused : nil, isMoved: event.hasMoved)
            case .holderChanged(let event):
                let key = LateFacts.key(event.account, event.subscription)
                held[key, default: []].removeAll { $0.identifierHigh == event.identifierHigh && $0.identifierLow == event.identifierLow }
                held[key, default: []].append(event)
            case .feeCorrected(let event):
                if event.hasReversed { correctedFees[FeeKey(event.reversed), default: .init(fee: event.reversed)].add(event.reversed, sign: -1) }
                if event.hasReplacement { correctedFees[FeeKey(event.replacement), default: .init(fee: event.replacement)].add(event.replacement, sign: 1) }
            case .offeringBought(let event): bought = (event, fact.normalizedOffset)
            case .rerateProposed(let event):
                if let bought, bought.offset == fact.normalizedOffset, bought.event.startMs == event.fromMs, bought.event.account == event.account,
                    bought.event.subscription == event.subscription
                {
                    reachingBack[LateFacts.key(event.account, event.subscription), default: []].append(bought)
                    break
                }
                facts.take(fact)
            default: facts.take(fact)
            }
            return true
        }
        (self.corrected, self.correctedFees, self.rerated, self.held, self.ended) = (corrected, correctedFees, rerated, held, ended)
        self.reachingBack = reachingBack
        late = facts.late
    }

    /// Whether the usage began before the periods of which late usage is taken: no holder would take it any more.
    func isTooOld(_ account: String, _ startMs: Int64, latePeriods: Int) -> Bool {
        guard let ended = ended[account], let last = ended.last else { return false }
        if latePeriods == 0 { return startMs < last.endMs }
        return ended.count > latePeriods && startMs < ended[ended.count - latePeriods].startMs
    }

    /// What a subscription (empty: the account) bought for a time whose usage had been rated.
    func purchases(_ account: String, _ subscription: String) -> [(event: OfferingBought, offset: Int64)] {
        reachingBack[LateFacts.key(account, subscription)] ?? []
    }

    /// Whether what was bought at that offset of usage.normalized is among them.
    func reachesBack(_ bought: OfferingBought, _ offset: Int64) -> Bool {
        purchases(bought.account, bought.subscription).contains { $0.offset == offset && $0.event == bought }
    }

    /// Whether the usage is another's, by what the account was told last: see `RateState.otherHolder`.
    func isAnothers(_ usage: UsageView) -> Bool {
        if held.isEmpty { return false }
        let told = held[LateFacts.key(String(decoding: usage.account, as: UTF8.self), String(decoding: usage.subscription, as: UTF8.self))] ?? []
        let identifier = Identifier.key(ofNormalized: usage.servedParty)
        guard let change = told.first(where: { $0.identifierHigh == identifier.high && $0.identifierLow == identifier.low }) else { return false }
        if let moved = usage.movedRevision, moved >= change.revision { return false }
        return !change.held.contains { Range($0).contains(usage.startMs) }
    }

    func late(_ account: String, _ subscription: String) -> LateFacts? { late[LateFacts.key(account, subscription)] }

    /// Whether the record's body is a rated usage, told from its tags alone.
    private static func isUsage(_ value: UnsafeRawBufferPointer) -> Bool {
        var reader = WireReader(value)
        while !reader.isAtEnd, !reader.isBroken {
            let tag = reader.varint()
            if tag >> 3 >= 3 { return tag >> 3 == 3 }
            reader.skip(tag)
        }
        return false
    }
}

extension RatedRecord {
    init(_ record: InputRecord) throws {
        guard let value = record.value, let message = try? RatedRecord(serializedBytes: BorrowedBytes(value)) else {
            throw CorruptRecord(topic: .usageRated, partition: record.partition, offset: record.offset, reason: "it is no RatedRecord")
        }
        self = message
    }
}

/// Reads one partition of usage.rated in chunks, to be walked beside usage.normalized.
struct RatedCursor<Log: ReadableLog> {
    private let log: Log
    private let partition: Int32
    private let accounts: Set<String>
    private var position: Int64
    private let end: Int64
    private var records: [RatedRecord] = []
    private var next = 0

    init(_ log: Log, partition: Int32, accounts: Set<String>) throws {
        self.log = log
        self.partition = partition
        self.accounts = accounts
        let held = try log.offsets(of: .usageRated, partition: partition)
        guard held.lowerBound == 0 else {
            throw RerateFault(
                description: "usage.rated/\(partition) holds nothing before offset \(held.lowerBound) any more: history is rated anew from its beginning")
        }
        (position, end) = (0, held.upperBound)
    }

    /// What the record of usage.normalized at `offset` came to; offsets are asked for in ascending order.
    mutating func fates(of offset: Int64) throws -> ArraySlice<RatedRecord> {
        while true {
            while next < records.count, records[next].normalizedOffset < offset { next += 1 }
            let last = records[next...].firstIndex { $0.normalizedOffset != offset }
            if let last { return records[next..<last] }
            // All that is left may be of this record, and more of it may follow.
            if position >= end { return records[next...] }
            try fill()
        }
    }

    private mutating func fill() throws {
        var read = Array(records[next...])
        let before = read.count
        var at = position
        try log.read(.usageRated, partition: partition, position..<end) { record in
            at = record.offset + 1
            if !accounts.isEmpty, !accounts.contains(String(decoding: record.key, as: UTF8.self)) { return true }
            read.append(try RatedRecord(record))
            return read.count - before < 4096
        }
        position = read.count - before < 4096 ? end : at
        records = read
        next = 0
    }
}
