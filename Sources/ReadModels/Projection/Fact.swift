import Events
import Pipeline
import SwiftProtobuf

/// A record of one of the view's topics, decoded.
struct LoggedFact {
    enum Body {
        case customer(CustomerEvent)
        case rated(RatedRecord)
        case period(PeriodRecord)
        case invoice(InvoiceRecord)
    }

    let timestampMs: Int64
    let body: Body

    /// Throws `CorruptRecord` for a value that cannot be read: these are our own topics.
    init(_ topic: Topic, _ record: InputRecord) throws {
        func corrupt(_ reason: String) -> CorruptRecord {
            CorruptRecord(topic: topic, partition: record.partition, offset: record.offset, reason: reason)
        }
        guard let value = record.value else { throw corrupt("no value") }
        timestampMs = record.timestampMs
        do {
            switch topic {
            case .customersEvents: body = .customer(try CustomerEvent(serializedBytes: BorrowedBytes(value)))
            case .usageRated: body = .rated(try RatedRecord(serializedBytes: BorrowedBytes(value)))
            case .billingPeriods: body = .period(try PeriodRecord(serializedBytes: BorrowedBytes(value)))
            case .billingInvoices:
                var options = JSONDecodingOptions()
                // A newer engine may say more than this view shows.
                options.ignoreUnknownFields = true
                body = .invoice(try InvoiceRecord(jsonUTF8Bytes: BorrowedBytes(value), options: options))
            default: preconditionFailure("the customer view does not read \(topic.rawValue)")
            }
        } catch {
            throw corrupt("\(error)")
        }
    }
}
