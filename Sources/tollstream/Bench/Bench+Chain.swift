import Events
import Foundation
import KafkaRuntime
import Pipeline

extension Bench {
    private static let chain = ["normalize", "recycle", "rate", "aggregate", "invoice", "number"]

    /// From raw to invoice-ready sums: all stages at once on a full input.
    mutating func measureChain() throws {
        let namespace = prefix + "-chain"
        let client = try prepare(namespace, traffic: BenchTraffic(accounts: accounts))
        try run(["rate", "aggregate"], namespace)
        try publish(client, run: "chain", json: false)
        Terminal.note("measuring the whole chain")
        let report = try BenchProcess(["run"] + Self.chain + ["--until-idle"], configuration: configuration, namespace: namespace).finish()
        // They all begin with the first record, so that the slowest one's time is the chain's.
        let longest = report.workers.map(\.seconds).max() ?? 0
        var row = BenchRow("whole chain, raw to invoice-ready", events: events, perSecond: longest > 0 ? Double(events) / longest : 0)
        row.cpuMicrosecondsPerEvent = ((report.workers.map(\.cpuSeconds).max() ?? 0) / Double(events) * 1e8).rounded() / 100
        row.peakMemoryMB = report.peakMemoryBytes >> 20
        row.bytesWrittenPerEvent = report.workers.reduce(0) { $0 + $1.bytesOut } / events
        rows.append(row)
    }

    /// At a steady rate, from the moment of sending to the moment at which a reader of committed records has the rated usage.
    mutating func measureLatency(rate: Int, seconds: Int) throws {
        let namespace = prefix + "-latency"
        let client = try prepare(namespace, traffic: BenchTraffic(accounts: accounts))
        try run(["rate", "aggregate"], namespace)
        Terminal.note("measuring latency at \(rate) events/s for \(seconds) s")
        let chain = try BenchProcess(["run"] + Self.chain, configuration: configuration, namespace: namespace)
        let observer = try LatencyObserver(client)
        let watching = Thread { observer.run(untilQuietSeconds: 5) }
        watching.start()
        let writer = try client.writer()
        let traffic = BenchTraffic(accounts: accounts)
        func send(_ number: Int, run: String) throws {
            let usage = traffic.usage(number, run: run, startMs: Int64(Date().timeIntervalSince1970 * 1000))
            let value: [UInt8] = try usage.serializedBytes()
            try writer.send(.usageRaw, key: usage.subscriber, value: value, headers: [("content-type", Array("application/x-protobuf".utf8))])
        }
        // One now and then until the first comes out: the processes have started. Then a few seconds that are not counted.
        var early = 0
        while !observer.hasSeen.value && early < 600 {
            try send(early, run: "start")
            try writer.flush()
            early += 1
            Thread.sleep(forTimeInterval: 0.1)
        }
        let begin = Date().timeIntervalSince1970
        observer.ignoreBefore((begin + 3) * 1000)
        for number in 0..<rate * (seconds + 3) {
            let due = begin + Double(number) / Double(rate)
            if number % 100 == 0 {
                let now = Date().timeIntervalSince1970
                if due > now { Thread.sleep(forTimeInterval: due - now) }
            }
            try send(number, run: "latency")
        }
        try writer.flush()
        let result = observer.wait()
        chain.stop()
        _ = try chain.finish()
        let sent = early + rate * (seconds + 3)
        if result.total != sent { failures.append("of \(sent) usages sent to measure the latency, \(result.total) were rated") }
        rows.append(BenchRow(
            "raw to rated at \(rate)/s", events: result.count, perSecond: Double(rate),
            note: "p50 \(result.p50) ms, p99 \(result.p99) ms, max \(result.max) ms"))
    }
}

/// Reads rated usage as a downstream system would, and compares the clock with the usage's own start, which the benchmark set to the
/// moment of sending.
final class LatencyObserver: @unchecked Sendable {
    // Invariant: everything but `done`, `hasSeen` and `ignoredBeforeMs` belongs to the thread that runs `run`; `wait` reads after `done`.
    private let log: KafkaLog
    private var from: [Int64]
    private var latencies: [Int] = []
    private var total = 0
    private let ignoredBeforeMs = Locked(Double.infinity)
    let hasSeen = Locked(false)
    private let done = DispatchSemaphore(value: 0)

    init(_ client: ClientConfiguration) throws {
        log = client.log()
        from = []
        for partition in 0..<(try log.partitionCount(of: .usageRated)) {
            from.append(try log.offsets(of: .usageRated, partition: partition).upperBound)
        }
    }

    func ignoreBefore(_ ms: Double) { ignoredBeforeMs.set(ms) }

    func run(untilQuietSeconds quiet: TimeInterval) {
        defer { done.signal() }
        var last = Date()
        let positions = from.indices.map { LogPosition(topic: .usageRated, partition: Int32($0), offset: from[$0]) }
        // What could not be read shows in the count.
        try? log.follow(positions, until: .never) { _, record in
            hasSeen.set(true)
            last = Date()
            guard let value = record.value, case .usage(let usage) = try RatedRecord(serializedBytes: BorrowedBytes(value)).body else { return }
            total += 1
            if Double(usage.startMs) >= ignoredBeforeMs.value {
                latencies.append(max(0, Int(last.timeIntervalSince1970 * 1000 - Double(usage.startMs))))
            }
        } atBoundary: { _ in
            Date().timeIntervalSince(last) < (hasSeen.value ? quiet : 60)
        }
    }

    func wait() -> (total: Int, count: Int, p50: Int, p99: Int, max: Int) {
        done.wait()
        let sorted = latencies.sorted()
        guard let last = sorted.last else { return (total, 0, 0, 0, 0) }
        return (total, sorted.count, sorted[sorted.count / 2], sorted[min(sorted.count - 1, sorted.count * 99 / 100)], last)
    }
}
