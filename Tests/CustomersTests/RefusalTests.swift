import Customers
import Events
import Pipeline
import Quantities
import Testing

@Suite("Customers: what is refused")
struct RefusalTests {
    static let given = [
        Command.open("a1", id: "1"), Command.open("a2", id: "2"),
        Command.activate("a1", "s1", id: "3", identifiers: ["420601000001"]), Command.activate("a2", "s2", id: "4"),
        Command.activate("a2", "s3", id: "5", identifiers: ["user:old"]), Command.end("a2", "s3", id: "6", at: 5000), Command.openPrepaid("p", id: "7"),
        Command.suspend("a2", "s2", id: "8", from: 3000),
    ]

    static let cases: [(reason: Refusal, command: String)] = [
        (.malformed, "{"),
        (.malformed, #"{"commandId": "x", "openAcount": {}}"#),
        (.malformed, #"{"commandId": "x", "openAccount": {"account": 7}}"#),
        (.malformed, "\u{1}\u{2}\u{3}"),
        (.malformed, "{\"commandId\": \"" + String(repeating: "x", count: 300_000) + "\"}"),
        (.malformed, #"{"catalogue": {"hash": "AAAA"}}"#),
        (.missingField, "{}"),
        (.missingField, #"{"commandId": "x"}"#),
        (.missingField, Command.open("a9", id: "")),
        (.missingField, Command.open("", id: "x")),
        (.missingField, Command.open("a9", id: "x", issuer: "")),
        (.missingField, Command.open("a9", id: "x", from: #""fromMs": "0""#)),
        (.missingField, Command.activate("a1", "s9", id: "x", offering: "")),
        (.missingField, Command.assign("a1", "s1", "", id: "x", from: 3000)),
        (.missingField, Command.favourites("a1", "", ["420601000002"], id: "x", from: 3000)),
        (.missingField, Command.suspend("a1", "s1", id: "x", from: 3000, reason: "")),
        (.missingField, Command.suspend("a1", "s1", id: "x", from: 3000, barring: "BARRING_LEVEL_UNSPECIFIED")),
        (.missingField, Command.suspend("a1", "s1", id: "x", from: 0)),
        (.missingField, Command.resume("a1", "", id: "x", from: 3000)),
        (.badID, Command.open("a 9", id: "x")),
        (.badID, Command.open("účet", id: "x")),
        (.badID, Command.open(String(repeating: "a", count: 65), id: "x")),
        (.badID, Command.open("a9", id: "x y")),
        (.badID, Command.activate("a1", "s/9", id: "x")),
        (.commandIDUsed, Command.open("a9", id: "3")),
        (.badReason, Command.suspend("a1", "s1", id: "x", from: 3000, reason: #"two\nlines"#)),
        (.badReason, Command.suspend("a1", "s1", id: "x", from: 3000, reason: String(repeating: "a", count: 129))),
        (.badTime, Command.open("a9", id: "x", from: #""from": "yesterday""#)),
        (.badTime, Command.open("a9", id: "x", from: #""from": "2026-01-01T00:00:00""#)),
        (.badTime, Command.open("a9", id: "x", from: #""from": "1969-12-31T23:59:59Z""#)),
        (.badTime, Command.open("a9", id: "x", from: #""fromMs": "-1""#)),
        (.badTime, Command.open("a9", id: "x", from: #""fromMs": "9223372036854775807""#)),
        (.badTime, Command.topUp("p", id: "x", expires: 3000)),
        (.badTime, Command.topUp("p", id: "x", expires: -1)),
        (.accountExists, Command.open("a1", id: "x")),
        (.unknownAccount, Command.activate("a9", "s9", id: "x")),
        (.unknownAccount, Command.buy("a9", "", id: "x")),
        (.unknownAccount, Command.topUp("a9", id: "x")),
        (.unknownAccount, Command.changePlan("a9", "s1", id: "x")),
        (.unknownAccount, Command.end("a9", "s1", id: "x", at: 3000)),
        (.unknownAccount, Command.assign("a9", "s1", "user:1", id: "x", from: 3000)),
        (.unknownAccount, Command.release("a9", "s1", "user:1", id: "x", at: 3000)),
        (.unknownAccount, Command.favourites("a9", "s1", ["420601000002"], id: "x", from: 3000)),
        (.unknownAccount, Command.suspend("a9", "s1", id: "x", from: 3000)),
        (.unknownAccount, Command.resume("a9", "s1", id: "x", from: 3000)),
        (.unknownCurrency, Command.open("a9", id: "x", currency: "eur")),
        (.unknownCurrency, Command.open("a9", id: "x", currency: "XXQ")),
        (.unknownTimeZone, Command.open("a9", id: "x", timeZone: "Europe/Atlantis")),
        (.badCycleDay, Command.open("a9", id: "x", day: 0)),
        (.badCycleDay, Command.open("a9", id: "x", day: 32)),
        (.unknownIssuer, Command.open("a9", id: "x", issuer: "nobody")),
        (.unknownTaxCategory, Command.open("a9", id: "x", tax: "Z")),
        (.unknownOffering, Command.activate("a1", "s9", id: "x", offering: "gold")),
        (.unknownOffering, Command.changePlan("a1", "s1", id: "x", offering: "gold")),
        (.offeringNotSold, Command.activate("a1", "s9", id: "x", offering: "old")),
        (.offeringNotSold, Command.changePlan("a1", "s1", id: "x", offering: "old")),
        (.currencyMismatch, Command.activate("a1", "s9", id: "x", offering: "dollar")),
        (.currencyMismatch, Command.changePlan("a1", "s1", id: "x", offering: "dollar")),
        (.currencyMismatch, Command.buy("a1", "s1", id: "x", offering: "dollar")),
        (.notAddon, Command.buy("a1", "s1", id: "x", offering: "basic")),
        (.notPlan, Command.activate("a1", "s9", id: "x", offering: "extra")),
        (.notPlan, Command.changePlan("a1", "s1", id: "x", offering: "extra")),
        (.notPrepaid, Command.openPrepaid("a9", id: "x", limit: 5, payment: "PAYMENT_MODE_POSTPAID")),
        (.notPrepaid, Command.topUp("a1", id: "x")),
        (.notPrepaid, Command.setPrepaid("a1", id: "x", "")),
        (.badAmount, Command.openPrepaid("a9", id: "x", limit: -1)),
        (.badAmount, Command.topUp("p", id: "x", amount: #""currencyCode": "EUR""#)),
        (.badAmount, Command.topUp("p", id: "x", amount: #""currencyCode": "EUR", "units": "-5""#)),
        (.badAmount, Command.topUp("p", id: "x", amount: #""currencyCode": "USD", "units": "5""#)),
        (.badAmount, Command.topUp("p", id: "x", amount: #""currencyCode": "EUR", "units": "9223372037""#)),
        (.badAmount, Command.topUp("p", id: "x", amount: #""currencyCode": "EUR", "units": "5", "nanos": -1"#)),
        (.badAmount, Command.topUp("p", id: "x", amount: #""currencyCode": "EUR", "nanos": 1000000000"#)),
        (.badAmount, Command.setPrepaid("p", id: "x", #""creditLimit": {"currencyCode": "EUR", "units": "-1"}"#)),
        (.badAmount, Command.setPrepaid("p", id: "x", #""recurringTopUp": {"amount": {"currencyCode": "EUR"}}"#)),
        (.subscriptionExists, Command.activate("a1", "s1", id: "x")),
        (.subscriptionExists, Command.activate("a1", "s2", id: "x")),
        (.unknownSubscription, Command.buy("a1", "s2", id: "x")),
        (.unknownSubscription, Command.changePlan("a1", "s2", id: "x")),
        (.unknownSubscription, Command.end("a1", "s9", id: "x", at: 3000)),
        (.unknownSubscription, Command.assign("a1", "s2", "user:1", id: "x", from: 3000)),
        (.unknownSubscription, Command.release("a2", "s1", "420601000001", id: "x", at: 3000)),
        (.unknownSubscription, Command.favourites("a1", "s2", ["420601000002"], id: "x", from: 3000)),
        (.unknownSubscription, Command.suspend("a1", "s2", id: "x", from: 3000)),
        (.unknownSubscription, Command.resume("a1", "s2", id: "x", from: 4000)),
        (.badIdentifier, Command.activate("a1", "s9", id: "x", identifiers: ["user:1", "call me"])),
        (.badIdentifier, Command.assign("a1", "s1", ":", id: "x", from: 3000)),
        (.badFavourites, Command.favourites("a1", "s1", ["anna"], id: "x", from: 3000)),
        (.badFavourites, Command.favourites("a1", "s1", ["user:7"], id: "x", from: 3000)),
        (.badFavourites, Command.favourites("a1", "s1", ["420601000002", "+420601000002"], id: "x", from: 3000)),
        (.badFavourites, Command.favourites("a1", "s1", (0...100).map { "42060100\($0)" }, id: "x", from: 3000)),
        (.identifierTaken, Command.activate("a2", "s9", id: "x", identifiers: ["user:1", "+420601000001"])),
        (.identifierTaken, Command.assign("a2", "s2", "420601000001", id: "x", from: 9000)),
        // Before the other's assignment began, but open-ended, and so still held when it does.
        (.identifierTaken, Command.assign("a2", "s2", "420601000001", id: "x", from: 1500)),
        (.identifierTaken, Command.assign("a1", "s1", "420601000001", id: "x", from: 3000)),
        (.identifierNotHeld, Command.release("a2", "s2", "420601000001", id: "x", at: 3000)),
        (.identifierNotHeld, Command.release("a1", "s1", "420601000001", id: "x", at: 1999)),
        (.identifierNotHeld, Command.release("a1", "s1", "user:nobody", id: "x", at: 3000)),
        (.identifierNotHeld, Command.release("a2", "s3", "user:old", id: "x", at: 5000)),
        (.alreadyEnded, Command.end("a2", "s3", id: "x", at: 4000)),
        (.alreadyEnded, Command.changePlan("a2", "s3", id: "x", from: 5000)),
        (.alreadyEnded, Command.assign("a2", "s3", "user:1", id: "x", from: 5000)),
        (.alreadyEnded, Command.favourites("a2", "s3", [], id: "x", from: 5000)),
        (.alreadyEnded, Command.suspend("a2", "s3", id: "x", from: 5000)),
        (.alreadyEnded, Command.buy("a2", "s3", id: "x", from: 5000)),
        (.beforeAccountStart, Command.buy("a1", "", id: "x", from: 999)),
        (.beforeAccountStart, Command.activate("a1", "s9", id: "x", from: 999)),
        (.beforeSubscriptionStart, Command.changePlan("a1", "s1", id: "x", from: 1999)),
        (.beforeSubscriptionStart, Command.end("a1", "s1", id: "x", at: 1999)),
        (.beforeSubscriptionStart, Command.assign("a1", "s1", "user:1", id: "x", from: 1999)),
        (.beforeSubscriptionStart, Command.favourites("a1", "s1", [], id: "x", from: 1999)),
        (.beforeSubscriptionStart, Command.suspend("a1", "s1", id: "x", from: 1999)),
        (.alreadySuspended, Command.suspend("a2", "s2", id: "x", from: 4000)),
        (.alreadySuspended, Command.suspend("a2", "s2", id: "x", from: 2500)),
        (.notSuspended, Command.resume("a1", "s1", id: "x", from: 3000)),
        (.notSuspended, Command.resume("a2", "s2", id: "x", from: 3000)),
    ]

    @Test("refused for the reason, once, and nothing changes", arguments: cases.indices)
    func refused(_ place: Int) throws {
        let (reason, command) = Self.cases[place]
        var driver = try CommandDriver.withCatalogue()
        _ = try driver.outcome(of: Self.given)
        let entries = driver.changelog.count
        let outcome = try driver.outcome(of: [command])
        #expect(outcome.count == 1)
        #expect(outcome.first?.hasSuffix(": refused \(reason.rawValue) @9") == true, "\(command.prefix(200)): \(outcome)")
        // Only that the command was decided is remembered.
        #expect(driver.changelog.count - entries <= 1)
        #expect(driver.changelog.dropFirst(entries).allSatisfy { $0.key.first == UInt8(ascii: "c") })
    }

    @Test("each reason but one is in the table, which is given in the order of the checks")
    func complete() {
        #expect(Set(Self.cases.map(\.reason)).union([.noCatalogue]) == Set(Refusal.allCases))
        let order = Self.cases.map { Refusal.allCases.firstIndex(of: $0.reason)! }
        #expect(order == order.sorted())
    }

    @Test("without any catalogue nothing can be sold")
    func noCatalogue() throws {
        var driver = CommandDriver()
        #expect(try driver.outcome(of: [Command.open("a1", id: "1")]) == ["a1: refused no-catalogue @0"])
        #expect(try driver.outcome(of: [Command.activate("a1", "s1", id: "2")]) == ["a1: refused unknown-account @1"])
    }

    @Test("a command with several faults is refused for the first")
    func order() throws {
        var driver = try CommandDriver.withCatalogue()
        #expect(
            try driver.outcome(of: [
                Command.open("a 9", id: "1", from: #""from": "never""#, currency: "x"), Command.open("a9", id: "2", from: #""from": "never""#, currency: "x"),
                Command.open("a9", id: "3", currency: "x", timeZone: "x"), Command.open("a9", id: "4", timeZone: "x", day: 77),
                Command.open("a9", id: "5", day: 77, issuer: "x"),
            ]).map { $0.split(separator: " ")[2] } == ["bad-id", "bad-time", "unknown-currency", "unknown-time-zone", "bad-cycle-day"])
    }

    @Test("a null value and random bytes are refused, and never end the stage")
    func hostile() throws {
        var driver = try CommandDriver.withCatalogue()
        #expect(try driver.feed(nil as [UInt8]?) == .done)
        var state: UInt64 = 42
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int(state % 60) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(UInt8(truncatingIfNeeded: state >> 33))
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            #expect(try driver.feed(bytes) == .done)
        }
        driver.commit()
        #expect(driver.emitted.allSatisfy { $0.topic == .customersEvents })
        #expect(driver.emitted.count == 2001)
    }

    @Test("a refusal repeats no hostile text and no identifier")
    func bounded() throws {
        var driver = try CommandDriver.withCatalogue()
        try driver.feed(Command.open(String(repeating: "x", count: 100_000), id: "1"))
        try driver.feed(Command.release("a1", "s1", "420601000001", id: "2", at: 3000))
        driver.commit()
        #expect(driver.emitted.allSatisfy { $0.value.count < 400 })
        #expect(driver.emitted.allSatisfy { !String(decoding: $0.value, as: UTF8.self).contains("420601000001") })
    }
}
