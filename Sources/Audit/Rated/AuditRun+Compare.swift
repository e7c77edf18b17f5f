import Events
import Pipeline
import Quantities

extension Usage {
    var rawPosition: RawPosition { RawPosition(partition: rawPartition, offset: rawOffset, index: rawIndex) }
}

extension AuditRun {
    mutating func compare(
        _ rated: RatedUsage, _ usage: Usage, at normalizedOffset: Int64, _ record: InputRecord, _ state: inout JoinState
    ) {
        let isWhole = rated.partCount < 2
        let field =
            Self.difference(rated, usage)
            ?? (rated.startMs != usage.startMs ? "start" : isWhole && rated.quantityMicros != usage.quantityMicros ? "quantity" : nil)
        if let field {
            findings.add(
                .ratedContent, .usageRated, record.partition, record.offset,
                "has another \(field) than its cause, \(Topic.usageNormalized.rawValue)/\(record.partition)/\(normalizedOffset)")
        }
        accept(usage, "rates", record, &state)
    }

    /// Each usage is accepted once; other content under its name only where its source bills that.
    mutating func accept(_ usage: Usage, _ verb: String, _ record: InputRecord, _ state: inout JoinState) {
        if !state.holders.isOwn(usage) {
            findings.add(.moves, .usageRated, record.partition, record.offset, "\(verb) a usage that is another's, as a change of its holder before it says")
        }
        // What is taken back since is left out when suspects are looked at.
        names.add(usage.identity, partition: record.partition)
        let outcome = state.accepted.accept(usage)
        if outcome == .other, usage.billsConflicts { report.usage.conflictsBilled += 1 }
        take(outcome, of: usage, verb, record)
    }

    mutating func take(_ outcome: AcceptedBook.Outcome, of usage: Usage, _ verb: String, _ record: InputRecord) {
        switch outcome {
        case .first, .back: break
        case .other where usage.billsConflicts: break
        case .other:
            findings.add(
                .duplicates, .usageRated, record.partition, record.offset,
                "\(verb) other usage than was accepted before under its record id, which its source does not ask for")
        case .again: findings.add(.duplicates, .usageRated, record.partition, record.offset, "\(verb) a usage that was rated or rejected before")
        }
    }

    static var conflicting: String { "conflicting-duplicate" }

    /// A conflict names a usage that was accepted under the same name, with another content.
    mutating func checkConflict(_ unrated: UnratedUsage, _ usage: Usage, _ record: InputRecord, _ state: inout JoinState) {
        let raw = RawPosition(partition: unrated.originalRawPartition, offset: unrated.originalRawOffset, index: unrated.originalRawIndex)
        guard bills.isComplete, !state.accepted.isInConflict(raw, with: usage) else { return }
        if usage.hasMoved, !state.accepted.knowsName(of: usage) {
            state.formerConflicts.append(.init(offset: record.offset, other: raw, former: usage.formerIdentity))
        } else {
            reportConflict(with: raw, record.partition, record.offset)
        }
    }

    private mutating func reportConflict(with raw: RawPosition, _ partition: Int32, _ offset: Int64) {
        findings.add(
            .duplicates, .usageRated, partition, offset,
            "is refused for a conflict with raw record \(raw.text), which was not accepted under its record id with other content")
    }

    /// Older builds remembered what they accepted by its record id alone, whosever it was: usage that a move brings under such an id is not taken for a copy,
    /// for it is charged nowhere else any more, and waits. A walk over usage.normalized, which is needed next to never.
    mutating func checkFormerConflicts(_ state: JoinState) throws {
        if state.formerConflicts.isEmpty { return }
        let wanted = Set(state.formerConflicts.map(\.other))
        var formers: [RawPosition: EventID] = [:]
        var cursor = NormalizedCursor(log: log, partition: state.partition, range: cut.range(of: .usageNormalized, state.partition))
        while let (_, entry) = try cursor.peek() {
            cursor.advance()
            if case .record(let record) = entry, case .usage(let usage)? = record.body, wanted.contains(usage.rawPosition) {
                formers[usage.rawPosition] = usage.formerIdentity
            }
        }
        for conflict in state.formerConflicts where formers[conflict.other] != conflict.former {
            reportConflict(with: conflict.other, state.partition, conflict.offset)
        }
    }

