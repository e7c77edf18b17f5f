import Events
import Foundation
import Quantities
import ReadModels
import Testing

@Suite("Customer")
struct CustomerTests {
    @Test("shows account, plan in force, identifiers, unbilled lines and what is late")
    func summary() throws {
        let history = History()
        history.open("A-1", currency: "USD")
        history.activate("A-1", "A-1-s1", "basic", identifiers: ["msisdn:420601000001"])
        history.changePlan("A-1", "A-1-s1", to: "plus", fromMs: 500)
        history.use("A-1", atMs: 1_000, nanos: 1_500_000_000)
        history.close("A-1", number: "ACME-1")
        history.use("A-1", atMs: History.month + 5, nanos: 250_000_001)
        history.use("A-1", atMs: History.month + 6, nanos: 250_000_001)
        history.use("A-1", atMs: 2_000, nanos: 70_000_000)
        let scratch = try Scratch()
        let customer = try #require(try scratch.view(of: history.log).customer("A-1"))

        #expect(customer.terms.currency == "USD" && customer.terms.billCycleDay == 1)
        #expect(customer.person?.name == "Ada Lovelace")
        #expect(customer.subscriptions.map(\.offering) == ["plus"])
        #expect(customer.subscriptions.first?.plans.map(\.offering) == ["basic", "plus"])
        #expect(customer.subscriptions.first?.identifiers.map(\.identifier) == ["msisdn:420601000001"])
        // The first month is billed; its late usage counts in the second.
        #expect(customer.unbilled.map(\.start.ms) == [History.month])
        #expect(customer.unbilled.first?.end?.ms == 2 * History.month)
        let lines = customer.unbilled.first?.lines ?? []
        #expect(lines.map(\.kind) == [.usage, .lateUsage])
        #expect(lines.map(\.amount.decimal) == ["0.500000002", "0.07"])
        #expect(lines.map(\.count) == [2, 1])
        #expect(lines.map { $0.quantity?.description } == ["120 s", "60 s"])
        #expect(lines.last?.originalPeriodStart?.ms == 0)
        #expect(customer.unbilledTotal.description == "0.570000002 USD")
        #expect(customer.invoices.map(\.number) == ["ACME-1"])
        #expect(customer.invoices.first?.total.decimal == "6.50")
    }

    @Test("what is dated ahead is shown until its time, and the plan in force by the last tick")
    func ahead() throws {
        let history = History()
        history.open("A-1", currency: "EUR")
        history.activate("A-1", "A-1-s1", "basic")
        history.changePlan("A-1", "A-1-s1", to: "plus", fromMs: 3_000_000)
        func order(_ fill: (inout CustomerEvent) -> Void) { history.customer("A-1", fill) }
        for fromMs in [1_000_000, 2_000_000] as [Int64] {
            order { $0.topUpOrdered = .with { $0.account = "A-1"; $0.amountNanos = 10_000_000_000; $0.fromMs = fromMs } }
            for _ in 0..<2 {
                order { $0.purchaseOrdered = .with { $0.account = "A-1"; $0.subscription = "A-1-s1"; $0.offering = "pack"; $0.fromMs = fromMs } }
            }
        }
        func seen() throws -> (balance: Int128?, ahead: [String], plan: String?, text: String) {
            let customer = try #require(try Scratch().view(of: history.log, batchSize: 3).customer("A-1"))
            return (
                customer.balance?.amount.nanos, customer.ahead.map { "\($0.kind.rawValue) \($0.offering)\($0.amount?.decimal ?? "") \($0.from.ms)" },
                customer.subscriptions.first?.offering, customer.text
            )
        }
        let packs = (1...2).flatMap { ["top-up 10.00 \($0)000000", "purchase pack \($0)000000", "purchase pack \($0)000000"] }
        // Nobody knows the time yet.
        var now = try seen()
        #expect(now.balance == nil && now.ahead == packs && now.plan == "plus")
        #expect(now.text.contains("Prepaid balance: 0.00 EUR, money that has expired but can be revived included; and 10.00 EUR from 1970-01-01"))
        history.tick("A-1", 500_000)
        now = try seen()
        #expect(now.ahead == packs + ["plan plus 3000000"] && now.plan == "basic")
        // Carried out by usage before the tick; the second of two a millisecond later.
        history.rated("A-1") {
            $0.toppedUp = .with { $0.account = "A-1"; $0.amountNanos = 10_000_000_000; $0.fromMs = 1_000_000; $0.balanceLeftNanos = 10_000_000_000 }
        }
        for startMs in [1_000_000, 1_000_001] as [Int64] {
            history.rated("A-1") { $0.offeringBought = .with { $0.account = "A-1"; $0.subscription = "A-1-s1"; $0.offering = "pack"; $0.startMs = startMs } }
        }
        now = try seen()
        #expect(now.balance == 10_000_000_000 && now.ahead == Array(packs.suffix(3)) + ["plan plus 3000000"])
        // Whether it was bought then or refused: its time has come.
        history.tick("A-1", 3_000_000)
        now = try seen()
        #expect(now.ahead == [] && now.plan == "plus")
    }

