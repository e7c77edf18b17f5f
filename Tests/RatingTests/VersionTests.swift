import Events
import Testing

@Suite("Versions of an offering")
struct VersionTests {
    private static func content() throws -> Events.CatalogueContent {
        func prices(_ price: String) -> String { "    prices: [{id: p, type: sms, steps: [{price: \"\(price)\"}]}]\n    recurring: [{id: fee, amount: \"\(price)0\"}]\n" }
        let versions =
            "  - valid_from: 2025-01-01\n" + prices("1") + "  - valid_from: 2026-02-01\n    for: new-sales\n" + prices("2")
            + "  - valid_from: 2026-04-01\n    notice: 30d\n" + prices("3")
        func offering(_ id: String) -> String { "id: \(id)\nname: \(id)\ncurrency: EUR\nversions:\n" + versions }
        return try CatalogueFolder.content(["offerings/o.yaml": offering("o"), "offerings/q.yaml": offering("q")])
    }

    @Test("one for new sales is for those who come to the offering then, one for everyone for all")
    func newSales() throws {
        var harness = try Harness(try Self.content())
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("old", of: "a", "o"))
        try harness.feed(Given.subscription("new", of: "a", "o", from: "2026-02-10T00:00:00Z"))
        try harness.feed(Given.subscription("moved", of: "a", "q"))
        try harness.feed(Given.planChange("moved", of: "a", to: "o", from: "2026-03-01T00:00:00Z"))
        _ = try harness.rated()
        let usages: [(subscription: String, at: String, nanos: Int64)] = [
            ("old", "2026-01-20T00:00:00Z", 1), ("old", "2026-03-20T00:00:00Z", 1), ("old", "2026-04-20T00:00:00Z", 3),
            ("new", "2026-02-20T00:00:00Z", 2), ("new", "2026-04-20T00:00:00Z", 3),
            ("moved", "2026-02-20T00:00:00Z", 1), ("moved", "2026-03-20T00:00:00Z", 2), ("moved", "2026-04-20T00:00:00Z", 3),
        ]
        for (place, usage) in usages.enumerated() {
            try harness.feed(Given.usage(Int64(place + 1), "sms", event, at: usage.at, subscription: usage.subscription))
            #expect(try harness.rated().map(\.usage.chargeNanos) == [usage.nanos * 1_000_000_000], "usage \(place + 1)")
        }
        try harness.feed(Given.barrier(1, "2026-05-10T00:00:00Z"))
        let fees = try harness.rated().compactMap { record -> String? in
            guard case .recurring(let fee)? = record.body else { return nil }
            return "\(fee.subscription) \(fee.chargeNanos / 1_000_000_000)"
        }
        // Four periods from January on; the plan at the later of the period's start and the activation decides.
        #expect(fees == ["old 10", "moved 10", "old 10", "new 20", "moved 10", "old 10", "new 20", "moved 20", "old 30", "new 30", "moved 30"])
    }
}
