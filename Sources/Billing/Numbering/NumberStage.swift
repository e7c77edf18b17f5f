import Events
import Pipeline
import Quantities

/// Gives each draft the next number of its series, without a gap: all drafts of a series are in one partition, and each is read exactly
/// once. Number and date are facts from then on and are never computed again.
///
/// Drafts of several accounts may come between the records of a long one; its later records get its number by account and period.
public struct NumberStage: Stage {
    public typealias State = NumberState
    public typealias Tables = NoTables

    public static let name = StageName.number
    public static let input = Topic.billingDrafts
    public static let outputs: [Topic] = [.billingInvoices]
    public static let changelog: Topic? = .stateNumber

    public init() {}

    public func step(_ record: InputRecord, tables: NoTables, state: inout NumberState, outbox: inout Outbox) throws -> StepResult {
        guard let value = record.value, let draft = try? InvoiceRecord(serializedBytes: BorrowedBytes(value)) else {
            throw corrupt(record, "no InvoiceRecord")
        }
        var numbered = InvoiceRecord()
        numbered.meta = Meta(cause: draft.meta.id, stage: Self.name.idTag, ordinal: 0, engine: Engine.version)
        let account: String
        switch draft.body {
        case .invoice(var invoice):
            let series = SeriesName.text(issuer: invoice.issuer, series: invoice.series)
            invoice.number = Self.number(state.take(series), invoice.terms)
            account = invoice.account
            if invoice.chunkCount > 1 {
                state.expectLines(
                    account: account, periodStartMs: invoice.periodStartMs, number: invoice.number, records: Int64(invoice.chunkCount) - 1)
            }
            numbered.invoice = invoice
        case .moreLines(var more):
            guard let number = state.takeLines(account: more.account, periodStartMs: more.periodStartMs) else {
                throw corrupt(record, "lines of an invoice that has not come")
            }
            more.number = number
            account = more.account
            numbered.moreLines = more
        case nil: throw corrupt(record, "an InvoiceRecord without a body")
        }
        outbox.emit(numbered, to: .billingInvoices, key: account)
        return .done
    }

    /// The prefix and at least `number_digits` digits (18 at most).
    static func number(_ value: Int64, _ terms: BillingTerms) -> String {
        let digits = String(value)
        let width = Int(min(terms.numberDigits, 18))
        return terms.numberPrefix + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private func corrupt(_ record: InputRecord, _ reason: String) -> CorruptRecord {
        CorruptRecord(topic: Self.input, partition: record.partition, offset: record.offset, reason: reason)
    }
}
