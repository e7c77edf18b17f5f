import Customers
import Events
import Testing

@Suite("Customers: add-ons and prepaid money")
struct PrepaidCommandTests {
    private static let given = [Command.openPrepaid("p", id: "1", limit: 7), Command.activate("p", "s", id: "2")]

    static let cases: [(command: String, outcome: [String])] = [
        (Command.buy("p", "s", id: "x"), ["p: bought extra for s from 3000", "p to rating: bought extra"]),
        (Command.buy("p", "", id: "x"), ["p: bought extra for  from 3000", "p to rating: bought extra"]),
        (
            Command.topUp("p", id: "x", amount: #""currencyCode": "EUR", "units": "5", "nanos": 20"#, expires: 4000),
            ["p: top-up 5000000020 EUR from 3000 to 4000", "p to rating: top-up 5000000020"]
        ),
        (Command.setPrepaid("p", id: "x", ""), ["p: prepaid 0 0 0 0", "p to rating: prepaid"]),
        (
            Command.setPrepaid(
                "p", id: "x",
                #""creditLimit": {"currencyCode": "EUR", "nanos": 1}, "autoTopUp": {"below": {"currencyCode": "EUR", "nanos": 2}, "#
                    + #""amount": {"currencyCode": "EUR", "nanos": 3}}, "recurringTopUp": {"amount": {"currencyCode": "EUR", "nanos": 4}}"#),
            ["p: prepaid 1 2 3 4", "p to rating: prepaid"]
        ),
    ]

    @Test("accepted, and ordered of rating, by a restored stage, too", arguments: cases.indices, [false, true])
    func accepted(_ place: Int, _ restarts: Bool) throws {
        var driver = try CommandDriver.withCatalogue()
        _ = try driver.outcome(of: Self.given)
        if restarts { try driver.restore() }
        #expect(try driver.outcome(of: [Self.cases[place].command]) == Self.cases[place].outcome)
    }

    @Test("the terms say that the account is prepaid, and how far it may overdraw")
    func terms() throws {
        var driver = try CommandDriver.withCatalogue()
        _ = try driver.outcome(of: Self.given)
        let opened = try #require(driver.emitted.first { $0.topic == .usageNormalized })
        let terms = try NormalizedRecord(serializedBytes: opened.value).accountOpened.terms
        #expect((terms.payment, terms.creditLimitNanos) == (.prepaid, 7))
    }
}
