import Events
import Pipeline
import Testing

@Suite("Ticks and the ends of periods")
struct TickTests {
    func kinds(_ records: [RatedRecord]) -> [String] {
        records.map { record in
            switch record.body {
            case .tick(let tick): "tick \(tick.sequence)"
            case .recurring(let charge): "fee \(charge.subscription) \(charge.price) \(charge.chargeNanos / 1_000_000_000)"
            case .periodEnded(let ended): "ended \(ended.account) \(ended.periodFirstDay)"
            case .usage(let usage): "usage \(usage.subscription)"
            default: "other"
            }
        }
    }

    @Test("a tick takes effect once the last raw partition has been read that far, whatever comes twice")
    func barriers() throws {
        var harness = try Harness(Tariffs.both)
        for record in [
            Given.barrier(1, "2026-02-01T00:00:00Z", raw: 0, of: 3), Given.barrier(1, "2026-02-01T00:00:00Z", raw: 0, of: 3),
            Given.barrier(2, "2026-02-02T00:00:00Z", raw: 0, of: 3), Given.barrier(1, "2026-02-01T00:00:00Z", raw: 2, of: 3),
        ] {
            try harness.feed(record)
            #expect(try harness.rated().isEmpty)
        }
        try harness.restart()
        try harness.feed(Given.barrier(1, "2026-02-01T00:00:00Z", raw: 1, of: 3))
        #expect(kinds(try harness.rated()) == ["tick 1"])
        try harness.feed(Given.barrier(2, "2026-02-02T00:00:00Z", raw: 2, of: 3))
        try harness.feed(Given.barrier(1, "2026-02-01T00:00:00Z", raw: 1, of: 3))
        #expect(try harness.rated().isEmpty)
        try harness.feed(Given.barrier(2, "2026-02-02T00:00:00Z", raw: 1, of: 3))
        #expect(kinds(try harness.rated()) == ["tick 2"])
    }

    @Test("due accounts end by (end, id), fees before the end, empty periods too")
    func order() throws {
        var harness = try Harness(Tariffs.both)
        try harness.feed(Given.account("c", from: "2026-01-20T00:00:00Z"))
        try harness.feed(Given.account("b"))
        try harness.feed(Given.account("a", day: 15))
        try harness.feed(Given.subscription("z", of: "b", "plain"))
        try harness.feed(Given.subscription("y", of: "b", "other"))
        try harness.feed(Given.subscription("x", of: "b", "other"))
        try harness.feed(Given.subscription("later", of: "b", "plain", from: "2026-02-01T00:00:00Z"))
        try harness.feed(Given.usage(1, "voice", 0, account: "b", subscription: "x"))
        _ = try harness.rated()
        try harness.feed(Given.barrier(1, "2026-02-01T23:59:59.999Z"))
        // a's period of the 15th had ended with January the 15th.
        #expect(kinds(try harness.rated()) == ["tick 1", "ended a 2025-12-15"])
        try harness.restart()
        try harness.feed(Given.barrier(2, "2026-02-02T00:00:00Z"))
        let rated = try harness.rated()
        #expect(kinds(rated) == ["tick 2", "fee z monthly 99", "fee x active 20", "ended b 2026-01-01", "ended c 2026-01-01"])
        let ended = rated[3].periodEnded
        #expect(ended.terms.series == "cz" && ended.terms.taxPercentMicros == 21_000_000)
        #expect(ended.periodLastDay == "2026-01-31" && ended.issueDate == "2026-02-02")
        try harness.feed(Given.barrier(3, "2026-02-02T00:00:00Z"))
        #expect(kinds(try harness.rated()) == ["tick 3"])
    }

