import Events

extension PriceCoverage {
    /// As `unreachable`, where the most specific zone decides: of the prices for zones that hold at a number those for the nearest come first, then the
    /// earlier ones; a price for any destination stands where the file has it.
    func unreachable(_ prices: [UsagePrice], in deck: DeckCells) -> [(price: Int, by: [UsagePrice])] {
        var byZone: [String: [Int]] = [:]
        for (place, price) in prices.enumerated() { for zone in Set(price.zones) { byZone[zone, default: []].append(place) } }
        let general = prices.indices.filter { prices[$0].zones.isEmpty }
        // What differs in zones that no price names is one destination.
        var ranked: [[Int]] = []
        var seen: Set<[Int]> = []
        for cell in (deck.leavesOut ? [[]] : []) + deck.cells {
            let prices = Self.ranked(cell, byZone)
            if seen.insert(prices).inserted { ranked.append(prices) }
        }
        var destinations: [[Int]] = Array(repeating: [], count: prices.count)
        for (place, prices) in ranked.enumerated() { for price in prices { destinations[price].append(place) } }
        for price in general { destinations[price] = Array(ranked.indices) }

        var found: [(price: Int, by: [UsagePrice])] = []
        for (place, price) in prices.enumerated() {
            var places: Set<Int> = []
            let isLeftNothing = destinations[place].allSatisfy { destination in
                let before = Self.before(place, ranked[destination], general, prices)
                let covering = covering(price, among: before, prices)
                places.formUnion(covering)
                return !covering.isEmpty
            }
            if isLeftNothing, !places.isEmpty { found.append((place, places.sorted().map { prices[$0] })) }
        }
        return found
    }

    private static func ranked(_ cell: DeckCells.Cell, _ byZone: [String: [Int]]) -> [Int] {
        var nearest: [Int: Int] = [:]
        for member in cell { for price in byZone[member.zone] ?? [] { nearest[price] = min(nearest[price] ?? Int.max, member.steps) } }
        return nearest.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    }

    /// The prices that are asked before one at a destination, in the file's order.
    /// - Parameter ranked: those for zones that hold there, as they are asked.
    private static func before(_ place: Int, _ ranked: [Int], _ general: [Int], _ prices: [UsagePrice]) -> [Int] {
        let ofType = ranked.filter { prices[$0].type == prices[place].type || prices[$0].type.isEmpty || prices[place].type.isEmpty }
        let zoned =
            prices[place].zones.isEmpty
            // Where a nearer price that stands later may hold, it is that one which comes after this, not the one behind it.
            ? ofType.prefix { $0 < place } : ofType.prefix { $0 != place }
        return (zoned + general.prefix { $0 < place }).sorted()
    }
}
