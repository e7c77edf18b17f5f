import Events

/// What numbers find in a version of an offering, by the rules that its catalogue is written for.
struct ZoneReach {
    struct Destination {
        /// Its zone in words.
        var name: String
        /// In the order in which they are asked.
        var prices: [String]
        var allowances: [String]
        var discounts: [String]
    }

    private let content: CatalogueContent
    /// All that any zone states, and the empty one.
    let prefixes: Set<String>
    private let ofPrefix: [String: [String]]

    init(_ content: CatalogueContent) {
        self.content = content
        var ofPrefix: [String: [String]] = [:]
        for zone in content.zones { for prefix in zone.prefixes { ofPrefix[prefix, default: []].append(zone.id) } }
        self.ofPrefix = ofPrefix
        prefixes = Set(ofPrefix.keys).union([""])
    }

    /// One for each prefix of the two catalogues together, in order: so those of both stand side by side.
    func destinations(of version: OfferingVersion, _ type: String, _ deck: [String], _ others: Set<String>) -> [Destination] {
        let prices = version.prices.filter { $0.type == type || $0.type.isEmpty }
        let allowances = version.allowances.filter { $0.type == type || ($0.type.isEmpty && $0.amountNanos > 0) }
        let discounts = version.discounts.filter { $0.target != .fees && ($0.type == type || $0.type.isEmpty) }
        let isOld = content.rulesVersion < 2
        let all = DeckCells(content.zones, deck: [])
        let cells = isOld ? all : DeckCells(content.zones, deck: deck)
        let (byPrices, byAllowances) = (Set(prices.flatMap(\.zones)), Set(allowances.flatMap(\.zones)))
        return prefixes.union(others).sorted().map { prefix in
            let cell = cells.cell(of: prefix) ?? []
            func holding(_ named: Set<String>) -> [String: Int] {
                if isOld { return Dictionary(uniqueKeysWithValues: (longest(prefix, among: named)).map { ($0, 0) }) }
                return Dictionary(uniqueKeysWithValues: cell.map { ($0.zone, $0.steps) })
            }
            func holds(_ zones: [String], _ holding: [String: Int]) -> Bool { zones.isEmpty || zones.contains { holding[$0] != nil } }
            let (atPrices, atAllowances) = (holding(byPrices), holding(byAllowances))
            let own = all.cell(of: prefix)?.own ?? []
            return Destination(
                name: own.isEmpty ? "other numbers" : "zone " + own.joined(separator: "+"), prices: order(prices, atPrices),
                allowances: allowances.filter { holds($0.zones, atAllowances) }.map(\.id),
                discounts: discounts.filter { holds($0.zones, holding(Set($0.zones))) }.map(\.id))
        }
    }

    /// Under the rules before: of those zones alone the longest prefix decides.
    private func longest(_ prefix: String, among named: Set<String>) -> [String] {
        var beginning = prefix[...]
        while true {
            let zones = (ofPrefix[String(beginning)] ?? []).filter(named.contains)
            if !zones.isEmpty { return Array(Set(zones)) }
            if beginning.popLast() == nil { return [] }
        }
    }

    private func order(_ prices: [UsagePrice], _ holding: [String: Int]) -> [String] {
        var zoned: [(steps: Int, place: Int)] = []
        for (place, price) in prices.enumerated() {
            if let steps = price.zones.compactMap({ holding[$0] }).min() { zoned.append((steps, place)) }
        }
        var general = prices.indices.filter { prices[$0].zones.isEmpty }[...]
        var places: [Int] = []
        for price in zoned.sorted(by: { $0 < $1 }) {
            while let first = general.first, first < price.place { places.append(general.removeFirst()) }
            places.append(price.place)
        }
        return (places + general).map { prices[$0].id }
    }
}
