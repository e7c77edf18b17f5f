import Events
import Pipeline
import Quantities

/// Accounts whose usage is rated anew in the order of its own time.
struct TimedAccounts {
    let isEveryone: Bool
    /// Up to which offset of usage.normalized: behind it the log's order goes on.
    let cuts: [String: Int64]
    let everyonesCut: Int64

    var isAnyone: Bool { isEveryone || !cuts.isEmpty }
    func cut(_ account: String) -> Int64? { isEveryone ? everyonesCut : cuts[account] }
}

extension PartitionRerate {
    /// A record of usage.normalized, kept until its turn comes.
    private struct Stored {
        enum Kind {
            case fact
            case usage(startMs: Int64, raw: RawUsageKey)
            /// What has ended by then, the grace taken off; and the catalogue that was in force.
            case barrier(dueMs: Int64, catalogue: CatalogueHash?)
        }

        var offset: Int64
        var kind: Kind
        var value: [UInt8]
        var fates: [RatedRecord] = []
        /// Nothing but what the record at that offset let be bought.
        var isPurchase = false
    }

    private struct Account {
        var records: [Stored] = []
        /// What was charged as fees where periods ended.
        var fees: [RecurringCharge] = []
    }

    func timedAccounts(_ history: RatedHistory) -> TimedAccounts {
        let asked = rerater.request.sequence == .start ? rerater.request.accounts : []
        var cuts: [String: Int64] = [:]
        // The last order by time counts: all before it keeps that order.
        for (account, rerates) in history.rerated {
            guard !account.isEmpty, rerater.request.accounts.isEmpty || rerater.request.accounts.contains(account),
                let last = rerates.last(where: { $0.event.sequence == .start })
            else { continue }
            cuts[account] = last.offset
        }
        for account in asked { cuts[account] = end }
        return TimedAccounts(isEveryone: rerater.request.sequence == .start && asked.isEmpty, cuts: cuts, everyonesCut: end)
    }

    /// Rates each of the accounts by itself, in a state of its own. Their records are held in memory.
    mutating func runByTime(_ timed: TimedAccounts, _ history: RatedHistory, _ live: RateState?) throws {
        var accounts: [String: Account] = [:]
        var common: [Stored] = []
        var cursor = try RatedCursor(rerater.log, partition: partition, accounts: timed.isEveryone ? [] : Set(timed.cuts.keys))
        var catalogue: CatalogueHash?
        try read { walk, record in
            guard let value = record.value else { throw RateStage.corrupt(record, "it has no value") }
            let account = String(decoding: record.key, as: UTF8.self)
            guard account.isEmpty || timed.cut(account) != nil else { return }
            let fates = Array(try cursor.fates(of: record.offset))
            let kind = try walk.kind(of: value, record, &catalogue)
            for fate in fates {
                switch fate.body {
                case .offeringBought(let bought):
                    accounts[bought.account, default: Account()].records.append(
                        Stored(offset: record.offset, kind: .fact, value: [], fates: [fate], isPurchase: true))
                case .recurring(let fee) where account.isEmpty: accounts[fee.account, default: Account()].fees.append(fee)
                default: break
                }
            }
            var stored = Stored(offset: record.offset, kind: kind, value: Array(value))
            if account.isEmpty { common.append(stored) } else {
                stored.fates = fates
                accounts[account, default: Account()].records.append(stored)
            }
        }
        for id in accounts.keys.sorted() {
            guard let account = accounts.removeValue(forKey: id), !account.records.isEmpty, let cut = timed.cut(id) else { continue }
            begin()
            for stored in Self.sequence(account.records, common, cut: cut) { try take(stored, id, history) }
            for fee in account.fees { note(fee, isBefore: true) }
            try conclude(history, live)
        }
    }

    private func kind(of value: UnsafeRawBufferPointer, _ record: InputRecord, _ catalogue: inout CatalogueHash?) throws -> Stored.Kind {
        var usage = UsageView()
        switch usage.parse(value) {
        case .usage:
            return .usage(startMs: usage.startMs, raw: RawUsageKey(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex))
        case .broken: throw RateStage.corrupt(record, "it is no NormalizedRecord")
        case .other: break
        }
        switch try NormalizedRecord(serializedBytes: BorrowedBytes(value)).body {
        case .barrier(let barrier):
            let graceMs = catalogue.flatMap { tables.tariff($0) }?.graceMs ?? 0
            return .barrier(dueMs: max(barrier.timeMs, Int64.min + graceMs) - graceMs, catalogue: catalogue)
        case .catalogue(let marker):
            catalogue = CatalogueHash(marker.hash)
            return .fact
        default: return .fact
        }
    }

    /// All before the cut: facts, and what was bought, which count from their own time on; then usage by its start, of one moment by its raw record, and
    /// each end of a period behind the usage that began before it. Then what is behind the cut, as the log has it.
    private static func sequence(_ own: [Stored], _ common: [Stored], cut: Int64) -> [Stored] {
        var facts: [Stored] = []
        var usages: [Stored] = []
        var barriers: [Stored] = []
        var rest: [Stored] = []
        // A tick that passed before the account was known ended nothing of it: the next one did.
        let knownFrom = own.first?.offset ?? 0
        // What is bought by a record comes before it, as where the log's order is kept.
        for stored in (own + common).sorted(by: { ($0.offset, $0.isPurchase ? 0 : 1) < ($1.offset, $1.isPurchase ? 0 : 1) }) {
            if stored.offset >= cut { rest.append(stored) } else {
                switch stored.kind {
                case .fact: facts.append(stored)
                case .usage: usages.append(stored)
                case .barrier: if stored.offset < knownFrom { facts.append(stored) } else { barriers.append(stored) }
                }
            }
        }
        usages.sort { a, b in
            guard case .usage(let start, let raw) = a.kind, case .usage(let otherStart, let otherRaw) = b.kind else { return false }
            if start != otherStart { return start < otherStart }
            return (raw.partition, raw.offset, raw.index, a.offset) < (otherRaw.partition, otherRaw.offset, otherRaw.index, b.offset)
        }
        var merged = facts
        var next = usages.startIndex
        var reachedMs = Int64.min
        for barrier in barriers {
            if case .barrier(let dueMs, _) = barrier.kind { reachedMs = max(reachedMs, dueMs) }
            while next < usages.endIndex, case .usage(let startMs, _) = usages[next].kind, startMs < reachedMs {
                merged.append(usages[next])
                next += 1
            }
            merged.append(barrier)
        }
        return merged + usages[next...] + rest
    }

    private mutating func take(_ stored: Stored, _ account: String, _ history: RatedHistory) throws {
        // The fees of a period's end go by the catalogue that was in force when it ended.
        if case .barrier(_, let hash) = stored.kind, let tariff = hash.flatMap({ tables.tariff($0) }) { logBinding = binding(tariff) }
        state.catalogueAnew?.offset = stored.offset
        if stored.isPurchase { return addPurchases(stored.fates, stored.offset, history) }
        var key = account
        try key.withUTF8 { key in
            try stored.value.withUnsafeBytes { value in
                try take(
                    InputRecord(partition: partition, offset: stored.offset, key: UnsafeRawBufferPointer(key), value: value), stored.fates[...], history)
            }
        }
    }
}
