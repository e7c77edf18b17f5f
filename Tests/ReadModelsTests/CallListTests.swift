import Events
import Pipeline
import Quantities
import ReadModels
import Testing

@Suite("Call list")
struct CallListTests {
    private func draw(_ history: History, _ account: String, _ invoice: Int) throws -> CallList {
        let (startMs, seal, _) = history.books[account]!.invoices[invoice]
        return try CallList.draw(
            from: history.log, account: account, periodStart: Timestamp(ms: startMs), seal: InvoiceSeal(seal), currencyCode: "EUR")
    }

    @Test("the list of each invoice is verified, late usage included", arguments: 1...30 as ClosedRange<UInt64>)
    func verified(seed: UInt64) throws {
        let history = History.random(seed: seed)
        var lists = 0
        var late = 0
        for (account, book) in history.books.sorted(by: { $0.key < $1.key }) {
            for number in book.invoices.indices {
                let list = try draw(history, account, number)
                #expect(list.verified, "seed \(seed), \(account), invoice \(number): \(list.finding ?? "")")
                // A correction is one record and two items.
                #expect(list.items.count { $0.correction != "taken back" } == book.invoices[number].indices.count, "seed \(seed), \(account), invoice \(number)")
                lists += 1
                late += list.items.count { $0.originalPeriodStart != nil }
            }
        }
        #expect(lists > 5 && late > 0, "seed \(seed) tests little")
    }

    @Test("usage of the month before, rated before that month's bill was closed, is on that bill only")
    func overlap() throws {
        let history = History()
        history.open("A-1")
        history.use("A-1", atMs: History.month + 1, nanos: 10)  // next month's, early
        history.use("A-1", atMs: 5, nanos: 20)  // this month's
        history.use("A-1", atMs: History.month + 2, nanos: 30)
        history.close("A-1", number: "1")
        history.close("A-1", number: "2")
        #expect(try draw(history, "A-1", 0).items.map(\.amount.amount.nanos) == [20])
        let second = try draw(history, "A-1", 1)
        #expect(second.items.map(\.amount.amount.nanos) == [10, 30])
        #expect(second.verified)
        // In JSON as rated, in UTC; for people by time, on the customer's clock.
        #expect(second.text(timeZone: "Europe/Prague").contains("1970-01-31T01:00:00.001+01:00"))
        let times = second.text(timeZone: "Asia/Kolkata").split(separator: "\n").compactMap { $0.hasPrefix("19") ? $0.prefix(29) : nil }
        #expect(times == times.sorted() && times.allSatisfy { $0.hasSuffix("+05:30") }, "\(times)")
    }

    @Test("a correction takes back and charges anew: of an open month within it, of a billed one on the next bill")
    func corrections() throws {
        let history = History()
        history.open("A-1")
        history.use("A-1", atMs: 5, nanos: 200)
        history.close("A-1", number: "1")
        history.use("A-1", atMs: History.month + 1, nanos: 300)
        history.correct("A-1", 0, nanos: 150)
        history.correct("A-1", 1, nanos: 310)
        history.close("A-1", number: "2")
        #expect(try draw(history, "A-1", 0).items.map(\.amount.amount.nanos) == [200])
        let list = try draw(history, "A-1", 1)
        #expect(list.verified && list.items.map(\.amount.amount.nanos) == [300, -200, 150, -300, 310])
        #expect(list.items.map(\.correction) == [nil, "taken back", "charged anew", "taken back", "charged anew"])
        #expect(list.items.map { $0.originalPeriodStart != nil } == [false, true, true, false, false])
    }

    @Test("what is another holder's is taken back, and nothing is charged in its place: of a billed month on the next bill")
    func moves() throws {
        let history = History()
        history.open("A-1")
        history.use("A-1", atMs: 5, nanos: 200)
        history.close("A-1", number: "1")
        history.use("A-1", atMs: History.month + 1, nanos: 300)
        history.use("A-1", atMs: History.month + 2, nanos: 40)
        history.correct("A-1", 1, nanos: 310)
        history.move("A-1", 0)
        history.move("A-1", 1)
        // What was never charged here is on no bill.
        history.rated("A-1") { $0.holderChanged = .with { $0.account = "A-1"; $0.revision = 1 } }
        history.rated("A-1") { $0.moved = .with { $0.account = "A-1"; $0.rawOffset = 7 } }
        history.close("A-1", number: "2")
        #expect(try draw(history, "A-1", 0).items.map(\.amount.amount.nanos) == [200])
        let list = try draw(history, "A-1", 1)
        // What another has called is not shown: neither where all of it comes to nothing, nor the number where money is given back.
        #expect(list.verified && list.items.map(\.amount.amount.nanos) == [40, -200])
        #expect(list.items.map(\.correction) == [nil, "taken back"] && list.items.map { $0.otherParty != nil } == [true, false])
        #expect(list.hiddenCount == 3 && list.text().contains("3 records of usage that is another customer's"))
    }

