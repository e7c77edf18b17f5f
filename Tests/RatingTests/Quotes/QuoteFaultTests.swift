import Events
import Rating
import Testing

@Suite("Quotes that can't be given")
struct QuoteFaultTests {
    @Test("an add-on is no customer's plan: that is said, and not what rating would have made of it")
    func addon() throws {
        let content = try CatalogueFolder.content([
            "offerings/o.yaml": "id: o\nname: O\ncurrency: EUR\nversions: [{valid_from: 2000-01-01, prices: [{id: p, type: voice, steps: [{price: 1}]}]}]\n",
            "offerings/weekend.yaml":
                "id: weekend\nname: W\nkind: addon\ncurrency: EUR\nversions: [{valid_from: 2000-01-01, one_time: [{id: price, amount: 5}]}]\n",
        ])
        let fault = #expect(throws: QuoteFault.self) { try Quoter(content, offering: "weekend") }
        #expect(fault?.reason.hasPrefix("weekend is an add-on: ") == true)
        var quoter = try Quoter(content, offering: "o")
        #expect(quoter.cost("2") == "2")
    }
}
