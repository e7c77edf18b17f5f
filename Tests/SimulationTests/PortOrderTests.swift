import Events
import Pipeline
import Quantities
import Rating
import Simulation
import Testing

/// Random small operators with allowances, whose numbers move: the same facts in any order of arrival come to the same charges and fees, once what is proposed
/// was carried out in the order of time. (`LateFactPropertyTests` says so of all facts that rating alone decides.)
@Suite("Any order of arrival, with numbers that move")
struct PortOrderTests {
    private static let start = SmallWorld.start
    private static let settings = Simulator.Settings(partitions: 2, workersPerStage: 1)

    /// What comes in its own order, whenever.
    private struct Operator {
        var setup: [Scenario.Item] = []
        var commands: [[Scenario.Item]] = []
        /// By their start, copies behind them.
        var usages: [Scenario.Item] = []
        var copies: [Scenario.Item] = []
        var ticks: [Scenario.Item] = []
        private var sequence = 0

        init(_ random: inout SeededRandom) {
            var setup: [Scenario.Item] = [.catalogue(Self.content(), name: "some")]
            for account in ["a", "b", "c"] {
                add(&setup) { command in
                    command.openAccount = .with {
                        ($0.account, $0.fromMs) = (account, start)
                        $0.terms = .with {
                            ($0.currency, $0.timeZone, $0.billCycleDay, $0.issuer, $0.taxCategory) = ("EUR", "UTC", 1, "north", "standard")
                        }
                    }
                }
                for line in 0..<2 {
                    add(&setup) { command in
                        command.activateSubscription = .with {
                            ($0.account, $0.subscription, $0.fromMs) = (account, "\(account)\(line)", start)
                            $0.offering = random.pick(["small", "large"])
                            // Four numbers; both of account c's have none yet.
                            if account != "c" { $0.identifiers = ["msisdn:42060400000\(account == "a" ? line : 2 + line)"] }
                        }
                    }
                }
            }
            self.setup = setup
            for number in 0..<4 where !random.happens(perMille: 250) { commands.append(port(number, &random)) }
            // No two at the same time: which of two comes first would be chance.
            var starts = Array(1..<(28 * 24))
            random.shuffle(&starts)
            for (place, hour) in starts.prefix(8 + random.below(10)).sorted().enumerated() {
                var raw = RawUsage()
                (raw.source, raw.stream, raw.recordID, raw.type) = ("msc-1", "ports", "u\(place)", "voice")
                raw.subscriber = "msisdn:42060400000\(random.below(4))"
                raw.startMs = start + Int64(hour) * 3_600_000
                (raw.quantity, raw.unit) = ("\(10 + random.below(90))", "s")
                let bytes: [UInt8] = (try? raw.serializedBytes()) ?? []
                usages.append(.raw(partition: random.below(2), value: bytes, contentType: "application/x-protobuf"))
                for _ in 0..<random.below(3) { copies.append(.raw(partition: random.below(2), value: bytes, contentType: "application/x-protobuf")) }
            }
            ticks = [34, 65].map { .tick(timeMs: start + $0 * SmallWorld.day) }
        }

        /// One to three holders more, or none any longer.
        private mutating func port(_ number: Int, _ random: inout SeededRandom) -> [Scenario.Item] {
            let identifier = "msisdn:42060400000\(number)"
            var holder = number < 2 ? "a\(number)" : "b\(number - 2)"
            var at = start
            let first = holder
            var firstHours = 0
            var items: [Scenario.Item] = []
            for _ in 0...random.below(3) {
                let hours = 1 + random.below(9 * 24)
                if firstHours == 0 { firstHours = hours }
                at += Int64(hours) * 3_600_000
                let releasedAt = at
                add(&items) { $0.releaseIdentifier = .with { ($0.account, $0.subscription, $0.identifier, $0.atMs) = (String(holder.prefix(1)), holder, identifier, releasedAt) } }
                if random.happens(perMille: 200) { break }
                if random.happens(perMille: 300) { at += Int64(random.below(48)) * 3_600_000 }
                let fromMs = at
                holder = random.pick(["a0", "a1", "b0", "b1", "c0", "c1"].filter { $0 != holder })
                add(&items) { $0.assignIdentifier = .with { ($0.account, $0.subscription, $0.identifier, $0.fromMs) = (String(holder.prefix(1)), holder, identifier, fromMs) } }
            }
            // Told last: that the first had given it up before.
            if firstHours > 1, random.happens(perMille: 250) {
                let earlier = start + Int64(1 + random.below(firstHours - 1)) * 3_600_000
                add(&items) { $0.releaseIdentifier = .with { ($0.account, $0.subscription, $0.identifier, $0.atMs) = (String(first.prefix(1)), first, identifier, earlier) } }
            }
            return items
        }

        private mutating func add(_ items: inout [Scenario.Item], _ fill: (inout CustomerCommand) -> Void) {
            sequence += 1
            var command = CustomerCommand()
            command.commandID = "\(sequence)"
            fill(&command)
            items.append(.command(command))
        }

