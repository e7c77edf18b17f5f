import Events

/// Whether prices take all the usage that another one is for, whatever words their conditions use. What it says holds for certain; what it does not find is
/// no fault.
struct PriceCoverage {
    private let bands: [String: TimeBand]
    private let zones: ZoneCells
    /// The zones of the offering, where its most specific one decides for all of its prices; nil under rules version 1.
    let deck: DeckCells?
    private static let week = 7 * 86_400

    /// - Parameter deck: that of the offering, as it is stated.
    init(_ content: CatalogueContent, deck: [String] = []) {
        bands = Dictionary(content.timeBands.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.deck = content.rulesVersion < 2 ? nil : DeckCells(content.zones, deck: deck)
        zones = ZoneCells(content.rulesVersion < 2 ? content.zones : [])
    }

    /// Each price that is left nothing, with those before it that together take all it is for.
    func unreachable(_ prices: [UsagePrice]) -> [(price: Int, by: [UsagePrice])] {
        if let deck { return unreachable(prices, in: deck) }
        let all = Set(prices.flatMap(\.zones))
        var earlier = Destinations()
        var found: [(price: Int, by: [UsagePrice])] = []
        for (place, price) in prices.enumerated() {
            // A price for any destination shares each zone that a price of its type names, be it a later one.
            let named = price.zones.isEmpty && !price.type.isEmpty ? Self.zones(ofType: price.type, prices) : all
            if let covering = covering(price, among: earlier, named: named, prices) { found.append((place, covering)) }
            earlier.add(place, price)
        }
        return found
    }

    private static func zones(ofType type: String, _ prices: [UsagePrice]) -> Set<String> {
        Set(prices.lazy.filter { $0.type == type || $0.type.isEmpty }.flatMap(\.zones))
    }

    // MARK: Destinations

    /// Places of prices by the zones that they name.
    private struct Destinations {
        private var anywhere: [Int] = []
        private var byZone: [String: [Int]] = [:]

        mutating func add(_ place: Int, _ price: UsagePrice) {
            if price.zones.isEmpty { anywhere.append(place) }
            for zone in Set(price.zones) { byZone[zone, default: []].append(place) }
        }

        func candidates(at cell: ZoneCells.Cell) -> [Int] {
            cell.isEmpty ? anywhere : Set(anywhere + cell.flatMap { byZone[$0] ?? [] }).sorted()
        }
    }

    /// Those of the earlier prices that leave nothing for this one, wherever a number lies; nil where something is left.
    private func covering(_ price: UsagePrice, among earlier: Destinations, named: Set<String>, _ prices: [UsagePrice]) -> [UsagePrice]? {
        var places: Set<Int> = []
        var cells = zones.cells(of: price.zones.isEmpty ? named.sorted() : price.zones, among: named)
        if price.zones.isEmpty, zones.leavesOut(named) { cells.insert([], at: 0) }
        for cell in cells {
            let covering = covering(price, among: earlier.candidates(at: cell), prices)
            if covering.isEmpty { return nil }
            places.formUnion(covering)
        }
        return places.isEmpty ? nil : places.sorted().map { prices[$0] }
    }

    /// Those of some prices that together take all that this one is for, wherever they are for the same destination; none where they don't.
    func covering(_ price: UsagePrice, among earlier: [Int], _ prices: [UsagePrice]) -> [Int] {
        let candidates = earlier.filter { Self.covers(prices[$0], price) }
        if let one = candidates.first(where: { covers(prices[$0].conditions.timeBands, price.conditions.timeBands) }) { return [one] }
        return covers(candidates.flatMap { prices[$0].conditions.timeBands }, price.conditions.timeBands) ? candidates : []
    }

    // MARK: All but destination and time

    private static func covers(_ price: UsagePrice, _ other: UsagePrice) -> Bool {
        let (asked, given) = (price.conditions, other.conditions)
        return (price.type.isEmpty || price.type == other.type) && asked.firstUse == .any
            // A session that began under the group passes over what is not of it.
            && (other.sessionGroup.isEmpty || price.sessionGroup == other.sessionGroup)
            && covers(asked.directions, given.directions) && covers(asked.services, given.services) && covers(asked.categories, given.categories)
            && covers(asked.networks, given.networks) && covers(asked.origins, given.origins) && covers(asked.segments, given.segments)
            && (asked.net == .any || asked.net == given.net)
            && (asked.favourites == 0 || (1...asked.favourites).contains(given.favourites))
            && asked.ageFromMs <= given.ageFromMs && (asked.ageToMs == 0 || (given.ageToMs != 0 && given.ageToMs <= asked.ageToMs))
    }

    /// An empty list asks nothing.
    private static func covers<Value: Equatable>(_ asked: [Value], _ given: [Value]) -> Bool {
        asked.isEmpty || (!given.isEmpty && given.allSatisfy(asked.contains))
    }

    // MARK: Time

    private func covers(_ asked: [String], _ given: [String]) -> Bool {
        if asked.isEmpty { return true }
        // All of a week in one time zone is all of it in any.
        let zones = Set(asked.compactMap { bands[$0]?.timeZone })
        if zones.contains(where: { weekly(asked, in: $0) == [0..<Self.week] }) { return true }
        return !given.isEmpty && given.allSatisfy { id in
            if asked.contains(id) { return true }
            guard let band = bands[id] else { return false }
            let wanted = weekly(asked, in: band.timeZone)
            return Self.seconds(of: band).allSatisfy { part in wanted.contains { $0.lowerBound <= part.lowerBound && part.upperBound <= $0.upperBound } }
        }
    }

    /// The seconds of the week in which one of those bands holds that ask for nothing but weekdays and times of that zone; in order, none touching another.
    private func weekly(_ ids: [String], in zone: String) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        let plain = ids.compactMap { bands[$0] }.filter {
            $0.timeZone == zone && $0.years.isEmpty && $0.months.isEmpty && $0.monthDays.isEmpty && $0.onHolidays == .any
        }
        for part in plain.flatMap(Self.seconds).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, part.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, part.upperBound)
            } else {
                merged.append(part)
            }
        }
        return merged
    }

    /// When in a week a band may hold, from Monday's midnight on. What goes over into the next day belongs to the day on which it began.
    private static func seconds(of band: TimeBand) -> [Range<Int>] {
        (band.weekdays.isEmpty ? Array(1...7) : band.weekdays.map(Int.init)).flatMap { weekday -> [Range<Int>] in
            let day = (weekday - 1) * 86_400
            let (from, to) = (day + Int(band.fromS), day + Int(band.toS) + (band.toS <= band.fromS ? 86_400 : 0))
            return (to <= week ? [from..<to] : [from..<week, 0..<(to - week)]).filter { !$0.isEmpty }
        }
    }
}
