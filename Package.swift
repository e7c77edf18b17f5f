// swift-tools-version: 6.1
import PackageDescription

// Arrows point down only, and a stage never imports another stage: Tests/ArchitectureTests checks both.
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "tollstream",
    products: [
        .executable(name: "tollstream", targets: ["tollstream"]),
        // For Tests/Benchmarks, which is a package of its own.
        .library(name: "RatingEngine", targets: ["Rating", "Pipeline", "Events", "Quantities"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Foundations
        .systemLibrary(name: "CRdkafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .target(name: "Quantities"),
        .target(name: "Events", dependencies: ["Quantities", protobuf]),
        .target(name: "Pipeline", dependencies: ["Quantities", "Events", crypto]),
        // The pure stages
        .target(name: "Mediation", dependencies: ["Quantities", "Events", "Pipeline"]),
        .target(name: "Rating", dependencies: ["Quantities", "Events", "Pipeline"]),
        .target(name: "Billing", dependencies: ["Quantities", "Events", "Pipeline"]),
        .target(name: "Customers", dependencies: ["Quantities", "Events", "Pipeline"]),
        // What runs them, and what judges them
        .target(
            name: "Topology", dependencies: ["Quantities", "Events", "Pipeline", "Mediation", "Rating", "Billing", "Customers"]),
        .target(name: "Audit", dependencies: ["Quantities", "Events", "Pipeline"]),
        .target(
            name: "Simulation",
            dependencies: ["Quantities", "Events", "Pipeline", "Mediation", "Rating", "Billing", "Customers", "Topology", "Audit"]),
        // The shells
        .target(name: "KafkaRuntime", dependencies: ["CRdkafka", "Quantities", "Events", "Pipeline", logging]),
        .target(
            name: "ReadModels",
            dependencies: ["Quantities", "Events", "Pipeline", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(
            name: "HTTPAPI",
            dependencies: ["Pipeline", logging, .product(name: "Hummingbird", package: "hummingbird")]),
        .target(name: "Catalogue", dependencies: ["Quantities", "Events", crypto, .product(name: "Yams", package: "Yams")]),
        .executableTarget(
            name: "tollstream",
            dependencies: [
                "Quantities", "Events", "Pipeline", "Mediation", "Rating", "Billing", "Customers", "Topology", "KafkaRuntime",
                "ReadModels", "HTTPAPI", "Catalogue", "Audit", "Simulation", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ]),
        .testTarget(name: "QuantitiesTests", dependencies: ["Quantities"]),
        .testTarget(name: "PipelineTests", dependencies: ["Pipeline", "Events", "Quantities"]),
        .testTarget(name: "MediationTests", dependencies: ["Mediation", "Pipeline", "Events", "Quantities"]),
        .testTarget(name: "RatingTests", dependencies: ["Rating", "Catalogue", "Pipeline", "Events", "Quantities"]),
        .testTarget(name: "BillingTests", dependencies: ["Billing", "Pipeline", "Events", "Quantities"]),
        .testTarget(name: "CustomersTests", dependencies: ["Customers", "Pipeline", "Events", "Quantities"]),
        .testTarget(name: "CatalogueTests", dependencies: ["Catalogue", "Events", "Quantities"]),
        .testTarget(name: "AuditTests", dependencies: ["Audit", "Rating", "Simulation", "Pipeline", "Events", "Quantities"]),
        .testTarget(name: "ReadModelsTests", dependencies: ["ReadModels", "Pipeline", "Events", "Quantities"]),
        .testTarget(name: "HTTPAPITests", dependencies: ["HTTPAPI"]),
        .testTarget(name: "KafkaRuntimeTests", dependencies: ["KafkaRuntime", "Pipeline", "Events", "Quantities", logging]),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Simulation", "Topology", "Audit", "Billing", "Customers", "Mediation", "Rating", "Catalogue", "Pipeline", "Events", "Quantities"]),
        .testTarget(name: "ArchitectureTests", dependencies: ["Events", "Mediation", "Rating", .product(name: "Yams", package: "Yams")]),
    ]
)
