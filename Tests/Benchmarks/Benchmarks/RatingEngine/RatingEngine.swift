import AllocationCount
import Benchmark
import Events
import Rating

/// How fast the pure engine is, on one core and without a broker. Throughput is that of usages: each iteration rates `count` of them.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.throughput, .wallClock, .instructions, .peakMemoryResident], maxDuration: .seconds(10), maxIterations: 50)
    let count = 100_000
    let allocations = BenchmarkMetric.custom("Allocations per 1,000 usages", polarity: .prefersSmaller, useScalingFactor: false)

    let engine: [BenchmarkMetric] = [.throughput, .wallClock, .instructions, .peakMemoryResident, allocations]

    /// Measures, and says how often an iteration asked for memory.
    func measure(_ benchmark: Benchmark, _ body: () throws -> Void) rethrows {
        benchmark.startMeasurement()
        let before = allocation_count()
        for _ in benchmark.scaledIterations { try body() }
        benchmark.measurement(allocations, Int((allocation_count() - before) * 1000) / (count * benchmark.scaledIterations.count))
        benchmark.stopMeasurement()
    }

    for (name, tariff) in [("simple", BenchTariff.simple), ("100,000 prefixes, time bands, two buckets", BenchTariff.large)] {
        // The price alone: decode, find the price, draw allowances, charge.
        Benchmark("price, \(name)", configuration: .init(metrics: engine, scalingFactor: .one)) { benchmark in
            var rig = try BenchRig(tariff, usages: count)
            try measure(benchmark) { try rig.price() }
        }
        // All that the stage does: refuse duplicates, price, book, write the rated record, and the changelog once at the end.
        Benchmark("rate stage, \(name)", configuration: .init(metrics: engine, scalingFactor: .one)) { benchmark in
            var rig = try BenchRig(tariff, usages: count)
            try measure(benchmark) { try rig.rate() }
        }
    }

    Benchmark("load a catalogue of 100,000 prefixes") { benchmark in
        let content = BenchTariff.large
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try Quoter(content)) }
    }
}
