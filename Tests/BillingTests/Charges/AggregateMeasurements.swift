import Billing
import Events
import Glibc
import Pipeline
import Quantities
import Testing

/// Not tests of what is right but of what it costs: run with TOLLSTREAM_MEASURE=1, alone.
@Suite("Measurements", .enabled(if: getenv("TOLLSTREAM_MEASURE") != nil), .serialized)
struct AggregateMeasurements {
    /// CPU time of this thread, so that a busy machine counts little.
    private func cpuSeconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return now() - start
    }

    private func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        return (Int(String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")[1]) ?? 0) * 4096
    }

    private func records(_ count: Int, accounts: Int) throws -> [[UInt8]] {
        var numbers = SeededNumbers(seed: 1)
        return try (0..<count).map { place in
            let account = Int.random(in: 0..<accounts, using: &numbers)
            return try Rated.usage(
                "acc-\(account)", 12_300_000, subscription: "sub-\(account)", price: ["voice", "sms", "data"][place % 3], zone: "home",
                offset: Int64(place)
            ).serializedBytes()
        }
    }

    @Test("aggregate, flushes included", arguments: [1_000, 100_000, 1_000_000])
    func rate(accounts: Int) throws {
        let count = 1_000_000
        let records = try records(count, accounts: accounts)
        let bytes = records.reduce(0) { $0 + $1.count } / count
        var task = PartitionTask<AggregateStage>(partition: 0, position: 0)
        var outbox = Outbox()
        let stage = AggregateStage()
        let before = residentBytes()
        for round in 0..<2 {
            var entries = 0
            let seconds = try cpuSeconds {
                for (place, record) in records.enumerated() {
                    try record.withUnsafeBytes { value in
                        _ = try task.step(
                            InputRecord(partition: 0, offset: Int64(round * count + place), key: UnsafeRawBufferPointer(start: nil, count: 0), value: value),
                            stage: stage, tables: NoTables(), outbox: &outbox)
                    }
                    if place % 10_000 == 9_999 {
                        task.flush(into: &outbox)
                        entries += outbox.entries.count
                        outbox.removeAll()
                    }
                }
            }
            print("\(accounts) accounts, \(bytes) B a record, round \(round): \(Int(Double(count) / seconds)) records/s of CPU, \(entries) entries")
        }
        print("about \((residentBytes() - before) / task.state.accountCount) B of memory an account, \(task.state.accountCount) accounts")
    }

    @Test("the parts of it")
    func parts() throws {
        let records = try records(200_000, accounts: 1000)
        func report(_ what: String, _ body: () throws -> Void) rethrows {
            print("\(what): \(Int(try cpuSeconds(body) / Double(records.count) * 1e9)) ns a record")
        }
        var digest = MultisetDigest()
        report("digest") { for record in records { record.withUnsafeBytes { digest.add($0) } } }
        var sum: Int64 = 0
        try report("decode") {
            for record in records {
                try record.withUnsafeBytes { sum &+= try RatedRecord(serializedBytes: BorrowedBytes($0)).normalizedOffset }
            }
        }
        #expect(sum != 0 && digest != MultisetDigest())
    }
}
