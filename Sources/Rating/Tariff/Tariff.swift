import Events
import Quantities

/// One version of the catalogue, compiled for looking up: texts are numbers, and everything lies in flat arrays, entries of one
/// offering version side by side. Never changes once built.
final class Tariff: Sendable {
    struct Offering: Sendable {
        var id: String
        var idBytes: [UInt8]
        var currency: String
        /// Whether it is bought beside a plan.
        var isAddon: Bool
        /// Whether a version of this plan gives an allowance once.
        var givesOnce: Bool
        /// In order of `validFromMs`.
        var versions: Range<Int>
        /// Whether any version has a minimum spend: only then is what is spent counted.
        var hasMinimumSpend = false
    }

    struct Version: Sendable {
        var validFromMs: Int64
        var isForNewSales: Bool
        var recurring: [RecurringPrice]
        var oneTime: [OneTimePrice]
        /// Where its rules begin: one for each usage type, in the order of `types`.
        var rules: Int
        /// The allowances that roll over, each once.
        var rollovers: [Int] = []
        var feeDiscounts: [FeeDiscount] = []
        /// What becomes of usage that a suspension bars, and of usage after the subscription's end.
        var whenSuspended = UsagePolicy.suspend
        var whenEnded = UsagePolicy.suspend
        /// Nothing recurring is due for a period spent wholly in suspension.
        var waivesFeesWhenSuspended = false
        /// 0: there is none.
        var minimumSpendNanos: Int64 = 0
        /// The allowances that are given once, each once.
        var buckets: [Int] = []
    }

    /// How one version of an offering rates one type of usage.
    struct Rule: Sendable {
        var prices: Range<Int>
        /// Places in `slots`, in the order in which they burn: those of quantities, then those of money.
        var allowances: Range<Int>
        var moneyAllowances: Range<Int>
        /// Of those that are given once.
        var buckets: Range<Int>
        var moneyBuckets: Range<Int>
        /// Whether an allowance asks for a time or anything else that may change during a session.
        var hasConditionalAllowances: Bool
        /// Under rules version 1, the zones that its prices name, and those of its allowances: `zoneMaskWords` words in `masks` from here on; -1 where
        /// they name none.
        var mask: Int
        var allowanceMask: Int
        /// Under version 2, where the places of its offering's deck begin in `deckPlaces`, and which is the first of them; -1 where nothing that may
        /// concern it names a zone.
        var deck: Int
        var firstPlace: PrefixTree.Place
        /// Where prices by zone begin in `candidateStarts`: one entry for no zone, then one for each zone (under version 2 for each place of the deck),
        /// and the end; -1 where no price names a zone.
        var candidates: Int
        /// The time bands that its prices name, among `ruleBands`; the ages of subscriptions at which they change, among `ruleAges`, in ms.
        var bands: Range<Int>
        var ages: Range<Int>
        var asksFirstUse: Bool
        var discounts: Range<Int>
    }

    struct Price: Sendable {
        var id: [UInt8]
        /// Whose it is.
        var offering: Int
        /// Empty: any destination.
        var zones: [Int32]
        /// Its place among the conditions; -1 where there are none.
        var conditions: Int
        var scope: CountScope
        var owner: CountOwner
        var model: StepModel
        var isSplit: Bool
        var connectionFeeNanos: Int64
        var minimumNanos: Int64
        var maximumNanos: Int64
        var chargesZero: Bool
        /// What of a session that is cut it rounds and caps.
        var rounds: RoundingScope
        /// Under which prices a session goes on that began under it, by a number of their own; -1: under any.
        var sessionGroup: Int32
        var rounding: Rounding
        /// Whether it states a rounding.
        var hasRounding: Bool
        /// What charges are rounded to; 1 where they are kept as they are.
        var roundingNanos: Int64
        var steps: PriceSteps
        /// Its place among all texts that name meters.
        var meter: Int
        /// Whether the charge is nothing but the steps' cost and the fee.
        var isPlain: Bool
        /// Whether whatever it is for costs nothing, before tiers, caps and discounts; under rules version 1 it is never said.
        var isFree: Bool
        /// What takes something off its charges, in order.
        var discounts = 0..<0
    }

