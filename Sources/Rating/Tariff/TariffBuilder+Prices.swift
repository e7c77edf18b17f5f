import Events
import Quantities

extension TariffBuilder {
    mutating func addRule(of version: OfferingVersion, offering: Int, deck zones: [String], type: String) throws(TariffError) {
        let (firstPrice, firstBand, firstAge) = (prices.count, ruleBands.count, ruleAges.count)
        var asksFirstUse = false
        var named: [Int32] = []
        for price in version.prices where price.type == type || price.type.isEmpty {
            let compiled = try compile(price, offering: offering)
            named += compiled.zones
            prices.append(compiled)
            if compiled.conditions >= 0, take(compiled.conditions, firstBand) { asksFirstUse = true }
        }
        var namedByAllowances: [Int32] = []
        let allowances = try addAllowances(of: version, type: type, &namedByAllowances)
        var hasConditionalAllowances = false
        for slot in allowances.quantities.lowerBound..<allowances.moneyBuckets.upperBound {
            let asked = self.allowances[slots[slot].allowance].conditions
            guard asked >= 0 else { continue }
            if slot < allowances.money.upperBound { hasConditionalAllowances = true }
            _ = take(asked, firstBand)
        }
        let firstDiscount = discounts.count
        try addDiscounts(of: version, offering: offering, type: type, on: firstPrice..<prices.count)
        for discount in discounts[firstDiscount...] where discount.conditions >= 0 { _ = take(discount.conditions, firstBand) }
        // One look-up for all that asks: the allowances may be another offering's.
        let asksZones =
            !named.isEmpty || discounts[firstDiscount...].contains { !$0.zones.isEmpty } || !zonedAllowanceTypes.isDisjoint(with: [type, ""])
        let deck = try rulesVersion >= .second && asksZones ? self.deck(zones) : nil
        let candidates = named.isEmpty ? -1 : deck.map { addCandidates(firstPrice..<prices.count, at: $0) } ?? addCandidates(firstPrice..<prices.count)
        rules.append(
            Tariff.Rule(
                prices: firstPrice..<prices.count, allowances: allowances.quantities, moneyAllowances: allowances.money,
                buckets: allowances.buckets, moneyBuckets: allowances.moneyBuckets,
                hasConditionalAllowances: hasConditionalAllowances, mask: rulesVersion == .first ? addMask(named) : -1,
                allowanceMask: rulesVersion == .first ? addMask(namedByAllowances) : -1, deck: deck?.nodes ?? -1, firstPlace: deck?.firstPlace ?? 0,
                candidates: candidates,
                bands: firstBand..<ruleBands.count, ages: firstAge..<ruleAges.count, asksFirstUse: asksFirstUse,
                discounts: firstDiscount..<discounts.count))
    }

    /// Adds the bands and ages at which conditions may change to those of the rule. Whether they ask for a first use.
    private mutating func take(_ place: Int, _ firstBand: Int) -> Bool {
        let asked = conditions[place]
        for band in asked.bands where !ruleBands[firstBand...].contains(band) { ruleBands.append(band) }
        for age in [asked.ageFromMs, asked.ageToMs] where age > 0 && age < Int64.max { ruleAges.append(age) }
        return asked.firstUse != .any
    }

    private mutating func addMask(_ named: [Int32]) -> Int {
        if named.isEmpty { return -1 }
        let mask = masks.count
        masks.append(contentsOf: repeatElement(0, count: zoneMaskWords))
        for zone in named { masks[mask + Int(zone) / 64] |= 1 << (UInt64(zone) % 64) }
        return mask
    }

    /// Lists the prices of each zone, in their order, so that a deck of thousands of zones is not walked.
    private mutating func addCandidates(_ range: Range<Int>) -> Int {
        let first = candidateStarts.count
        var byZone: [[Int32]] = Array(repeating: [], count: zoneIDs.count)
        let isGeneral = range.map { prices[$0].zones.isEmpty }
        for price in range {
            for zone in prices[price].zones where byZone[Int(zone)].last != Int32(price) { byZone[Int(zone)].append(Int32(price)) }
        }
        let general = range.filter { isGeneral[$0 - range.lowerBound] }.map { Int32($0) }
        candidateStarts.append(Int32(candidatePrices.count))
        candidatePrices.append(contentsOf: general)
        for own in byZone {
            candidateStarts.append(Int32(candidatePrices.count))
            candidatePrices.append(contentsOf: general.isEmpty ? own : (own + general).sorted())
        }
        candidateStarts.append(Int32(candidatePrices.count))
        return first
    }