    /// What discounts took off in all is what each of them took off.
    mutating func checkDiscounts(_ discounts: [AppliedDiscount], _ sumNanos: Int64, _ record: InputRecord) {
        if discounts.isEmpty, sumNanos == 0 { return }
        if discounts.reduce(Int128(0), { $0 + Int128($1.amountNanos) }) != Int128(sumNanos) {
            findings.add(.ratedContent, .usageRated, record.partition, record.offset, "names discounts that do not add up to what they took off")
        }
    }

    /// A further part of a usage: one after the other, and together the whole.
    mutating func takePart(_ part: RatedUsage, _ rated: RatedRecord, _ record: InputRecord, _ state: inout JoinState) {
        // What is kept of the log may begin within a usage.
        if !bills.isComplete, state.lastNormalizedOffset == rated.normalizedOffset, !state.hasSeenWhole { return }
        guard var open = state.openParts, open.normalizedOffset == rated.normalizedOffset, open.next == part.part, open.count == part.partCount else {
            findings.add(.ratedFates, .usageRated, record.partition, record.offset, "is part \(part.part) of a usage whose part before is not there")
            return
        }
        if let field = Self.difference(part, open.usage) {
            findings.add(.ratedContent, .usageRated, record.partition, record.offset, "has another \(field) than the usage of which it is a part")
        }
        open.next += 1
        open.quantityMicros += part.quantityMicros
        state.openParts = open.next < open.count ? open : nil
        if open.next == open.count, open.quantityMicros != open.usage.quantityMicros {
            findings.add(.ratedContent, .usageRated, record.partition, record.offset, "ends a usage whose parts do not add up to its quantity")
        }
    }

    /// Reports a usage whose last parts are missing.
    mutating func expectNoParts(_ state: inout JoinState) {
        guard let open = state.openParts else { return }
        state.openParts = nil
        findings.add(
            .ratedFates, .usageNormalized, state.partition, open.normalizedOffset, "has \(open.next) of its \(open.count) parts in usage.rated")
    }

    /// The first field of the two that differs, of those that each part shares with the whole.
    private static func difference(_ rated: RatedUsage, _ usage: Usage) -> String? {
        if rated.account != usage.account { return "account" }
        if rated.subscription != usage.subscription { return "subscription" }
        if rated.type != usage.type { return "type" }
        if rated.unit != usage.unit { return "unit" }
        if rated.parties != usage.parties { return "party" }
        let raw = RawPosition(partition: rated.rawPartition, offset: rated.rawOffset, index: rated.rawIndex)
        if raw != usage.rawPosition { return "raw record" }
        return rated.periodStartMs <= rated.startMs && rated.startMs < rated.periodEndMs ? nil : "period"
    }

    mutating func compare(_ duplicate: DuplicateUsage, _ usage: Usage, _ record: InputRecord, _ state: JoinState) {
        let own = RawPosition(partition: duplicate.rawPartition, offset: duplicate.rawOffset, index: duplicate.rawIndex)
        if own != usage.rawPosition || duplicate.account != usage.account {
            findings.add(.ratedContent, .usageRated, record.partition, record.offset, "refuses another usage than the one at its offset")
        }
        if usage.hasMoved, state.accepted.isAway(usage) {
            findings.add(
                .moves, .usageRated, record.partition, record.offset, "calls a usage a duplicate that had left and was brought back: it is charged nowhere")
        }
        let original = RawPosition(
            partition: duplicate.originalRawPartition, offset: duplicate.originalRawOffset, index: duplicate.originalRawIndex)
        guard let isOriginal = state.accepted.isOriginal(original, of: usage) else {
            if bills.isComplete {
                findings.add(.duplicates, .usageRated, record.partition, record.offset, "is refused as a duplicate of a usage that was not rated before")
            }
            return
        }
        if !isOriginal {
            findings.add(
                .duplicates, .usageRated, record.partition, record.offset, "names raw record \(original.text) as its original, which it is not")
        }
    }
}
