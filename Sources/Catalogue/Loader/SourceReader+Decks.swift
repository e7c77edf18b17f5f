import Events

/// Zones within zones, the zones of an offering, and what a zone would take from prices that are for another one.
extension SourceReader {
    /// Zones may be named before they come.
    func checkZonesAround() {
        let around = Dictionary(content.zones.map { ($0.id, $0.within) }, uniquingKeysWith: { first, _ in first })
        for (zone, field) in zip(content.zones, zoneFields) where !zone.within.isEmpty {
            if !isBySpecificZone { field.optional("within")?.fail("is for version 2 of the rules of rating, and the settings say rules: 1") }
            for (id, item) in zip(zone.within, field.items("within")) {
                if around[id] == nil {
                    item.fail("zones.yaml has no zone \"\(id)\"")
                } else if reaches(zone.id, from: id, around) {
                    item.fail("zone \(zone.id) would lie within itself")
                }
            }
            if Set(zone.within).count < zone.within.count { field.optional("within")?.fail("a zone comes twice") }
        }
    }

    private func reaches(_ wanted: String, from start: String, _ around: [String: [String]]) -> Bool {
        var (seen, left): (Set<String>, [String]) = ([], [start])
        while let zone = left.popLast() {
            if zone == wanted { return true }
            if seen.insert(zone).inserted { left += around[zone] ?? [] }
        }
        return false
    }

    /// Among which zones a number is looked up for the offering's prices.
    func readDeck(_ root: Field, of kind: OfferingKind) -> [String] {
        guard let field = root.optional("zones") else { return [] }
        if kind == .addon { field.fail("an add-on has no prices of usage: its allowances go by the zones of the offering that has the price") }
        if !isBySpecificZone { field.fail("is for version 2 of the rules of rating, and the settings say rules: 1") }
        let deck = zones(root, "zones")
        if deck.isEmpty { field.fail("expected at least one zone; without the key the offering has all of them") }
        if Set(deck).count < deck.count { field.fail("a zone comes twice") }
        return deck
    }

    /// No number can be in a zone that is neither the offering's nor has any of its zones within.
    func checkZones(of version: OfferingVersion, in deck: DeckCells, _ field: Field) {
        let known = deck.zones
        let named = Array(zip(version.prices.map(\.zones), field.items("prices"))) + zip(version.discounts.map(\.zones), field.items("discounts"))
        for (zones, field) in named {
            for (zone, item) in zip(zones, field.items("zones")) where zoneIDs.contains(zone) && !known.contains(zone) {
                item.fail("no number can be in zone \(zone): it is none of the offering's zones, and none of them lies within it")
            }
        }
    }

    // MARK: Zones that split others

    /// One zone that takes numbers out of those that an offering has prices for, and has none itself.
    private struct Split {
        var prefix: String
        var around: [String]
        var offerings: [String] = []
        var types: Set<String> = []
    }

    /// Where nothing at all names the zone that splits, its usage waits, suspended: it may be meant so, and is told. Else what one offering has a price
    /// for would take numbers from others that know nothing of it, which is an error.
    mutating func checkSplits() {
        var splits: [String: Split] = [:]
        var decks: [[String]: DeckCells] = [:]
        for offering in content.offerings where offering.kind == .plan {
            let deck = decks[offering.deck] ?? DeckCells(content.zones, deck: offering.deck)
            decks[offering.deck] = deck
            for version in offering.versions {
                for specification in content.usageSpecifications {
                    let type = specification.type
                    let named = Set(version.prices.lazy.filter { $0.type == type || $0.type.isEmpty }.flatMap(\.zones))
                    if named.isEmpty { continue }
                    let isPriced = deck.cells.map { $0.contains { named.contains($0.zone) } }
                    for prefix in deck.prefixes where !isPriced[prefix.cell] {
                        guard let around = deck.cell(around: prefix, where: { isPriced[$0] }) else { continue }
                        for zone in deck.cells[prefix.cell].own {
                            let near = deck.cells[around].filter { named.contains($0.zone) }
                            let empty = Split(prefix: prefix.text, around: near.filter { $0.steps == near[0].steps }.map(\.zone))
                            splits[zone, default: empty].types.insert(type)
                            if splits[zone]?.offerings.last != offering.id { splits[zone]?.offerings.append(offering.id) }
                        }
                    }
                }
            }
        }
        let versions = content.offerings.flatMap(\.versions)
        let named = Set(versions.flatMap { $0.prices.flatMap(\.zones) + $0.allowances.flatMap(\.zones) + $0.discounts.flatMap(\.zones) })
        for (zone, field) in zip(content.zones, zoneFields) {
            guard let split = splits[zone.id] else { continue }
            func list(_ words: [String]) -> String {
                words.prefix(6).joined(separator: ", ") + (words.count > 6 ? " and \(words.count - 6) more" : "")
            }
            let around = list(split.around)
            let fault =
                "zone \(zone.id) takes numbers (\(split.prefix)) out of \(around), and has no price of \(list(split.types.sorted())) itself in "
                    + "\(list(split.offerings)), which has one for \(around): give it a price there, or say within: [\(around)] here, or leave it "
                    + "out of the offering's zones"
            if named.contains(zone.id) { field.fail(fault) } else { pricePlaces.add(split: field, fault) }
        }
    }
}
