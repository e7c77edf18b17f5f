/// Puts an offering's prices into the order in which a catalogue asks them.
///
/// CGRateS looks for the longest prefix with a destination of the plan that has a rate at the call's start; where there is none, for *any.
/// Among the rates of that destination the highest weight decides, then the latest start at or before the time of day. A catalogue looks for
/// the longest prefix alone. So destinations whose rates don't hold at any time take on the prices of shorter prefixes, behind their own; and
/// those of *any come last, without a zone.
struct PriceOrder {
    let findings: ImportFindings
    private let specific: [PlanPrice]
    private let any: [PlanPrice]
    /// The plan's destinations, in the order of the file.
    private let zones: [PlanZone]
    private let covered: Set<String>
    private let zonesByPrefix: [String: [String]]

    init(_ prices: [PlanPrice], zones: [PlanZone], findings: ImportFindings) {
        self.findings = findings
        let sorted = prices.enumerated().sorted { a, b in
            let (first, second) = (a.element, b.element)
            if first.weight != second.weight { return first.weight > second.weight }
            let (start, other) = (first.timing.startSeconds, second.timing.startSeconds)
            return start != other ? start > other : a.offset < b.offset
        }.map(\.element)
        specific = sorted.filter { $0.destination != nil }
        any = sorted.filter { $0.destination == nil }
        let timings = Dictionary(grouping: specific, by: { $0.destination ?? "" }).mapValues { $0.map(\.timing) }
        self.zones = zones.filter { timings[$0.id] != nil }
        covered = Set(timings.filter { PlanTiming.coverAllTime($0.value) }.keys)
        zonesByPrefix = self.zones.reduce(into: [:]) { zones, zone in for prefix in zone.prefixes { zones[prefix, default: []].append(zone.id) } }
    }

    var prices: [PlanPrice] {
        var own = specific
        for zone in zones where !covered.contains(zone.id) { own += fallbacks(zone) }
        var ids: Set<String> = []
        return (reachable(own) + reachable(any)).map { price in
            var price = price
            let id = [price.rate.tag, price.rate.destination ?? "any", price.timing.id.hasPrefix("*") ? "any" : price.timing.id]
                .joined(separator: ".") + (price.destination == price.rate.destination ? "" : "." + (price.destination ?? ""))
            price.id = id
            var copy = 1
            while !ids.insert(price.id).inserted {
                copy += 1
                price.id = "\(id)-\(copy)"
            }
            return price
        }
    }

    /// The prices of shorter prefixes, for a destination that has none at some times.
    private func fallbacks(_ zone: PlanZone) -> [PlanPrice] {
        let chains = zone.prefixes.map { shorter($0, than: zone.id) }
        guard let chain = chains.first, !chain.isEmpty || !chains.allSatisfy(\.isEmpty) else { return [] }
        guard chains.allSatisfy({ $0 == chain }) else {
            if let row = specific.first(where: { $0.destination == zone.id })?.row {
                let why = "its prefixes are within different destinations; outside its timings it falls to *any only"
                findings.note(row, "the fallback of \(zone.id) in \(row["Id"]) to shorter prefixes", why)
            }
            return []
        }
        return chain.flatMap { level in
            specific.filter { level.contains($0.destination ?? "") }.map { price in
                var price = price
                price.destination = zone.id
                return price
            }
        }
    }

    /// The destinations with a prefix that `prefix` begins with, the longest first, up to the first that has a rate at any time.
    private func shorter(_ prefix: String, than zone: String) -> [[String]] {
        if zonesByPrefix[prefix, default: []].contains(where: covered.contains) { return [] }
        var levels: [[String]] = []
        var rest = prefix.dropLast()
        while !rest.isEmpty {
            let level = zonesByPrefix[String(rest), default: []].filter { $0 != zone }
            if !level.isEmpty { levels.append(level) }
            if level.contains(where: covered.contains) { break }
            rest = rest.dropLast()
        }
        return levels
    }

    /// Without those before which another price of the same destination holds whenever they would.
    private func reachable(_ prices: [PlanPrice]) -> [PlanPrice] {
        var before: [String?: [PlanPrice]] = [:]
        return prices.filter { price in
            let others = before[price.destination, default: []]
            guard let other = others.first(where: { $0.timing.isAlways || $0.timing.holdsTogether(with: price.timing) }) else {
                before[price.destination, default: []].append(price)
                return true
            }
            // What was only taken on for a destination is not missed.
            if price.destination == price.rate.destination {
                let what = "\(price.rate.tag) for \(price.destination ?? "*any") in \(price.row["Id"])"
                findings.note(price.row, what, "\(other.rate.tag) of line \(other.row.line) holds at all of its times, and comes before it")
            }
            return false
        }
    }
}