        /// Amounts that most usage of a month does not fit into, and fees that depend on whether there is any.
        private static func content() -> CatalogueContent {
            var content = CatalogueContent.simulated
            content.offerings = [("small", Int64(100), Int64(10_000_000)), ("large", 250, 3_000_000)].map { id, seconds, nanos in
                var version = OfferingVersion()
                version.recurring = [
                    .with { ($0.id, $0.amountNanos) = ("fee", 5_000_000_000) },
                    .with { ($0.id, $0.amountNanos, $0.onlyWithUsage) = ("active", 2_000_000_000, true) },
                ]
                version.allowances = [.with { ($0.id, $0.type, $0.amountMicros) = ("free", "voice", seconds * 1_000_000) }]
                version.prices = [
                    .with {
                        ($0.id, $0.type) = ("voice", "voice")
                        $0.steps = [.with { ($0.incrementMicros, $0.priceNanos, $0.pricePerMicros) = (1_000_000, nanos, 1_000_000) }]
                    }
                ]
                return .with { ($0.id, $0.currency, $0.versions) = (id, "EUR", [version]) }
            }
            return content
        }

        /// What stands once all has come and was settled.
        func run(shuffledBy shuffle: SeededRandom?) throws -> Standing {
            let log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(2))
            var runs: UInt64 = 0
            func send(_ items: [Scenario.Item]) throws {
                runs += 1
                try Simulator(seed: runs, scenario: Scenario(items: items), settings: settings, log: log).run()
            }
            try send(setup)
            if var random = shuffle {
                var left = commands + (usages + copies).map { [$0] } + [ticks]
                while !left.isEmpty {
                    var some: [Scenario.Item] = []
                    for _ in 0...random.below(6) where !left.isEmpty {
                        let place = random.below(left.count)
                        some.append(left[place].removeFirst())
                        if left[place].isEmpty { left.remove(at: place) }
                    }
                    try send(some)
                    if random.happens(perMille: 150) { try MoveRun.settle(log, runs, settings, sequence: random.pick([.log, .start])) }
                }
            } else {
                for some in [commands.flatMap { $0 }, usages, copies, ticks] { try send(some) }
            }
            try settle(log)
            return try Standing(log)
        }

        /// All is rated anew in the order of time, and what moved then, again.
        private func settle(_ log: InMemoryLog) throws {
            for round in 0..<8 {
                var request = RerateRequest(range: 0..<Int64.max)
                (request.keepsCatalogues, request.sequence) = (true, .start)
                let outcome = try log.orderRerate(request)
                if outcome.orders.isEmpty { return }
                try Simulator(seed: UInt64(round) + 77, settings: settings, log: log).run()
            }
            throw Unsettled(why: "rating anew finds more and more")
        }
    }

    private struct Standing: Equatable {
        var usages: [String: [ChargedUsage.Charge]]
        var fees: [String: Int64] = [:]
        var suspended: Set<String>
        var movedCount: Int

        init(_ log: InMemoryLog) throws {
            let charged = try ChargedUsage(log)
            (usages, suspended, movedCount) = (charged.charges, charged.suspended, charged.movedCount)
            for partition in 0..<log.partitionCount(of: .usageRated) {
                for value in log.values(of: .usageRated, partition: partition) {
                    switch try RatedRecord(serializedBytes: value).body {
                    case .recurring(let fee): add(fee, 1)
                    case .feeCorrected(let event):
                        if event.hasReversed { add(event.reversed, -1) }
                        if event.hasReplacement { add(event.replacement, 1) }
                    default: break
                    }
                }
            }
            fees = fees.filter { $0.value != 0 }
        }

        private mutating func add(_ fee: RecurringCharge, _ sign: Int64) {
            fees["\(fee.account)/\(fee.subscription) \(fee.price) \(Timestamp(ms: fee.periodStartMs))", default: 0] += sign * fee.chargeNanos
        }

        /// How often something moved is chance.
        static func == (a: Standing, b: Standing) -> Bool { a.usages == b.usages && a.fees == b.fees && a.suspended == b.suspended }

        func differences(from other: Standing) -> [String] {
            let names = Set(usages.keys).union(other.usages.keys).sorted().filter { usages[$0] ?? [] != other.usages[$0] ?? [] }
            let fees = Set(fees.keys).union(other.fees.keys).sorted().filter { self.fees[$0] != other.fees[$0] }
            return names.map { "\($0): \(usages[$0] ?? []), not \(other.usages[$0] ?? [])" }
                + fees.map { "\($0): \(self.fees[$0] ?? 0), not \(other.fees[$0] ?? 0)" }
                + (suspended == other.suspended ? [] : ["suspended: \(suspended.sorted()), not \(other.suspended.sorted())"])
        }
    }

    @Test("the same facts come to the same charges and fees", arguments: 1...40 as ClosedRange<UInt64>)
    func anyOrder(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let some = Operator(&random)
        let known = try some.run(shuffledBy: nil)
        #expect(known.movedCount == 0, "seed \(seed): all was known in time")
        for _ in 0..<3 {
            let found = try some.run(shuffledBy: SeededRandom(seed: random.next()))
            #expect(found.differences(from: known) == [], "seed \(seed)")
        }
    }

    @Test("some of it is charged to several in turn")
    func coverage() throws {
        var moved = 0
        for seed in 1...6 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            moved += try Operator(&random).run(shuffledBy: random).movedCount
        }
        #expect(moved > 5)
    }
}