    struct Allowance: Sendable {
        var id: [UInt8]
        var isMoney: Bool
        /// Millionths of the unit, or nanos; so are the limit and the cap.
        var amount: Int128
        var priority: Int32
        /// Of what is given once: how long it can be used, in ms, or in billing periods; one of them is above zero.
        var validityMs: Int64
        var validityPeriods: Int
        var zones: [Int32]
        /// Its place among the conditions; -1 where there are none.
        var conditions: Int
        var owner: CountOwner
        /// Of each subscription; `Int128.max` where there is none.
        var limit: Int128
        var isProrated: Bool
        /// What a prorated amount is a multiple of: whole events, else the millionth or the nano.
        var granule: Int64
        var rolloverCap: Int128
        var noticePercents: [UInt32]
        /// What was used of the period's own amount, and what of it went over into the next period; what one subscription used of a shared one; the
        /// highest percentage that was told; and what is left of the amounts that were rolled over, those that expire with the period first.
        var meter: Int
        var rolledOutMeter: Int
        var limitMeter: Int
        var noticeMeter: Int
        var rolledMeters: [Int]
        /// Whether usage that is free draws on it, too; money pays charges, whatever they are for.
        var takesFree: Bool
    }

    /// A part of an allowance that burns on its own.
    struct AllowanceSlot: Sendable {
        var allowance: Int
        /// Its place among the rolled amounts; -1: the period's own.
        var rolled: Int
    }

    let hash: CatalogueHash
    let rulesVersion: RulesVersion
    /// Kinds of late facts that are carried out without a person's word.
    private let lateFactsApplied: [LateFactKind]

    func appliesLate(_ kind: LateFactKind) -> Bool { lateFactsApplied.contains(kind) }

    /// Whether any allowance rolls over.
    let hasRollovers: Bool
    /// Whether any offering has a minimum spend; and, by their places among the meters, what was charged in a period, what that has to come to in an
    /// ended one, and what of it was paid as minimum. -1 where none has.
    let hasMinimumSpends: Bool
    let spentMeter: Int
    let floorMeter: Int
    let paidMeter: Int
    /// Under rules version 2: the latest start of a usage of zero in a period, which is no use; counted from the first known time on. Else -1.
    let zeroMeter: Int
    let offerings: ContiguousArray<Offering>
    let versions: ContiguousArray<Version>
    let rules: ContiguousArray<Rule>
    let prices: ContiguousArray<Price>
    let allowances: ContiguousArray<Allowance>
    let slots: ContiguousArray<AllowanceSlot>
    /// Prices by zone, ascending: what `Rule.candidates` points at.
    let candidateStarts: ContiguousArray<Int32>
    let candidatePrices: ContiguousArray<Int32>
    let conditions: ContiguousArray<PriceConditions>
    let discounts: ContiguousArray<Discount>
    /// Names of price signals.
    let signals: [String]
    let bands: ContiguousArray<TimeBand>
    let ruleBands: ContiguousArray<Int32>
    let ruleAges: ContiguousArray<Int64>
    let profiles: PriceProfiles
    /// The names of what counters count: "p:" and the id of a price that counts, "d:" and that of a discount by spending; and with an allowance's id "a:"
    /// for what was used, "l:" of limits, "o:" of what was rolled out, "r1:" and so on of what was rolled in, "n:" of notices. "m:" begins what a minimum
    /// spend counts, "z:" is of usage of zero.
    let meters: [String]
    let masks: ContiguousArray<UInt64>
    let zoneMaskWords: Int
    let zoneIDs: [[UInt8]]
    let destinations: PrefixTree
    let deckPlaces: ContiguousArray<PrefixTree.Place>
    let networks: NetworkCodes
    let homeNetwork: Int32
    /// What zones say to whoever bars usage.
    let homeCountry: ZoneMark
    let premium: ZoneMark
    let types: IdentifierTable
    let units: [UsageUnit]
    let zones: [ZoneRules]
    let issuers: [Issuer]
    let graceMs: Int64
    let latePeriods: Int
    /// How long after it expired prepaid money can be revived.
    let prepaidGraceMs: Int64

