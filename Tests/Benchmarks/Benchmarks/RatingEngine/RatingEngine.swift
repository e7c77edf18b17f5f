import Benchmark
import Events
import Rating

/// How fast the pure engine is, on one core and without a broker. Throughput is that of usages: each iteration rates `count` of them.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.throughput, .wallClock, .instructions, .peakMemoryResident], maxDuration: .seconds(10), maxIterations: 50)
    let count = 100_000

    for (name, tariff) in [("simple", BenchTariff.simple), ("100,000 prefixes, time bands, two buckets", BenchTariff.large)] {
        // The price alone: decode, find the price, draw allowances, charge.
        Benchmark("price, \(name)", configuration: .init(scalingFactor: .one)) { benchmark in
            var rig = try BenchRig(tariff, usages: count)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { try rig.price() }
        }
        // All that the stage does: refuse duplicates, price, book, write the rated record, and the changelog once at the end.
        Benchmark("rate stage, \(name)", configuration: .init(scalingFactor: .one)) { benchmark in
            var rig = try BenchRig(tariff, usages: count)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { try rig.rate() }
        }
    }

    Benchmark("load a catalogue of 100,000 prefixes") { benchmark in
        let content = BenchTariff.large
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try Quoter(content)) }
    }
}
