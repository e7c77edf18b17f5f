import Events
import Quantities
import Rating
import Testing

/// Discounts that remember: what was spent, favourite numbers, price signals; and those on fees.
@Suite("Discounts in the stage")
struct DiscountStageTests {
    private static func harness(_ discounts: String..., recurring: String = "[]", prices: String = DiscountTests.sms) throws -> Harness {
        var harness = try Harness(try DiscountTests.content(discounts, prices: [prices], recurring: recurring))
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        try harness.feed(Given.subscription("t", of: "a", "o"))
        _ = try harness.rated()
        return harness
    }

    static func signal(_ name: String, _ micros: Int64, from: String, to: String) -> NormalizedRecord {
        .with { $0.priceSignal = .with { $0.name = name; $0.multiplierMicros = micros; $0.fromMs = Given.ms(from); $0.toMs = Given.ms(to) } }
    }

    static func favourites(_ numbers: [String], from: String, of subscription: String = "s") -> NormalizedRecord {
        .with {
            $0.favouritesSet = .with {
                $0.account = "a"; $0.subscription = subscription; $0.fromMs = Given.ms(from)
                $0.favourites.numbers = numbers
            }
        }
    }

    /// Thousandths of the charge of one message.
    private static func charge(
        _ harness: inout Harness, _ id: Int64, at: String = "2026-01-10T12:00:00Z", to number: String = "", of subscription: String = "s", _ count: Int64 = 1
    ) throws -> Int64 {
        try harness.feed(Given.usage(id, "sms", count * event, at: at, to: number, subscription: subscription))
        return try harness.rated().reduce(0) { $0 + $1.usage.chargeNanos } / 1_000_000
    }

    @Test("spending counts in its own billing period, over restarts, and for the account where it says so")
    func spending() throws {
        for owner in ["subscription", "account"] {
            var harness = try Self.harness("{id: d, of: \(owner), steps: [{from: 0, percent: 0}, {from: 2, percent: 10}, {from: 3, percent: 50}]}")
            let usages: [(at: String, subscription: String)] = [
                ("2026-01-10T00:00:00Z", "s"), ("2026-01-11T00:00:00Z", "t"), ("2026-01-12T00:00:00Z", "s"), ("2026-02-12T00:00:00Z", "s"),
                ("2026-01-13T00:00:00Z", "s"), ("2026-01-14T00:00:00Z", "s"),
            ]
            var charges: [Int64] = []
            for (place, usage) in usages.enumerated() {
                charges.append(try Self.charge(&harness, Int64(place + 1), at: usage.at, of: usage.subscription))
                try harness.restart()
            }
            #expect(charges == (owner == "account" ? [1000, 1000, 900, 1000, 500, 500] : [1000, 1000, 1000, 1000, 900, 500]), "\(owner)")
        }
    }

    @Test("a month in one go, or usage by usage, loses the same by spending")
    func anySplit() throws {
        var random = SplitMix(seed: 5)
        for seed in 0..<100 {
            let price = "{id: sms, type: sms, steps: [{price: \"0.\(1 + random.next() % 999_999_999)\"}]}"
            let discount = "{id: d, steps: [{from: 0, percent: \"3.333333\"}, {from: \"1.7\", percent: \"11.111111\"}, {from: 7, percent: 29}]}"
            var (whole, parts) = (try Self.harness(discount, prices: price), try Self.harness(discount, prices: price))
            var sum: Int64 = 0
            let counts = (0..<(2 + Int(random.next() % 6))).map { _ in Int64(1 + random.next() % 9) }
            for (place, count) in counts.enumerated() {
                try parts.feed(Given.usage(Int64(place + 1), "sms", count * event))
                sum += try parts.rated().reduce(0) { $0 + $1.usage.chargeNanos }
            }
            try whole.feed(Given.usage(1, "sms", counts.reduce(0, +) * event))
            #expect(try whole.rated().map(\.usage.chargeNanos) == [sum], "round \(seed)")
        }
    }

