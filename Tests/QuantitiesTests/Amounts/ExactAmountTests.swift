import Quantities
import Testing

@Suite("Amounts that are rounded once")
struct ExactAmountTests {
    private static let modes: [Rounding] = [.halfAwayFromZero, .halfEven, .up, .down]

    @Test("sums of quotients, rounded to a unit, are what whole fractions say", arguments: 1...20)
    func sums(_ seed: UInt64) throws {
        var state = seed
        func below(_ bound: UInt64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64((state >> 33) % bound)
        }
        for _ in 0..<200 {
            var exact = ExactAmount.zero
            // The same sum over one denominator.
            var (numerator, denominator): (Int128, Int128) = (0, 1)
            for _ in 0...below(4) {
                let (quantity, price, per) = (below(50), below(41) - 20, 1 + below(12))
                let isAdded = exact.add(try #require(ExactAmount(Int128(quantity), times: price, over: per)))
                #expect(isAdded)
                numerator = numerator * Int128(per) + Int128(quantity) * Int128(price) * denominator
                denominator *= Int128(per)
            }
            for mode in Self.modes {
                for unit in [1, 2, 10] as [Int128] {
                    #expect(exact.rounded(mode, to: unit) == mode.divide(numerator, by: denominator * unit) * unit, "\(numerator)/\(denominator) to \(unit)")
                }
            }
        }
    }

    @Test(
        "halves are halves at any size",
        arguments: [
            // quantity, price, per; to a unit; half away, half even, up, down
            (1, 1, 2, 1, 1, 0, 1, 0), (3, 1, 2, 1, 2, 2, 2, 1), (1, -1, 2, 1, -1, 0, 0, -1), (3, -1, 2, 1, -2, -2, -1, -2),
            (.max, 1, 2, 1, 4_611_686_018_427_387_904, 4_611_686_018_427_387_904, 4_611_686_018_427_387_904, 4_611_686_018_427_387_903),
            (9_999_999_999, 1, 2, 10, 5_000_000_000, 5_000_000_000, 5_000_000_000, 4_999_999_990),
            (1, 1, .max, 1_000_000_000, 0, 0, 1_000_000_000, 0), (1, -1, .max, 1_000_000_000, 0, 0, 0, -1_000_000_000),
        ] as [(Int64, Int64, Int64, Int128, Int128, Int128, Int128, Int128)])
    func halves(_ quantity: Int64, _ price: Int64, _ per: Int64, _ unit: Int128, _ away: Int128, _ even: Int128, _ up: Int128, _ down: Int128) throws {
        let exact = try #require(ExactAmount(Int128(quantity), times: price, over: per))
        #expect(Self.modes.map { exact.rounded($0, to: unit) } == [away, even, up, down])
    }

    @Test("a third and two thirds are one, and leave no denominator behind")
    func thirds() throws {
        var sum = try #require(ExactAmount(1, times: 1, over: 3))
        let isWhole = sum.add(try #require(ExactAmount(2, times: 1, over: 3)))
        #expect(isWhole && sum.nanos == 1 && sum.part == 0 && sum.denominator == 1)
    }

    @Test("what 128 bits can't hold is told, never wrong")
    func bounds() throws {
        #expect(ExactAmount(Int128(Int64.max), times: .max, over: 1) != nil)
        #expect(ExactAmount(Int128(Int64.max), times: .min, over: 1) != nil)
        #expect(ExactAmount(.max, times: 2, over: 1) == nil)
        // All of it is needed, and half of it is not.
        #expect(ExactAmount(.max, times: .max, over: .max)?.nanos == .max)
        var most = ExactAmount(nanos: .max)
        let fits = most.add(ExactAmount(nanos: 1))
        #expect(!fits)
        // Two primes below 2^50 have a product beyond 2^90.
        let primes: [Int64] = [1_125_899_906_842_597, 1_125_899_906_842_589]
        #expect(ExactAmount.commonDenominator(of: primes.map { (1, $0) }) == nil)
        var sum = try #require(ExactAmount(1, times: 1, over: primes[0]))
        let isSum = sum.add(try #require(ExactAmount(1, times: 1, over: primes[1])))
        #expect(!isSum)
        // What is not in lowest terms is brought to them first: seven times a prime is below.
        let prime: Int64 = 1 << 61 - 1
        var sevenths = ExactAmount(300_000_000, over: 700_000_000)
        let isReduced = sevenths.add(ExactAmount(1, over: prime))
        #expect(isReduced && sevenths.denominator == 7 * Int128(prime) && sevenths.part == 3 * Int128(prime) + 7)
    }

    @Test("prices of GiB beside prices of GB share a denominator, whatever their nine decimals")
    func realPrices() {
        let gibibyte: Int64 = 1 << 30 * 1_000_000
        let prices: [(Int64, Int64)] = [(123_456_789, gibibyte), (98_765_432, 1_000_000_000_000_000), (7_654_321, 60_000_000), (1, 1 << 20 * 1_000_000)]
        #expect(ExactAmount.commonDenominator(of: prices.map { (nanos: $0.0, per: $0.1) }) != nil)
        #expect(ExactAmount.reduced(1_500_000_000, per: 60_000_000) == (25, 1))
        #expect(ExactAmount.reduced(0, per: .max) == (0, 1))
        #expect(ExactAmount.reduced(.min, per: 2) == (.min / 2, 1))
    }
}
