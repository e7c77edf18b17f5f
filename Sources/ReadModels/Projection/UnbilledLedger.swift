import Events
import GRDB
import Quantities

/// Sums charges of periods that have not ended, by what will be one line of a bill.
///
/// It goes by usage.rated alone, where PeriodEnded stands in one order with the account's charges; a charge of a period that has
/// ended counts in the oldest open one, as the aggregate bills it. A batch is summed in memory and each sum written once.
struct UnbilledLedger {
    private struct Line: Hashable {
        var account: String
        var periodStartMs: Int64
        var subscription: String
        var kind: ChargeKind
        var offering: String
        var price: String
        var zone = ""
        var type = ""
        var unit = 0
        /// The period that the charge belongs to: another than `periodStartMs` when it came late.
        var ownPeriodStartMs: Int64
    }

    private struct Sums {
        var line: Line
        var ownPeriodEndMs: Int64
        var count: Int64 = 0
        /// In millionths of the unit.
        var quantity: Int128 = 0
        var counted: Int128 = 0
        var allowance: Int128 = 0
        var amount: Int128 = 0
        var discount: Int128 = 0
        /// Its period ended within the batch.
        var isBilled = false
    }

    private var sums: [Sums] = []
    private var index: [Line: Int] = [:]
    /// The places in `sums` by account's ring, to find what a period's end takes away.
    private var places: [Int: [Int]] = [:]
    private var ended: [(account: String, untilMs: Int64)] = []
    private let find: Statement
    private let put: Statement
    private let remove: Statement
    private let putPlan: Statement
    private let putSuspension: Statement
    private let endSuspension: Statement
    /// Of prepaid accounts, as each event says it.
    private var balances: [String: Int64] = [:]
    private let putBalance: Statement
    /// The latest tick of the batch.
    private var tickMs = Int64.min
    private let putClock: Statement
    private let orders: OrderWriter