    @Test("corrections count in what is unbilled: on their own line where the month is billed, within the line where it is open")
    func corrections() throws {
        let history = History()
        history.open("A-1")
        history.use("A-1", atMs: 5, nanos: 200)
        history.close("A-1", number: "1")
        history.use("A-1", atMs: History.month + 1, nanos: 300)
        history.correct("A-1", 0, nanos: 150)
        history.correct("A-1", 1, nanos: 310)
        let customer = try #require(try Scratch().view(of: history.log, batchSize: 2).customer("A-1"))
        let lines = customer.unbilled.first?.lines ?? []
        #expect(lines.map(\.kind) == [.usage, .correctedUsage])
        #expect(lines.map(\.amount.amount.nanos) == [310, -50])
        #expect(lines.map(\.count) == [1, 0] && lines.map { $0.quantity?.micros } == [60_000_000, 0])
        let corrections = customer.recentActivity.filter { $0.kind == .correction }
        #expect(Set(corrections.compactMap(\.amount?.amount.nanos)) == [-50, 10])
    }

    @Test("the money that a balance had paid for a usage that went to another holder is no usage of its own")
    func movedPrepaid() throws {
        let history = History()
        history.open("A-1")
        history.activate("A-1", "A-1-s1", "basic")
        for ms in [5, 6, 7] { history.use("A-1", atMs: Int64(ms), nanos: 300) }
        history.move("A-1", 1, prepaidNanos: 300)
        let lines = try #require(try Scratch().view(of: history.log).customer("A-1")).unbilled.flatMap(\.lines)
        // 3 x 300, less the 300 that are taken back and the 300 that stay to the customer's good.
        #expect(lines.map(\.count) == [2] && lines.map(\.amount.amount.nanos) == [300])
    }

    @Test("usage that is another holder's is unbilled no more; a number's holders and when they had it the customer's events say")
    func moves() throws {
        let history = History()
        for account in ["A-1", "A-2"] {
            history.open(account)
            history.activate(account, account + "-s1", "basic", identifiers: account == "A-1" ? ["msisdn:1"] : [])
        }
        history.use("A-1", atMs: 5, nanos: 200)
        history.use("A-1", atMs: 7, nanos: 300)
        history.customer("A-1") {
            $0.identifierReleased = .with { $0.account = "A-1"; $0.subscription = "A-1-s1"; $0.identifier = "msisdn:1"; $0.atMs = 6 }
        }
        history.customer("A-2") {
            $0.identifierAssigned = .with { $0.account = "A-2"; $0.subscription = "A-2-s1"; $0.identifier = "msisdn:1"; $0.fromMs = 6 }
        }
        history.rated("A-1") { $0.holderChanged = .with { $0.account = "A-1"; $0.revision = 1; $0.lostFromMs = 6 } }
        history.move("A-1", 1)
        history.rated("A-1") { $0.moved = .with { $0.account = "A-1"; $0.rawOffset = 7 } }
        let view = try Scratch().view(of: history.log, batchSize: 2)
        let (old, new) = (try #require(try view.customer("A-1")), try #require(try view.customer("A-2")))
        #expect(old.unbilled.flatMap(\.lines).map(\.amount.amount.nanos) == [200] && old.unbilled.flatMap(\.lines).map(\.count) == [1])
        #expect(old.recentActivity.filter { $0.kind == .correction }.map { $0.amount?.amount.nanos } == [-300])
        func held(_ customer: CustomerSummary) -> [[Int64?]] { customer.subscriptions.flatMap(\.identifiers).map { [$0.from.ms, $0.to?.ms] } }
        #expect(held(old) == [[0, 6]] && held(new) == [[6, nil]])
        // Released once more, as of an earlier time; what was held before that, or after it, stays as it is.
        for (account, ms) in [("A-2", Int64(8)), ("A-1", 4), ("A-1", 5)] {
            history.customer(account) {
                $0.identifierReleased = .with { $0.account = account; $0.subscription = account + "-s1"; $0.identifier = "msisdn:1"; $0.atMs = ms }
            }
        }
        let later = try Scratch().view(of: history.log)
        let (earlier, ended) = (try #require(try later.customer("A-1")), try #require(try later.customer("A-2")))
        #expect(held(earlier) == [[0, 4]] && held(ended) == [[6, 8]])
    }

    @Test("recent activity: the last fifty of a topic, the latest first, and no number of another party anywhere in the view")
    func activity() throws {
        let history = History()
        history.open("A-1")
        for number in 1...120 { history.use("A-1", atMs: Int64(number), nanos: Int64(number), other: "999888777") }
        history.refuseChange("A-1", reason: "usage-already-rated")
        let scratch = try Scratch()
        let view = try scratch.view(of: history.log, batchSize: 9)
        let customer = try #require(try view.customer("A-1"))
        let usages = customer.recentActivity.filter { $0.kind == .usage }
        #expect(customer.recentActivity.count == 50)
        #expect(customer.recentActivity.first?.kind == .refusal && customer.recentActivity.first?.what == "usage-already-rated")
        #expect(usages.map { $0.time?.ms } == (72...120).reversed().map { $0 })
        try view.close()
        for file in scratch.files {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path(file)))
            #expect(bytes.range(of: Data("999888777".utf8)) == nil, "\(file)")
        }
    }

