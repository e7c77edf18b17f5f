import Events
import Quantities
import Rating
import Testing

/// Small random operators: the same facts in any order of arrival come to the same totals once what was proposed was rated anew.
@Suite("Any order of arrival")
struct ArrivalOrderTests {
    /// What happens at one customer, and when its periods end.
    private struct Story {
        var content: CatalogueContent
        var facts: [NormalizedRecord] = []
        /// Behind all facts.
        var ticks: [String]
    }

    /// Usage of two months before either has ended, with allowances that roll over.
    private static func rollover(_ random: inout SplitMix) throws -> Story {
        func pick<T>(_ all: [T]) -> T { all[Int(random.next() % UInt64(all.count))] }
        var allowances: [String] = []
        // Who of several gets what they share depends on who comes first, beside other allowances: that is for rating anew in the order of time.
        let shared = pick(["", "", ", of: account", ", of: account, limit: 70 s"])
        for place in 0...(shared.isEmpty ? Int(random.next() % 3) : 0) {
            let rollover = pick([", rollover: {periods: 1}", ", rollover: {cap: 40 s, periods: 1}", ", rollover: {cap: 90 s, periods: 2}", ""])
            let amount = pick(["100 s", "50 s", "130 s"])
            allowances.append("{id: m\(place), type: voice, amount: \(amount)\(pick(["", ", prorated: true"]))\(shared)\(rollover), priority: \(random.next() % 2)}")
        }
        if shared.isEmpty, random.next() % 3 == 0 { allowances.append("{id: money, money: \"60\", rollover: {periods: 1}}") }
        var story = Story(
            content: try RolloverTests.content(allowances.joined(separator: ", ")),
            ticks: ["2026-01-05T00:00:00Z", "2026-02-05T00:00:00Z", "2026-03-05T00:00:00Z", "2026-04-05T00:00:00Z"])
        for id in 1...Int64(6 + random.next() % 6) {
            let at = "2026-0\(1 + random.next() % 3)-1\(random.next() % 10)T1\(random.next() % 10):00:00Z"
            story.facts.append(Given.usage(id, "voice", Int64(random.next() % 90) * second, at: at, subscription: pick(["s", "s", "t"])))
        }
        return story
    }

    /// Usage and purchases, which come before it or after it, within a month. Those of a day are over before those of the next begin: where they overlap, what
    /// is left for whom is for rating anew in the order of time.
    private static func purchases(_ random: inout SplitMix) throws -> Story {
        var content = try CatalogueFolder.content(PurchaseTests.files)
        content.latePeriods = 3
        for place in content.offerings.indices where content.offerings[place].id == "plan" { content.offerings[place].id = "o" }
        var story = Story(content: content, ticks: ["2026-02-05T00:00:00Z", "2026-03-05T00:00:00Z"])
        for id in 1...Int64(5 + random.next() % 6) {
            let at = "2026-01-1\(random.next() % 3)T1\(random.next() % 10):00:00Z"
            story.facts.append(Given.usage(id, "voice", Int64(random.next() % 90) * second, at: at))
        }
        for place in 0...Int(random.next() % 3) {
            let at = "2026-01-1\(random.next() % 3)T00:00:0\(place)Z"
            story.facts.append(PurchaseTests.buy("extra", for: ["s", ""][Int(random.next() % 2)], at: at))
        }
        return story
    }

    /// What all was charged in the end: usage by account, and what was paid for purchases; and whether anything had to be proposed for it.
    private static func outcome(_ story: Story, _ order: [Int]) throws -> (text: String, isProposed: Bool) {
        var history = try RolloverTests.history(story.content)
        var (total, once, isProposed) = (Int64(0), Int64(0), false)
        func count(_ facts: [RatedRecord]) {
            for fact in facts {
                switch fact.body {
                case .usage(let usage): total += usage.chargeNanos
                case .oneTime(let charge): once += charge.chargeNanos
                case .usageCorrected(let event):
                    total += event.replacement.reduce(0) { $0 + $1.chargeNanos } - event.reversed.reduce(0) { $0 + $1.chargeNanos }
                default: break
                }
            }
        }
        var proposals: [RerateProposed] = []
        func feed(_ record: NormalizedRecord) throws {
            let facts = try history.feed(record)
            count(facts)
            for fact in facts { if case .rerateProposed(let proposed)? = fact.body { proposals.append(proposed) } }
        }
        for place in order { try feed(story.facts[place]) }
        for (place, tick) in story.ticks.enumerated() { try feed(Given.barrier(Int64(place + 1), tick)) }
        if let from = proposals.map(\.fromMs).min(), let to = proposals.map(\.toMs).max() {
            isProposed = true
            let outcome = try history.rerate(from: "\(Timestamp(ms: from))", to: "\(Timestamp(ms: to))")
            count(try history.apply(outcome))
        }
        let again = try history.rerate(from: "2026-01-01T00:00:00Z")
        return ("usage \(total), once \(once)" + (again.rows.isEmpty && again.orders.isEmpty ? "" : ", and rating anew finds more"), isProposed)
    }

    private static func check(_ seed: UInt64, _ story: Story, _ random: inout SplitMix) throws -> Bool {
        let inTime = story.facts.indices.sorted { (startMs(story.facts[$0]), $0) < (startMs(story.facts[$1]), $1) }
        let expected = try outcome(story, inTime)
        #expect(!expected.isProposed, "seed \(seed): something is proposed though all came in time")
        var isAnyProposed = false
        for _ in 0..<4 {
            var order = Array(story.facts.indices)
            for place in order.indices.reversed() { order.swapAt(place, Int(random.next() % UInt64(place + 1))) }
            let found = try outcome(story, order)
            isAnyProposed = isAnyProposed || found.isProposed
            #expect(found.text == expected.text, "seed \(seed), in the order \(order)")
        }
        return isAnyProposed
    }

    private static func startMs(_ record: NormalizedRecord) -> Int64 {
        if case .purchaseOrdered(let event)? = record.body { event.fromMs } else { record.usage.startMs }
    }

    @Test("usage, where amounts roll over")
    func rollovers() throws {
        var proposed = 0
        for seed in UInt64(1)...60 {
            var random = SplitMix(seed: seed)
            if try Self.check(seed, try Self.rollover(&random), &random) { proposed += 1 }
        }
        // Else nothing would be tried.
        #expect(proposed > 5)
    }

    @Test("usage and purchases")
    func purchases() throws {
        var proposed = 0
        for seed in UInt64(1)...60 {
            var random = SplitMix(seed: seed)
            if try Self.check(seed, try Self.purchases(&random), &random) { proposed += 1 }
        }
        #expect(proposed > 5)
    }
}
