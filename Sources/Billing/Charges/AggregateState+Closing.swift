/// The sums of a closed period and of what came late for earlier ones.
struct ClosedCharges {
    var lines: [ChargeLine] = []
    var seal = UsageSeal()

    mutating func add(_ period: OpenPeriod) {
        lines.append(contentsOf: period.lines)
        seal.add(period.seal)
    }

    /// Leaves out lines from which corrections took back all. Where nothing else is on the bill they stay: that it came to nothing is a fact, too.
    mutating func dropEmptyLines() {
        let left = lines.filter { !$0.isEmpty }
        if !left.isEmpty { lines = left }
    }
}

/// Rating ended a period that it could not end.
enum ClosingFault: String {
    case closedBefore = "the period was closed before"
    case gap = "an earlier period of the account has charges and was never ended"
}

extension AggregateState {
    /// Takes the period and all late charges out of the account. Empty where there was none.
    mutating func close(account: String, startMs: Int64, endMs: Int64) -> Result<ClosedCharges, ClosingError> {
        let slot = slot(of: account)
        guard startMs >= accounts[slot].closedThroughMs, startMs < endMs else { return .failure(ClosingError(fault: .closedBefore)) }
        for period in accounts[slot].periods where !period.isLate && period.startMs < endMs && period.startMs != startMs {
            return .failure(ClosingError(fault: .gap))
        }
        accounts[slot].closedThroughMs = endMs
        if !accounts[slot].isHeaderDirty {
            accounts[slot].isHeaderDirty = true
            dirty.append(ChangedEntry(slot: Int32(slot), page: -1, startMs: 0))
        }
        var charges = ClosedCharges()
        for start in [startMs, OpenPeriod.lateStart] {
            guard let place = accounts[slot].place(ofPeriod: start) else { continue }
            let period = accounts[slot].periods.remove(at: place)
            charges.add(period)
            closed.append(ClosedEntries(slot: Int32(slot), pageCount: Int32(period.pageCount), startMs: start))
        }
        charges.dropEmptyLines()
        return .success(charges)
    }
}

struct ClosingError: Error {
    var fault: ClosingFault
}
