import Mediation

extension TrafficGenerator {
    /// Where calls and messages go: a prefix, and how many digits follow. The home country most often.
    private static let destinations: [(prefix: UInt64, digits: UInt64)] = [
        (420_60, 10_000_000), (420_77, 10_000_000), (420_72, 10_000_000), (420_2, 100_000_000), (420_77, 10_000_000), (420_60, 10_000_000),
        (421_905, 1_000_000), (49_151, 100_000_000), (44_20, 100_000_000), (33_6, 100_000_000), (1_212, 10_000_000), (380_67, 10_000_000),
    ]

    func usage(_ index: UInt64, _ random: inout TrafficRandom) -> TrafficUsage {
        let draw = random.below(100)
        let kind: TrafficUsage.Kind = draw < 45 ? .voice : draw < 65 ? .sms : .data
        let account = Int(random.below(UInt64(population.accounts))) + 1
        let place = Int(random.below(UInt64(subscriptionCount(ofAccount: account)))) + 1
        let line = UInt64(TrafficPopulation.line(place, ofAccount: account))
        var usage = TrafficUsage(
            kind: kind, source: 1 + random.below(kind == .voice ? 4 : 2), seed: population.seed, index: index,
            subscriber: (kind == .data ? TrafficPopulation.firstIMSI : TrafficPopulation.firstMsisdn) + line, otherParty: 0,
            startMs: time(index), quantity: 1000)
        if kind != .data {
            let destination = Self.destinations[Int(random.below(UInt64(Self.destinations.count)))]
            usage.otherParty = destination.prefix * destination.digits + random.below(destination.digits)
        }
        switch kind {
        // Seconds, to the tenth: 5 s to 20 min, most often a minute or two.
        case .voice: usage.quantity = random.logNormal(least: 50, doublings: 7) * 100
        case .sms: break
        // Bytes: 1 kB to 130 MB, most often some hundred kB.
        case .data: usage.quantity = random.logNormal(least: 1000, doublings: 16) * 1000
        }
        if kind != .sms, random.below(100) == 0 { usage.quantity = 0 }
        return usage
    }
}

/// What is wrong with one event.
enum TrafficFault {
    case none, late, outOfOrder, unknownSubscriber
    case damage(TrafficFaults.Damage)

    var isAccepted: Bool {
        switch self {
        case .none, .late, .outOfOrder: true
        case .unknownSubscriber, .damage: false
        }
    }
}

extension TrafficGenerator {
    func fault(of index: UInt64) -> TrafficFault {
        if faults == .none { return .none }
        var random = TrafficRandom(seed: population.seed ^ 0xfa17_0000, index: index)
        var draw = random.below(TrafficFaults.whole)
        func takes(_ share: UInt64) -> Bool {
            if draw < share { return true }
            draw -= share
            return false
        }
        if takes(faults.late) { return .late }
        if takes(faults.outOfOrder) { return .outOfOrder }
        if takes(faults.unknownSubscribers) { return .unknownSubscriber }
        for damage in TrafficFaults.Damage.allCases where takes(faults[damage]) { return .damage(damage) }
        return .none
    }
}

extension TrafficUsage {
    mutating func damage(_ damage: TrafficFaults.Damage, _ random: inout TrafficRandom) {
        switch damage {
        case .truncated, .nullValue: break
        case .wrongType: hasNumberForString = true
        case .negative: quantityText = "-5"
        case .absurd: quantityText = "99999999999999999999999999999999999999999999"
        case .farDates: startText = random.below(2) == 0 ? "1970-01-01T00:00:00Z" : "9999-12-31T23:59:59Z"
        case .invalidUTF8: hasInvalidUTF8 = true
        case .huge: padding = 5_000_000
        }
    }
}

extension TrafficFaults.Damage {
    /// What mediation says of it.
    public var reason: SuspenseReason {
        switch self {
        case .truncated, .wrongType, .invalidUTF8: .malformed
        case .negative, .absurd: .badQuantity
        case .farDates: .badTime
        case .huge: .tooLarge
        case .nullValue: .nullValue
        }
    }
}