    init(_ content: CatalogueContent, hash: CatalogueHash) throws(TariffError) {
        rulesVersion = try RulesVersion(content)
        lateFactsApplied = content.lateFactsApplied
        var builder = TariffBuilder(rulesVersion)
        try builder.build(content)
        self.hash = hash
        offerings = builder.offerings
        versions = builder.versions
        rules = builder.rules
        prices = builder.prices
        allowances = builder.allowances
        slots = builder.slots
        hasRollovers = builder.versions.contains { !$0.rollovers.isEmpty }
        hasMinimumSpends = builder.offerings.contains { $0.hasMinimumSpend }
        let minimum = hasMinimumSpends ? ["m:spent", "m:floor", "m:paid"].map { builder.meter($0) } : [-1, -1, -1]
        (spentMeter, floorMeter, paidMeter) = (minimum[0], minimum[1], minimum[2])
        zeroMeter = rulesVersion == .first ? -1 : builder.meter(Self.zeroMeterName)
        meters = builder.meters
        masks = builder.masks
        zoneMaskWords = builder.zoneMaskWords
        zoneIDs = builder.zoneIDs
        destinations = builder.destinations
        deckPlaces = builder.deckPlaces
        candidateStarts = builder.candidateStarts
        candidatePrices = builder.candidatePrices
        conditions = builder.conditions
        discounts = builder.discounts
        signals = builder.signals
        bands = builder.bands
        ruleBands = builder.ruleBands
        ruleAges = builder.ruleAges
        profiles = builder.profiles
        networks = builder.networks
        homeNetwork = builder.homeNetwork
        homeCountry = ZoneMark(content.zones) { $0.country == .unspecified ? nil : $0.country == .home }
        premium = ZoneMark(content.zones) { $0.hasPremium ? $0.premium : nil }
        types = builder.types
        units = builder.units
        zones = builder.zones
        issuers = content.issuers
        graceMs = content.graceMs
        latePeriods = Int(content.latePeriods)
        prepaidGraceMs = content.prepaidGraceMs
    }

    /// The version of the offering that is in force at `time` for who came to it at `soldMs`.
    @inline(__always)
    func version(ofOffering offering: Int, at timeMs: Int64, soldAt soldMs: Int64) -> Int? {
        let range = offerings[offering].versions
        var place = range.upperBound
        while place > range.lowerBound {
            place -= 1
            let fromMs = versions[place].validFromMs
            if fromMs <= timeMs, !versions[place].isForNewSales || fromMs <= soldMs { return place }
        }
        return nil
    }

    static let zeroMeterName = "z:"

    /// Where the prefix ends that decides about a number among the zones of `mask`; -1 where it lies in none of them.
    @inline(__always)
    func place(of number: UnsafeRawBufferPointer, in mask: Int) -> PrefixTree.Place {
        destinations.place(of: number) { isNamed($0, by: mask) }
    }

    @inline(__always)
    private func isNamed(_ zone: Int32, by mask: Int) -> Bool { masks[mask + Int(zone) / 64] >> (UInt64(zone) % 64) & 1 == 1 }

