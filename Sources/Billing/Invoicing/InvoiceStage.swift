import Events
import Pipeline
import Quantities

/// Turns each closed period into the draft of its invoice: lines rounded to the minor unit, tax on their sum, totals. It has no number
/// yet, for a series is numbered by one sequencer.
///
/// A negative total is a valid draft: what is owed to the customer. A total of zero is a valid invoice. A period that was prepaid in full has none.
public struct InvoiceStage: Stage {
    public typealias State = NoState
    public typealias Tables = NoTables

    public static let name = StageName.invoice
    public static let input = Topic.billingPeriods
    public static let outputs: [Topic] = [.billingDrafts]
    public static let changelog: Topic? = .stateInvoice
    /// Older builds had no changelog here, and so don't mind what stands in it.
    public static let oldestFormat = StateFormat.second
    public static let ranWithoutChangelog = true

    public init() {}

    public func step(_ record: InputRecord, tables: NoTables, state: inout NoState, outbox: inout Outbox) throws -> StepResult {
        guard let value = record.value, let period = try? PeriodRecord(serializedBytes: BorrowedBytes(value)) else {
            throw corrupt(record, "no PeriodRecord")
        }
        var draft = InvoiceRecord()
        draft.meta = Meta(cause: period.meta.id, stage: Self.name.idTag, ordinal: 0, engine: Engine.version)
        let key: String
        switch period.body {
        case .closed(let closed):
            if closed.isPaid { return .done }
            guard let currency = Currency(closed.terms.currency) else { throw corrupt(record, "no currency in the account's terms") }
            draft.invoice = Invoice(draftOf: closed, currency)
            key = SeriesName.text(issuer: closed.terms.issuer, series: closed.terms.series)
        case .moreLines(var more):
            if more.isPaid { return .done }
            for place in more.lines.indices {
                guard let currency = Currency(more.lines[place].amount.currencyCode) else { throw corrupt(record, "a line without a currency") }
                more.lines[place].round(currency)
            }
            draft.moreLines = more
            key = SeriesName.text(issuer: more.issuer, series: more.series)
        case nil: throw corrupt(record, "a PeriodRecord without a body")
        }
        outbox.emit(draft, to: .billingDrafts, key: key)
        return .done
    }

    private func corrupt(_ record: InputRecord, _ reason: String) -> CorruptRecord {
        CorruptRecord(topic: Self.input, partition: record.partition, offset: record.offset, reason: reason)
    }
}
