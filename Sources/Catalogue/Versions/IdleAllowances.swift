import Events

/// An allowance on which no usage can ever draw: all that it is for is free, or nothing that is priced is in its zones.
public struct IdleAllowance: Sendable {
    public var offering: String
    /// Its place among the offering's versions, and the allowance's among the version's.
    public var version: Int
    public var allowance: Int
    public var id: String
    public var message: String

    /// Those of a catalogue; what it says holds for certain. Under rules version 1 free usage draws as any other, and it says nothing.
    /// - Parameter nowMs: versions that others had replaced by then are not looked at.
    public static func find(in content: CatalogueContent, from nowMs: Int64 = Int64.min) -> [IdleAllowance] {
        guard content.rulesVersion >= 2 else { return [] }
        var search = Search(content)
        var found: [IdleAllowance] = []
        for offering in content.offerings {
            for (place, version) in offering.versions.enumerated() {
                let replaced = offering.versions[(place + 1)...].first { $0.reach == .everyone }?.validFromMs ?? Int64.max
                guard replaced > nowMs else { continue }
                for (number, allowance) in version.allowances.enumerated() {
                    guard let message = search.fault(of: allowance, version, offering) else { continue }
                    found.append(IdleAllowance(offering: offering.id, version: place, allowance: number, id: allowance.id, message: message))
                }
            }
        }
        return found
    }

    private struct Search {
        let content: CatalogueContent
        /// Those that profiles name, and all plans.
        private let profiled: [Offering]
        private let plans: [Offering]
        private var decks: [[String]: DeckCells] = [:]

        init(_ content: CatalogueContent) {
            self.content = content
            let named = Set(content.priceProfiles.map(\.offering))
            profiled = content.offerings.filter { named.contains($0.id) }
            plans = content.offerings.filter { $0.kind == .plan }
        }

        mutating func fault(of allowance: Allowance, _ version: OfferingVersion, _ offering: Offering) -> String? {
            var met: [UsagePrice] = []
            // What an add-on gives may pay beside any plan.
            let own = offering.kind == .addon ? [] : [(offering.deck, version.prices)]
            let others = offering.kind == .addon ? plans : profiled
            for (deck, prices) in own + others.flatMap({ other in other.versions.map { (other.deck, $0.prices) } }) {
                let ofType = prices.filter { allowance.type.isEmpty || $0.type.isEmpty || $0.type == allowance.type }
                met += ofType.filter { $0.conditions.canHold(with: allowance.conditions) && meet(allowance.zones, $0.zones, in: deck) }
            }
            guard !met.isEmpty else {
                if allowance.zones.isEmpty { return nil }
                return "nothing can draw on it: no price is for what lies in \(allowance.zones.joined(separator: ", "))"
            }
            guard met.allSatisfy(\.isFree), !allowance.includesFree else { return nil }
            let prices = Set(met.map(\.id)).sorted()
            let free = "nothing can draw on it: all that it is for is free by price \(prices.prefix(3).joined(separator: ", "))"
            return allowance.amountNanos > 0
                ? free : free + ", and what is free draws on no allowance; where its notices are to tell of such usage, say includes_free: true"
        }

        /// Whether a number can be in zones of both; empty: any.
        private mutating func meet(_ zones: [String], _ others: [String], in deck: [String]) -> Bool {
            if zones.isEmpty { return true }
            let cells = decks[deck] ?? DeckCells(content.zones, deck: deck)
            decks[deck] = cells
            return cells.cells.contains { $0.holds(zones) && $0.holds(others) }
        }
    }
}

extension PriceConditions {
    /// Whether one usage can be for both, as far as lists tell.
    fileprivate func canHold(with other: PriceConditions) -> Bool {
        func meet<Value: Equatable>(_ lists: KeyPath<PriceConditions, [Value]>) -> Bool {
            self[keyPath: lists].isEmpty || other[keyPath: lists].isEmpty || self[keyPath: lists].contains(where: other[keyPath: lists].contains)
        }
        return meet(\.directions) && meet(\.services) && meet(\.categories) && meet(\.networks) && meet(\.segments)
            && (net == .any || other.net == .any || net == other.net)
    }
}
