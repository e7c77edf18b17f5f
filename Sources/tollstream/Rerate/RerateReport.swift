import Quantities
import Rating
import ReadModels

/// What rating anew found and did, for a person or a program to read.
struct RerateReport: Encodable {
    struct Row: Encodable {
        var account: String
        var offering: String
        var price: String
        var charges: Int64
        var currency: String
        var before: String
        var after: String
        var difference: String
    }

    struct Sum: Encodable {
        var currency: String
        var difference: String
    }

    struct Problem: Encodable {
        var account: String
        var rawRecord: String
        var reason: String
    }

    struct Recyclable: Encodable {
        var account: String
        var reason: String
        var usages: Int
        var command: String
    }

    /// An account of which nothing is put right.
    struct LeftAlone: Encodable {
        var account: String
        var why: String
    }

    /// What became of the orders.
    struct Applied: Encodable {
        var accounts: Int
        /// Accounts that had been asked about, and of which nothing had to be changed.
        var unchanged = 0
        /// Accounts of which something changed after their history had been read: nothing of theirs was changed.
        var refused: [String]
        /// Accounts that were used after their history had been read: what was used then is still to be settled.
        var usedMeanwhile: [String] = []
        /// Accounts that the pipeline had not come to when the waiting ended.
        var waiting: [String]
    }

    var rerate: String
    var catalogue: String
    var usages: Int64
    var changedUsages: Int64
    /// Of these, those that are another holder's by now; the rows hold what they cost there, too.
    var movedUsages: Int
    var rows: [Row]
    var sums: [Sum]
    /// Usages that were rated and can't be rated anew: they stay as they were.
    var problems: [Problem]
    var problemCount: Int64
    var leftAlone: [LeftAlone]
    /// Usages that move, and would be refused where they go, the first of them: `account` is empty where nobody holds their number.
    var suspendedMoves: [Problem]
    var suspendedMoveCount: Int64
    /// Usage that stands suspended and would be rated now.
    var recyclable: [Recyclable]
    var applied: Applied?

    init(_ outcome: RerateOutcome, _ arrivals: RerateArrivals) {
        rerate = outcome.rerate
        catalogue = outcome.catalogue
        usages = outcome.usages
        changedUsages = outcome.changedUsages
        movedUsages = outcome.moved.count
        func decimal(_ nanos: Int128) -> String { DecimalText.format(nanos, decimals: 9) }
        rows = arrivals.rows(with: outcome).map { row in
            Row(
                account: row.account, offering: row.offering, price: row.price, charges: row.charges, currency: row.currency,
                before: decimal(row.beforeNanos), after: decimal(row.afterNanos), difference: decimal(row.differenceNanos))
        }
        sums = Self.sums(rows)
        func problem(_ found: RerateOutcome.Problem) -> Problem {
            Problem(account: found.account, rawRecord: "usage.raw/\(found.rawPartition)/\(found.rawOffset)", reason: found.reason.rawValue)
        }
        problems = outcome.problems.map(problem)
        suspendedMoves = (arrivals.rated?.problems ?? []).map(problem)
        suspendedMoveCount = (arrivals.rated?.problemCount ?? 0) + Int64(arrivals.withoutHolder.count)
        suspendedMoves += arrivals.withoutHolder.prefix(100).map {
            Problem(account: "", rawRecord: "usage.raw/\($0.rawPartition)/\($0.rawOffset)", reason: $0.reason)
        }
        problemCount = outcome.problemCount
        leftAlone = (outcome.leftAlone + (arrivals.rated?.leftAlone ?? [])).map { LeftAlone(account: $0.account, why: $0.why) }
        recyclable = []
        for usage in outcome.recyclable {
            let reason = usage.reason.rawValue
            if let place = recyclable.firstIndex(where: { $0.account == usage.account && $0.reason == reason }) { recyclable[place].usages += 1 } else {
                recyclable.append(
                    Recyclable(
                        account: usage.account, reason: reason, usages: 1, command: "tollstream recycle --account \(usage.account) --reason \(reason)"))
            }
        }
    }

    /// Adds what a further try found and did.
    mutating func add(_ next: RerateReport) {
        changedUsages += next.changedUsages
        movedUsages += next.movedUsages
        suspendedMoves += next.suspendedMoves
        suspendedMoveCount += next.suspendedMoveCount
        rows += next.rows
        leftAlone += next.leftAlone
        recyclable = next.recyclable.isEmpty ? recyclable : next.recyclable
        guard let did = next.applied else { return }
        applied?.accounts += did.accounts
        applied?.unchanged += did.unchanged
        applied?.refused = did.refused
        applied?.usedMeanwhile = did.usedMeanwhile
        applied?.waiting += did.waiting
        sums = Self.sums(rows)
    }

    private static func sums(_ rows: [Row]) -> [Sum] {
        var sums: [(currency: String, nanos: Int128)] = []
        for row in rows {
            let nanos = DecimalText.parse(row.difference, decimals: 9) ?? 0
            if let place = sums.firstIndex(where: { $0.currency == row.currency }) { sums[place].nanos += nanos } else { sums.append((row.currency, nanos)) }
        }
        return sums.map { Sum(currency: $0.currency, difference: DecimalText.format($0.nanos, decimals: 9)) }
    }

    var text: String {
        var lines: [String] = []
        if rows.isEmpty, movedUsages == 0 {
            lines.append("\(usages) usages rated anew: nothing comes out otherwise")
        } else {
            var table = TextTable([
                ("account", .left), ("offering", .left), ("price", .left), ("charges", .right), ("before", .right), ("after", .right), ("difference", .right),
                ("", .left),
            ])
            for row in rows {
                table.add([row.account, row.offering, row.price, String(row.charges), row.before, row.after, row.difference, row.currency])
            }
            // What was refused, and is another holder's now, had cost nothing.
            if !rows.isEmpty { lines.append(table.text()) }
            lines.append("\(usages) usages rated anew, \(changedUsages) come out otherwise")
            if movedUsages > 0 { lines.append("\(movedUsages) usages move to another holder") }
            lines += sums.map { "difference \($0.difference) \($0.currency)" }
        }
        if problemCount > 0 {
            lines.append("\(problemCount) usages can't be rated anew and stay as they were, the first:")
            lines += problems.prefix(10).map { "  \($0.rawRecord) of account \($0.account): \($0.reason)" }
        }
        if suspendedMoveCount > 0 {
            lines.append("\(suspendedMoveCount) usages that move would be refused where they go, the first:")
            lines += suspendedMoves.prefix(10).map { "  \($0.rawRecord)\($0.account.isEmpty ? "" : " at account \($0.account)"): \($0.reason)" }
        }
        lines += recyclable.map { "\($0.usages) suspended as \($0.reason) would be rated now: \($0.command)" }
        lines += leftAlone.map { "account \($0.account) is left as it is: \($0.why)" }
        if let applied {
            lines.append("put right: \(applied.accounts) account(s)")
            if applied.unchanged > 0 { lines.append("answered, with nothing to put right: \(applied.unchanged) account(s)") }
            lines += applied.refused.map { "account \($0) changed in the meantime: nothing of it was changed" }
            lines += applied.usedMeanwhile.map { "account \($0) was used in the meantime: what was used then is still to be settled" }
            if !applied.waiting.isEmpty {
                lines.append("ordered, and not carried out yet: \(applied.waiting.count) account(s); is the pipeline running?")
            }
        }
        return lines.joined(separator: "\n")
    }
}
