import Events
import Quantities

/// One version of the catalogue, compiled for looking up: texts are numbers, and everything lies in flat arrays, entries of one
/// offering version side by side. Never changes once built.
final class Tariff: Sendable {
    struct Offering: Sendable {
        var id: String
        var currency: String
        /// In order of `validFromMs`.
        var versions: Range<Int>
    }

    struct Version: Sendable {
        var validFromMs: Int64
        var recurring: [RecurringPrice]
        /// Where its rules begin: one for each usage type, in the order of `types`.
        var rules: Int
    }

    /// How one version of an offering rates one type of usage.
    struct Rule: Sendable {
        var prices: Range<Int>
        var allowances: Range<Int>
        /// The zones that its prices and allowances name: `zoneMaskWords` words in `masks` from here on; -1 where they name none.
        var mask: Int
    }

    struct Price: Sendable {
        var id: [UInt8]
        /// Empty: any destination.
        var zones: [Int32]
        var isOverPeriod: Bool
        var connectionFeeNanos: Int64
        var steps: PriceSteps
        /// Its place among all texts that name meters.
        var meter: Int
    }

    struct Allowance: Sendable {
        var amountMicros: Int64
        var zones: [Int32]
        var meter: Int
    }

    let hash: CatalogueHash
    let offerings: ContiguousArray<Offering>
    let versions: ContiguousArray<Version>
    let rules: ContiguousArray<Rule>
    let prices: ContiguousArray<Price>
    let allowances: ContiguousArray<Allowance>
    /// The names of what a counter counts: "a:" and an allowance's id, "p:" and the id of a price over the period.
    let meters: [String]
    let masks: ContiguousArray<UInt64>
    let zoneMaskWords: Int
    let zoneIDs: [[UInt8]]
    let destinations: PrefixTree
    let types: IdentifierTable
    let units: [UsageUnit]
    let zones: [ZoneRules]
    let issuers: [Issuer]
    let graceMs: Int64
    let latePeriods: Int

    init(_ content: CatalogueContent, hash: CatalogueHash) throws(TariffError) {
        var builder = TariffBuilder()
        try builder.build(content)
        self.hash = hash
        offerings = builder.offerings
        versions = builder.versions
        rules = builder.rules
        prices = builder.prices
        allowances = builder.allowances
        meters = builder.meters
        masks = builder.masks
        zoneMaskWords = builder.zoneMaskWords
        zoneIDs = builder.zoneIDs
        destinations = builder.destinations
        types = builder.types
        units = builder.units
        zones = builder.zones
        issuers = content.issuers
        graceMs = content.graceMs
        latePeriods = Int(content.latePeriods)
    }

    /// The version of the offering that is in force at `time`.
    @inline(__always)
    func version(ofOffering offering: Int, at timeMs: Int64) -> Int? {
        let range = offerings[offering].versions
        var place = range.upperBound
        while place > range.lowerBound {
            place -= 1
            if versions[place].validFromMs <= timeMs { return place }
        }
        return nil
    }

    /// The zone that decides about a number under `rule`; nil where it lies in none of those that the rule names.
    @inline(__always)
    func zone(of number: UnsafeRawBufferPointer, under rule: Rule) -> Int32? {
        guard rule.mask >= 0 else { return nil }
        return destinations.zone(of: number) { zone in
            masks[rule.mask + Int(zone) / 64] >> (UInt64(zone) % 64) & 1 == 1
        }
    }

    /// The first price of the rule that is for `zone` (-1: none).
    @inline(__always)
    func price(under rule: Rule, zone: Int32) -> Int? {
        for place in rule.prices where Self.covers(prices[place].zones, zone) { return place }
        return nil
    }

    @inline(__always)
    static func covers(_ zones: [Int32], _ zone: Int32) -> Bool {
        if zones.isEmpty { return true }
        for candidate in zones where candidate == zone { return true }
        return false
    }

    func issuer(_ id: String) -> Issuer? { issuers.first { $0.id == id } }
    func zoneRules(_ id: String) -> ZoneRules? { zones.first { $0.id == id } }
}

/// Why a catalogue's content can't be used. The loader refuses such content before it is published.
struct TariffError: Error {
    let reason: String
}
