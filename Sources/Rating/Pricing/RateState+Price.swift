import Events
import Quantities

extension RateState {
    /// Finds the usage's price and charge, in `parts`, and what it changes in the counters, in `updates`. Changes nothing else but caches; a reason
    /// where there is no charge.
    @inline(__always)
    mutating func price(_ usage: UsageView, _ context: inout UsageContext) -> UnratedReason? {
        parts.empty()
        updates.empty()
        draws.empty()
        notices.empty()
        discounts.empty()
        lookedUp.deck = -1
        isRejected = false
        isBeyondMeters = false
        guard let tariff = binding?.tariff else { return .noCatalogue }
        let startMs = usage.startMs
        guard RateStage.knownTimes.contains(startMs) else { return .startOutOfRange }
        let entry = subscriptions[Int(context.subscription)]
        guard entry.fromMs <= startMs, startMs < entry.toMs || policyAfterEnd(context) != .suspend else { return .notActive }
        // Periods may be known from an earlier catalogue; local time is not, without the zone.
        context.hasBuckets = entry.purchases >= 0 || accounts[Int(context.account)].purchases >= 0
        guard let period = period(of: context.account, at: startMs), zone(of: context.account) != nil else { return .unknownTimeZone }
        let openStartMs = accounts[Int(context.account)].openStartMs
        if period.endMs <= openStartMs, period.startMs < keptStartMs(of: context.account, latePeriods: tariff.latePeriods) { return .tooOld }
        if Int32(DuplicateGuard.day(of: startMs)) < duplicates.horizonDay { return .tooOld }
        if let reason = takePlan(at: startMs, &context) { return reason }
        guard let type = tariff.types.find(usage.type) else { return .unknownType }
        context.type = Int(type)
        guard tariff.units[Int(type)].rawValue == Int(truncatingIfNeeded: usage.unit) else { return .otherUnit }
        guard usage.quantityMicros >= 0 else { return .negativeQuantity }
        if entry.isEverSuspended || startMs >= entry.toMs, let reason = refusal(usage, tariff, context) { return reason }
        listOfferings(usage, tariff, context)
        guard addPart(at: startMs, from: 0, usage, tariff, context) else {
            return version(context.plan, at: startMs, tariff, context) == nil ? .noVersion : .noPrice
        }
        let price = parts[0].price
        (parts[0].periodStartMs, parts[0].periodEndMs) = period
        if tariff.prices[price].isSplit, tariff.units[Int(type)] == .second, usage.quantityMicros > 0 {
            if let reason = split(parts.removeLast(), usage, tariff, &context) { return reason }
        } else {
            guard let counted = tariff.prices[price].steps.counted(Int128(usage.quantityMicros)), let short = Int64(exactly: counted) else {
                return .amountOverflow
            }
            parts[0].toMicros = usage.quantityMicros
            parts[0].countedToMicros = short
        }
        return charge(tariff, usage, context) ? nil : .amountOverflow
    }

    /// Makes the plan in force at `ms` that of the context. A reason where it can't price.
    @inline(__always)
    mutating func takePlan(at ms: Int64, _ context: inout UsageContext) -> UnratedReason? {
        context.planName = offering(of: context.subscription, at: ms)
        guard let plan = binding?.offering(ofName: context.planName) else { return .unknownOffering }
        context.plan = plan
        if binding?.tariff.offerings[plan].givesOnce == true { context.hasBuckets = true }
        context.soldMs = soldMs(context.subscription, at: ms)
        return binding?.currencyOfOffering[plan] == terms[Int(accounts[Int(context.account)].terms)].currency ? nil : .otherCurrency
    }

    /// The offerings whose prices are tried, in order: a personal one of the subscription or the account, the plan, then what is general.
    @inline(__always)
    mutating func listOfferings(_ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) {
        offeringsToTry.empty()
        if tariff.profiles.isEmpty || offeringsInQuote != nil {
            if let offeringsInQuote { offeringsToTry.append(contentsOf: offeringsInQuote) } else {
                offeringsToTry.append(OfferingToTry(offering: context.plan))
            }
        } else {
            for subject in [usage.subscription, usage.account] where offeringsToTry.isEmpty {
                tariff.profiles.ownOfferings(category: usage.category, subject: subject, atMs: usage.startMs, &offeringsToTry)
            }
            if !offeringsToTry.contains(where: { $0.offering == context.plan }) { offeringsToTry.append(OfferingToTry(offering: context.plan)) }
            tariff.profiles.generalOfferings(category: usage.category, atMs: usage.startMs, &offeringsToTry)
        }
        guard offeringsToTry.count > 1 else { return }
        // An amount in another currency can't go on the account's bill.
        let currency = binding?.currencyOfOffering[context.plan]
        offeringsToTry.removeAll { binding?.currencyOfOffering[$0.offering] != currency }
    }