    private mutating func compile(_ price: UsagePrice, offering: Int) throws(TariffError) -> Tariff.Price {
        var place = -1
        if price.hasConditions {
            place = conditions.count
            conditions.append(try compile(price.conditions, of: price.id))
        }
        guard price.rounding.decimals <= 9 else { throw TariffError(reason: "price \(price.id) rounds to more than nine decimals") }
        var roundingNanos: Int64 = 1
        if price.hasRounding { for _ in price.rounding.decimals..<9 { roundingNanos *= 10 } }
        let rounding = price.rounding.mode.rounding
        let isPlain =
            price.scope == .event && place < 0 && price.model == .graduated && !price.hasMinimumNanos && !price.hasMaximumNanos && !price.chargesZero
            && !price.hasRounding && price.session == .start && price.steps.allSatisfy { $0.flatNanos == 0 }
        return Tariff.Price(
            id: Array(price.id.utf8), offering: offering, zones: try zoneNumbers(of: price.zones), conditions: place, scope: price.scope, owner: price.owner,
            model: price.model, isSplit: price.session == .split, connectionFeeNanos: price.connectionFeeNanos,
            minimumNanos: price.hasMinimumNanos ? price.minimumNanos : Int64.min, maximumNanos: price.hasMaximumNanos ? price.maximumNanos : Int64.max,
            chargesZero: price.chargesZero, rounds: price.rounds,
            sessionGroup: sessionGroup(price.sessionGroup, of: offering), rounding: rounding, hasRounding: price.hasRounding,
            roundingNanos: roundingNanos, steps: try PriceSteps(price.steps, rounding: rounding, rulesVersion),
            meter: meter("p:" + price.id), isPlain: isPlain, isFree: rulesVersion >= .second && price.isFree)
    }

    private mutating func sessionGroup(_ text: String, of offering: Int) -> Int32 {
        if text.isEmpty { return -1 }
        let key = "\(offering)/\(text)"
        if let known = sessionGroups[key] { return known }
        let number = Int32(sessionGroups.count)
        sessionGroups[key] = number
        return number
    }

    func compile(_ source: Events.PriceConditions, of price: String) throws(TariffError) -> PriceConditions {
        var compiled = PriceConditions()
        for band in source.timeBands {
            guard let number = bandNumbers[band] else { throw TariffError(reason: "price \(price) names time band \(band), which does not exist") }
            compiled.bands.append(number)
        }
        for direction in source.directions { compiled.directions |= 1 << UInt8(truncatingIfNeeded: direction.rawValue & 7) }
        compiled.services = source.services.map { Array($0.utf8) }
        compiled.categories = source.categories.map { Array($0.utf8) }
        compiled.segments = source.segments.map { Array($0.utf8) }
        for network in source.networks {
            if network == "home" { compiled.isAtHome = true }
            guard let number = networkNumbers[network] else {
                if network == "home" { continue }
                throw TariffError(reason: "price \(price) names network \(network), which does not exist")
            }
            compiled.networks.append(number)
        }
        compiled.origins = try zoneNumbers(of: source.origins)
        compiled.net = source.net
        compiled.ageFromMs = source.ageFromMs
        compiled.ageToMs = source.ageToMs == 0 ? Int64.max : source.ageToMs
        compiled.firstUse = source.firstUse
        compiled.favourites = Int(source.favourites)
        return compiled
    }

    func zoneNumbers(of zones: [String]) throws(TariffError) -> [Int32] {
        var numbers: [Int32] = []
        for zone in zones {
            guard let number = zoneNumbers[zone] else { throw TariffError(reason: "there is no zone \(zone)") }
            numbers.append(number)
        }
        return numbers
    }
}
