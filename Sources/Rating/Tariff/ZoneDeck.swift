/// The zones of an offering, compiled: among them a number is looked up, whoever asks. Its longest prefix that one of them states decides; there the zones
/// hold that state it, then those that they say they lie within, the nearer ones first.
struct ZoneDeck: Sendable {
    struct Step: Sendable {
        var zone: Int32
        /// 0: it states the prefix; else how far it lies around one that does.
        var steps: Int32
    }

    /// Where its places begin in `Tariff.deckPlaces`: one for each node of the prefix tree.
    var nodes: Int
    /// Its places follow one another from here on, and what holds at each.
    var firstPlace: PrefixTree.Place
    var chains: [[Step]]
}

extension TariffBuilder {
    /// The deck of an offering: that of another one with the same zones, where there is one.
    mutating func deck(_ zones: [String]) throws(TariffError) -> ZoneDeck {
        let own = try zones.isEmpty ? Array(0..<Int32(zoneIDs.count)) : Set(zoneNumbers(of: zones)).sorted()
        if let known = decks[own] { return known }
        var isOwn = Array(repeating: false, count: zoneIDs.count)
        for zone in own { isOwn[Int(zone)] = true }
        var chains: [[ZoneDeck.Step]] = []
        var numbers: [[Int32]: Int] = [:]
        // A node's chain, counted from 0; -1 for none.
        var chainOfNode: ContiguousArray<Int32> = []
        for node in 0..<destinations.nodeCount {
            let stated = destinations.zones(endingAt: node).filter { isOwn[Int($0)] }
            if !stated.isEmpty, numbers[stated] == nil {
                numbers[stated] = chains.count
                chains.append(chain(around: stated))
            }
            chainOfNode.append(stated.isEmpty ? -1 : Int32(numbers[stated] ?? -1))
        }
        let first = destinations.add(chains)
        let deck = ZoneDeck(nodes: deckPlaces.count, firstPlace: first, chains: chains)
        deckPlaces.append(contentsOf: chainOfNode.lazy.map { $0 < 0 ? -1 : first + $0 })
        decks[own] = deck
        return deck
    }

    private func chain(around stated: [Int32]) -> [ZoneDeck.Step] {
        var chain = stated.map { ZoneDeck.Step(zone: $0, steps: 0) }
        var seen = Set(stated)
        var place = 0
        while place < chain.count {
            // Of one distance, in the order of the zones.
            let steps = chain[place].steps
            let level = chain[place...].prefix { $0.steps == steps }
            place = level.endIndex
            let around = Set(level.flatMap { zonesAround[Int($0.zone)] }).subtracting(seen).sorted()
            seen.formUnion(around)
            chain += around.map { ZoneDeck.Step(zone: $0, steps: steps + 1) }
        }
        return chain
    }

    /// Lists the prices of a rule for each place of its deck: by the nearest of the zones that they name, then in their order; those that name none come
    /// first of all, under an entry of their own.
    mutating func addCandidates(_ range: Range<Int>, at deck: ZoneDeck) -> Int {
        let first = candidateStarts.count
        var byZone: [Int32: [Int32]] = [:]
        for price in range { for zone in prices[price].zones where byZone[zone]?.last != Int32(price) { byZone[zone, default: []].append(Int32(price)) } }
        candidateStarts.append(Int32(candidatePrices.count))
        for price in range where prices[price].zones.isEmpty { candidatePrices.append(Int32(price)) }
        for chain in deck.chains {
            candidateStarts.append(Int32(candidatePrices.count))
            var nearest: [(steps: Int32, price: Int32)] = []
            var seen: Set<Int32> = []
            for step in chain { for price in byZone[step.zone] ?? [] where seen.insert(price).inserted { nearest.append((step.steps, price)) } }
            candidatePrices.append(contentsOf: nearest.sorted { $0 < $1 }.map(\.price))
        }
        candidateStarts.append(Int32(candidatePrices.count))
        return first
    }
}
