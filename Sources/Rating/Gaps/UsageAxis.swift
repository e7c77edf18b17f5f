import Events

/// One way in which usage differs, the destination and the time apart, cut into cells within each of which none of the prices makes a difference.
struct UsageAxis {
    struct Cell {
        /// For example "wholesale"; empty: any that is not named.
        var value = ""
        /// For example "category wholesale", or "any other category".
        var words: String
        /// Places of the prices that hold there, or at least don't ask.
        var prices: Set<Int>
    }

    let dimension: PriceGap.Dimension
    /// What begins the words: "of".
    let title: String
    private(set) var cells: [Cell] = []

    func phrase(_ words: [String]) -> String { title + " " + WordList.text(words) }

    private init(_ dimension: PriceGap.Dimension, _ title: String) { (self.dimension, self.title) = (dimension, title) }

    private mutating func add(_ words: String, value: String = "", _ prices: [UsagePrice], where holds: (Events.PriceConditions) -> Bool) {
        cells.append(Cell(value: value, words: words, prices: Set(prices.indices.filter { holds(prices[$0].conditions) })))
    }

    /// All of them for some prices, in the order in which rating asks.
    /// - Parameter directions: which ones occur at all.
    static func all(_ prices: [UsagePrice], directions: [UsageDirection], networks: [String], zones: [String: Zone]) -> [UsageAxis] {
        [
            direction(prices, directions),
            list(.category, prices, \.categories), list(.service, prices, \.services), list(.segment, prices, \.segments),
            network(prices, networks), origin(prices, zones), otherNetwork(prices),
            favourites(prices), age(prices), firstUse(prices),
        ]
    }

    private static func direction(_ prices: [UsagePrice], _ directions: [UsageDirection]) -> UsageAxis {
        var axis = UsageAxis(.direction, "of direction")
        for direction in directions { axis.add(direction.text, prices) { $0.directions.isEmpty || $0.directions.contains(direction) } }
        return axis
    }

    private static func list(_ dimension: PriceGap.Dimension, _ prices: [UsagePrice], _ values: KeyPath<Events.PriceConditions, [String]>) -> UsageAxis {
        var axis = UsageAxis(dimension, "of")
        let named = Set(prices.flatMap { $0.conditions[keyPath: values] }).sorted()
        for value in named { axis.add("\(dimension) \(value)", value: value, prices) { $0[keyPath: values].isEmpty || $0[keyPath: values].contains(value) } }
        axis.add("any other \(dimension)", prices) { $0[keyPath: values].isEmpty }
        return axis
    }

    private static func network(_ prices: [UsagePrice], _ networks: [String]) -> UsageAxis {
        var axis = UsageAxis(.network, "in")
        for network in ["home"] + networks.filter({ $0 != "home" }) {
            axis.add("network " + network, prices) { $0.networks.isEmpty || $0.networks.contains(network) }
        }
        axis.add("any other network", prices) { $0.networks.isEmpty }
        return axis
    }

    /// A condition's own zones decide, whatever else the number is in.
    private static func origin(_ prices: [UsagePrice], _ zones: [String: Zone]) -> UsageAxis {
        var axis = UsageAxis(.origin, "from numbers of")
        let named = Set(prices.flatMap(\.conditions.origins)).sorted()
        var zonesAt: [String: Set<String>] = [:]
        for zone in named { for prefix in zones[zone]?.prefixes ?? [] { zonesAt[prefix, default: []].insert(zone) } }
        for (prefix, own) in zonesAt.sorted(by: { $0.key < $1.key }) {
            let around = NumberPrefixes.beginnings(of: prefix).reduce(into: own) { $0.formUnion(zonesAt[$1] ?? []) }
            axis.add("zone " + own.sorted().joined(separator: ", "), prices) { $0.origins.isEmpty || !around.isDisjoint(with: $0.origins) }
        }
        if named.isEmpty || !NumberPrefixes.holes(Array(zonesAt.keys)).isEmpty { axis.add("no such zone", prices) { $0.origins.isEmpty } }
        return axis
    }

    private static func otherNetwork(_ prices: [UsagePrice]) -> UsageAxis {
        var axis = UsageAxis(.otherNetwork, "with the other party in")
        axis.add("the home network", prices) { $0.net != .offNet }
        axis.add("another network", prices) { $0.net != .onNet }
        axis.add("a network that the usage does not name", prices) { $0.net == .any }
        return axis
    }

    private static func favourites(_ prices: [UsagePrice]) -> UsageAxis {
        var axis = UsageAxis(.favourites, "where the other party is")
        let counts = Set(prices.map(\.conditions.favourites)).subtracting([0]).sorted()
        for count in counts {
            axis.add(count == UInt32(UInt8.max) ? "a favourite number" : "among the first \(count) favourite numbers", prices) {
                $0.favourites == 0 || $0.favourites >= count
            }
        }
        axis.add("no such favourite number", prices) { $0.favourites == 0 }
        return axis
    }

    private static func age(_ prices: [UsagePrice]) -> UsageAxis {
        var axis = UsageAxis(.age, "of subscriptions")
        let bounds = Set(prices.flatMap { [$0.conditions.ageFromMs, $0.conditions.ageToMs] }).subtracting([0]).sorted()
        for (place, from) in ([0] + bounds).enumerated() {
            let words =
                place == bounds.count ? "from \(duration(from)) on" : "from \(duration(from)) to \(duration(bounds[place])) of age"
            axis.add(words, prices) { $0.ageFromMs <= from && ($0.ageToMs == 0 || from < $0.ageToMs) }
        }
        return axis
    }

    private static func duration(_ ms: Int64) -> String {
        let units: [(ms: Int64, symbol: String)] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")]
        guard ms > 0, let unit = units.first(where: { ms % $0.ms == 0 }) else { return ms == 0 ? "0d" : "\(ms)ms" }
        return "\(ms / unit.ms)\(unit.symbol)"
    }

    /// A price of a first use is left out of all later ones, and they of nothing.
    private static func firstUse(_ prices: [UsagePrice]) -> UsageAxis {
        var axis = UsageAxis(.firstUse, "that is")
        if prices.contains(where: { $0.conditions.firstUse != .any }) { axis.add("the first of its time", prices) { _ in true } }
        axis.add("not the first of its time", prices) { $0.firstUse == .any }
        return axis
    }

    // MARK: Categories and profiles

    /// The cell of the values that no price names also for others that are told apart elsewhere; without those that need no price.
    /// - Parameter isNeedless: given a value; empty: any other.
    func splitting(by others: [String], isNeedless: (String) -> Bool) -> UsageAxis {
        guard let rest = cells.last else { return self }
        var axis = self
        axis.cells = cells.dropLast() + others.map { Cell(value: $0, words: "\(dimension) \($0)", prices: rest.prices) } + [rest]
        axis.cells.removeAll { isNeedless($0.value) }
        return axis
    }
}