    @Test("the charge says what each discount took off, and the bytes are those of swift-protobuf")
    func record() throws {
        var harness = try Self.harness("{id: e, when: {favourites: true}, percent: 50}", "{id: spender, steps: [{from: 0, percent: 10}]}", "{id: b, signal: busy}")
        try harness.feed(Self.favourites(["420601"], from: "2026-01-01T00:00:00Z"))
        try harness.feed(Self.signal("busy", 3_000_000, from: "2026-01-10T00:00:00Z", to: "2026-01-11T00:00:00Z"))
        _ = try harness.rated()
        for (place, number) in ["", "420601"].enumerated() {
            try harness.feed(Given.usage(Int64(place + 1), "sms", event, to: number))
            harness.commit()
            let output = try #require(harness.outputs.first { $0.topic == .usageRated })
            harness.outputs.removeAll()
            let rated = try RatedRecord(serializedBytes: output.value)
            #expect(try rated.serializedBytes() == output.value)
            let usage = rated.usage
            let spent: Int64 = place == 0 ? 0 : 1_000_000_000
            var expected: [AppliedDiscount] = [
                .with { $0.discount = "spender"; $0.amountNanos = place == 0 ? 100_000_000 : 50_000_000; $0.spentBeforeNanos = spent },
                .with {
                    $0.discount = "b"; $0.amountNanos = place == 0 ? -1_800_000_000 : -900_000_000; $0.signal = "busy"; $0.multiplierMicros = 3_000_000
                },
            ]
            if place == 1 { expected.insert(.with { $0.discount = "e"; $0.amountNanos = 500_000_000 }, at: 0) }
            #expect(usage.discounts == expected)
            #expect(usage.discountNanos == expected.reduce(0) { $0 + $1.amountNanos })
            #expect(usage.chargeNanos == 1_000_000_000 - usage.discountNanos)
        }
    }

