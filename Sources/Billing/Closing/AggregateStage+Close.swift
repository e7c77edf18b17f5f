import Events
import Pipeline
import Quantities

extension AggregateStage {
    /// Lines of one record: half a thousand stay far below a megabyte, the usual limit of a record.
    static let linesPerRecord = 500

    func close(
        _ ended: PeriodEnded, cause: EventID, _ record: InputRecord, _ state: inout AggregateState, _ outbox: inout Outbox
    ) throws {
        guard let currency = Currency(ended.terms.currency) else { throw corrupt(record, "no currency in the account's terms") }
        let charges: ClosedCharges
        switch state.close(account: ended.account, startMs: ended.periodStartMs, endMs: ended.periodEndMs) {
        case .success(let closed): charges = closed
        case .failure(let error): throw corrupt(record, error.fault.rawValue)
        }
        if charges.lines.isEmpty { return }

        let lines = Self.billed(charges.lines, state.shapes, currency)
        let chunkCount = (lines.count + Self.linesPerRecord - 1) / Self.linesPerRecord
        var total = Amount.zero
        var roundedTotal = Amount.zero
        let prepaid = charges.lines.reduce(Int128(0)) { $0 + $1.prepaid }
        // Nothing is to be invoiced where the balance paid for all of it.
        let isPaid = prepaid != 0 && charges.lines.allSatisfy { $0.amount == 0 }
        for line in charges.lines {
            let amount = Amount(nanos: line.amount)
            total += amount
            roundedTotal += amount.rounded(currency)
        }
        let closed = PeriodClosed.with {
            $0.account = ended.account
            $0.periodStartMs = ended.periodStartMs
            $0.periodEndMs = ended.periodEndMs
            $0.closedAtMs = ended.closedAtMs
            $0.terms = ended.terms
            $0.total = Money(total, currency.code)
            $0.roundedTotal = Money(roundedTotal, currency.code)
            $0.lines = Array(lines.prefix(Self.linesPerRecord))
            $0.lineCount = UInt32(lines.count)
            $0.chunkCount = UInt32(chunkCount)
            $0.seal = charges.seal.message(partition: record.partition)
            $0.issueDate = ended.issueDate
            $0.periodFirstDay = ended.periodFirstDay
            $0.periodLastDay = ended.periodLastDay
            if prepaid != 0 { $0.prepaidTotal = Money(Amount(nanos: prepaid), currency.code) }
            $0.isPaid = isPaid
        }
        emit(.closed(closed), ordinal: 0, cause, ended.account, &outbox)
        for chunk in 1..<max(chunkCount, 1) {
            let first = chunk * Self.linesPerRecord
            let more = MoreLines.with {
                $0.account = ended.account
                $0.periodStartMs = ended.periodStartMs
                $0.chunk = UInt32(chunk + 1)
                $0.chunkCount = UInt32(chunkCount)
                $0.lines = Array(lines[first..<min(first + Self.linesPerRecord, lines.count)])
                $0.issuer = ended.terms.issuer
                $0.series = ended.terms.series
                $0.isPaid = isPaid
            }
            emit(.moreLines(more), ordinal: UInt64(chunk), cause, ended.account, &outbox)
        }
    }

    private func emit(
        _ body: PeriodRecord.OneOf_Body, ordinal: UInt64, _ cause: EventID, _ account: String, _ outbox: inout Outbox
    ) {
        let record = PeriodRecord.with {
            $0.meta = Meta(cause: cause, stage: Self.name.idTag, ordinal: ordinal, engine: Engine.version)
            $0.body = body
        }
        outbox.emit(record, to: .billingPeriods, key: account)
    }

    /// In the order of a bill, which does not depend on the order in which the charges came.
    private static func billed(_ lines: [ChargeLine], _ shapes: ShapeTable, _ currency: Currency) -> [Line] {
        let sorted = lines.sorted { a, b in
            let (x, y) = (shapes[a.shape], shapes[b.shape])
            if x.kind != y.kind { return x.kind.rawValue < y.kind.rawValue }
            if a.subscription != b.subscription { return precedes(a.subscription, b.subscription) }
            if x.offering != y.offering { return precedes(x.offering, y.offering) }
            if x.type != y.type { return precedes(x.type, y.type) }
            if x.unit != y.unit { return x.unit.rawValue < y.unit.rawValue }
            if x.price != y.price { return precedes(x.price, y.price) }
            if x.zone != y.zone { return precedes(x.zone, y.zone) }
            return x.originalStartMs < y.originalStartMs
        }
        return sorted.map { line in
            let shape = shapes[line.shape]
            return Line.with {
                $0.kind = shape.kind
                $0.subscription = line.subscription
                $0.offering = shape.offering
                $0.price = shape.price
                $0.zone = shape.zone
                $0.type = shape.type
                $0.unit = shape.unit
                $0.count = line.count
                $0.set(quantity: line.quantity, counted: line.counted, allowance: line.allowance)
                $0.amount = Money(Amount(nanos: line.amount), currency.code)
                if line.discount != 0 { $0.discount = Money(Amount(nanos: line.discount), currency.code) }
                $0.originalPeriodStartMs = shape.originalStartMs
                $0.originalPeriodEndMs = shape.originalEndMs
                if line.prepaid != 0 { $0.prepaid = Money(Amount(nanos: line.prepaid), currency.code) }
            }
        }
    }

    private static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}
