import Events
import Quantities

/// What the outside world sends during a run, in the order in which it is sent: commands, usage, and the passing of time.
public struct Scenario: Sendable {
    public enum Item: Sendable {
        case catalogue(CatalogueContent, name: String)
        case command(CustomerCommand)
        /// `partition` is reduced to the partitions that there are.
        case raw(partition: Int, value: [UInt8]?, contentType: String?)
        case tick(timeMs: Int64)
        case signal(PriceSignal)
    }

    public var items: [Item]
    /// Whether a month may come to more than 64 bits hold, which the first format of state has no place for.
    public let hasLargeUsage: Bool

    /// Whether numbers go from one account to another.
    public let hasPorts: Bool

    public init(items: [Item]) { (self.items, hasLargeUsage, hasPorts) = (items, false, false) }

    /// A small town: eight accounts, sixty usages, two months. The same seed gives the same town.
    /// - Parameter withoutPorts: in none of the towns a number moves.
    public init(seed: UInt64, accounts: Int = 8, events: Int = 60, withoutPorts: Bool = false) {
        var builder = ScenarioBuilder(random: SeededRandom(seed: seed ^ 0x7363_656e_6172_696f))
        // Some towns still have a catalogue of the rules before.
        builder.addCatalogue(rules: seed % 4 == 3 ? 1 : 2)
        builder.addCustomers(accounts)
        builder.addUsage(events, accounts: accounts)
        builder.addTicks()
        builder.addFavourites(accounts)
        builder.addSignals()
        hasLargeUsage = builder.addLargeUsage(accounts)
        builder.addAbsurdUsage(accounts)
        builder.addCollisions(accounts: accounts)
        hasPorts = seed % 3 == 1 && !withoutPorts
        if hasPorts { builder.addPorts(2, seed: seed) }
        items = builder.items
    }

    /// A town in which numbers move, and nothing else happens: `count` of them.
    public static func ports(seed: UInt64, count: Int = 5) -> Scenario {
        var builder = ScenarioBuilder(random: SeededRandom(seed: seed ^ 0x7363_656e_6172_696f))
        builder.addCatalogue(rules: 2)
        builder.addTicks()
        builder.addPorts(count, seed: seed)
        return Scenario(items: builder.items, hasPorts: true)
    }

    private init(items: [Item], hasPorts: Bool) { (self.items, hasLargeUsage, self.hasPorts) = (items, false, hasPorts) }
}

/// Collects what is sent by the time at which it is sent.
struct ScenarioBuilder {
    /// 2026-01-01T00:00:00Z.
    static let start: Int64 = 1_767_225_600_000
    static let day: Int64 = 86_400_000
    /// Usage happens in January and February.
    static let usageDays = 59

    var random: SeededRandom
    private var sent: [(at: Int64, item: Scenario.Item)] = []

    init(random: SeededRandom) { self.random = random }

    mutating func send(_ item: Scenario.Item, at: Int64) { sent.append((at, item)) }

    /// In order of time; what is sent at the same time keeps its order.
    var items: [Scenario.Item] {
        sent.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element.item)
    }

    mutating func addCatalogue(rules: UInt32) {
        send(.catalogue(.simulated(rules: rules), name: "2026-01"), at: 0)
    }

    /// A tick every few days until all of February's periods are closed, whatever their day.
    mutating func addTicks() {
        var at = Self.start + Self.day
        while at < Self.start + 100 * Self.day {
            send(.tick(timeMs: at), at: at)
            at += Int64(2 + random.below(9)) * Self.day + Int64(random.below(86_400_000))
        }
        send(.tick(timeMs: Self.start + 140 * Self.day), at: Self.start + 140 * Self.day)
    }
}
