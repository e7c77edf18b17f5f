import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// Emits what one record of usage.normalized causes, with ids by its place among them.
struct RatedEmitter {
    let partition: Int32
    let offset: Int64
    let cause: EventID
    var nextOrdinal: UInt64 = 0

    init(record: InputRecord, cause: EventID) {
        partition = record.partition
        offset = record.offset
        self.cause = cause
    }

    mutating func meta() -> Meta {
        defer { nextOrdinal += 1 }
        return Meta(cause: cause, stage: StageName.rate.idTag, ordinal: nextOrdinal, engine: Engine.version)
    }

    /// To usage.rated, in the partition of the same number. Returns the event's id.
    @discardableResult
    mutating func emit(_ body: RatedRecord.OneOf_Body, account: String, to outbox: inout Outbox) -> EventID {
        var record = RatedRecord()
        record.meta = meta()
        record.normalizedOffset = offset
        record.body = body
        outbox.emit(record, to: .usageRated, partition: partition, key: account)
        return record.meta.id
    }

    mutating func refuse(_ reason: ChangeRefusal, account: String, subscription: String, _ detail: String, to outbox: inout Outbox) {
        var refused = ChangeRefused()
        refused.account = account
        refused.subscription = subscription
        refused.reason = reason.rawValue
        refused.detail = detail
        outbox.count("changes_refused", label: reason.rawValue)
        emit(.changeRefused(refused), account: account, to: &outbox)
    }
}