    @Test("the fee of a month with usage comes with its first late usage, once; with a late activation too")
    func lateFees() throws {
        var harness = try Harness(Tariffs.both)
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "other"))
        try harness.feed(Given.barrier(1, "2026-02-02T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", second))
        try harness.feed(Given.usage(2, "voice", second))
        try harness.feed(Given.subscription("t", of: "a", "plain", from: "2026-01-31T00:00:00Z"))
        #expect(kinds(try harness.rated()) == ["usage s", "fee s active 20", "usage s", "other", "fee t monthly 99"])
    }

    @Test("a marker waits for its content, and usage before any is suspended")
    func waiting() throws {
        var harness = try Harness()
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        try harness.feed(Given.usage(1, "voice", second))
        #expect(try harness.rated().last?.unrated.reason == "no-catalogue")
        let result = try harness.feed(Harness.marker(1))
        #expect(result != .done && result != .again)
        try harness.load(Tariffs.both, hash: 1)
        #expect(try harness.feed(Harness.marker(1)) == .done)
        try harness.feed(Given.usage(1, "voice", second))
        #expect(try harness.rated().last?.usage.allowanceMicros == minute)
    }

    /// A month of a few hundred accounts, the tick and what comes late.
    static func script() -> [NormalizedRecord] {
        var random = SplitMix(seed: 20_260_101)
        var records: [NormalizedRecord] = []
        for account in 0..<150 {
            records.append(Given.account("acc-\(account)", day: UInt32(1 + account % 3)))
            records.append(Given.subscription("s", of: "acc-\(account)", account % 2 == 0 ? "plain" : "other"))
        }
        var id: Int64 = 0
        for day in 1...40 {
            for _ in 0..<60 {
                id += 1
                let type = ["voice", "sms", "data"][Int(random.next() % 3)]
                let at = Given.ms("2026-01-01T00:00:00Z") + Int64(day) * 86_400_000 - Int64(random.next() % 300_000_000)
                var usage = Given.usage(
                    random.next() % 20 == 0 ? max(1, id - 7) : id, type, Int64(random.next() % 200) * second * (type == "data" ? 20_000_000 : 1),
                    account: "acc-\(random.next() % 160)")
                usage.usage.startMs = at
                records.append(usage)
            }
            if day % 9 == 0 { records.append(Given.planChange("s", of: "acc-\(day)", to: "plain", from: "2026-02-0\(day / 9)T00:00:00Z")) }
            let time = day <= 31 ? "2026-01-\(day < 10 ? "0" : "")\(day)T12:00:00Z" : "2026-02-\(day - 31 < 10 ? "0" : "")\(day - 31)T12:00:00Z"
            records.append(Given.barrier(Int64(day), time))
        }
        return records
    }

    @Test("batches, chunks and restarts change no byte of the output", arguments: [(1, 1, 0), (7, 500, 97), (1000, 3, 600), (50, 20, 13)])
    func sameBytes(batch: Int, chunk: Int, restart: Int) throws {
        func run(_ batch: Int, _ chunk: Int, _ restart: Int) throws -> [Harness.Output] {
            var harness = try Harness(Tariffs.both, closingChunk: chunk)
            for (place, record) in Self.script().enumerated() {
                try harness.feed(record)
                if place % batch == 0 { harness.commit() }
                if restart > 0, place % restart == 0 { try harness.restart() }
            }
            harness.commit()
            return harness.outputs
        }
        let whole = try run(Int.max, 500, 0)
        let parted = try run(batch, chunk, restart)
        #expect(whole.count > 2700)
        #expect(whole.count == parted.count)
        if let first = zip(whole, parted).enumerated().first(where: { $1.0 != $1.1 }) { Issue.record("output \(first.offset) differs") }
    }

    @Test("a restart amid the ends of periods goes on where it stopped")
    func restartAmidClosing() throws {
        func opened(_ chunk: Int) throws -> Harness {
            var harness = try Harness(Tariffs.both, closingChunk: chunk)
            for account in 0..<10 {
                try harness.feed(Given.account("acc-\(account)"))
                try harness.feed(Given.subscription("s", of: "acc-\(account)", "plain"))
            }
            harness.commit()
            harness.outputs.removeAll()
            return harness
        }
        let tick = Given.barrier(1, "2026-02-03T00:00:00Z")
        var whole = try opened(500)
        try whole.feed(tick)
        whole.commit()
        var parted = try opened(4)
        var steps = 0
        while try parted.feedOnce(tick) == .again {
            steps += 1
            try parted.restart()
        }
        parted.commit()
        #expect(steps == 2)
        #expect(whole.outputs == parted.outputs)
    }
}

/// Steele, Lea and Flood's SplitMix64: the same numbers in each run.
struct SplitMix {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