    /// The version of an offering in force at `ms`. One for new sales is not for who was there before, whichever profile leads to the offering: another one
    /// than the plan counts as sold when the subscription and the profile were both there. By the first rules all versions of such a one counted.
    @inline(__always)
    func version(_ tried: OfferingToTry, at ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> Int? {
        let soldMs =
            tried.offering == context.plan
            ? context.soldMs
            : tariff.rulesVersion < .second ? Int64.max : max(subscriptions[Int(context.subscription)].fromMs, tried.sinceMs)
        return tariff.version(ofOffering: tried.offering, at: ms, soldAt: soldMs)
    }

    @inline(__always)
    func version(_ offering: Int, at ms: Int64, _ tariff: Tariff, _ context: UsageContext) -> Int? {
        version(OfferingToTry(offering: offering), at: ms, tariff, context)
    }

    /// Finds the price at `ms` and adds the part of the usage that begins there to `parts`: in its place, for it is large, and each copy is felt. False where
    /// no offering has a price.
    @inline(__always)
    mutating func addPart(at ms: Int64, from fromMicros: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> Bool {
        for tried in offeringsToTry.indices {
            let offering = offeringsToTry[tried].offering
            guard let version = version(offeringsToTry[tried], at: ms, tariff, context) else { continue }
            let rule = tariff.versions[version].rules + context.type
            let destination = destination(of: usage, under: rule, tariff)
            guard let price = tariff.price(under: rule, at: destination, where: {
                if context.sessionGroup >= 0, tariff.prices[$0].sessionGroup != context.sessionGroup { return false }
                return tariff.prices[$0].conditions < 0 || missed(by: $0, at: ms, usage, tariff, context) == nil
            }) else { continue }
            let place = parts.count
            parts.append(
                RatedPart(
                    planName: context.planName, soldMs: context.soldMs, offering: offering, price: price,
                    zone: destination < 0 ? -1 : tariff.zone(of: price, at: destination), startMs: ms, fromMicros: fromMicros, toMicros: fromMicros,
                    countedToMicros: fromMicros))
            if tariff.rules[rule].deck >= 0 {
                parts[place].allowancePlace = destination
                parts[place].ownZone = tariff.ownZone(at: destination, besides: parts[place].zone)
            }
            if offering == context.plan { take(rule, usage, tariff, context, place) } else { takePlanAllowances(at: ms, usage, tariff, context, place) }
            if context.hasBuckets { parts[place].allowanceBits = bucketBits(of: parts[place], at: ms, usage, tariff, context) }
            return true
        }
        return false
    }

    /// As `addPart`, apart from `parts`; nil where no offering has a price.
    mutating func part(at ms: Int64, from fromMicros: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> RatedPart? {
        addPart(at: ms, from: fromMicros, usage, tariff, context) ? parts.removeLast() : nil
    }

    /// Where the destination lies for a rule's prices; -1: nowhere that it asks for. Each deck is asked once a usage.
    @inline(__always)
    mutating func destination(of usage: UsageView, under rule: Int, _ tariff: Tariff) -> PrefixTree.Place {
        let deck = tariff.rules[rule].deck
        guard deck >= 0 else { return tariff.rules[rule].mask >= 0 ? tariff.place(of: usage.otherParty, in: tariff.rules[rule].mask) : -1 }
        if lookedUp.deck != deck {
            lookedUp = (deck, tariff.destinations.place(of: usage.otherParty, among: tariff.deckPlaces, from: deck))
        }
        return lookedUp.place
    }

    @inline(__always)
    private mutating func take(_ rule: Int, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext, _ place: Int) {
        parts[place].allowances = tariff.rules[rule].allowances
        parts[place].moneyAllowances = tariff.rules[rule].moneyAllowances
        let mask = tariff.rules[rule].allowanceMask
        if mask >= 0 { parts[place].allowancePlace = tariff.place(of: usage.otherParty, in: mask) }
        if tariff.rules[rule].hasConditionalAllowances { parts[place].allowanceBits = bits(of: rule, at: parts[place].startMs, usage, tariff, context) }
    }

    /// Allowances are the plan's, whoever has the price.
    private mutating func takePlanAllowances(at ms: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext, _ place: Int) {
        guard let version = version(context.plan, at: ms, tariff, context) else { return }
        take(tariff.versions[version].rules + context.type, usage, tariff, context, place)
    }

    /// Which of the rule's allowances hold at `ms`, so that a session is cut where that changes. Beyond 64 of them none is told apart.
    private mutating func bits(of rule: Int, at ms: Int64, _ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> UInt64 {
        var bits: UInt64 = 0
        var bit: UInt64 = 1
        for place in tariff.rules[rule].allowances.lowerBound..<tariff.rules[rule].moneyAllowances.upperBound {
            let conditions = tariff.allowances[tariff.slots[place].allowance].conditions
            guard conditions >= 0, tariff.slots[place].rolled < 0 else { continue }
            if missed(conditions, at: ms, usage, tariff, context) == nil { bits |= bit }
            bit <<= 1
        }
        return bits
    }

    // MARK: Booking

    /// Books what `price` found into the counters.
    /// - Parameter offset: the usage's in usage.normalized.
    @inline(__always)
    mutating func book(_ context: UsageContext, offset: Int64) {
        for place in parts.indices {
            let key = CounterKey(subscription: context.subscription, offering: parts[place].planName, window: parts[place].period)
            let counts = parts[place].quantityMicros != 0 || !countsZero(place, key)
            let counter = self.counter(key) ?? addCounter(key)
            let isNewlyDirty = counters[Int(counter)].book(offset, startMs: counts ? parts[place].startMs : Int64.min)
            if isNewlyDirty { dirtyCounters.append(counter) }
        }
        bookUpdates()
    }

    /// Notes a usage of zero, where it is none by the rules; false where it is one.
    private mutating func countsZero(_ place: Int, _ key: CounterKey) -> Bool {
        guard let meter = binding?.tariff.zeroMeter, meter >= 0 else { return false }
        let startMs = Int128(parts[place].startMs - RateStage.knownTimes.lowerBound)
        update(meterName(meter), key, max(startMs, value(of: meterName(meter), key) ?? 0))
        return true
    }

    @inline(__always)
    mutating func bookUpdates() {
        for place in updates.indices {
            let update = updates[place]
            let counter = Int(counterToChange(update.key))
            meters.set(update.name, update.value, in: &counters[counter])
        }
    }

    @inline(__always)
    private mutating func counterToChange(_ key: CounterKey) -> Int32 {
        let place = counter(key) ?? addCounter(key)
        markDirty(counter: place)
        return place
    }

    // MARK: Meters

    @inline(__always)
    func meterName(_ meter: Int) -> UInt32 { binding?.nameOfMeter[meter] ?? 0 }

    /// What a meter says, this usage's earlier parts included; nil where it was never set.
    @inline(__always)
    func value(of name: UInt32, _ key: CounterKey) -> Int128? {
        var place = updates.count
        while place > 0 {
            place -= 1
            if updates[place].name == name, updates[place].key == key { return updates[place].value }
        }
        guard let counter = counter(key) else { return nil }
        return meters.find(name, in: counters[Int(counter)])
    }

    @inline(__always)
    mutating func update(_ name: UInt32, _ key: CounterKey, _ value: Int128) {
        if !canHold(value) { isBeyondMeters = true }
        updates.append(MeterUpdate(key: key, name: name, value: value))
    }

    /// Whether a meter may come to the value: in 64 bits by the first rules, and as long as the changelog is written in the first generation.
    @inline(__always)
    func canHold(_ value: Int128) -> Bool { Int64(exactly: value) != nil || canHoldWide(value) }

    private func canHoldWide(_ value: Int128) -> Bool {
        value.magnitude < MeterPool.end.magnitude && format >= .second && binding.map { $0.tariff.rulesVersion >= .second } == true
    }

    /// Where a price counts: under its own offering, whoever's plan led to it.
    mutating func key(ofPrice price: Int, _ window: CountWindow, _ tariff: Tariff, _ context: UsageContext) -> CounterKey {
        let offering = binding?.nameOfOffering[tariff.prices[price].offering] ?? 0
        return CounterKey(subscription: owner(tariff.prices[price].owner, context), offering: offering, window: window)
    }

    /// Whose counters something counts in.
    mutating func owner(_ owner: CountOwner, _ context: UsageContext) -> UInt32 {
        guard owner == .account else { return context.subscription }
        return subscriptionNumber(UnsafeRawBufferPointer(start: nil, count: 0), account: context.account)
    }
}

extension ContiguousArray {
    /// Removes all, and keeps the room; quickly where there is nothing or little, as mostly.
    @inline(__always)
    mutating func empty() { while !isEmpty { removeLast() } }
}