    init(_ db: Database) throws {
        orders = try OrderWriter(db, .carriedOut)
        putClock = try db.cachedStatement(sql: "INSERT INTO clock VALUES (1, ?) ON CONFLICT DO UPDATE SET time_ms = max(time_ms, excluded.time_ms)")
        find = try db.cachedStatement(
            sql: """
                SELECT count, quantity_micros, counted_micros, allowance_micros, amount_nanos, discount_nanos, wide_quantity, wide_counted,
                wide_allowance FROM unbilled
                WHERE account = ? AND period_start_ms = ? AND subscription = ? AND kind = ? AND offering = ? AND price = ? AND zone = ?
                AND type = ? AND unit = ? AND own_period_start_ms = ?
                """)
        put = try db.cachedStatement(sql: "INSERT OR REPLACE INTO unbilled VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        remove = try db.cachedStatement(sql: "DELETE FROM unbilled WHERE account = ? AND period_start_ms < ?")
        putSuspension = try db.cachedStatement(sql: "INSERT OR REPLACE INTO suspensions VALUES (?, ?, ?, ?, ?, ?)")
        endSuspension = try db.cachedStatement(
            sql: "UPDATE suspensions SET to_ms = ? WHERE account = ? AND subscription = ? AND to_ms IS NULL")
        putPlan = try db.cachedStatement(sql: "INSERT OR REPLACE INTO plans VALUES (?, ?, ?, ?)")
        putBalance = try db.cachedStatement(sql: "INSERT OR REPLACE INTO balances VALUES (?, ?)")
    }

    mutating func apply(_ record: RatedRecord, atMs: Int64, _ activity: inout ActivityLog) throws {
        switch record.body {
        case .usage(let usage): try add(usage, &activity)
        case .recurring(let charge): try add(charge, &activity)
        case .periodEnded(let period):
            end(untilMs: period.periodEndMs, period.account, try activity.ring(period.account, .rated), &activity)
        case .subscriptionActivated(let event):
            try putPlan.execute(arguments: [event.account, event.subscription, event.fromMs, event.offering])
        case .planChanged(let event):
            try putPlan.execute(arguments: [event.account, event.subscription, event.fromMs, event.offering])
            try activity.append(
                .init(atMs: event.fromMs, kind: .planChange, subscription: event.subscription, what: event.offering), event.account, .rated)
        case .changeRefused(let event):
            try activity.append(
                .refusal(event.reason, event.detail, subscription: event.subscription, atMs: atMs), event.account, .rated)
        case .allowanceNotice(let event):
            try activity.append(
                .init(atMs: atMs, kind: .allowance, subscription: event.subscription, what: "\(event.allowance) \(event.percent) %"), event.account, .rated)
        case .unrated(let usage):
            if usage.account.isEmpty { return }
            try activity.append(.init(atMs: atMs, kind: usage.rejected ? .rejected : .unrated, what: usage.reason), usage.account, .rated)
        case .subscriptionSuspended(let event):
            try putSuspension.execute(arguments: [
                event.account, event.subscription, event.fromMs, nil, Int64(event.barring.rawValue), event.reason,
            ])
            try activity.append(
                .init(atMs: event.fromMs, kind: .suspension, subscription: event.subscription, what: event.reason), event.account, .rated)
        case .subscriptionResumed(let event):
            try endSuspension.execute(arguments: [event.fromMs, event.account, event.subscription])
            try activity.append(.init(atMs: event.fromMs, kind: .resumption, subscription: event.subscription, what: ""), event.account, .rated)
        case .usageCorrected(let event): try correct(event, atMs: atMs, &activity)
        case .feeCorrected(let event): try correct(event, atMs: atMs, &activity)
        case .tick(let tick): tickMs = max(tickMs, tick.timeMs)
        case .duplicate, .accountOpened, .subscriptionEnded, nil: break
        // Nothing was charged; and whose a number is, customers.events say.
        case .moved, .holderChanged: break
        case .favouritesTaken, .priceSignalTaken: break
        case .rerateProposed, .rerated: break
        case .oneTime(let charge): try add(charge, &activity)
        case .offeringBought(let event):
            try orders.count(event.account, .purchase, event.startMs, subscription: event.subscription, what: event.offering)
            try activity.append(
                .init(atMs: event.startMs, kind: .purchase, subscription: event.subscription, what: event.offering), event.account, .rated)
        case .toppedUp(let event):
            balances[event.account] = event.balanceLeftNanos
            try orders.count(event.account, .topUp, event.fromMs, amountNanos: event.amountNanos)
            try activity.append(.init(atMs: event.fromMs, kind: .topUp, amountNanos: String(event.amountNanos)), event.account, .rated)
        case .balanceExpired(let event):
            balances[event.account] = event.balanceLeftNanos
            try activity.append(.init(atMs: atMs, kind: .expiry, amountNanos: String(event.amountNanos)), event.account, .rated)
        case .topUpRequested(let event):
            try activity.append(.init(atMs: atMs, kind: .topUpRequest, amountNanos: String(event.amountNanos)), event.account, .rated)
        }
    }

    private mutating func correct(_ event: UsageCorrected, atMs: Int64, _ activity: inout ActivityLog) throws {
        guard let first = event.reversed.first ?? event.replacement.first else { return }
        let ring = try activity.ring(first.account, .rated)
        var difference: Int128 = 0
        for part in event.reversed {
            sum(part, sign: -1, late: .correctedUsage, ring, activity)
            difference -= Int128(part.chargeNanos)
        }
        for part in event.replacement {
            // What is left of a usage that went to another holder is the money that a balance had paid for it.
            sum(part, sign: 1, isCounted: !event.hasMoved, late: .correctedUsage, ring, activity)
            difference += Int128(part.chargeNanos)
        }
        activity.append(
            .init(atMs: atMs, kind: .correction, subscription: first.subscription, what: first.type, amountNanos: Nanos.text(Amount(nanos: difference))),
            to: ring)
    }

    private mutating func correct(_ event: FeeCorrected, atMs: Int64, _ activity: inout ActivityLog) throws {
        let fee = event.hasReplacement ? event.replacement : event.reversed
        let ring = try activity.ring(fee.account, .rated)
        var difference: Int128 = 0
        if event.hasReversed {
            sum(event.reversed, sign: -1, late: .correctedRecurring, ring, activity)
            difference -= Int128(event.reversed.chargeNanos)
        }
        if event.hasReplacement {
            sum(event.replacement, sign: 1, late: .correctedRecurring, ring, activity)
            difference += Int128(event.replacement.chargeNanos)
        }
        activity.append(
            .init(atMs: atMs, kind: .correction, subscription: fee.subscription, what: fee.price, amountNanos: Nanos.text(Amount(nanos: difference))),
            to: ring)
    }

    private mutating func sum(
        _ usage: RatedUsage, sign: Int64, isCounted: Bool = true, late: ChargeKind, _ ring: Int, _ activity: ActivityLog
    ) {
        let open = openPeriod(of: usage.periodStartMs, endedUntilMs: activity.endedUntilMs(ring))
        let at = place(
            Line(
                account: usage.account, periodStartMs: open, subscription: usage.subscription,
                kind: open == usage.periodStartMs ? .usage : late, offering: usage.offering, price: usage.price, zone: usage.zone,
                type: usage.type, unit: usage.unit.rawValue, ownPeriodStartMs: usage.periodStartMs),
            ownPeriodEndMs: usage.periodEndMs, ring)
        if isCounted { sums[at].count += sign }
        sums[at].quantity += Int128(sign) * Int128(usage.quantityMicros)
        sums[at].counted += Int128(sign) * Int128(usage.countedMicros)
        sums[at].allowance += Int128(sign) * Int128(usage.allowanceMicros)
        sums[at].amount += Int128(sign) * (Int128(usage.chargeNanos) - Int128(usage.prepaidNanos))
        sums[at].discount += Int128(sign) * Int128(usage.discountNanos)
    }

    private mutating func sum(_ fee: RecurringCharge, sign: Int64, late: ChargeKind, _ ring: Int, _ activity: ActivityLog) {
        let open = openPeriod(of: fee.periodStartMs, endedUntilMs: activity.endedUntilMs(ring))
        let at = place(
            Line(
                account: fee.account, periodStartMs: open, subscription: fee.subscription,
                kind: open == fee.periodStartMs ? .recurring : late, offering: fee.offering, price: fee.price,
                ownPeriodStartMs: fee.periodStartMs),
            ownPeriodEndMs: fee.periodEndMs, ring)
        sums[at].count += sign
        sums[at].amount += Int128(sign) * (Int128(fee.chargeNanos) - Int128(fee.prepaidNanos))
        sums[at].discount += Int128(sign) * Int128(fee.discountNanos)
    }

    private mutating func add(_ charge: OneTimeCharge, _ activity: inout ActivityLog) throws {
        note(charge.account, prepaid: charge.prepaidNanos, left: charge.balanceLeftNanos)
        let ring = try activity.ring(charge.account, .rated)
        let open = openPeriod(of: charge.periodStartMs, endedUntilMs: activity.endedUntilMs(ring))
        let at = place(
            Line(
                account: charge.account, periodStartMs: open, subscription: charge.subscription,
                kind: open == charge.periodStartMs ? .oneTime : .lateOneTime, offering: charge.offering, price: charge.price,
                ownPeriodStartMs: charge.periodStartMs),
            ownPeriodEndMs: charge.periodEndMs, ring)
        sums[at].count += 1
        sums[at].amount += Int128(charge.chargeNanos) - Int128(charge.prepaidNanos)
        activity.append(
            .init(
                atMs: charge.purchaseStartMs, kind: .fee, subscription: charge.subscription, what: charge.offering, price: charge.price,
                amountNanos: String(charge.chargeNanos)),
            to: ring)
    }

    /// Where nothing was paid and nothing is left, the balance is what it was, or there is none.
    private mutating func note(_ account: String, prepaid: Int64, left: Int64) {
        if prepaid != 0 || left != 0 { balances[account] = left }
    }

    private mutating func add(_ usage: RatedUsage, _ activity: inout ActivityLog) throws {
        let ring = try activity.ring(usage.account, .rated)
        note(usage.account, prepaid: usage.prepaidNanos, left: usage.balanceLeftNanos)
        sum(usage, sign: 1, late: .lateUsage, ring, activity)
        activity.append(
            .init(
                atMs: usage.startMs, kind: .usage, subscription: usage.subscription, what: usage.type, price: usage.price, zone: usage.zone,
                quantityMicros: usage.quantityMicros, unit: usage.unit.rawValue, amountNanos: String(usage.chargeNanos)),
            to: ring)
    }

    private mutating func add(_ charge: RecurringCharge, _ activity: inout ActivityLog) throws {
        let ring = try activity.ring(charge.account, .rated)
        note(charge.account, prepaid: charge.prepaidNanos, left: charge.balanceLeftNanos)
        sum(charge, sign: 1, late: .lateRecurring, ring, activity)
        activity.append(
            .init(
                atMs: charge.periodEndMs, kind: .fee, subscription: charge.subscription, what: charge.offering, price: charge.price,
                amountNanos: String(charge.chargeNanos)),
            to: ring)
    }

    /// The start of the period in which a charge of the period that begins at `startMs` is billed.
    private func openPeriod(of startMs: Int64, endedUntilMs: Int64?) -> Int64 { max(startMs, endedUntilMs ?? .min) }

    private mutating func place(_ line: Line, ownPeriodEndMs: Int64, _ ring: Int) -> Int {
        if let known = index[line] { return known }
        sums.append(Sums(line: line, ownPeriodEndMs: ownPeriodEndMs))
        index[line] = sums.count - 1
        places[ring, default: []].append(sums.count - 1)
        return sums.count - 1
    }

    private mutating func end(untilMs: Int64, _ account: String, _ ring: Int, _ activity: inout ActivityLog) {
        if let before = activity.endedUntilMs(ring), before >= untilMs { return }
        activity.setEnded(untilMs: untilMs, ring)
        ended.append((account, untilMs))
        for at in places[ring] ?? [] where sums[at].line.periodStartMs < untilMs && !sums[at].isBilled {
            sums[at].isBilled = true
            index[sums[at].line] = nil
        }
    }

    /// Takes away what has been billed and adds the batch's sums to those of the file. SQLite's own sums would turn into floating
    /// point where they overflow, so they are made here.
    mutating func finish() throws {
        if tickMs > Int64.min { try putClock.execute(arguments: [tickMs]) }
        for (account, nanos) in balances { try putBalance.execute(arguments: [account, String(nanos)]) }
        for period in ended { try remove.execute(arguments: [period.account, period.untilMs]) }
        for sum in sums where !sum.isBilled {
            let line = sum.line
            var total = sum
            if let row = try Row.fetchOne(
                find,
                arguments: [
                    line.account, line.periodStartMs, line.subscription, line.kind.rawValue, line.offering, line.price, line.zone, line.type,
                    line.unit, line.ownPeriodStartMs,
                ])
            {
                total.count += row[0] as Int64
                total.quantity += try WideColumn.read(row[1], row[6])
                total.counted += try WideColumn.read(row[2], row[7])
                total.allowance += try WideColumn.read(row[3], row[8])
                total.amount += try Nanos.read(row[4]).nanos
                total.discount += try Nanos.read(row[5]).nanos
            }
            let (quantity, counted, allowance) = (WideNumber.split(total.quantity), WideNumber.split(total.counted), WideNumber.split(total.allowance))
            put.setUncheckedArguments([
                line.account, line.periodStartMs, line.subscription, line.kind.rawValue, line.offering, line.price, line.zone, line.type,
                line.unit, line.ownPeriodStartMs, sum.ownPeriodEndMs, total.count, quantity.short, counted.short, allowance.short,
                Nanos.text(Amount(nanos: total.amount)), Nanos.text(Amount(nanos: total.discount)), quantity.wide, counted.wide, allowance.wide,
            ])
            try put.execute()
        }
    }
}
