import Events
import Quantities

extension RateState {
    /// The first of a price's conditions that does not hold at `ms`; nil where all hold.
    mutating func missed(by price: Int, at ms: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> PriceConditions.Kind? {
        let place = tariff.prices[price].conditions
        guard place >= 0 else { return nil }
        if let missed = missed(place, at: ms, usage, tariff, context) { return missed }
        let firstUse = tariff.conditions[place].firstUse
        if firstUse == .any { return nil }
        // A usage of zero is no first one.
        if usage.quantityMicros == 0, tariff.rulesVersion != .first { return .firstUse }
        return isUsed(price, firstUse, at: ms, tariff, context) ? .firstUse : nil
    }

    /// The first of the conditions at `place` that does not hold, the first use apart. What it asks is static or mutating: from within a closure anything
    /// else would copy the whole state.
    mutating func missed(_ place: Int, at ms: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> PriceConditions.Kind? {
        func holds(_ test: (borrowing PriceConditions) -> Bool) -> Bool { test(tariff.conditions[place]) }
        if !holds({ $0.directions == 0 || $0.directions >> UInt8(truncatingIfNeeded: usage.direction & 7) & 1 == 1 }) { return .direction }
        if !holds({ Self.names($0.categories, usage.category) }) { return .category }
        if !holds({ Self.names($0.services, usage.service) }) { return .service }
        if !holds({ $0.segments.isEmpty || isIn($0.segments, segmentOf: context.account) }) { return .segment }
        if !holds({ ($0.networks.isEmpty && !$0.isAtHome) || Self.isIn($0, usage.network, tariff) }) { return .network }
        if !holds({ $0.origins.isEmpty || Self.isIn($0.origins, tariff.rulesVersion < .second ? usage.servedParty : usage.servedNumber, tariff) }) {
            return .origin
        }
        if !holds({ $0.net == .any || Self.isNet($0.net, usage.otherNetwork, tariff) }) { return .net }
        if !holds({ $0.favourites == 0 || isFavourite(usage.otherParty, of: context.subscription, at: usage.startMs, amongFirst: $0.favourites) }) {
            return .favourites
        }
        let age = ms - subscriptions[Int(context.subscription)].fromMs
        if !holds({ $0.ageFromMs <= age && age < $0.ageToMs }) { return .age }
        if !holds({ $0.bands.isEmpty || isIn($0.bands, at: ms, tariff, context) }) { return .time }
        return nil
    }

    private static func names(_ wanted: [[UInt8]], _ text: UnsafeRawBufferPointer) -> Bool {
        wanted.isEmpty || wanted.contains { text.equals($0) }
    }

    private mutating func isIn(_ segments: [[UInt8]], segmentOf account: UInt32) -> Bool {
        let segment = terms[Int(accounts[Int(account)].terms)].segment
        return segments.contains { $0 == segment }
    }

    private static func isIn(_ conditions: borrowing PriceConditions, _ network: UnsafeRawBufferPointer, _ tariff: Tariff) -> Bool {
        if network.isEmpty { return conditions.isAtHome }
        let wanted = conditions.networks
        return tariff.network(of: network).map { wanted.contains($0) } ?? false
    }

    private static func isNet(_ rule: NetRule, _ network: UnsafeRawBufferPointer, _ tariff: Tariff) -> Bool {
        // Where the other party's network is not known, it is neither.
        guard !network.isEmpty else { return false }
        let isHome = tariff.homeNetwork >= 0 && tariff.network(of: network) == tariff.homeNetwork
        return (rule == .onNet) == isHome
    }

    private static func isIn(_ zones: [Int32], _ number: UnsafeRawBufferPointer, _ tariff: Tariff) -> Bool {
        tariff.covers(zones, tariff.destinations.place(of: number) { zones.contains($0) })
    }

    private mutating func isIn(_ bands: [Int32], at ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        for band in bands {
            guard let zone = tariff.bands[Int(band)].zone ?? zone(of: context.account) else { return false }
            if tariff.bands[Int(band)].contains(localTime(ms, zone, tariff)) { return true }
        }
        return false
    }

    private mutating func isUsed(_ price: Int, _ firstUse: FirstUse, at ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        guard let window = window(firstUse == .ofDay ? .day : .period, at: ms, tariff, context) else { return false }
        let key = key(ofPrice: price, window, tariff, context)
        return value(of: meterName(tariff.prices[price].meter), key) != nil
    }

    // MARK: Local time

    /// The account's time zone, by its place in the tariff.
    @inline(__always)
    func zone(of account: UInt32) -> Int? {
        let zone = terms[Int(accounts[Int(account)].terms)].zone
        return zone < 0 ? nil : Int(zone)
    }

    /// The same instant is asked for again and again: by each price, and each band.
    mutating func localTime(_ ms: Int64, _ zone: Int, _ tariff: Tariff) -> LocalTime {
        if let last = lastLocalTime, last.ms == ms, last.zone == zone { return last.time }
        let time = LocalTime(ms, in: tariff.zones[zone])
        lastLocalTime = (ms, zone, time)
        return time
    }

    /// The span around `ms` over which a price counts; nil for a single usage.
    mutating func window(_ scope: CountScope, at ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> CountWindow? {
        switch scope {
        case .event, .UNRECOGNIZED: return nil
        case .period: return period(of: context.account, at: ms).map { CountWindow(kind: .period, startMs: $0.startMs, endMs: $0.endMs) }
        case .day, .week:
            guard let zone = zone(of: context.account) else { return nil }
            let day = localTime(ms, zone, tariff).day
            let first = scope == .day ? day : day - LocalTime.weekday(of: day) + 1
            let last = scope == .day ? first + 1 : first + 7
            let start = tariff.zones[zone].startOfDay(CivilDate(daysSince1970: first)).ms
            let end = tariff.zones[zone].startOfDay(CivilDate(daysSince1970: last)).ms
            return CountWindow(kind: scope == .day ? .day : .week, startMs: start, endMs: end)
        }
    }
}
