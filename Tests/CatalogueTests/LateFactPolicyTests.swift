import Catalogue
import Events
import Testing

@Suite("Policies for late facts")
struct LateFactPolicyTests {
    private static func load(_ settings: String) throws -> Result<CatalogueContent, CatalogueErrors> {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in CatalogueLoaderTests.files { try folder.write(file, file == "settings.yaml" ? text + settings : text) }
        do throws(CatalogueErrors) { return .success(try CatalogueLoader().load(folder.path)) } catch { return .failure(error) }
    }

    @Test("those that apply by themselves are named; the others, and all where nothing is said, wait for a person")
    func reads() throws {
        #expect(try Self.load("").get().lateFactsApplied == [])
        #expect(try Self.load("late_facts: {holder: apply, plan: apply}\n").get().lateFactsApplied == [.plan, .holder])
        #expect(try Self.load("late_facts: {holder: propose}\n").get().lateFactsApplied == [])
        #expect(try Self.load("late_facts: {rollover: apply, favourites: apply, plan: propose, end: apply}\n").get().lateFactsApplied == [.end, .favourites, .rollover])
    }

    @Test("an unknown kind or policy is a fault", arguments: [("late_facts: {moved: apply}", "unknown key"), ("late_facts: {plan: maybe}", "expected apply or propose")])
    func faults(settings: String, says: String) throws {
        guard case .failure(let errors) = try Self.load(settings + "\n") else { return #expect(Bool(false), "it was read") }
        #expect(errors.errors.count == 1 && "\(errors)".contains(says), "\(errors)")
    }
}