    /// The first price of the rule that is for the zones at `place` (-1: none) and for which all else `holds`. Under rules version 2 those that name zones
    /// stand in the order of the nearest of them, then in the file's; one that names none is for any destination, and stands where the file has it: against
    /// the first of the others that holds, the earlier of the two is the price.
    @inline(__always)
    func price(under rule: Int, at place: PrefixTree.Place, where holds: (Int) -> Bool) -> Int? {
        if rules[rule].candidates < 0 {
            for price in rules[rule].prices where holds(price) { return price }
            return nil
        }
        if rules[rule].deck >= 0 {
            let nearest = place < 0 ? nil : first(rule, Int(place - rules[rule].firstPlace) + 1, holds)
            return general(rule, before: nearest, holds)
        }
        if place < 0 { return first(rule, 0, holds) }
        let price = first(rule, Int(destinations.zone(at: place)) + 1, holds)
        let next = destinations.next(after: place)
        return next < 0 ? price : earliest(rule, next, price, holds)
    }

    @inline(__always)
    private func first(_ rule: Int, _ entry: Int, _ holds: (Int) -> Bool) -> Int? {
        let entry = rules[rule].candidates + entry
        var at = candidateStarts[entry]
        let end = candidateStarts[entry + 1]
        while at < end {
            let price = Int(candidatePrices[Int(at)])
            if holds(price) { return price }
            at += 1
        }
        return nil
    }

    /// The first price for any destination that holds and stands before `other`; else that one.
    @inline(__always)
    private func general(_ rule: Int, before other: Int?, _ holds: (Int) -> Bool) -> Int? {
        let entry = rules[rule].candidates
        var at = candidateStarts[entry]
        let end = candidateStarts[entry + 1]
        while at < end {
            let price = Int(candidatePrices[Int(at)])
            if let other, other < price { return other }
            if holds(price) { return price }
            at += 1
        }
        return other
    }

    /// One prefix in several zones: the earliest of their prices.
    private func earliest(_ rule: Int, _ place: PrefixTree.Place, _ price: Int?, _ holds: (Int) -> Bool) -> Int? {
        var best = price
        var place = place
        while place >= 0 {
            let zone = destinations.zone(at: place)
            if isNamed(zone, by: rules[rule].mask), let other = first(rule, Int(zone) + 1, holds) { best = min(best ?? other, other) }
            place = destinations.next(after: place)
        }
        return best
    }

    /// Of the zones at `place` the first that the price names; -1 where it names none of them.
    @inline(__always)
    func zone(of price: Int, at place: PrefixTree.Place) -> Int32 {
        let zones = prices[price].zones
        var place = place
        while place >= 0 {
            let zone = destinations.zone(at: place)
            for candidate in zones where candidate == zone { return zone }
            place = destinations.next(after: place)
        }
        return -1
    }

    /// The zone that the number at `place` is in itself, where that is not `zone`; -1 where it is, or there is none.
    @inline(__always)
    func ownZone(at place: PrefixTree.Place, besides zone: Int32) -> Int32 {
        if place < 0 { return -1 }
        let own = destinations.zone(at: place)
        if own == zone { return -1 }
        var place = place
        while place >= 0, destinations.steps(to: place) == 0 {
            if destinations.zone(at: place) == zone { return -1 }
            place = destinations.next(after: place)
        }
        return own
    }

    /// Whether one of the zones at `place` is among `zones`, or any will do.
    @inline(__always)
    func covers(_ zones: [Int32], _ place: PrefixTree.Place) -> Bool {
        if zones.isEmpty { return true }
        var place = place
        while place >= 0 {
            let zone = destinations.zone(at: place)
            for candidate in zones where candidate == zone { return true }
            place = destinations.next(after: place)
        }
        return false
    }

    /// The network of a code; nil for an unknown one.
    func network(of code: UnsafeRawBufferPointer) -> Int32? {
        networks.network(of: code)
    }

    func issuer(_ id: String) -> Issuer? { issuers.first { $0.id == id } }
    func zoneRules(_ id: String) -> ZoneRules? { zones.first { $0.id == id } }
}

/// Why a catalogue's content can't be used. The loader refuses such content before it is published.
struct TariffError: Error {
    let reason: String
}
