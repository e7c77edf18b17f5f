import Events
import Quantities

/// Builds the flat arrays of a `Tariff`.
struct TariffBuilder {
    var offerings: ContiguousArray<Tariff.Offering> = []
    var versions: ContiguousArray<Tariff.Version> = []
    var rules: ContiguousArray<Tariff.Rule> = []
    var prices: ContiguousArray<Tariff.Price> = []
    var allowances: ContiguousArray<Tariff.Allowance> = []
    var meters: [String] = []
    var masks: ContiguousArray<UInt64> = []
    var zoneMaskWords = 0
    var zoneIDs: [[UInt8]] = []
    var destinations = PrefixTree()
    var types = IdentifierTable()
    var units: [UsageUnit] = []
    var zones: [ZoneRules] = []
    private var zoneNumbers: [String: Int32] = [:]
    private var meterNumbers: [String: Int] = [:]

    mutating func build(_ content: CatalogueContent) throws(TariffError) {
        for zone in content.zones {
            let number = Int32(zoneIDs.count)
            guard zoneNumbers.updateValue(number, forKey: zone.id) == nil else { throw TariffError(reason: "zone \(zone.id) comes twice") }
            zoneIDs.append(Array(zone.id.utf8))
            for prefix in zone.prefixes {
                guard destinations.insert(prefix.utf8, zone: number) else { throw TariffError(reason: "prefix \(prefix) of zone \(zone.id) is not digits") }
            }
        }
        zoneMaskWords = (zoneIDs.count + 63) / 64
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
        guard content.graceMs >= 0, content.graceMs <= 366 * Timestamp.msPerDay, content.latePeriods <= 1200 else {
            throw TariffError(reason: "grace or late periods out of range")
        }
        for offering in content.offerings { try add(offering) }
    }

    private mutating func add(_ offering: Events.Offering) throws(TariffError) {
        let first = versions.count
        var last = Int64.min
        for version in offering.versions {
            guard versions.count == first || version.validFromMs > last else {
                throw TariffError(reason: "versions of offering \(offering.id) are not in order")
            }
            last = version.validFromMs
            versions.append(Tariff.Version(validFromMs: version.validFromMs, recurring: version.recurring, rules: rules.count))
            for type in 0..<types.count { try addRule(of: version, type: types.text(of: UInt32(type))) }
        }
        offerings.append(Tariff.Offering(id: offering.id, currency: offering.currency, versions: first..<versions.count))
    }

    private mutating func addRule(of version: OfferingVersion, type: String) throws(TariffError) {
        let (firstPrice, firstAllowance) = (prices.count, allowances.count)
        var named: [Int32] = []
        for price in version.prices where price.type == type {
            let zones = try numbers(of: price.zones)
            named += zones
            prices.append(
                Tariff.Price(
                    id: Array(price.id.utf8), zones: zones, isOverPeriod: price.scope == .period,
                    connectionFeeNanos: price.connectionFeeNanos, steps: try PriceSteps(price.steps), meter: meter("p:" + price.id)))
        }
        for allowance in version.allowances where allowance.type == type {
            guard allowance.amountMicros >= 0 else { throw TariffError(reason: "allowance \(allowance.id) is negative") }
            let zones = try numbers(of: allowance.zones)
            named += zones
            allowances.append(Tariff.Allowance(amountMicros: allowance.amountMicros, zones: zones, meter: meter("a:" + allowance.id)))
        }
        var mask = -1
        if !named.isEmpty {
            mask = masks.count
            masks.append(contentsOf: repeatElement(0, count: zoneMaskWords))
            for zone in named { masks[mask + Int(zone) / 64] |= 1 << (UInt64(zone) % 64) }
        }
        rules.append(Tariff.Rule(prices: firstPrice..<prices.count, allowances: firstAllowance..<allowances.count, mask: mask))
    }

    private func numbers(of zones: [String]) throws(TariffError) -> [Int32] {
        var numbers: [Int32] = []
        for zone in zones {
            guard let number = zoneNumbers[zone] else { throw TariffError(reason: "there is no zone \(zone)") }
            numbers.append(number)
        }
        return numbers
    }

    private mutating func meter(_ name: String) -> Int {
        if let known = meterNumbers[name] { return known }
        meters.append(name)
        meterNumbers[name] = meters.count - 1
        return meters.count - 1
    }
}
