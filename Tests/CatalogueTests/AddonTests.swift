import Catalogue
import Events
import Testing

@Suite("Add-ons and one-off allowances in the catalogue's source")
struct AddonTests {
    private static func load(_ addon: String, plan: String = "", settings: String = "") throws -> Result<CatalogueContent, CatalogueErrors> {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in CatalogueLoaderTests.files where file != "offerings/o.yaml" { try folder.write(file, file == "settings.yaml" ? text + settings : text) }
        try folder.write(
            "offerings/o.yaml",
            """
            id: o
            name: O
            currency: CZK
            versions:
              - valid_from: 2020-01-01
                allowances: [\(plan)]
                prices: [{id: p, type: voice, steps: [{increment: 1 s, price: "1", per: 1 s}]}]

            """)
        try folder.write("offerings/x.yaml", "id: x\nname: X\nkind: addon\ncurrency: CZK\nversions: [{valid_from: 2020-01-01, \(addon)}]\n")
        do throws(CatalogueErrors) { return .success(try CatalogueLoader().load(folder.path)) } catch { return .failure(error) }
    }

    @Test("an add-on's allowances are given once, a plan's where it says so; the grace of prepaid money is read")
    func reads() throws {
        let content = try Self.load(
            "one_time: [{id: price, name: Price, amount: \"49.5\"}], allowances: [{id: d, type: data, amount: 1 GiB, validity: 3 days}, "
                + "{id: h, type: voice, amount: 1 h, validity: 36 hours}, {id: m, money: \"5\", validity: 2 periods}]",
            plan: "{id: w, type: voice, amount: 60 s, recurs: once, validity: 1 period}, {id: n, type: voice, amount: 60 s, recurs: period}",
            settings: "prepaid: {grace: 30d}\n"
        ).get()
        #expect(content.prepaidGraceMs == 30 * 86_400_000)
        let (plan, addon) = (content.offerings[0], content.offerings[1])
        #expect((plan.kind, addon.kind) == (.plan, .addon))
        #expect(addon.versions[0].oneTime.map(\.amountNanos) == [49_500_000_000])
        #expect(addon.versions[0].allowances.map(\.recurs) == [.once, .once, .once])
        #expect(addon.versions[0].allowances.map(\.validityMs) == [3 * 86_400_000, 36 * 3_600_000, 0])
        #expect(addon.versions[0].allowances.map(\.validityPeriods) == [0, 0, 2])
        #expect(plan.versions[0].allowances.map(\.recurs) == [.once, .period])
        #expect(plan.versions[0].allowances[0].validityPeriods == 1)
    }

    static let faults: [(addon: String, plan: String, says: String)] = [
        ("allowances: [{id: d, type: data, amount: 1 GiB}]", "", "validity: is missing"),
        ("allowances: [{id: d, type: data, amount: 1 GiB, validity: soon}]", "", "expected so many hours, days or billing periods"),
        ("allowances: [{id: d, type: data, amount: 1 GiB, validity: 0 days}]", "", "expected so many hours, days or billing periods"),
        ("allowances: [{id: d, type: data, amount: 1 GiB, validity: 99999999999999999 days}]", "", "expected so many hours, days or billing periods"),
        ("allowances: [{id: d, type: data, amount: 1 GiB, validity: 36601 days}]", "", "expected so many hours, days or billing periods"),
        ("allowances: [{id: d, type: data, amount: 1 GiB, validity: 1 day, rollover: {periods: 1}}]", "", "no rollover"),
        ("allowances: [{id: d, type: data, amount: 1 GiB, validity: 1 day, of: account}]", "", "no of"),
        ("allowances: [{id: d, type: data, amount: 1 GiB, validity: 1 day, prorated: true}]", "", "no prorated"),
        ("allowances: [{id: d, type: data, amount: 1 GiB, recurs: period}]", "", "once, with each purchase"),
        ("prices: [{id: p, type: voice, steps: [{price: \"1\"}]}]", "", "no prices"),
        ("recurring: [{id: f, amount: \"1\"}]", "", "no recurring"),
        ("one_time: [{id: p, amount: \"-1\"}]", "", "not below zero"),
        ("one_time: [{id: p, amount: \"1\"}, {id: p, amount: \"1\"}]", "", "comes twice"),
        ("one_time: []", "{id: w, type: voice, amount: 60 s, validity: 1 day}", "say recurs: once"),
        ("one_time: []", "{id: w, type: voice, amount: 60 s, recurs: once}", "validity: is missing"),
    ]

    @Test("what does not go together is told", arguments: faults)
    func fault(_ fault: (addon: String, plan: String, says: String)) throws {
        guard case .failure(let errors) = try Self.load(fault.addon, plan: fault.plan) else {
            Issue.record("nothing was found")
            return
        }
        #expect(errors.description.contains(fault.says), "\(errors)")
    }
}
