import Events
import Pipeline
import Quantities

/// Every bill on its way from usage.rated to billing.invoices.
struct BillIndex {
    /// What usage.rated says that a closed period has to be.
    struct Expected {
        var page: AccountBook.Page
        var offset: Int64
        var terms: EventID
        var isClosed = false
    }

    struct Bill {
        var key: BillKey
        var currency: String
        /// As billing.periods states it.
        var total: Int128
        /// All was prepaid: there is no draft.
        var isPaid: Bool
        /// Terms, dates and seal, that each later record has to repeat.
        var head: EventID
        var period = GatheredLines()
        var draft = GatheredLines()
        var invoice = GatheredLines()
        var net: Int128 = 0
        /// What usage.rated says that discounts took off; nil where it can't be held against it.
        var discount: Int128?
        /// What usage.rated says that was used; nil where it can't be held against it.
        var quantities: QuantitySums?
        /// Of all but the lines and the number.
        var draftHead = EventID.none
    }

    // One partition at a time.
    private(set) var isComplete = true
    private(set) var firstNormalizedOffset: Int64?
    private var accounts: [String: Int32] = [:]
    private(set) var books: [(account: String, book: AccountBook, lastOffset: Int64)] = []
    private var expected: [BillKey: Expected] = [:]
    private var later: Set<BillKey> = []
    // Of all partitions.
    private(set) var bills: [Bill] = []
    private var places: [BillKey: Int32] = [:]

    mutating func begin(_ partition: Int32, isComplete: Bool) {
        self.isComplete = isComplete
        firstNormalizedOffset = nil
        accounts = [:]
        books = []
        expected = [:]
        later = []
    }

    private mutating func place(_ account: String) -> Int {
        if let known = accounts[account] { return Int(known) }
        accounts[account] = Int32(books.count)
        books.append((account, AccountBook(), 0))
        return books.count - 1
    }

    mutating func open(_ opened: AccountOpened) {
        updateBook(opened.account) {
            $0.currency = opened.terms.currency
            $0.isPrepaid = opened.terms.payment == .prepaid
            $0.creditLimit = Int128(opened.terms.creditLimitNanos)
        }
    }

    mutating func updateBook<Result>(_ account: String, _ change: (inout AccountBook) -> Result) -> Result { change(&books[place(account)].book) }
    func book(_ account: String) -> AccountBook? { accounts[account].map { books[Int($0)].book } }

    mutating func charge(_ usage: RatedUsage, _ normalizedOffset: Int64, _ record: InputRecord) {
        let place = place(usage.account)
        if firstNormalizedOffset == nil { firstNormalizedOffset = normalizedOffset }
        books[place].lastOffset = record.offset
        books[place].book.rated += Int128(usage.chargeNanos)
        books[place].book.used.add(usage)
        books[place].book.update(usage.periodStartMs) { page in
            page.quantities.add(usage)
            page.add(Int128(usage.chargeNanos) - Int128(usage.prepaidNanos), discount: Int128(usage.discountNanos))
            if let value = record.value { page.add(usage: value, normalizedOffset: normalizedOffset) }
        }
    }

    /// What is taken back and what is charged anew, each on the page of its period; each page counts the record once.
    mutating func charge(_ corrected: UsageCorrected, _ normalizedOffset: Int64, _ record: InputRecord) {
        guard let first = corrected.reversed.first ?? corrected.replacement.first else { return }
        let place = place(first.account)
        books[place].lastOffset = record.offset
        var counted: [Int64] = []
        for (parts, sign) in [(corrected.reversed, Int128(-1)), (corrected.replacement, 1)] {
            for part in parts {
                books[place].book.rated += sign * Int128(part.chargeNanos)
                books[place].book.used.add(part, sign: sign)
                let page = books[place].book.pageStart(part.periodStartMs)
                let isFirst = !counted.contains(page)
                if isFirst { counted.append(page) }
                books[place].book.update(part.periodStartMs) { page in
                    page.quantities.add(part, sign: sign)
                    page.add(sign * (Int128(part.chargeNanos) - Int128(part.prepaidNanos)), discount: sign * Int128(part.discountNanos))
                    if isFirst, let value = record.value { page.add(usage: value, normalizedOffset: normalizedOffset) }
                }
            }
        }
    }

    /// - Parameter sign: -1 for a fee that is taken back.
    mutating func charge(_ fee: RecurringCharge, sign: Int128 = 1, _ record: InputRecord) {
        let place = place(fee.account)
        books[place].lastOffset = record.offset
        books[place].book.recurring += sign * Int128(fee.chargeNanos)
        books[place].book.update(fee.periodStartMs) {
            $0.add(sign * (Int128(fee.chargeNanos) - Int128(fee.prepaidNanos)), discount: sign * Int128(fee.discountNanos))
        }
    }

    mutating func charge(_ charge: OneTimeCharge, _ record: InputRecord) {
        let place = place(charge.account)
        books[place].lastOffset = record.offset
        books[place].book.oneTime += Int128(charge.chargeNanos)
        books[place].book.update(charge.periodStartMs) { $0.add(Int128(charge.chargeNanos) - Int128(charge.prepaidNanos), discount: 0) }
    }

    /// `isClosed`: aggregate has read it. Says what is wrong with the end.
    mutating func end(_ ended: PeriodEnded, _ record: InputRecord, isClosed: Bool) -> String? {
        let key = BillKey(account: ended.account, startMs: ended.periodStartMs)
        guard isClosed else {
            later.insert(key)
            return nil
        }
        let (page, fault) = books[place(ended.account)].book.close(ended)
        if page.charges > 0 {
            expected[key] = Expected(page: page, offset: record.offset, terms: Self.terms(of: ended))
        }
        return fault
    }

    func isLater(_ key: BillKey) -> Bool { later.contains(key) }

    subscript(expected key: BillKey) -> Expected? { expected[key] }

    /// The period stands closed in billing.periods with this total.
    mutating func close(_ key: BillKey, total: Int128) {
        expected[key]?.isClosed = true
        books[place(key.account)].book.closed += total
    }

    /// In the order of usage.rated.
    var unclosed: [(key: BillKey, expected: Expected)] {
        expected.filter { !$0.value.isClosed }.map { ($0.key, $0.value) }.sorted { $0.1.offset < $1.1.offset }
    }

    /// False where there is one already.
    mutating func add(_ bill: Bill) -> Bool {
        guard places[bill.key] == nil else { return false }
        places[bill.key] = Int32(bills.count)
        bills.append(bill)
        return true
    }

    /// False where there is no such bill.
    mutating func update(_ key: BillKey, _ change: (inout Bill) -> Void) -> Bool {
        guard let place = places[key] else { return false }
        change(&bills[Int(place)])
        return true
    }

    func bill(_ key: BillKey) -> Bill? { places[key].map { bills[Int($0)] } }

    static func terms(of ended: PeriodEnded) -> EventID {
        hash(of: ended.terms, [ended.issueDate, ended.periodFirstDay, ended.periodLastDay], [ended.periodEndMs, ended.closedAtMs])
    }

    static func hash(of terms: BillingTerms, _ texts: [String], _ numbers: [Int64]) -> EventID {
        var hash = SipHash128()
        let bytes: [UInt8] = (try? terms.serializedBytes()) ?? []
        bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        for text in texts { hash.combine(text: text) }
        for number in numbers { hash.combine(UInt64(bitPattern: number)) }
        return hash.finish()
    }
}
