import Foundation
import Testing

@Suite("Modules")
struct ModuleGraphTests {
    static let stages: Set = ["Mediation", "Rating", "Billing", "Receivables", "Customers", "Engagement"]
    static let pure = stages.union(["Quantities", "Events", "Pipeline", "Topology", "Audit", "Simulation"])

    /// What of ours each module may import: arrows point down only.
    static let allowed: [String: Set<String>] = [
        "Quantities": [],
        "Events": ["Quantities"],
        "Pipeline": ["Quantities", "Events"],
        "Mediation": ["Quantities", "Events", "Pipeline"],
        "Rating": ["Quantities", "Events", "Pipeline"],
        "Billing": ["Quantities", "Events", "Pipeline"],
        "Customers": ["Quantities", "Events", "Pipeline"],
        "Topology": ["Quantities", "Events", "Pipeline", "Mediation", "Rating", "Billing", "Customers"],
        "Audit": ["Quantities", "Events", "Pipeline"],
        "Simulation": ["Quantities", "Events", "Pipeline", "Mediation", "Rating", "Billing", "Customers", "Topology", "Audit"],
        "Catalogue": ["Quantities", "Events"],
        "KafkaRuntime": ["CRdkafka", "Quantities", "Events", "Pipeline"],
        "ReadModels": ["Quantities", "Events", "Pipeline"],
        "HTTPAPI": ["Pipeline"],
        "tollstream": [
            "Quantities", "Events", "Pipeline", "Mediation", "Rating", "Billing", "Customers", "Topology", "KafkaRuntime", "ReadModels",
            "HTTPAPI", "Catalogue", "Audit", "Simulation",
        ],
    ]

    /// Everything in Sources/ that is a module.
    static let ours = Set(allowed.keys).union(["CRdkafka"])

    @Test("import only what the module graph allows")
    func imports() throws {
        var faults: [String] = []
        for file in try SourceTree.files("Sources", "swift") {
            guard let allowed = Self.allowed[file.module] else {
                faults.append("\(file.path): the module graph does not know \(file.module)")
                continue
            }
            for imported in file.imports where Self.ours.contains(imported) && imported != file.module && !allowed.contains(imported) {
                faults.append("\(file.path) imports \(imported)")
            }
        }
        #expect(faults == [])
    }

    @Test("that are pure import neither Foundation nor anything that reads clocks, files or networks")
    func purity() throws {
        let impure: Set = [
            "Foundation", "FoundationEssentials", "Glibc", "Musl", "Darwin", "Dispatch", "Synchronization", "CRdkafka", "NIO", "NIOCore", "Logging",
            "GRDB", "Hummingbird",
        ]
        var faults: [String] = []
        // Generated code imports what its generator writes.
        for file in try SourceTree.swiftSources() where Self.pure.contains(file.module) {
            for imported in file.imports where impure.contains(imported) { faults.append("\(file.path) imports \(imported)") }
        }
        #expect(faults == [])
    }

    @Test("stages never import each other")
    func stages() {
        for stage in Self.stages { #expect(Self.stages.isDisjoint(with: Self.allowed[stage] ?? [])) }
    }

    @Test("only KafkaRuntime imports librdkafka")
    func kafka() throws {
        let importers = Set(try SourceTree.files("Sources", "swift").filter { $0.imports.contains("CRdkafka") }.map(\.module))
        #expect(importers.isSubset(of: ["KafkaRuntime"]))
    }

    @Test("imports are found behind attributes and access levels")
    func parsing() {
        let file = SourceTree.File(
            path: "Sources/X/Y.swift",
            lines: ["import Events", "@_exported import Billing", "public import struct Rating.Tariff", "// import Nothing", "let import_ = 1"])
        #expect(file.imports == ["Events", "Billing", "Rating"])
    }
}
