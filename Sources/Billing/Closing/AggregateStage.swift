import Events
import Pipeline
import Quantities

/// Folds rated usage and recurring charges into the open periods of their accounts, and closes a period when rating says that it has
/// ended.
///
/// A charge of a period that is closed already goes on the account's next bill, as a late line that names its own period; the seal
/// of the period that bills it counts it. So does a correction, which in an open period changes the period's own lines. A period without any line has no
/// bill.
public struct AggregateStage: Stage {
    public typealias State = AggregateState
    public typealias Tables = NoTables

    public static let name = StageName.aggregate
    public static let input = Topic.usageRated
    public static let outputs: [Topic] = [.billingPeriods]
    public static let changelog: Topic? = .stateAggregate

    public init() {}

    public func step(
        _ record: InputRecord, tables: NoTables, state: inout AggregateState, outbox: inout Outbox
    ) throws -> StepResult {
        guard let value = record.value else { throw corrupt(record, "no value") }
        // Nearly every record is a usage: those are read where they lie, all others by their decoder.
        if let usage = BorrowedUsage(value) {
            state.add(usage.charge, account: usage.account, member: value, normalizedOffset: usage.normalizedOffset)
            return .done
        }
        guard let rated = try? RatedRecord(serializedBytes: BorrowedBytes(value)) else { throw corrupt(record, "no RatedRecord") }
        switch rated.body {
        case .usage: throw corrupt(record, "a usage that has more than one body")
        case .recurring(let fee):
            fee.withCharge { state.add($1, account: $0, member: nil, normalizedOffset: rated.normalizedOffset) }
        case .usageCorrected(let corrected): correct(corrected, value, rated.normalizedOffset, &state)
        case .feeCorrected(let corrected):
            if corrected.hasReversed {
                corrected.reversed.withCharge(correction: -1) { state.add($1, account: $0, member: nil, normalizedOffset: rated.normalizedOffset) }
            }
            if corrected.hasReplacement {
                corrected.replacement.withCharge(correction: 1) { state.add($1, account: $0, member: nil, normalizedOffset: rated.normalizedOffset) }
            }
        case .periodEnded(let ended): try close(ended, cause: rated.meta.id, record, &state, &outbox)
        case .duplicate, .unrated, .accountOpened, .subscriptionActivated, .planChanged, .subscriptionEnded, .changeRefused, .tick, .allowanceNotice: break
        case .favouritesTaken, .priceSignalTaken: break
        case .rerateProposed, .rerated, .holderChanged, .moved: break
        case .subscriptionSuspended, .subscriptionResumed: break
        case .oneTime(let charge): charge.withCharge { state.add($1, account: $0, member: nil, normalizedOffset: rated.normalizedOffset) }
        case .toppedUp, .balanceExpired, .topUpRequested, .offeringBought: break
        case nil: throw corrupt(record, "a RatedRecord without a body")
        }
        return .done
    }

    /// Takes back what the usage was charged and charges it anew. The seal of each bill on which any of it goes counts the correction once.
    private func correct(_ corrected: UsageCorrected, _ member: UnsafeRawBufferPointer, _ normalizedOffset: Int64, _ state: inout AggregateState) {
        var sealed: [Int64] = []
        for (parts, correction) in [(corrected.reversed, Int64(-1)), (corrected.replacement, 1)] {
            for part in parts {
                let period = state.billedPeriod(account: part.account, startMs: part.periodStartMs)
                let isFirst = !sealed.contains(period)
                if isFirst { sealed.append(period) }
                part.withCorrection(correction, isCounted: correction < 0 || !corrected.hasMoved) {
                    state.add($1, account: $0, member: isFirst ? member : nil, normalizedOffset: normalizedOffset)
                }
            }
        }
    }

    func corrupt(_ record: InputRecord, _ reason: String) -> CorruptRecord {
        CorruptRecord(topic: Self.input, partition: record.partition, offset: record.offset, reason: reason)
    }
}
