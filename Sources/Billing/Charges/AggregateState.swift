import Pipeline

/// The open periods of a partition's accounts: sums, never single calls.
public struct AggregateState: StageState {
    let partition: Int32
    /// The generation that the changelog is written in.
    private(set) var format = StateFormat.newest
    private var slots = AccountIndex()
    var accounts: ContiguousArray<AccountCharges> = []
    var shapes = ShapeTable()
    /// What changed since the last flush, in the order of the first change.
    var dirty: ContiguousArray<ChangedEntry> = []
    var closed: ContiguousArray<ClosedEntries> = []

    /// A page of a period, or the account's header as page -1.
    struct ChangedEntry {
        var slot: Int32
        var page: Int32
        var startMs: Int64
    }

    /// A period whose entries are to be removed.
    struct ClosedEntries {
        var slot: Int32
        var pageCount: Int32
        var startMs: Int64
    }

    public init(partition: Int32) { self.partition = partition }

    public mutating func use(_ format: StateFormat) { self.format = format }

    public var accountCount: Int { accounts.count }

    @inline(__always)
    mutating func slot(of account: UnsafeRawBufferPointer) -> Int { slots.slot(of: account, in: &accounts) }

    mutating func slot(of account: String) -> Int {
        var account = account
        return account.withUTF8 { slot(of: UnsafeRawBufferPointer($0)) }
    }

    /// Adds a charge to its period, or to the next bill where its period is closed. `member` is the record of the rated usage or of its correction as
    /// it stands in usage.rated; nil for what no seal counts or has counted already.
    @inline(__always)
    mutating func add(_ charge: Charge, account: UnsafeRawBufferPointer, member: UnsafeRawBufferPointer?, normalizedOffset: Int64) {
        let slot = slot(of: account)
        let isLate = charge.periodStartMs < accounts[slot].closedThroughMs
        let startMs = isLate ? OpenPeriod.lateStart : charge.periodStartMs
        let period = accounts[slot].openPeriod(startMs)
        let page = accounts[slot].periods[period].add(charge, shapes: &shapes, format)
        if let member {
            // The seal stands in the first page.
            accounts[slot].periods[period].seal.add(member, normalizedOffset: normalizedOffset)
            mark(slot, period, page: 0)
        }
        if member == nil || page > 0 { mark(slot, period, page: page) }
    }

    /// Where a charge of the period goes: to itself, or to what comes late.
    mutating func billedPeriod(account: String, startMs: Int64) -> Int64 {
        startMs < accounts[slot(of: account)].closedThroughMs ? OpenPeriod.lateStart : startMs
    }

    @inline(__always)
    private mutating func mark(_ slot: Int, _ period: Int, page: Int) {
        guard accounts[slot].periods[period].markDirty(page: page) else { return }
        dirty.append(ChangedEntry(slot: Int32(slot), page: Int32(page), startMs: accounts[slot].periods[period].startMs))
    }
}
