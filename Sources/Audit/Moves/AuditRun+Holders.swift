import Events
import Pipeline
import Quantities

/// From when on an account's usage goes to another holder, where it turns out to be another's: what began before the periods of which late usage is taken
/// stays where it was charged, for no holder would take it.
struct KeptPeriods {
    private var ended: [String: [Range<Int64>]] = [:]
    private var keptMs: [String: Int64] = [:]

    mutating func end(_ event: PeriodEnded) {
        ended[event.account, default: []].append(event.periodStartMs..<max(event.periodStartMs, event.periodEndMs))
    }

    /// Rating anew looked at the account, or at all for an empty one, by a catalogue that takes usage of so many ended periods.
    mutating func keep(_ latePeriods: Int, of account: String = "") {
        for account in account.isEmpty ? Array(ended.keys) : [account] {
            guard let all = ended[account], let last = all.last, latePeriods == 0 || all.count > latePeriods else { continue }
            let startMs = latePeriods == 0 ? last.upperBound : all[all.count - latePeriods].lowerBound
            keptMs[account] = max(keptMs[account] ?? startMs, startMs)
        }
    }

    func isTooOld(_ account: String, _ startMs: Int64) -> Bool { keptMs[account].map { startMs < $0 } ?? false }
}

extension AuditRun {
    /// What counts at an account that does not hold it, and since which record.
    private struct Standing {
        var account: String
        var startMs: Int64
        var offset: Int64
        var isRefused = false
    }

    /// Once all is answered that an account's facts proposed, no usage stands charged to it or refused by it that is another's, as it knows by then, unless
    /// it is too old to be moved. A second walk over the partition, where holders changed alone. Who holds it is known from customers.events: `AssignmentBook`.
    mutating func checkHolders(_ state: JoinState) throws {
        guard !state.holders.isEmpty, bills.isComplete else { return }
        let (holders, waiting, catalogues) = (state.holders, state.late.waiting, catalogues)
        var kept = KeptPeriods()
        var revisions: [EventID: Int64] = [:]
        // By the event that rated or rejected it first, where it is another's.
        var standing: [EventID: Standing] = [:]
        var cursor = NormalizedCursor(log: log, partition: state.partition, range: cut.range(of: .usageNormalized, state.partition))
        try readAll(.usageRated, state.partition, as: RatedRecord.self) { _, record, rated in
            func stand(_ id: EventID, _ part: RatedUsage, isRefused: Bool = false) {
                let isOwn = holders.isOwn(part.account, part.subscription, served: part.parties.served, startMs: part.startMs, revision: revisions[id])
                if !isOwn { standing[id] = Standing(account: part.account, startMs: part.startMs, offset: record.offset, isRefused: isRefused) }
            }
            func usage() throws -> Usage? {
                let usage = try cursor.usage(at: rated.normalizedOffset)
                if let usage, usage.hasMoved { revisions[rated.meta.id] = usage.moved.revision }
                return usage
            }
            switch rated.body {
            case .usage(let part) where part.part == 0 && holders.knows(part.account):
                _ = try usage()
                stand(rated.meta.id, part)
            case .unrated(let unrated) where unrated.rejected && holders.knows(unrated.account):
                guard let usage = try usage(), !holders.isOwn(usage) else { break }
                standing[rated.meta.id] = Standing(account: usage.account, startMs: usage.startMs, offset: record.offset, isRefused: true)
            case .usageCorrected(let event):
                standing[event.original.id] = nil
                if !event.hasMoved, let part = event.replacement.first ?? event.reversed.first { stand(event.original.id, part, isRefused: event.hasRefused) }
            case .periodEnded(let event) where holders.knows(event.account): kept.end(event)
            case .rerated(let event):
                let catalogue = state.catalogues.last { $0.offset < rated.normalizedOffset }?.hash ?? []
                kept.keep(catalogues.latePeriods(catalogue), of: event.account)
            default: break
            }
        }
        kept.keep(catalogues.latePeriods(state.catalogue))
        for usage in standing.values.sorted(by: { $0.offset < $1.offset })
        where !waiting.contains(usage.account) && !kept.isTooOld(usage.account, usage.startMs) {
            let how = usage.isRefused ? "refused by" : "charged to"
            findings.add(
                .lateFacts, .usageRated, state.partition, usage.offset,
                "stands \(how) an account that does not hold it, though what the change of its holder proposed was answered")
        }
    }
}
