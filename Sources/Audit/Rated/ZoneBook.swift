import Events
import Pipeline

/// What a catalogue's offerings say of zones and of what is free, under rules version 2, to judge rated usage by the zones that it names. It never looks a
/// number up: audits need none.
struct ZoneBook {
    private struct Terms {
        var cells: [String: [DeckCells.Cell]]
        var prices: [String: [UsagePrice]] = [:]
        var discounts: [String: [[String]]] = [:]
        var allowances: [String: [Allowance]] = [:]
    }

    private var offerings: [String: Terms] = [:]

    /// Nil under the rules before, by which a part that paid may have looked the number up for itself.
    init?(_ content: CatalogueContent) {
        guard content.rulesVersion >= 2 else { return nil }
        var decks: [[String]: [String: [DeckCells.Cell]]] = [:]
        for offering in content.offerings {
            let cells = decks[offering.deck] ?? Self.byOwnZone(DeckCells(content.zones, deck: offering.deck))
            decks[offering.deck] = cells
            var terms = Terms(cells: cells)
            for version in offering.versions {
                for price in version.prices { terms.prices[price.id, default: []].append(price) }
                for discount in version.discounts { terms.discounts[discount.id, default: []].append(discount.zones) }
                for allowance in version.allowances { terms.allowances[allowance.id, default: []].append(allowance) }
            }
            offerings[offering.id] = terms
        }
    }

    private static func byOwnZone(_ deck: DeckCells) -> [String: [DeckCells.Cell]] {
        var cells: [String: [DeckCells.Cell]] = [:]
        for cell in deck.cells { for zone in cell.own { cells[zone, default: []].append(cell) } }
        return cells
    }

    /// What is wrong with a rated usage; nil where all fits. Of an offering's versions any may be the one that rated.
    /// - Parameter plan: the offering whose allowances are the plan's; nil where it is not known.
    func fault(in usage: RatedUsage, plan: String?) -> String? {
        guard let terms = offerings[usage.offering] else { return nil }
        let prices = (terms.prices[usage.price] ?? []).filter { $0.type.isEmpty || $0.type == usage.type }
        if prices.isEmpty { return "names price \(usage.price), which \(usage.offering) does not have for its type" }
        guard prices.contains(where: { usage.zone.isEmpty ? $0.zones.isEmpty : $0.zones.contains(usage.zone) }) else {
            return usage.zone.isEmpty ? "names no zone, and its price is for some" : "names zone \(usage.zone), for which its price is not"
        }
        // What holds where its number is: of a zone that shares some prefixes there are several.
        let own = usage.ownZone.isEmpty ? usage.zone : usage.ownZone
        let cells = own.isEmpty ? [[]] : (terms.cells[own] ?? []).filter { usage.zone.isEmpty || $0.holds([usage.zone]) }
        if cells.isEmpty { return "is in zone \(own), where zone \(usage.zone) does not hold" }
        func isFor(_ zones: [String]) -> Bool { cells.contains { $0.holds(zones) } }
        for draw in usage.draws {
            guard let offering = draw.offering.isEmpty ? plan : draw.offering, let known = offerings[offering]?.allowances[draw.allowance] else { continue }
            if !known.contains(where: { isFor($0.zones) }) {
                return "draws on allowance \(draw.allowance), which is for \(known[0].zones.joined(separator: ", ")), in zone \(own.isEmpty ? "none" : own)"
            }
            if prices.allSatisfy(\.isFree), known.allSatisfy({ $0.amountNanos == 0 && !$0.includesFree }) {
                return "draws on allowance \(draw.allowance) for what its price \(usage.price) makes free"
            }
        }
        for applied in usage.discounts {
            guard let known = terms.discounts[applied.discount], !known.contains(where: isFor) else { continue }
            return "takes off discount \(applied.discount), which is for \(known[0].joined(separator: ", ")), in zone \(own.isEmpty ? "none" : own)"
        }
        return nil
    }
}

extension AuditRun {
    mutating func checkZones(_ usage: RatedUsage, _ record: InputRecord, _ subscriptions: SubscriptionBook) {
        guard let book = catalogues.zones(of: usage.catalogue) else { return }
        let plan = subscriptions[usage.account, usage.subscription]?.plan(at: usage.startMs)?.offering
        guard let fault = book.fault(in: usage, plan: plan) else { return }
        findings.add(.zones, .usageRated, record.partition, record.offset, fault)
    }
}
