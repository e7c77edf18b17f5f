// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who builds Tollstream builds the benchmark library, too:
//
//   cd Tests/Benchmarks && swift package --scratch-path ../../.build-benchmarks benchmark
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "tollstream", path: "../.."),
        // Without its default traits it needs no jemalloc; AllocationCount counts allocations.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .target(name: "AllocationCount", path: "AllocationCount"),
        .executableTarget(
            name: "RatingEngine",
            dependencies: [
                "AllocationCount", .product(name: "RatingEngine", package: "tollstream"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/RatingEngine",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
