import Events
import Pipeline
import Quantities
import Rating
import Testing

/// Rating anew by the usage's own time, and of accounts that are used all the while.
@Suite("Rating anew by time, and while an account is used")
struct RerateOrderTests {
    private static let from = "2026-01-01T00:00:00Z"

    private static func history() throws -> History { try LateFactTests.open(LateFactTests.content()) }

    private static func call(_ id: Int64, _ seconds: Int64, at time: String) -> NormalizedRecord { Given.usage(id, "voice", seconds * second, at: time) }

    private static func standing(_ history: History) throws -> [Int64: Int64] {
        var usages: [Int64: Int64] = [:]
        for value in history.log.rated {
            switch try RatedRecord(serializedBytes: value).body {
            case .usage(let usage): usages[usage.rawOffset] = usage.chargeNanos / 1_000_000
            case .usageCorrected(let event): usages[event.replacement.first?.rawOffset ?? -1] = event.replacement.reduce(0) { $0 + $1.chargeNanos } / 1_000_000
            default: break
            }
        }
        return usages
    }

    @Test("by time, who called first draws the allowance; later rerates keep that, and what comes after goes by the log")
    func byTime() throws {
        var history = try Self.history()
        try history.feed(Self.call(1, 100, at: "2026-01-20T12:00:00Z"))
        try history.feed(Self.call(2, 100, at: "2026-01-10T12:00:00Z"))
        try history.feed(Self.call(3, 100, at: "2026-01-05T12:00:00Z"))
        #expect(try Self.standing(history) == [1: 0, 2: 1000, 3: 1000])
        let shown = try history.rerate(from: Self.from) { $0.keepsCatalogues = true; $0.sequence = .start }
        #expect(shown.changedUsages == 2)
        #expect(try history.rerate(from: Self.from) { $0.keepsCatalogues = true }.rows.isEmpty)
        try LateFactTests.settle(&history, byTime: true)
        #expect(try Self.standing(history) == [1: 1000, 2: 1000, 3: 0])
        // The log's order, asked for now, leaves it as it is; so does a restart.
        try history.harness.restart()
        #expect(try history.rerate(from: Self.from) { $0.keepsCatalogues = true }.orders.isEmpty)
        // Behind it the log's order goes on: an earlier call that comes now finds the allowance used up, and stays so.
        try history.feed(Self.call(4, 50, at: "2026-01-02T12:00:00Z"))
        #expect(try Self.standing(history)[4] == 500)
        #expect(try history.rerate(from: Self.from) { $0.keepsCatalogues = true }.orders.isEmpty)
        try LateFactTests.settle(&history, byTime: true)
        #expect(try Self.standing(history) == [1: 1000, 2: 1000, 3: 500, 4: 0])
    }

    @Test("calls of one moment go by their raw records")
    func ties() throws {
        var history = try Self.history()
        for id in [3, 1, 2] as [Int64] { try history.feed(Self.call(id, 100, at: "2026-01-10T12:00:00Z")) }
        try LateFactTests.settle(&history, byTime: true)
        #expect(try Self.standing(history) == [1: 0, 2: 1000, 3: 1000])
    }

    @Test("an account that is heard of after a tick had passed its first month keeps its fees")
    func behindTick() throws {
        var history = try History(LateFactTests.content())
        // By now January has ended; the account is told of only then, and its month with the next tick.
        try history.feed(Given.barrier(1, "2026-02-05T00:00:00Z"))
        try history.feed(Given.account("a"))
        try history.feed(Given.subscription("s", of: "a", "plan"))
        try history.feed(Self.call(1, 100, at: "2026-02-04T12:00:00Z"))
        try LateFactTests.settle(&history, byTime: true)
        try history.feed(Given.barrier(2, "2026-02-10T00:00:00Z"))
        #expect(try LateFactTests.standing(history).fees == ["2026-01": 10_000])
        #expect(try history.rerate(from: Self.from) { $0.keepsCatalogues = true; $0.sequence = .start }.orders.isEmpty)
    }

    @Test("usage that came after its period had ended counts in it; another account is left as it is")
    func lateUsage() throws {
        var history = try Self.history()
        try history.feed(Self.call(1, 100, at: "2026-01-20T12:00:00Z"))
        try history.feed(Given.barrier(1, "2026-02-03T00:00:00Z"))
        try history.feed(Self.call(2, 60, at: "2026-01-10T12:00:00Z"))
        try history.feed(Self.call(3, 60, at: "2026-02-05T12:00:00Z"))
        #expect(try Self.standing(history) == [1: 0, 2: 600, 3: 0])
        try LateFactTests.settle(&history, byTime: true)
        #expect(try Self.standing(history) == [1: 600, 2: 0, 3: 0])
        try history.feed(Given.barrier(2, "2026-03-03T00:00:00Z"))
        #expect(try history.rerate(from: Self.from) { $0.keepsCatalogues = true }.orders.isEmpty)
    }

    // MARK: Used meanwhile

