import Events
import Pipeline
import Quantities

/// What an account was charged, added up anew from usage.rated, period by period.
struct AccountBook {
    /// Charges of one period, or all that came late.
    struct Page {
        var startMs: Int64
        var sum: Int128 = 0
        /// What discounts took off.
        var discount: Int128 = 0
        /// Of its usages.
        var quantities = QuantitySums()
        var charges: Int64 = 0
        var usages: Int64 = 0
        var digest = MultisetDigest()
        var firstOffset = Int64.max
        var endOffset: Int64 = 0

        mutating func add(_ nanos: Int128, discount: Int128) {
            sum += nanos
            self.discount += discount
            charges += 1
        }

        mutating func add(usage value: UnsafeRawBufferPointer, normalizedOffset: Int64) {
            usages += 1
            digest.add(value)
            firstOffset = min(firstOffset, normalizedOffset)
            endOffset = max(endOffset, normalizedOffset + 1)
        }

        mutating func add(_ other: Page) {
            sum += other.sum
            discount += other.discount
            quantities.add(other.quantities)
            charges += other.charges
            usages += other.usages
            other.digest.bytes.withUnsafeBytes { digest.add(sum: $0) }
            firstOffset = min(firstOffset, other.firstOffset)
            endOffset = max(endOffset, other.endOffset)
        }
    }

    var currency = ""
    var rated: Int128 = 0
    var recurring: Int128 = 0
    var oneTime: Int128 = 0
    /// What of it all a prepaid balance paid; what came into the balance, what expired, and what it is now.
    var prepaid: Int128 = 0
    var toppedUp: Int128 = 0
    var expired: Int128 = 0
    var balance: Int128 = 0
    var isPrepaid = false
    var creditLimit: Int128 = 0
    /// As billing.periods says.
    var closed: Int128 = 0
    /// What belongs before it goes on the next bill, whatever period that is.
    private(set) var closedThroughMs = Int64.min
    private var open: [Page] = []
    private var late = Page(startMs: Int64.min)

    var unbilled: Int128 { open.reduce(late.sum) { $0 + $1.sum } }

    /// What was used; and what of it no bill of a closed period has to show yet.
    var used = QuantitySums()
    var unbilledQuantities: QuantitySums {
        var sums = late.quantities
        for page in open { sums.add(page.quantities) }
        return sums
    }

    /// The start of the page on which a charge of the period that starts at `startMs` goes.
    func pageStart(_ startMs: Int64) -> Int64 { startMs < closedThroughMs ? late.startMs : startMs }

    /// The page on which a charge of the period that starts at `startMs` goes.
    mutating func update(_ startMs: Int64, _ change: (inout Page) -> Void) {
        if startMs < closedThroughMs { return change(&late) }
        if let place = open.lastIndex(where: { $0.startMs == startMs }) { return change(&open[place]) }
        open.append(Page(startMs: startMs))
        change(&open[open.count - 1])
    }

    /// What the bill of the period has to hold. Says what is wrong where the period could not end now.
    mutating func close(_ ended: PeriodEnded) -> (page: Page, fault: String?) {
        var fault: String?
        if ended.periodEndMs <= ended.periodStartMs {
            fault = "ends before it starts"
        } else if ended.periodStartMs < closedThroughMs {
            fault = "ends a period that was ended before"
        } else if closedThroughMs != Int64.min, ended.periodStartMs != closedThroughMs {
            fault = "leaves a gap to the period that was ended before"
        } else if open.contains(where: { $0.startMs < ended.periodStartMs }) {
            fault = "ends a period while an earlier one with charges is open"
        }
        var page = Page(startMs: ended.periodStartMs)
        if let place = open.firstIndex(where: { $0.startMs == ended.periodStartMs }) { page = open.remove(at: place) }
        page.add(late)
        late = Page(startMs: Int64.min)
        closedThroughMs = max(closedThroughMs, ended.periodEndMs)
        return (page, fault)
    }
}

/// Sums by currency, in the order in which currencies first came.
struct SumBook {
    struct Sums {
        var currency: String
        var rated: Int128 = 0
        var recurring: Int128 = 0
        var oneTime: Int128 = 0
        var prepaid: Int128 = 0
        var toppedUp: Int128 = 0
        var expired: Int128 = 0
        var balance: Int128 = 0
        var closed: Int128 = 0
        var unbilled: Int128 = 0
        var net: Int128 = 0
        var rounding: Int128 = 0
        var tax: Int128 = 0
        var total: Int128 = 0
    }

    private(set) var all: [Sums] = []

    mutating func update(_ currency: String, _ change: (inout Sums) -> Void) {
        let place = all.firstIndex { $0.currency == currency } ?? all.count
        if place == all.count { all.append(Sums(currency: currency)) }
        change(&all[place])
    }
}
