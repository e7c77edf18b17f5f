/// Which destinations of a rating plan a number finds, by its prefix.
struct PlanPrefixes {
    private let zones: [PlanZone]
    private let isCovered: [String?: Bool]
    /// Destinations of the very prefix, the heaviest first.
    private var byPrefix: [String: [String]] = [:]

    init(_ prices: [String?: [PlanPrice]], zones: [PlanZone], isCovered: [String?: Bool], findings: ImportFindings) {
        self.zones = zones.filter { prices[$0.id] != nil }
        self.isCovered = isCovered
        for zone in self.zones { for prefix in zone.texts { byPrefix[prefix, default: []].append(zone.id) } }
        // CGRateS goes by the heaviest rate of a destination, be it one that does not hold.
        func weight(_ destination: String) -> ExactDecimal { prices[destination]?.map(\.weight).max() ?? .zero }
        let shared = self.zones.flatMap(\.texts).filter { (byPrefix[$0]?.count ?? 0) > 1 }
        for prefix in Set(shared) {
            byPrefix[prefix] = byPrefix[prefix]?.enumerated().sorted { a, b in
                let (first, second) = (weight(a.element), weight(b.element))
                return first != second ? first > second : a.offset < b.offset
            }.map(\.element)
        }
        var told: Set<[String]> = []
        for prefix in shared {
            let destinations = byPrefix[prefix] ?? []
            for (place, destination) in destinations.enumerated() {
                if isCovered[destination] == true, place + 1 < destinations.count, weight(destinations[place + 1]) < weight(destination) { break }
                for other in destinations[(place + 1)...] where weight(other) == weight(destination) && told.insert([destination, other]).inserted {
                    Self.checkTie(prefix, prices[destination] ?? [], prices[other] ?? [], findings)
                }
            }
        }
        checkSigns(findings)
    }

    /// CGRateS takes either of two destinations of one prefix and weight, as they happen to be loaded.
    private static func checkTie(_ prefix: String, _ prices: [PlanPrice], _ others: [PlanPrice], _ findings: ImportFindings) {
        for price in prices {
            guard let other = others.first(where: { !$0.timing.isDisjoint(from: price.timing) }) else { continue }
            let (destinations, row) = ([price, other].map { $0.rate.destination ?? "" }, max(price.row.line, other.row.line))
            let last = row == price.row.line ? price.row : other.row
            return findings.fail(
                last, "Weight",
                "\(destinations[0]) and \(destinations[1]) have prefix \(prefix), the same weight and times in common in \(last["Id"]): "
                    + "CGRateS takes either of them; expected a higher weight for one")
        }
    }

    /// Here numbers are compared without a plus sign: what only the sign tells apart can't be said.
    private func checkSigns(_ findings: ImportFindings) {
        let prefixes = zones.flatMap { zone in zone.prefixes.map { (zone: zone.id, prefix: $0) } }
        guard prefixes.contains(where: { $0.prefix.hasPlus }), prefixes.contains(where: { !$0.prefix.hasPlus }) else { return }
        var known: [String: [(zone: String, prefix: PlanPrefix)]] = [:]
        for entry in prefixes { known[entry.prefix.text, default: []].append(entry) }
        for (zone, prefix) in prefixes {
            var rest = prefix.text[...]
            while !rest.isEmpty {
                if let other = known[String(rest)]?.first(where: { $0.zone != zone && $0.prefix.hasPlus != prefix.hasPlus }) {
                    findings.fail(
                        prefix.row, "Prefix",
                        "\(prefix.written) of \(zone) beside \(other.prefix.written) of \(other.zone) (line \(other.prefix.row.line)): only the plus sign "
                            + "tells numbers of the one from those of the other, and here it is no part of a number; expected all prefixes with it or none")
                    break
                }
                rest = rest.dropLast()
            }
        }
    }

    /// Prefixes by the destinations that they lead to, in the order of the file.
    var cells: [PriceOrder.Cell] {
        var places: [[String]: Int] = [:]
        var cells: [PriceOrder.Cell] = []
        var seen: Set<String> = []
        for prefix in zones.flatMap(\.texts) where seen.insert(prefix).inserted {
            let chain = chain(prefix)
            let place = places[chain] ?? cells.count
            if place == cells.count {
                places[chain] = place
                cells.append(PriceOrder.Cell(chain: chain))
            }
            cells[place].prefixes.append(prefix)
        }
        return cells
    }

    /// The destinations with the prefix or one that it begins with, the longest first, up to the first that has a rate at any time.
    private func chain(_ prefix: String) -> [String] {
        var chain: [String] = []
        var rest = prefix[...]
        while !rest.isEmpty {
            for destination in byPrefix[String(rest)] ?? [] where !chain.contains(destination) {
                chain.append(destination)
                if isCovered[destination] == true { return chain }
            }
            rest = rest.dropLast()
        }
        return chain
    }
}