    @Test("an account that is used between each reading and its order is put right in a few tries", arguments: 0..<8)
    func usedMeanwhile(seed: Int64) throws {
        var history = try Self.history()
        var id: Int64 = 10
        func use(_ history: inout History, _ seconds: Int64) throws {
            id += 1
            try history.feed(Self.call(id, seconds, at: "2026-01-28T12:00:00Z"))
        }
        for day in 10..<16 { try history.feed(Self.call(Int64(day - 9), 20, at: "2026-01-\(day)T12:00:00Z")) }
        // What drew the allowance goes: later calls should have drawn it.
        try history.feed(LateFactTests.suspended(from: "2026-01-09T00:00:00Z"))
        try history.feed(LateFactTests.resumed(from: "2026-01-14T00:00:00Z"))
        var tries = 0
        while true {
            let outcome = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
            if outcome.orders.isEmpty { break }
            tries += 1
            #expect(tries <= 5)
            if tries > 5 { break }
            for step in 0...seed % 4 { try use(&history, 7 + seed * 3 + step) }
            let carriedOut = try history.apply(outcome)
            #expect(!carriedOut.contains { $0.changeRefused.reason != "" })
            if tries == 1 { #expect(carriedOut.contains { $0.rerateProposed.kind == .usedMeanwhile }) }
        }
        #expect(tries > 1)
        // As if all had been known before the first call.
        var known = try Self.history()
        try known.feed(LateFactTests.suspended(from: "2026-01-09T00:00:00Z"))
        try known.feed(LateFactTests.resumed(from: "2026-01-14T00:00:00Z"))
        for value in history.log.normalized {
            let record = try NormalizedRecord(serializedBytes: value.value)
            if case .usage? = record.body { try known.feed(record) }
        }
        let (found, expected) = (try Self.standing(history), try Self.standing(known))
        for (id, charge) in expected { #expect(found[id] == charge, "\(id)") }
    }

    @Test("counters that need more than 64 bits move, too")
    func wideMeanwhile() throws {
        var content = LateFactTests.content()
        // A gigabyte is 2, from ten terabytes on 1.
        var tiers = [Tariffs.step(by: gigabyte, 2_000_000_000, per: gigabyte), Tariffs.step(by: gigabyte, 1_000_000_000, per: gigabyte)]
        tiers[1].set(from: Int128(10_000) * Int128(gigabyte))
        content.offerings[0].versions[0].prices.append(Tariffs.price("bytes", "data", tiers, scope: .period))
        func feed(_ history: inout History, _ ids: ClosedRange<Int64>) throws {
            for id in ids { try history.feed(Given.usage(id, "data", 500 * gigabyte, at: "2026-01-\(10 + id / 2)T\(id % 2 == 0 ? "06" : "18"):00:00Z")) }
        }
        let late = [LateFactTests.suspended(from: "2026-01-11T00:00:00Z"), LateFactTests.resumed(from: "2026-01-12T00:00:00Z")]
        var history = try LateFactTests.open(content)
        try feed(&history, 1...20)
        for fact in late { try history.feed(fact) }
        let outcome = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
        try feed(&history, 21...21)
        #expect(try history.apply(outcome).allSatisfy { $0.changeRefused.reason.isEmpty })
        try history.harness.restart()
        try feed(&history, 22...23)
        // Two of the first twenty were refused, so that nine terabytes are left of ten: only what came on the way was rated behind ten.
        let between = try Self.standing(history)
        #expect([21, 22, 23].map { between[$0] } == [500_000, 1_000_000, 500_000])
        try LateFactTests.settle(&history)
        var known = try LateFactTests.open(content)
        for fact in late { try known.feed(fact) }
        try feed(&known, 1...23)
        let (found, expected) = (try LateFactTests.standing(history).usages, try LateFactTests.standing(known).usages)
        #expect(found == expected && found[2] == "subscription-barred for good" && found[21] == "1000000")
    }

    @Test("a fact in between refuses the order as before; an order without base counters is refused for usage, too")
    func refused() throws {
        for isFact in [true, false] {
            var history = try Self.history()
            for id in 1...3 as ClosedRange<Int64> { try history.feed(Self.call(id, 60, at: "2026-01-1\(id)T12:00:00Z")) }
            try history.feed(LateFactTests.suspended(from: "2026-01-09T00:00:00Z"))
            try history.feed(LateFactTests.resumed(from: "2026-01-12T00:00:00Z"))
            let outcome = try history.rerate(from: Self.from) { $0.keepsCatalogues = true }
            var order = try #require(outcome.orders.first?.orders.first)
            if isFact { try history.feed(LateFactTests.favourites([], from: "2026-03-01T00:00:00Z")) } else {
                try history.feed(Self.call(9, 60, at: "2026-01-20T12:00:00Z"))
                (order.base, order.adjusts) = ([], false)
            }
            #expect(try history.feed(.with { $0.rerate = order }).map(\.changeRefused.reason) == ["rerate-outdated"])
        }
    }
}
