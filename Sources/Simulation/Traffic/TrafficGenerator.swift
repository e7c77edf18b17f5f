import Events
import Mediation
import Quantities

/// Realistic usage of a population over a span of time, with a stated share of faults: the same records for the same parameters, made one
/// at a time, each with the fate that it should have.
///
/// Events come in the order of their time, but for those that a fault makes late. Calls, messages and data sessions spread over the hours
/// and the week; durations and volumes are log-normal; one call or session in a hundred is of zero length, which is valid.
public struct TrafficGenerator: Sequence, IteratorProtocol, Sendable {
    public let population: TrafficPopulation
    public let events: Int
    public let monthStartMs: Int64
    public let monthEndMs: Int64
    public let faults: TrafficFaults
    /// Of a hundred records, how many are JSON; the others are protobuf.
    public let jsonPercent: Int
    /// Of the records handed out so far.
    public private(set) var counts = TrafficCounts()

    private let calendar: TrafficCalendar
    /// How many subscriptions each account has.
    private let subscriptions: [UInt8]
    private var index: UInt64 = 0
    /// The event to be published once more.
    private var duplicate: UInt64?

    /// - Parameters:
    ///   - accounts: 1 to 3,000,000, named as `TrafficPopulation` says.
    ///   - events: records to make, duplicates apart.
    ///   - monthStartMs: the earliest start of any usage; the population should be active from then on.
    public init(
        seed: UInt64, accounts: Int, events: Int, monthStartMs: Int64, monthEndMs: Int64, faults: TrafficFaults = .none,
        jsonPercent: Int = 0
    ) {
        precondition(events >= 0 && monthStartMs >= 0 && monthStartMs < monthEndMs, "traffic needs a span of time after 1970")
        population = TrafficPopulation(seed: seed, accounts: accounts)
        self.events = events
        self.monthStartMs = monthStartMs
        self.monthEndMs = monthEndMs
        self.faults = faults
        self.jsonPercent = jsonPercent
        calendar = TrafficCalendar(startMs: monthStartMs, endMs: monthEndMs)
        let population = population
        subscriptions = (1...accounts).map { UInt8(population.subscriptions(ofAccount: $0)) }
    }

    public mutating func next() -> TrafficRecord? {
        var record: TrafficRecord
        if let original = duplicate {
            duplicate = nil
            record = self.record(at: original)
            record.fate = .duplicate
        } else {
            guard index < UInt64(events) else { return nil }
            record = self.record(at: index)
            if faults.duplicates > 0 { duplicate = duplicateAfter(index) }
            index += 1
        }
        counts.add(record.fate)
        return record
    }

    /// The event of up to a thousand before that is published once more behind the `index`th, if any is.
    private func duplicateAfter(_ index: UInt64) -> UInt64? {
        var random = TrafficRandom(seed: population.seed ^ 0xd0b1_e000, index: index)
        guard random.below(TrafficFaults.whole) < faults.duplicates else { return nil }
        // An event that is accepted: nothing else can be a duplicate.
        for _ in 0..<64 {
            let original = index - random.below(Swift.min(index, 999) + 1)
            if fault(of: original).isAccepted { return original }
        }
        return nil
    }

    /// The `index`th event's own time.
    func time(_ index: UInt64) -> Int64 { calendar.ms(index, of: UInt64(events)) }

    func subscriptionCount(ofAccount number: Int) -> Int { Int(subscriptions[number - 1]) }

    /// The `index`th event as it is published first.
    public func record(at index: UInt64) -> TrafficRecord {
        var random = TrafficRandom(seed: population.seed, index: index)
        let fault = fault(of: index)
        var usage = usage(index, &random)
        var isJSON = random.below(100) < UInt64(jsonPercent)
        var fate = TrafficRecord.Fate.accepted(.onTime, isZero: usage.quantity == 0)
        switch fault {
        case .none: break
        case .late:
            usage.startMs = Swift.max(monthStartMs, usage.startMs - Int64(3_600_000 + random.below(71 * 3_600_000)))
            fate = .accepted(.late, isZero: usage.quantity == 0)
        case .outOfOrder:
            usage.startMs = Swift.max(monthStartMs, usage.startMs - Int64(1 + random.below(900_000)))
            fate = .accepted(.outOfOrder, isZero: usage.quantity == 0)
        case .unknownSubscriber:
            // Numbers of lines that no population has.
            usage.subscriber += 9_000_000 + random.below(900_000)
            fate = .suspended(.unknownSubscriber, nil)
        case .damage(let damage):
            usage.damage(damage, &random)
            isJSON = isJSON || damage == .wrongType || damage == .huge
            fate = .suspended(damage.reason, damage)
        }
        var key: [UInt8] = []
        key.reserveCapacity(32)
        usage.writeSubscriber(&key)
        var value: [UInt8]? = isJSON ? usage.json() : usage.protobuf()
        switch fault {
        case .damage(.nullValue): value = nil
        // Any cut spoils JSON; of protobuf the last field is cut.
        case .damage(.truncated): value?.removeLast(isJSON ? 1 + Int(random.below(100)) : 1)
        default: break
        }
        return TrafficRecord(
            key: key, value: value, contentType: isJSON ? Topic.Encoding.json.rawValue : Topic.Encoding.protobuf.rawValue, source: nil,
            fate: fate)
    }
}
