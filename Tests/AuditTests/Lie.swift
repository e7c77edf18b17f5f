import Audit
import Events
import Pipeline
import Simulation
import SwiftProtobuf
import Testing

/// A change of an honest log, and the claim that is false then.
struct Lie: CustomTestStringConvertible, Sendable {
    var what: String
    var check: AuditCheck
    /// What an offender is said to do.
    var says = ""
    var tell: @Sendable (InMemoryLog) throws -> Void

    var testDescription: String { what }

    /// Alters the first record for which `change` returns true.
    static func alter<M: Message>(
        _ log: InMemoryLog, _ topic: Topic, _ type: M.Type, in only: Int32? = nil, _ change: (inout M) -> Bool
    ) throws {
        for partition in 0..<log.partitionCount(of: topic) where only == nil || only == partition {
            for offset in log.offsets(inPartition: partition, of: topic) {
                var isDone = false
                try log.alter(topic, partition: partition, offset: offset) { bytes in
                    let isJSON = topic.encoding == .json
                    guard var message = isJSON ? try? M(jsonUTF8Bytes: bytes) : try? M(serializedBytes: bytes), change(&message) else { return bytes }
                    isDone = true
                    return try isJSON ? message.jsonUTF8Bytes() : message.serializedBytes()
                }
                if isDone { return }
            }
        }
        throw AuditTests.NothingToTamperWith()
    }

    /// Alters all records of usage.rated.
    static func alterAll(_ log: InMemoryLog, _ change: (inout RatedRecord) -> Void) throws {
        for partition in 0..<log.partitionCount(of: .usageRated) {
            for offset in log.offsets(inPartition: partition, of: .usageRated) {
                try log.alter(.usageRated, partition: partition, offset: offset) { bytes in
                    var record = try RatedRecord(serializedBytes: bytes)
                    change(&record)
                    return try record.serializedBytes()
                }
            }
        }
    }