    @Test("an ended subscription and a released identifier say until when; the holder is found by number")
    func endings() throws {
        let history = History()
        history.open("A-1")
        history.activate("A-1", "S", "basic", identifiers: ["msisdn:1", "imsi:2"])
        history.customer("A-1") {
            $0.identifierReleased.account = "A-1"
            $0.identifierReleased.subscription = "S"
            $0.identifierReleased.identifier = "msisdn:1"
            $0.identifierReleased.atMs = 70
        }
        history.customer("A-1") {
            $0.subscriptionEnded.account = "A-1"
            $0.subscriptionEnded.subscription = "S"
            $0.subscriptionEnded.atMs = 90
        }
        history.customer("A-1") {
            $0.commandRefused.account = "A-1"
            $0.commandRefused.reason = "identifier-taken"
        }
        history.rated("A-1") {
            $0.changeRefused = .with { $0.account = "A-1"; $0.reason = "insufficient-balance"; $0.detail = "the balance can't pay for offering \"weekend\"" }
        }
        let scratch = try Scratch()
        let view = try scratch.view(of: history.log)
        let customer = try #require(try view.customer("A-1"))
        let subscription = try #require(customer.subscriptions.first)
        #expect(subscription.to?.ms == 90)
        #expect(Set(subscription.identifiers.map { "\($0.identifier) \($0.to?.ms ?? -1)" }) == ["msisdn:1 70", "imsi:2 90"])
        #expect(try view.account(holding: "imsi:2") == "A-1")
        #expect(try view.account(holding: "imsi:3") == nil)
        #expect(
            Set(customer.recentActivity.map(\.what)) == ["identifier-taken", "insufficient-balance: the balance can't pay for offering \"weekend\""])
        #expect(try view.customer("A-2") == nil)
    }

    @Test("a suspension says since when, what it bars and why; rejected usage is told apart from suspended usage")
    func suspensions() throws {
        let history = History()
        history.open("A-1")
        history.activate("A-1", "S", "basic", identifiers: [])
        history.rated("A-1") {
            $0.subscriptionSuspended = .with { $0.account = "A-1"; $0.subscription = "S"; $0.reason = "lost device"; $0.barring = .outgoing; $0.fromMs = 70 }
        }
        history.rated("A-1") { $0.unrated = .with { $0.account = "A-1"; $0.reason = "subscription-barred"; $0.rejected = true } }
        history.rated("A-1") { $0.subscriptionResumed = .with { $0.account = "A-1"; $0.subscription = "S"; $0.fromMs = 90 } }
        history.rated("A-1") {
            $0.subscriptionSuspended = .with { $0.account = "A-1"; $0.subscription = "S"; $0.reason = "unpaid invoice"; $0.barring = .all; $0.fromMs = 90 }
        }
        let scratch = try Scratch()
        let customer = try #require(try scratch.view(of: history.log).customer("A-1"))
        #expect(
            customer.subscriptions.first?.suspensions.map { "\($0.from.ms) \($0.to?.ms ?? -1) \($0.barring) \($0.reason)" }
                == ["70 90 outgoing lost device", "90 -1 all unpaid invoice"])
        #expect(customer.text.contains("bars all: unpaid invoice") && !customer.text.contains("bars outgoing"))
        #expect(Set(customer.recentActivity.map(\.kind)) == [.suspension, .resumption, .rejected])
    }

    @Test("amounts beyond 64 bits and beyond doubles stay exact")
    func exactness() throws {
        let history = History()
        history.open("A-1")
        for _ in 0..<3 { history.use("A-1", atMs: 10, nanos: Int64.max, quantity: Int64.max) }
        history.use("A-1", atMs: 10, nanos: 1, quantity: 1)
        let scratch = try Scratch()
        // One record a batch: each sum is read back from the file.
        let customer = try #require(try scratch.view(of: history.log, batchSize: 1).customer("A-1"))
        #expect(customer.unbilledTotal.amount.nanos == 3 * Int128(Int64.max) + 1)
        #expect(customer.unbilledTotal.decimal == "27670116110.564327422")
        let quantity = try #require(customer.unbilled.first?.lines.first?.quantity)
        #expect(quantity.micros == 3 * Int128(Int64.max) + 1 && quantity.decimal == "27670116110564.327422")
    }

    @Test("a bill of ten terabytes shows ten terabytes")
    func wideInvoice() throws {
        let history = History()
        history.open("A-1")
        history.close("A-1", number: "ACME-1")
        let partition = history.partition("A-1")
        // The invoice stands before the rest of its lines.
        let place = history.log.all(.billingInvoices, partition).count - 2
        var record = try InvoiceRecord(jsonUTF8Bytes: history.log.all(.billingInvoices, partition)[place].value)
        record.invoice.lines.append(
            .with {
                $0.kind = .usage; $0.subscription = "A-1-s1"; $0.price = "data"; $0.unit = .byte; $0.amount.currencyCode = "EUR"
                $0.set(quantity: 10_000_000_000_000_000_000, counted: 10_000_000_000_000_000_000, allowance: 0)
            })
        record.invoice.lineCount += 1
        let value: [UInt8] = try record.jsonUTF8Bytes()
        history.log.change(.billingInvoices, partition, at: place) { $0.value = value }
        let scratch = try Scratch()
        let invoice = try #require(try scratch.view(of: history.log).invoice(number: "ACME-1"))
        #expect(invoice.lines.last { $0.price == "data" }?.quantity?.description == "10000000000000 B")
        #expect(invoice.text.contains("10000000000000"), "\(invoice.text)")
    }

    @Test("invoices: by number, by period, by filter, with lines of all records and the seal")
    func invoices() throws {
        let history = History()
        for account in ["A-1", "A-2"] {
            history.open(account)
            history.use(account, atMs: 10, nanos: 100)
        }
        history.close("A-1", fee: 80_000_000_000, number: "ACME-1")
        history.close("A-2", fee: 12_340_000_000, number: "ACME-2")
        history.close("A-1", fee: 1, number: "ACME-3")
        let scratch = try Scratch()
        let view = try scratch.view(of: history.log)
        #expect(try view.invoices().map(\.number) == ["ACME-3", "ACME-1", "ACME-2"])
        #expect(try view.invoices(InvoiceFilter(account: "A-1")).map(\.number) == ["ACME-3", "ACME-1"])
        #expect(try view.invoices(InvoiceFilter(issuedTo: "1970-01-31", limit: 1)).map(\.number) == ["ACME-1"])
        let invoice = try #require(try view.invoice(number: "ACME-2"))
        #expect(invoice.header.total.description == "12.3400001 EUR")
        #expect(invoice.taxPercent == "21")
        #expect(invoice.lines.count == 2 && invoice.lineCount == 2)
        #expect(invoice.seal == InvoiceSeal(history.books["A-2"]!.invoices[0].seal))
        #expect(try view.invoice(account: "A-1", periodStart: Timestamp(ms: History.month))?.header.number == "ACME-3")
        #expect(try view.invoice(number: "ACME-4") == nil)
        #expect(InvoiceHeader.text(of: try view.invoices()).split(separator: "\n").count == 4)
        #expect(invoice.text.contains("Invoice ACME-2"))
    }

    @Test("text is aligned, and control characters of a name never reach the terminal")
    func text() throws {
        let history = History()
        history.open("A-1", person: "Eve\u{1b}[2J")
        history.activate("A-1", "A-1-s1", "basic")
        history.use("A-1", atMs: 10, nanos: 1_500_000_000)
        history.use("A-1", atMs: 10, nanos: 12_000_000_000, price: "longer-price")
        let scratch = try Scratch()
        let customer = try #require(try scratch.view(of: history.log).customer("A-1"))
        #expect(!customer.text.contains("\u{1b}"))
        #expect(
            customer.text.contains(
                """
                Unbilled, 1970-01-01T01:00:00+01:00 to 1970-01-31T01:00:00+01:00: 13.50 EUR
                  subscription  charge  plan   price         zone      type   count  quantity  counted  allowance  unit  amount
                  A-1-s1        usage   basic  longer-price  national  voice      1        60       60          0  s      12.00
                  A-1-s1        usage   basic  peak          national  voice      1        60       60          0  s       1.50
                """), "\(customer.text)")
        let json = try JSONText.render(customer)
        #expect(json.contains("\"amount\" : \"13.50\"") && json.contains("\"start\" : \"1970-01-01T00:00:00Z\""))
    }
}
