import Events
import Quantities

/// Builds the flat arrays of a `Tariff`.
struct TariffBuilder {
    var offerings: ContiguousArray<Tariff.Offering> = []
    var versions: ContiguousArray<Tariff.Version> = []
    var rules: ContiguousArray<Tariff.Rule> = []
    var prices: ContiguousArray<Tariff.Price> = []
    var allowances: ContiguousArray<Tariff.Allowance> = []
    var slots: ContiguousArray<Tariff.AllowanceSlot> = []
    var candidateStarts: ContiguousArray<Int32> = []
    var candidatePrices: ContiguousArray<Int32> = []
    var conditions: ContiguousArray<PriceConditions> = []
    var discounts: ContiguousArray<Tariff.Discount> = []
    var signals: [String] = []
    var bands: ContiguousArray<TimeBand> = []
    var ruleBands: ContiguousArray<Int32> = []
    var ruleAges: ContiguousArray<Int64> = []
    var profiles = PriceProfiles()
    var meters: [String] = []
    var masks: ContiguousArray<UInt64> = []
    var zoneMaskWords = 0
    var zoneIDs: [[UInt8]] = []
    var destinations = PrefixTree()
    /// Under rules version 2: what places nodes have in each deck, the decks by their zones, and which zones each lies within.
    var deckPlaces: ContiguousArray<PrefixTree.Place> = []
    var decks: [[Int32]: ZoneDeck] = [:]
    private(set) var zonesAround: [[Int32]] = []
    /// Usage types for which any allowance names zones; empty: any type.
    private(set) var zonedAllowanceTypes: Set<String> = []
    var networks = NetworkCodes()
    var homeNetwork: Int32 = -1
    var types = IdentifierTable()
    var units: [UsageUnit] = []
    var zones: [ZoneRules] = []
    private(set) var zoneNumbers: [String: Int32] = [:]
    private(set) var networkNumbers: [String: Int32] = [:]
    private(set) var bandNumbers: [String: Int32] = [:]
    private var meterNumbers: [String: Int] = [:]
    /// By an offering's place and the text of the group.
    var sessionGroups: [String: Int32] = [:]
    let rulesVersion: RulesVersion

    init(_ rulesVersion: RulesVersion) { self.rulesVersion = rulesVersion }

    mutating func build(_ content: CatalogueContent) throws(TariffError) {
        for zone in content.zones {
            let number = Int32(zoneIDs.count)
            guard zoneNumbers.updateValue(number, forKey: zone.id) == nil else { throw TariffError(reason: "zone \(zone.id) comes twice") }
            zoneIDs.append(Array(zone.id.utf8))
            for prefix in zone.prefixes { destinations.insert(prefix.utf8, zone: number) }
        }
        zoneMaskWords = (zoneIDs.count + 63) / 64
        for zone in content.zones { zonesAround.append(try zoneNumbers(of: zone.within)) }
        for allowance in content.offerings.lazy.flatMap(\.versions).flatMap(\.allowances) where !allowance.zones.isEmpty {
            zonedAllowanceTypes.insert(allowance.type)
        }
        for network in content.networks {
            let number = Int32(networkNumbers.count)
            guard networkNumbers.updateValue(number, forKey: network.id) == nil else {
                throw TariffError(reason: "network \(network.id) comes twice")
            }
            if network.id == "home" { homeNetwork = number }
            for code in network.prefixes { networks.insert(code, of: number, rulesVersion) }
        }
        for specification in content.usageSpecifications {
            var type = specification.type
            let isNew = type.withUTF8 { types.number(of: UnsafeRawBufferPointer($0)).isNew }
            guard isNew else { throw TariffError(reason: "usage type \(type) comes twice") }
            units.append(specification.unit)
        }
        for table in content.timeZones {
            guard let rules = ZoneRules(id: table.id, transitions: table.transitionMs, offsets: table.offsetSeconds) else {
                throw TariffError(reason: "the table of time zone \(table.id) is not in order")
            }
            zones.append(rules)
        }
        guard content.graceMs >= 0, content.graceMs <= 366 * Timestamp.msPerDay, content.latePeriods <= 1200,
            content.prepaidGraceMs >= 0, content.prepaidGraceMs <= 3660 * Timestamp.msPerDay
        else {
            throw TariffError(reason: "grace or late periods out of range")
        }
        try addBands(content)
        for offering in content.offerings { try add(offering) }
        for profile in content.priceProfiles {
            guard let offering = offerings.firstIndex(where: { $0.id == profile.offering }) else {
                throw TariffError(reason: "a price profile names offering \(profile.offering), which does not exist")
            }
            try profiles.add(profile, offering: offering)
        }
    }

    private mutating func addBands(_ content: CatalogueContent) throws(TariffError) {
        var calendars: [String: HolidayDays] = [:]
        for calendar in content.holidayCalendars {
            guard let days = HolidayDays(calendar.days) else { throw TariffError(reason: "holiday calendar \(calendar.id) has a day that is none") }
            calendars[calendar.id] = days
        }
        for band in content.timeBands {
            let zone = band.timeZone.isEmpty ? nil : zones.firstIndex { $0.id == band.timeZone }
            guard band.timeZone.isEmpty || zone != nil else { throw TariffError(reason: "time band \(band.id) has an unknown time zone") }
            let number = Int32(bands.count)
            guard bandNumbers.updateValue(number, forKey: band.id) == nil else { throw TariffError(reason: "time band \(band.id) comes twice") }
            bands.append(try TimeBand(band, holidays: calendars[band.holidays], zone: zone))
        }
    }

    private mutating func add(_ offering: Events.Offering) throws(TariffError) {
        let first = versions.count
        var last = Int64.min
        for version in offering.versions {
            guard versions.count == first || version.validFromMs > last else {
                throw TariffError(reason: "versions of offering \(offering.id) are not in order")
            }
            last = version.validFromMs
            guard (0...RateState.maxSpendNanos).contains(version.minimumSpendNanos) else {
                throw TariffError(reason: "the minimum spend of offering \(offering.id) is below zero or too large")
            }
            versions.append(
                Tariff.Version(
                    validFromMs: version.validFromMs, isForNewSales: version.reach == .newSales, recurring: version.recurring,
                    oneTime: version.oneTime, rules: rules.count,
                    whenSuspended: version.whenSuspended, whenEnded: version.whenEnded, waivesFeesWhenSuspended: version.noFeesWhenSuspended,
                    minimumSpendNanos: version.minimumSpendNanos))
            let firstAllowance = allowances.count
            for type in 0..<types.count {
                try addRule(of: version, offering: offerings.count, deck: offering.deck, type: types.text(of: UInt32(type)))
            }
            versions[versions.count - 1].rollovers = rollovers(from: firstAllowance)
            versions[versions.count - 1].feeDiscounts = try feeDiscounts(of: version)
            versions[versions.count - 1].buckets = buckets(from: firstAllowance)
        }
        let isAddon = offering.kind == .addon
        offerings.append(
            Tariff.Offering(
                id: offering.id, idBytes: Array(offering.id.utf8), currency: offering.currency, isAddon: isAddon,
                givesOnce: !isAddon && versions[first...].contains { !$0.buckets.isEmpty }, versions: first..<versions.count,
                hasMinimumSpend: offering.versions.contains { $0.minimumSpendNanos > 0 }))
    }

    mutating func meter(_ name: String) -> Int {
        if let known = meterNumbers[name] { return known }
        meters.append(name)
        meterNumbers[name] = meters.count - 1
        return meters.count - 1
    }
}