    static let all: [Lie] = [
        Lie(what: "bytes that are no event", check: .readable) { log in
            try log.alter(.usageRated, partition: 0, offset: #require(log.offsets(inPartition: 0, of: .usageRated).first)) { _ in [0xff, 0xff] }
        },
        Lie(what: "an id of another event", check: .eventIDs) { log in
            var first: Meta?
            try alter(log, .customersEvents, CustomerEvent.self) { event in
                guard let first else {
                    first = event.meta
                    return false
                }
                event.meta = first
                return true
            }
        },
        Lie(what: "a tick left out", check: .ticks) { log in
            log.remove(.clock, partition: 0, offset: log.offsets(inPartition: 0, of: .clock)[1])
        },
        Lie(what: "a tick that takes effect at another time", check: .ticks) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .tick(var tick)? = record.body else { return false }
                tick.timeMs += 1
                record.tick = tick
                return true
            }
        },
        Lie(what: "normalize claims a record that it never read", check: .rawFates) { log in
            let offset = log.append(.usageRaw, partition: 1, key: [], value: [1, 2, 3])
            log.pretend(.normalize, partition: 1, committed: offset + 1)
        },
        Lie(what: "a raw record with other bytes", check: .rawContent) { log in
            let offset = try #require(log.offsets(inPartition: 0, of: .usageRaw).first)
            log.alter(.usageRaw, partition: 0, offset: offset) { $0 + [32] }
        },
        Lie(what: "a recycled record of nothing", check: .recycling) { log in
            let headers = [(name: "recycles", value: Array("00000000000000010000000000000002".utf8))]
            let offset = log.append(.usageRaw, partition: 0, key: [], value: [1], headers: headers)
            log.pretend(.normalize, partition: 0, committed: offset + 1)
        },
        Lie(what: "rate claims a usage that it never read", check: .ratedFates) { log in
            for partition in 0..<log.partitionCount(of: .usageNormalized) {
                for offset in log.offsets(inPartition: partition, of: .usageNormalized) {
                    let copy = log.double(.usageNormalized, partition: partition, offset: offset)
                    log.pretend(.rate, partition: partition, committed: copy + 1)
                }
            }
        },
        Lie(what: "a usage rated for another account", check: .ratedContent) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usage(var usage)? = record.body else { return false }
                usage.account += "x"
                record.usage = usage
                return true
            }
        },
        Lie(what: "the last part of a session left out", check: .ratedFates) { log in
            for partition in 0..<log.partitionCount(of: .usageRated) {
                var last: Int64?
                log.read(.usageRated, partition: partition, 0..<Int64.max) { record in
                    let usage = record.value.flatMap { try? RatedRecord(serializedBytes: BorrowedBytes($0)) }?.usage
                    if let usage, usage.part > 0, usage.part == usage.partCount - 1 { last = record.offset }
                    return last == nil
                }
                if let last { return log.remove(.usageRated, partition: partition, offset: last) }
            }
            throw AuditTests.NothingToTamperWith()
        },
        Lie(what: "a part of a session with another quantity", check: .ratedContent) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usage(var usage)? = record.body, usage.part > 0 else { return false }
                usage.quantityMicros += 1
                record.usage = usage
                return true
            }
        },
        Lie(what: "a duplicate of another original", check: .duplicates) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .duplicate(var duplicate)? = record.body else { return false }
                duplicate.originalRawOffset += 1
                record.duplicate = duplicate
                return true
            }
        },
        Lie(what: "a conflict with another usage than it has one with", check: .duplicates) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .unrated(var unrated)? = record.body, unrated.reason == "conflicting-duplicate" else { return false }
                unrated.originalRawOffset += 1
                record.unrated = unrated
                return true
            }
        },
        Lie(what: "a balance that paid more than it says is left", check: .prepaid) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usage(var usage)? = record.body, usage.prepaidNanos > 0 else { return false }
                usage.balanceLeftNanos += 1
                record.usage = usage
                return true
            }
        },
        Lie(what: "a usage that was billed although the balance paid for it", check: .balance) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usage(var usage)? = record.body, usage.prepaidNanos > 0 else { return false }
                usage.prepaidNanos -= 1
                record.usage = usage
                return true
            }
        },
        Lie(what: "a purchase that nobody paid for", check: .prepaid) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .oneTime(var charge)? = record.body, charge.prepaidNanos > 0 else { return false }
                charge.prepaidNanos = 0
                record.oneTime = charge
                return true
            }
        },
        Lie(what: "a top-up of less than came in", check: .prepaid) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .toppedUp(var toppedUp)? = record.body else { return false }
                toppedUp.amountNanos -= 1
                record.toppedUp = toppedUp
                return true
            }
        },
        Lie(what: "a write-off of more than expired", check: .prepaid) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .balanceExpired(var expired)? = record.body else { return false }
                expired.amountNanos += 1
                record.balanceExpired = expired
                return true
            }
        },
        Lie(what: "a one-time charge that is on no bill", check: .balance) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .oneTime(var charge)? = record.body else { return false }
                charge.chargeNanos += 1
                record.oneTime = charge
                return true
            }
        },
        Lie(what: "a period with an amount due that says that all was prepaid", check: .drafts) { log in
            try alter(log, .billingPeriods, PeriodRecord.self) { record in
                guard case .closed(var closed)? = record.body, !closed.isPaid else { return false }
                closed.isPaid = true
                record.closed = closed
                return true
            }
        },
        Lie(what: "a correction that takes back less than was charged", check: .corrections) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usageCorrected(var event)? = record.body else { return false }
                event.reversed[0].chargeNanos -= 1
                record.usageCorrected = event
                return true
            }
        },
        Lie(what: "a correction by another usage", check: .corrections) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usageCorrected(var event)? = record.body else { return false }
                event.replacement[0].quantityMicros += 1
                record.usageCorrected = event
                return true
            }
        },
        Lie(what: "a correction of a fee that nobody ordered", check: .corrections) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .feeCorrected(var event)? = record.body else { return false }
                event.replacement.chargeNanos += 1
                record.feeCorrected = event
                return true
            }
        },
        Lie(what: "a rated usage called suspended", check: .unrated) { log in
            try alter(log, .usageSuspended, SuspendedUsage.self) { usage in
                usage.stage = "rate"
                return true
            }
        },
        Lie(what: "minutes at home that paid for a premium call", check: .zones) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usage(var usage)? = record.body, usage.zone == "premium" else { return false }
                usage.draws.append(.with { $0.allowance = "minutes"; $0.drawn = 1 })
                record.usage = usage
                return true
            }
        },
        Lie(what: "minutes that paid for a free call", check: .zones) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usage(var usage)? = record.body, usage.price == "voice-free" else { return false }
                usage.draws.append(.with { $0.allowance = "welcome"; $0.drawn = 1 })
                record.usage = usage
                return true
            }
        },
        Lie(what: "a price of another zone than the usage's", check: .zones) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usage(var usage)? = record.body, usage.zone == "abroad" else { return false }
                usage.ownZone = "mobile"
                record.usage = usage
                return true
            }
        },
        Lie(what: "discounts that do not add up", check: .ratedContent) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .usage(var usage)? = record.body, !usage.discounts.isEmpty else { return false }
                usage.discounts[0].amountNanos += 1
                record.usage = usage
                return true
            }
        },
        Lie(what: "a bill that shows another discount", check: .periods) { log in
            try alter(log, .billingPeriods, PeriodRecord.self) { record in
                guard case .closed(var closed)? = record.body, let line = closed.lines.firstIndex(where: { $0.hasDiscount }) else { return false }
                closed.lines[line].discount.units += 1
                record.closed = closed
                return true
            }
        },
        Lie(what: "a rejected usage called suspended", check: .unrated) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard record.unrated.rejected else { return false }
                record.unrated.rejected = false
                return true
            }
        },
        Lie(what: "a suspended usage called rejected", check: .unrated) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .unrated(var unrated)? = record.body, !unrated.rejected else { return false }
                unrated.rejected = true
                record.unrated = unrated
                return true
            }
        },
        Lie(what: "usage barred by suspensions that there never were", check: .barring) { log in
            for partition in 0..<log.partitionCount(of: .usageRated) {
                var suspensions: [Int64] = []
                log.read(.usageRated, partition: partition, 0..<Int64.max) { record in
                    let fact = record.value.flatMap { try? RatedRecord(serializedBytes: BorrowedBytes($0)) }
                    if case .subscriptionSuspended? = fact?.body { suspensions.append(record.offset) }
                    return true
                }
                for offset in suspensions { log.remove(.usageRated, partition: partition, offset: offset) }
            }
        },
        Lie(what: "a nano more than the minimum spend lacked", check: .minimums) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .recurring(var fee)? = record.body, fee.price == RecurringCharge.minimumSpend else { return false }
                fee.chargeNanos += 1
                record.recurring = fee
                return true
            }
        },
        Lie(what: "a minimum spend that was never charged", check: .minimums) { log in
            for partition in 0..<log.partitionCount(of: .usageRated) {
                var first: Int64?
                log.read(.usageRated, partition: partition, 0..<Int64.max) { record in
                    let fee = record.value.flatMap { try? RatedRecord(serializedBytes: BorrowedBytes($0)) }?.recurring
                    if fee?.price == RecurringCharge.minimumSpend { first = record.offset }
                    return first == nil
                }
                if let first { return log.remove(.usageRated, partition: partition, offset: first) }
            }
            throw AuditTests.NothingToTamperWith()
        },
        Lie(what: "more minutes than a month and the one before had", check: .rollovers) { log in
            try alterAll(log) { record in
                guard case .usage(var usage)? = record.body else { return }
                for place in usage.draws.indices where usage.draws[place].allowance == "minutes" && usage.draws[place].offering.isEmpty {
                    usage.draws[place].drawn += 1_000_000_000_000
                }
                record.usage = usage
            }
        },
        Lie(what: "money that came in before its time", check: .prepaid) { log in
            try alterAll(log) { record in
                guard case .toppedUp(var event)? = record.body else { return }
                event.fromMs += 400 * 86_400_000
                record.toppedUp = event
            }
        },
        Lie(what: "a bill with another line", check: .periods) { log in
            try alter(log, .billingPeriods, PeriodRecord.self) { record in
                record.closed.lines[0].amount.nanos += 1
                return true
            }
        },
        Lie(what: "a fee that nobody billed", check: .balance) { log in
            try alter(log, .usageRated, RatedRecord.self) { record in
                guard case .recurring(var fee)? = record.body else { return false }
                fee.chargeNanos += 1
                record.recurring = fee
                return true
            }
        },
        Lie(what: "a bill that shows another quantity", check: .quantities) { log in
            try alter(log, .billingPeriods, PeriodRecord.self) { record in
                guard case .closed(var closed)? = record.body, let line = closed.lines.firstIndex(where: { $0.quantityMicros > 0 }) else { return false }
                closed.lines[line].quantityMicros -= 1
                record.closed = closed
                return true
            }
        },
        Lie(what: "a bill that shows what an allowance did not pay", check: .quantities) { log in
            try alter(log, .billingPeriods, PeriodRecord.self) { record in
                guard case .closed(var closed)? = record.body, let line = closed.lines.firstIndex(where: { $0.allowanceMicros > 0 }) else { return false }
                closed.lines[line].allowanceMicros = 0
                record.closed = closed
                return true
            }
        },
        Lie(what: "a quantity that ends where 64 bits do", check: .quantities) { log in
            try alter(log, .billingPeriods, PeriodRecord.self) { record in
                guard case .closed(var closed)? = record.body, let line = closed.lines.firstIndex(where: { !$0.wideQuantity.isEmpty }) else { return false }
                closed.lines[line].wideQuantity = ""
                record.closed = closed
                return true
            }
        },
        Lie(what: "a quantity whose digits are of another number", check: .quantities) { log in
            try alter(log, .billingPeriods, PeriodRecord.self) { record in
                guard case .closed(var closed)? = record.body, let line = closed.lines.firstIndex(where: { !$0.wideQuantity.isEmpty }) else { return false }
                closed.lines[line].quantityMicros -= 1
                record.closed = closed
                return true
            }
        },
        Lie(what: "a seal of other usages", check: .seals) { log in
            try alter(log, .billingPeriods, PeriodRecord.self) { record in
                guard record.closed.seal.usageCount > 0 else { return false }
                record.closed.seal.usageDigest[0] ^= 1
                return true
            }
        },
        Lie(what: "rounding in the issuer's favour", check: .drafts) { log in
            try alter(log, .billingDrafts, InvoiceRecord.self) { record in
                record.invoice.rounding.nanos += 1
                return true
            }
        },
        Lie(what: "an invoice to another day", check: .invoices) { log in
            try alter(log, .billingInvoices, InvoiceRecord.self) { record in
                record.invoice.issueDate = "2020-01-01"
                return true
            }
        },
        Lie(what: "a number given twice", check: .numbers) { log in
            var first: Invoice?
            try alter(log, .billingInvoices, InvoiceRecord.self) { record in
                guard let given = first else {
                    first = record.invoice
                    return false
                }
                guard given.series == record.invoice.series else { return false }
                record.invoice.number = given.number
                return true
            }
        },
    ]
}
