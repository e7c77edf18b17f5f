import Events
import Quantities

/// Finds usage that a catalogue's offerings leave without a price: what `no-price` would tell once such usage came.
///
/// A type that an offering has no price for is none of its business. Where `profiles.yaml` names an offering for all that prices the type, that one is
/// asked in place of those before it: what it leaves out, too, is its own gap. Personal prices are exceptions to a plan, and have gaps by nature: they are
/// looked at only in a catalogue without plans. Directions count that the catalogue's prices name, and what is originated wherever a price names none;
/// numbers are those of E.164, and usage that counts bytes or money has none.
public struct PriceGaps {
    let content: CatalogueContent
    private let tariff: Tariff
    private let cells: ZoneCells
    /// By the zones of the offering; under rules version 1 there are none.
    private var decks: [[String]: DeckCells] = [:]
    private let zones: [String: Zone]
    private let personal: Set<String>
    private var times: TimeGaps

    /// - Throws: `QuoteFault` where rating could not use the content.
    public init(_ content: CatalogueContent) throws(QuoteFault) {
        guard let hash = CatalogueHash(Array(repeating: 1, count: 32)) else { preconditionFailure("32 bytes are a hash") }
        do throws(TariffError) { tariff = try Tariff(content, hash: hash) } catch { throw QuoteFault(reason: error.reason) }
        self.content = content
        cells = ZoneCells(content.rulesVersion < 2 ? content.zones : [])
        if content.rulesVersion >= 2 {
            for offering in content.offerings where decks[offering.deck] == nil { decks[offering.deck] = DeckCells(content.zones, deck: offering.deck) }
        }
        zones = Dictionary(content.zones.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        times = TimeGaps(content, tariff)
        let general = Set(content.priceProfiles.filter(\.subject.isEmpty).map(\.offering))
        let personal = Set(content.priceProfiles.map(\.offering)).subtracting(general)
        let hasPlans = content.offerings.contains { $0.kind == .plan && !personal.contains($0.id) }
        self.personal = hasPlans ? personal : []
    }

    /// At most one of each offering, type and dimension: of the first version that has it. Types that lack the same share one.
    /// - Parameter nowMs: versions that others had replaced by then are not looked at, nor are times before it.
    public mutating func find(from nowMs: Int64 = Int64.min) -> [PriceGap] {
        var found: [PriceGap] = []
        for (place, offering) in content.offerings.enumerated() where offering.kind == .plan && !personal.contains(offering.id) {
            for (version, span) in spans(of: offering) where span.upperBound > nowMs {
                for (type, specification) in content.usageSpecifications.enumerated() {
                    for gap in gaps(place, version, type, specification, max(span.lowerBound, nowMs)..<span.upperBound) { add(gap, to: &found) }
                }
            }
        }
        return found
    }

    private func add(_ gap: PriceGap, to found: inout [PriceGap]) {
        let type = gap.types[0]
        if found.contains(where: { $0.offering == gap.offering && $0.dimension == gap.dimension && $0.types.contains(type) }) { return }
        let isSame = { (other: PriceGap) in
            (other.offering, other.version, other.dimension, other.uncovered) == (gap.offering, gap.version, gap.dimension, gap.uncovered)
        }
        if let same = found.firstIndex(where: isSame) { found[same].types.append(type) } else { found.append(gap) }
    }

    /// When each version is in force for those who came to the offering with it, or were there.
    private func spans(of offering: Events.Offering) -> [(version: Int, span: Range<Int64>)] {
        offering.versions.indices.map { place in
            let fromMs = offering.versions[place].validFromMs
            let next = offering.versions[(place + 1)...].first { $0.reach == .everyone }
            return (place, fromMs..<max(fromMs, next?.validFromMs ?? Int64.max))
        }
    }

    private mutating func gaps(
        _ offering: Int, _ version: Int, _ type: Int, _ specification: UsageSpecification, _ span: Range<Int64>
    ) -> [PriceGap] {
        let all = content.offerings[offering].versions[version].prices
        let prices = all.filter { $0.type == specification.type || $0.type.isEmpty }
        guard let first = all.firstIndex(where: { $0.type == specification.type || $0.type.isEmpty }) else { return [] }
        let hasNumbers = specification.unit == .second || specification.unit == .event
        // Prices of any type to some numbers are not meant for what has none.
        if !hasNumbers, prices.allSatisfy({ $0.type.isEmpty && !$0.zones.isEmpty }) { return [] }
        var axes = UsageAxis.all(prices, directions: directions(of: specification.type), networks: content.networks.map(\.id), zones: zones)
        if let place = axes.firstIndex(where: { $0.dimension == .category }) {
            axes[place] = axes[place].splitting(by: profileCategories(prices)) { category in
                isPriced(type, category, behind: offering, during: span)
            }
            if axes[place].cells.isEmpty { return [] }
        }
        let (destinations, outside) =
            decks[content.offerings[offering].deck].map { self.destinations(prices, in: $0, hasNumbers: hasNumbers) }
            ?? self.destinations(prices, hasNumbers: hasNumbers)
        var search = GapSearch(prices, axes, destinations, spanMs: span)
        search.run(&times, outside: outside)
        return PriceGap.Dimension.allCases.compactMap { dimension in
            guard let findings = search.findings[dimension] else { return nil }
            return PriceGap(
                offering: content.offerings[offering].id, version: version, price: first, types: [specification.type], dimension: dimension,
                uncovered: search.words(findings), findings: findings)
        }
    }

    private func directions(of type: String) -> [UsageDirection] {
        let asked = content.offerings.flatMap(\.versions).flatMap(\.prices).filter { $0.type == type || $0.type.isEmpty }.map(\.conditions.directions)
        let named = Set(asked.joined())
        return [.originated, .terminated, .forwarded].filter { direction in
            // A price that asks for none is meant for what customers do, if not for all.
            named.isEmpty || named.contains(direction) || (direction == .originated && asked.contains([]))
        }
    }

    // MARK: What is behind

    /// Categories that profiles tell apart, beside those that prices name.
    private func profileCategories(_ prices: [UsagePrice]) -> [String] {
        let named = Set(prices.flatMap(\.conditions.categories))
        return Set(content.priceProfiles.filter { $0.subject.isEmpty && !$0.category.isEmpty }.map(\.category)).subtracting(named).sorted()
    }

    /// Whether what the offering has no price for always finds an offering for all that prices the type.
    /// - Parameter category: empty: one that no profile names.
    private func isPriced(_ type: Int, _ category: String, behind offering: Int, during span: Range<Int64>) -> Bool {
        let starts = content.priceProfiles.map(\.validFromMs) + tariff.versions.map(\.validFromMs)
        return Set(starts.filter { span.contains($0) } + [span.lowerBound]).allSatisfy { ms in
            var chain: ContiguousArray<OfferingToTry> = []
            var category = category
            category.withUTF8 { tariff.profiles.generalOfferings(category: UnsafeRawBufferPointer($0), atMs: ms, &chain) }
            // Where it is itself for all, what stands before it does not come after it.
            let behind = chain.firstIndex { $0.offering == offering }.map { chain[($0 + 1)...] } ?? chain[...]
            return behind.map(\.offering).contains { other in
                guard tariff.offerings[other].currency == tariff.offerings[offering].currency,
                    let version = tariff.version(ofOffering: other, at: ms, soldAt: Int64.max)
                else { return false }
                return !tariff.rules[tariff.versions[version].rules + type].prices.isEmpty
            }
        }
    }

    // MARK: Destinations

    /// The destinations that the prices tell apart, and words for those of them that no price is for.
    private func destinations(_ prices: [UsagePrice], hasNumbers: Bool) -> (cells: [GapSearch.Destination], outside: String) {
        let anywhere = prices.indices.filter { prices[$0].zones.isEmpty }
        var byZone: [String: [Int]] = [:]
        for (place, price) in prices.enumerated() { for zone in Set(price.zones) { byZone[zone, default: []].append(place) } }
        let named = content.zones.map(\.id).filter { byZone[$0] != nil }
        var found = cells.cells(of: named, among: Set(named)).map { cell in
            GapSearch.Destination(cell: cell, prices: Set(anywhere + cell.flatMap { byZone[$0] ?? [] }).sorted())
        }
        guard cells.leavesOut(Set(named)) else { return (found, "") }
        guard hasNumbers, !named.isEmpty else {
            found.append(GapSearch.Destination(cell: [], prices: anywhere))
            return (found, "without a destination")
        }
        let prefixes = named.flatMap { zones[$0]?.prefixes ?? [] }
        let holes = NumberPrefixes.holes(prefixes)
        if holes.isEmpty { return (found, "") }
        found.append(GapSearch.Destination(cell: [], prices: anywhere))
        return (found, "to destinations outside " + WordList.text(named) + ", " + examples(of: holes, besides: Set(prefixes)))
    }

    /// Zones of the catalogue that lie outside, or else how such numbers begin.
    private func examples(of holes: [String], besides prefixes: Set<String>) -> String {
        let left = content.zones.filter { zone in
            zone.prefixes.contains { prefix in !NumberPrefixes.beginnings(of: prefix).contains(where: prefixes.contains) }
        }
        if !left.isEmpty { return "such as those of " + WordList.text(left.map(\.id)) + "," }
        return "such as numbers that begin with " + WordList.text(holes) + ","
    }
}
