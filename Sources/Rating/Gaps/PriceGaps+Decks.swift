import Events

extension PriceGaps {
    /// The destinations that the prices tell apart in the offering's deck, and words for those of them that no price is for.
    func destinations(
        _ prices: [UsagePrice], in deck: DeckCells, hasNumbers: Bool
    ) -> (cells: [GapSearch.Destination], outside: String) {
        let anywhere = prices.indices.filter { prices[$0].zones.isEmpty }
        var byZone: [String: [Int]] = [:]
        for (place, price) in prices.enumerated() { for zone in Set(price.zones) { byZone[zone, default: []].append(place) } }
        let isPriced = deck.cells.map { $0.contains { byZone[$0.zone] != nil } }
        var found: [GapSearch.Destination] = []
        var known: [ZoneCells.Cell: [Int]] = [:]
        for (cell, isPriced) in zip(deck.cells, isPriced) where isPriced {
            let near = cell.filter { byZone[$0.zone] != nil }
            let own = Set(anywhere + near.flatMap { byZone[$0.zone] ?? [] }).sorted()
            // Named by what prices name; by its own zones where that says another thing elsewhere.
            var name = near.filter { $0.steps == near[0].steps }.map(\.zone)
            if let prices = known[name], prices != own { name = cell.own }
            if known.updateValue(own, forKey: name) == nil { found.append(GapSearch.Destination(cell: name, prices: own)) }
        }
        let outside = GapSearch.Destination(cell: [], prices: anywhere)
        let named = content.zones.map(\.id).filter { byZone[$0] != nil }
        guard hasNumbers, !named.isEmpty else {
            if deck.cell(of: "")?.contains(where: { byZone[$0.zone] != nil }) == true { return (found, "") }
            return (found + [outside], "without a destination")
        }
        let holes = NumberPrefixes.holes(deck.prefixes.filter { isPriced[$0.cell] }.map(\.text))
        let isSplit = deck.prefixes.contains { !isPriced[$0.cell] && deck.cell(around: $0, where: { isPriced[$0] }) != nil }
        if holes.isEmpty, !isSplit { return (found, "") }
        let left = content.zones.filter { zone in
            zone.prefixes.contains { prefix in deck.cell(of: prefix)?.contains { byZone[$0.zone] != nil } != true }
        }
        let examples = left.isEmpty ? "numbers that begin with " + WordList.text(holes) : "those of " + WordList.text(left.map(\.id))
        return (found + [outside], "to destinations outside " + WordList.text(named) + ", such as " + examples + ",")
    }
}