    @Test("of two signals the one published last is in force; they count from their place in the log on, and over restarts")
    func signals() throws {
        var harness = try Self.harness("{id: b, signal: busy}")
        #expect(try Self.charge(&harness, 1, at: "2026-01-10T12:00:00Z") == 1000)
        try harness.feed(Self.signal("busy", 2_000_000, from: "2026-01-10T00:00:00Z", to: "2026-01-20T00:00:00Z"))
        try harness.feed(Self.signal("busy", 3_000_000, from: "2026-01-12T00:00:00Z", to: "2026-01-14T00:00:00Z"))
        try harness.restart()
        let expected: [(at: String, charge: Int64)] = [
            ("2026-01-09T23:59:59Z", 1000), ("2026-01-10T00:00:00Z", 2000), ("2026-01-11T23:59:59Z", 2000), ("2026-01-12T00:00:00Z", 3000),
            ("2026-01-13T23:59:59Z", 3000), ("2026-01-14T00:00:00Z", 2000), ("2026-01-20T00:00:00Z", 1000),
        ]
        _ = try harness.rated()
        for (place, usage) in expected.enumerated() { #expect(try Self.charge(&harness, Int64(place + 2), at: usage.at) == usage.charge, "\(usage.at)") }
    }

    @Test("a session that is split is cut where a signal begins, gives way to another, and ends")
    func splitBySignals() throws {
        let price = "{id: voice, type: voice, session: split, steps: [{increment: 1 s, price: 1, per: 1 s}]}"
        var harness = try Self.harness("{id: b, signal: busy}", prices: price)
        try harness.feed(Self.signal("busy", 2_000_000, from: "2026-01-10T12:00:10Z", to: "2026-01-10T12:00:20Z"))
        try harness.feed(Self.signal("busy", 3_000_000, from: "2026-01-10T12:00:20Z", to: "2026-01-10T12:00:25Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "voice", 40 * second))
        #expect(try harness.rated().map { $0.usage.chargeNanos / 1_000_000_000 } == [10, 20, 15, 15])
    }

    @Test("any signals, in any order, over any restart: the last published that holds decides")
    func anySignals() throws {
        var random = SplitMix(seed: 6)
        for seed in 0..<30 {
            var harness = try Self.harness("{id: b, signal: busy}")
            var published: [PriceSignal] = []
            for id in 1...60 {
                if random.next() % 3 == 0 {
                    let from = Given.ms("2026-01-01T00:00:00Z") + Int64(random.next() % 31) * 86_400_000
                    let signal = PriceSignal.with {
                        $0.name = "busy"; $0.fromMs = from; $0.toMs = from + Int64(1 + random.next() % 8) * 86_400_000
                        $0.multiplierMicros = Int64(random.next() % 9) * 1_000_000
                    }
                    published.append(signal)
                    try harness.feed(.with { $0.priceSignal = signal })
                }
                if random.next() % 8 == 0 { try harness.restart() }
                _ = try harness.rated()
                let at = Given.ms("2026-01-01T00:00:00Z") + Int64(random.next() % 30) * 86_400_000
                var usage = Given.usage(Int64(id), "sms", event)
                usage.usage.startMs = at
                try harness.feed(usage)
                let multiplier = published.last { $0.fromMs <= at && at < $0.toMs }?.multiplierMicros ?? 1_000_000
                #expect(try harness.rated().map(\.usage.chargeNanos) == [multiplier * 1000], "seed \(seed), usage \(id)")
            }
        }
    }

    @Test("a signal that makes no sense is answered, and changes nothing")
    func refusedSignals() throws {
        var harness = try Self.harness("{id: b, signal: busy}")
        let (from, to) = ("2026-01-10T00:00:00Z", "2026-01-20T00:00:00Z")
        for signal in [
            Self.signal("busy", -1, from: from, to: to), Self.signal("busy", 1_000_000_001, from: from, to: to), Self.signal("busy", 2, from: to, to: from),
            Self.signal("", 2, from: from, to: to), Self.signal(String(repeating: "b", count: 65), 2, from: from, to: to),
            .with { $0.priceSignal = .with { $0.name = "busy"; $0.fromMs = Int64.min; $0.toMs = Int64.max; $0.multiplierMicros = 2 } },
        ] {
            try harness.feed(signal)
            let answers = try harness.rated()
            #expect(answers.count == 1 && !answers[0].priceSignalTaken.refused.isEmpty)
        }
        #expect(try Self.charge(&harness, 1) == 1000)
    }

    @Test("favourite numbers count by the usage's start, the first few where so many are asked for")
    func favourites() throws {
        var harness = try Self.harness("{id: e, when: {favourites: 2}, percent: 50}")
        try harness.feed(Self.favourites(["420601", "420602", "420603"], from: "2026-01-10T00:00:00Z"))
        try harness.feed(Self.favourites([], from: "2026-01-20T00:00:00Z"))
        let taken = try harness.rated().map(\.favouritesTaken)
        #expect(taken.map(\.count) == [3, 0])
        try harness.restart()
        _ = try harness.rated()
        let expected: [(at: String, number: String, subscription: String, charge: Int64)] = [
            ("2026-01-09T00:00:00Z", "420601", "s", 1000), ("2026-01-10T00:00:00Z", "420601", "s", 500), ("2026-01-10T00:00:00Z", "420602", "s", 500),
            ("2026-01-10T00:00:00Z", "420603", "s", 1000), ("2026-01-10T00:00:00Z", "42060", "s", 1000), ("2026-01-10T00:00:00Z", "420601", "t", 1000),
            ("2026-01-20T00:00:00Z", "420601", "s", 1000),
        ]
        for (place, usage) in expected.enumerated() {
            #expect(
                try Self.charge(&harness, Int64(place + 1), at: usage.at, to: usage.number, of: usage.subscription) == usage.charge,
                "\(usage.at) \(usage.number) \(usage.subscription)")
        }
        // Whoever is not known is told so.
        try harness.feed(Self.favourites(["1"], from: "2026-01-10T00:00:00Z", of: "nobody"))
        #expect(try harness.rated().map(\.changeRefused.reason) == ["unknown-subscription"])
    }

    @Test("the first three months' fee is half, then in full")
    func fees() throws {
        var harness = try Self.harness(
            "{id: n, on: fees, prices: [fee], when: {age: {to: 80d}}, percent: 50}", recurring: "[{id: fee, amount: 10}, {id: extra, amount: 1}]")
        try harness.feed(Given.barrier(1, "2026-06-10T00:00:00Z"))
        let fees = try harness.rated().compactMap { record -> String? in
            guard case .recurring(let fee)? = record.body, fee.subscription == "s" else { return nil }
            #expect(fee.discounts.map(\.amountNanos) == (fee.discountNanos == 0 ? [] : [fee.discountNanos]))
            return "\(fee.price) \(fee.chargeNanos / 1_000_000)"
        }
        // From 1 January on: 1 January, 1 February and 1 March are within 80 days.
        #expect(fees == ["fee 5000", "extra 1000", "fee 5000", "extra 1000", "fee 5000", "extra 1000", "fee 10000", "extra 1000", "fee 10000", "extra 1000"])
    }

    @Test("a fee's discounts: in order, exclusive, and by their validity at the fee's own moment", arguments: [
        (["{id: n, on: fees, percent: 50}", "{id: m, on: both, percent: 10}"], [4500, 4500]),
        (["{id: n, on: fees, percent: 50, exclusive: true}", "{id: m, on: both, percent: 10}"], [5000, 5000]),
        (["{id: n, on: fees, prices: [other], percent: 50, exclusive: true}", "{id: m, on: fees, percent: 10}"], [9000, 9000]),
        (["{id: n, on: fees, from: \"2026-01-01T00:00:00Z\", to: \"2026-02-01T00:00:00Z\", percent: 50}"], [5000, 10000]),
        (["{id: n, on: fees, from: \"2026-01-01T00:00:00.001Z\", to: \"2026-02-01T00:00:00.001Z\", percent: 50}"], [10000, 5000]),
        (["{id: n, on: fees, when: {segments: [business]}, percent: 50}"], [10000, 10000]), (["{id: n, on: usage, percent: 50}"], [10000, 10000]),
    ] as [([String], [Int64])])
    func feeOrder(discounts: [String], charges: [Int64]) throws {
        let content = try DiscountTests.content(discounts, prices: [DiscountTests.sms], recurring: "[{id: fee, amount: 10}, {id: other, amount: 0}]")
        var harness = try Harness(content)
        try harness.feed(Given.account("a", currency: "EUR"))
        try harness.feed(Given.subscription("s", of: "a", "o"))
        try harness.feed(Given.barrier(1, "2026-03-10T00:00:00Z"))
        let fees = try harness.rated().compactMap { record -> Int64? in
            guard case .recurring(let fee)? = record.body, fee.price == "fee" else { return nil }
            #expect(fee.discountNanos == 10_000_000_000 - fee.chargeNanos && fee.discounts.reduce(0) { $0 + $1.amountNanos } == fee.discountNanos)
            return fee.chargeNanos / 1_000_000
        }
        #expect(fees == charges, "\(discounts)")
    }

    @Test("so many lists of favourite numbers are kept as usage may still ask for, and no more than fit")
    func keptFavourites() throws {
        var harness = try Self.harness("{id: e, when: {favourites: true}, percent: 50}")
        for place in 0..<500 {
            var list = Self.favourites([place == 499 ? "420601" : "49\(place)"], from: "2026-01-10T00:00:00Z")
            list.favouritesSet.fromMs += Int64(place)
            try harness.feed(list)
        }
        _ = try harness.rated()
        let next = Self.favourites(["1"], from: "2026-07-01T00:00:00Z")
        try harness.feed(next)
        #expect(try harness.rated().map(\.changeRefused.reason) == ["too-many-changes"])
        try harness.feed(Given.barrier(1, "2026-06-10T00:00:00Z"))
        try harness.restart()
        _ = try harness.rated()
        try harness.feed(next)
        #expect(try harness.rated().map(\.favouritesTaken.count) == [1])
        #expect(try Self.charge(&harness, 1, at: "2026-06-01T00:00:00Z", to: "420601") == 500)
    }

    @Test("a charge or a spending beyond 64 bits is suspended, never wrapped")
    func overflow() throws {
        let price = "{id: sms, type: sms, steps: [{price: \"9000000000\"}]}"
        var harness = try Self.harness("{id: b, signal: busy}", prices: price)
        try harness.feed(Self.signal("busy", 2_000_000, from: "2026-01-10T00:00:00Z", to: "2026-01-20T00:00:00Z"))
        _ = try harness.rated()
        try harness.feed(Given.usage(1, "sms", event))
        #expect(try harness.rated().map(\.unrated.reason) == ["amount-overflow"])
        var spender = try Self.harness("{id: d, steps: [{from: 0, percent: 1}]}", prices: price)
        try spender.feed(Given.usage(1, "sms", event))
        try spender.feed(Given.usage(2, "sms", event))
        #expect(try spender.rated().map(\.unrated.reason) == ["", "amount-overflow"])
    }
}
