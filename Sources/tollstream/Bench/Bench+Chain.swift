import Events
import Foundation
import KafkaRuntime
import Pipeline

extension Bench {
    /// Rate brings move with it, here and where it runs before: under one name, for which its group has to wait in vain nowhere.
    private static let chain = ["normalize", "recycle", "rate", "aggregate", "invoice", "number"]

    /// From raw to invoice-ready sums: all stages at once on a full input.
    mutating func measureChain() throws {
        let namespace = prefix + "-chain"
        let client = try prepare(namespace, traffic: BenchTraffic(accounts: accounts))
        try run(["rate", "aggregate"], namespace)
        try publish(client, run: "chain", json: false)
        Terminal.note("measuring the whole chain")
        let report = try BenchProcess(["run"] + Self.chain + ["--until-idle"], configuration: configuration, namespace: namespace).finish()
        for worker in report.workers where ["normalize", "rate", "aggregate"].contains(worker.stage) && worker.recordsIn < events {
            failures.append("\(worker.stage) read \(worker.recordsIn) of \(events) events in the whole chain")
        }
        var row = BenchRow("whole chain, raw to invoice-ready", events: events, perSecond: report.seconds > 0 ? Double(events) / report.seconds : 0)
        row.cpuMicrosecondsPerEvent = ((report.workers.map(\.cpuSeconds).max() ?? 0) / Double(events) * 1e8).rounded() / 100
        row.peakMemoryMB = report.peakMemoryBytes >> 20
        row.bytesWrittenPerEvent = report.workers.reduce(0) { $0 + $1.bytesOut } / events
        rows.append(row)
    }

    /// At a steady rate, from the moment of sending to the moment at which a reader of committed records has the rated usage.
    mutating func measureLatency(rate: Int, seconds: Int) throws {
        let namespace = prefix + "-latency"
        let warmUp = 10
        let client = try prepare(namespace, traffic: BenchTraffic(accounts: accounts))
        try run(["rate", "aggregate"], namespace)
        Terminal.note("measuring latency at \(rate) events/s for \(seconds) s")
        // Encoded beforehand: what makes the load must not take the processors from what is measured.
        let load = try TimedUsage.encode(rate * (warmUp + seconds), BenchTraffic(accounts: accounts), run: "latency")
        let starters = try TimedUsage.encode(600, BenchTraffic(accounts: accounts), run: "start")
        let chain = try BenchProcess(["run"] + Self.chain, configuration: configuration, namespace: namespace)
        defer { chain.stop() }
        let observer = try LatencyObserver(client)
        let watching = Thread { observer.run(untilQuietSeconds: 5) }
        watching.start()
        let writer = try client.writer()
        // One now and then until the first comes out: the processes have started. Then some seconds that are not counted:
        // a broker on a young JVM is slow.
        var early = 0
        while !observer.hasSeen.withLock({ $0 }) && early < starters.count {
            try starters[early].send(writer)
            try writer.flush()
            early += 1
            Thread.sleep(forTimeInterval: 0.1)
        }
        let begin = Date().timeIntervalSince1970
        observer.ignoreBefore((begin + Double(warmUp)) * 1000)
        for (number, usage) in load.enumerated() {
            let due = begin + Double(number) / Double(rate)
            if number % 100 == 0 {
                let now = Date().timeIntervalSince1970
                if due > now { Thread.sleep(forTimeInterval: due - now) }
            }
            try usage.send(writer)
        }
        try writer.flush()
        let took = Date().timeIntervalSince1970 - begin
        if took > Double(load.count) / Double(rate) * 1.02 { failures.append("sending \(load.count) usages at \(rate)/s took \(took) s") }
        let result = observer.wait()
        chain.stop()
        _ = try chain.finish()
        let sent = early + load.count
        if result.total != sent { failures.append("of \(sent) usages sent to measure the latency, \(result.total) were rated") }
        rows.append(BenchRow(
            "raw to rated at \(rate)/s", events: result.count, perSecond: Double(rate),
            note: "p50 \(result.p50) ms, p99 \(result.p99) ms, max \(result.max) ms"))
    }
}