    @Test("what was refused, and moved with nothing left to take back, is another's, too; what was refused alone is the account's own", arguments: [true, false])
    func refusedMove(moves: Bool) throws {
        let history = History()
        history.open("A-1")
        history.use("A-1", atMs: 5, nanos: 300)
        history.use("A-1", atMs: 6, nanos: 40)
        // The move stands behind all that the seal counts.
        history.refuse("A-1", 0, moves: moves)
        history.close("A-1", number: "1")
        let list = try draw(history, "A-1", 0)
        #expect(list.verified && list.items.map(\.amount.amount.nanos) == (moves ? [40] : [300, 40, -300]))
        #expect(list.hiddenCount == (moves ? 2 : 0) && list.items.allSatisfy { $0.otherParty != nil })
    }

    @Test("what a balance had paid for another's call is given back on the bill, which says for what, and not to whom it was")
    func prepaidMove() throws {
        let history = History()
        history.open("A-1")
        history.topUp("A-1", nanos: 500)
        history.use("A-1", atMs: 5, nanos: 200)
        history.move("A-1", 0, prepaidNanos: 200)
        history.close("A-1", number: "1")
        let list = try draw(history, "A-1", 0)
        #expect(list.verified && list.hiddenCount == 0 && list.items.map(\.amount.amount.nanos) == [200, -200, 0])
        #expect(list.items.allSatisfy { $0.otherParty == nil })
    }

    enum Tampering: CaseIterable {
        case altered, removed, doubled
    }

    @Test("an altered, removed or doubled usage shows", arguments: Tampering.allCases)
    func tampered(_ tampering: Tampering) throws {
        let history = History()
        history.open("A-1")
        for number in 1...9 { history.use("A-1", atMs: Int64(number), nanos: 100) }
        history.close("A-1", number: "1")
        #expect(try draw(history, "A-1", 0).verified)
        let partition = history.partition("A-1")
        switch tampering {
        case .altered:
            history.log.change(.usageRated, partition, at: 4) { record in
                var rated = try! RatedRecord(serializedBytes: record.value)
                rated.usage.chargeNanos = 99
                record.value = try! rated.serializedBytes()
            }
        case .removed: history.log.remove(.usageRated, partition, at: 4)
        case .doubled:
            let copy = history.log.all(.usageRated, partition)[4]
            history.log.change(.usageRated, partition, at: 5) { $0.value = copy.value }
        }
        let list = try draw(history, "A-1", 0)
        #expect(!list.verified)
        #expect(list.finding != nil && list.text().contains("NOT VERIFIED"))
    }

    @Test("expired usage is named")
    func expired() throws {
        let history = History()
        history.open("A-1")
        for number in 1...9 { history.use("A-1", atMs: Int64(number), nanos: 100) }
        history.close("A-1", number: "1")
        history.log.firstOffset[.usageRated] = 5
        let finding = try #require(try draw(history, "A-1", 0).finding)
        #expect(finding.contains("no longer holds offsets before 5"))
    }

    @Test("a bill without usage needs no log")
    func empty() throws {
        let history = History()
        history.open("A-1")
        history.close("A-1", number: "1")
        let list = try draw(history, "A-1", 0)
        #expect(list.verified && list.items.isEmpty)
    }

    @Test("the beginning is searched for, not scanned to")
    func search() throws {
        let history = History()
        history.open("A-1")
        for number in 1...3000 { history.use("A-1", atMs: Int64(number), nanos: 1) }
        history.close("A-1", number: "1")
        history.use("A-1", atMs: History.month + 1, nanos: 2)
        history.close("A-1", number: "2")
        let before = history.log.recordsRead
        let list = try draw(history, "A-1", 1)
        #expect(list.verified && list.items.count == 1)
        #expect(history.log.recordsRead - before < 60)
    }

    @Test("items carry time, other party, quantities, price and amount")
    func items() throws {
        let history = History()
        history.open("A-1")
        history.use("A-1", atMs: 1_000, nanos: 1_234_500_000, quantity: 62_500_000, other: "420777000111")
        history.close("A-1", number: "1")
        let item = try #require(try draw(history, "A-1", 0).items.first)
        #expect(item.time.description == "1970-01-01T00:00:01Z")
        #expect(item.otherParty == "420777000111")
        #expect(item.quantity.description == "62.5 s")
        #expect(item.amount.description == "1.2345 EUR")
        #expect(item.price == "peak" && item.zone == "national" && item.originalPeriodStart == nil)
    }
}
