/// Puts a rating plan's prices into the order in which a catalogue asks them, and its destinations into zones.
///
/// CGRateS looks for the longest prefix with a destination of the plan that has a rate at the call's start, of several the one with the highest
/// weight; where there is none, for *any. Among the rates of that destination the highest weight decides, then the latest start at or before the time of
/// day. So each prefix has a chain of destinations: those whose rates don't hold at any time are followed by what takes their place then. Prefixes
/// of one chain are a zone, whose prices are those of its destinations, one behind the other; those of *any come last, without a zone.
struct PriceOrder {
    struct Cell {
        /// In the order in which they are asked.
        let chain: [String]
        var prefixes: [String] = []
    }

    let cells: [Cell]
    /// Whether a destination of the plan is without a rate at some times.
    let isPartial: Bool
    private let findings: ImportFindings
    /// Those that a call can find among the prices of their own destination, in order.
    private let ordered: [PlanPrice]
    private let any: [PlanPrice]

    init(_ prices: [PlanPrice], zones: [PlanZone], findings: ImportFindings) {
        self.findings = findings
        var reached: [String?: [PlanPrice]] = [:]
        let kept = Self.sorted(prices).filter { price in
            let isReached = Self.isReachable(price, behind: reached[price.rate.destination] ?? [], findings)
            if isReached { reached[price.rate.destination, default: []].append(price) }
            return isReached
        }
        Self.noteHeavierLater(reached, findings)
        ordered = kept.filter { $0.rate.destination != nil }
        any = kept.filter { $0.rate.destination == nil }
        let isCovered = reached.mapValues { PlanTiming.coverAllTime($0.map(\.timing)) }
        isPartial = isCovered.values.contains(false)
        if isCovered[nil] == false, let row = prices.first(where: { $0.rate.destination == nil })?.row {
            findings.note(row, "*any in \(row["Id"]) outside its times", "CGRateS fails there; here a fallback subject is asked, where there is one")
        }
        let prefixes = PlanPrefixes(reached, zones: zones, isCovered: isCovered, findings: findings)
        cells = prefixes.cells
        let found = Set(cells.flatMap(\.chain))
        for zone in zones where !found.contains(zone.id) {
            guard let price = reached[zone.id]?.first else { continue }
            let why = zone.prefixes.isEmpty ? "no number has a prefix of it" : "other destinations have all of its prefixes, and a higher weight"
            findings.note(price.row, "\(price.rate.tag) for \(zone.id) in \(price.row["Id"])", why)
        }
    }

    /// The heavier first, then the later start, then the earlier line.
    private static func sorted(_ prices: [PlanPrice]) -> [PlanPrice] {
        prices.enumerated().sorted { a, b in
            let (first, second) = (a.element, b.element)
            if first.weight != second.weight { return first.weight > second.weight }
            let (start, other) = (first.timing.startSeconds, second.timing.startSeconds)
            return start != other ? start > other : a.offset < b.offset
        }.map(\.element)
    }

    /// - Parameter zoneIDs: those of the cells.
    func prices(zoneIDs: [String]) -> [PlanPrice] {
        var ids: Set<String> = []
        return (byZone(zoneIDs) + any).map { price in
            var price = price
            let base = [price.rate.tag, price.rate.destination ?? "any", price.timing.id.hasPrefix("*") ? "any" : price.timing.id].joined(separator: ".")
            // Where it takes another destination's place, it says whose.
            let place = price.depth > 0 && price.zones.count == 1 ? "." + price.zones[0] : ""
            price.id = base + place
            var copy = 1
            while !ids.insert(price.id).inserted {
                copy += 1
                price.id = "\(base)\(place)-\(copy)"
            }
            return price
        }
    }

    private func byZone(_ zoneIDs: [String]) -> [PlanPrice] {
        var places: [String: [Int]] = [:]
        for (place, price) in ordered.enumerated() { places[price.rate.destination ?? "", default: []].append(place) }
        // Zones by price, for each depth in the chains.
        var uses: [[Int: [String]]] = []
        for (cell, zone) in zip(cells, zoneIDs) {
            for (depth, destination) in cell.chain.enumerated() {
                if uses.count == depth { uses.append([:]) }
                // All of them: a call that began with the destination stays with it.
                for place in places[destination] ?? [] { uses[depth][place, default: []].append(zone) }
            }
        }
        return uses.enumerated().flatMap { depth, zones in
            ordered.indices.compactMap { place in
                guard let zones = zones[place] else { return nil }
                var price = ordered[place]
                (price.zones, price.depth) = (zones, depth)
                return price
            }
        }
    }

    /// Whether the price holds at a time at which none of those before it does; where not, that is noted.
    private static func isReachable(_ price: PlanPrice, behind others: [PlanPrice], _ findings: ImportFindings) -> Bool {
        guard price.timing.isCovered(by: others.map(\.timing)) else { return true }
        let one = others.first { price.timing.isCovered(by: [$0.timing]) }
        let covering = one.map { [$0] } ?? others.filter { !$0.timing.isDisjoint(from: price.timing) }
        let lines = covering.map { "\($0.rate.tag) of line \($0.row.line)" }.joined(separator: " and ")
        let why = "\(lines) \(covering.count == 1 ? "holds at all of its times, and comes" : "hold at all of its times, and come") before it"
        findings.note(price.row, "\(price.rate.tag) for \(price.rate.destination ?? "*any") in \(price.row["Id"])", why)
        return false
    }

    /// CGRateS sorts a destination's rates by weight and by start, one or the other as their lines happen to stand: a rate that is heavier and begins later
    /// in the day may be passed over for a call under way.
    private static func noteHeavierLater(_ prices: [String?: [PlanPrice]], _ findings: ImportFindings) {
        for destination in prices.keys.sorted(by: { ($0 ?? "") < ($1 ?? "") }) {
            let own = prices[destination] ?? []
            for (place, price) in own.enumerated() {
                let lighter = own[(place + 1)...].first {
                    $0.weight < price.weight && $0.timing.startSeconds < price.timing.startSeconds && !$0.timing.isDisjoint(from: price.timing)
                }
                guard let lighter else { continue }
                let what = "\(price.rate.tag) for \(destination ?? "*any") in \(price.row["Id"])"
                let than = ", which begins during the day and is heavier than that of line \(lighter.row.line)"
                findings.note(price.row, what + than, "by the order of such lines CGRateS may not go over to it within a call; here it always does")
            }
        }
    }
}
