import Events
import Quantities

extension RateState {
    /// What the usage would cost the subscription of the context; nothing is booked.
    mutating func quote(_ usage: Usage, _ context: UsageContext, _ tariff: Tariff, currency: String) throws(NoQuote) -> Quote {
        var record = NormalizedRecord()
        record.usage = usage
        guard let bytes: [UInt8] = try? record.serializedBytes() else { preconditionFailure("proto3 has no required fields") }
        let reason = bytes.withUnsafeBytes { bytes -> UnratedReason? in
            var view = UsageView()
            guard view.parse(bytes) == .usage else { preconditionFailure("the usage was written just now") }
            var context = context
            return price(view, &context)
        }
        if let reason { throw NoQuote(reason: reason, detail: detail(of: reason, usage)) }
        let parts = parts.indices.map { place in Quote.Part(self.parts[place], discounts.filter { $0.part == place }, tariff) }
        return Quote(currency: currency, parts: parts)
    }
}

extension QuoteRequest {
    func usage(account: String, subscription: String, unit: UsageUnit) -> Usage {
        var usage = Usage()
        usage.account = account
        usage.subscription = subscription
        usage.type = type
        usage.startMs = startMs
        usage.quantityMicros = quantityMicros
        usage.unit = unit
        usage.category = category
        usage.direction = direction
        usage.service = service
        usage.network = network
        usage.otherNetwork = otherNetwork
        // As mediation prepares them: what is quoted is what is billed.
        if destination != "*any" { usage.parties.other = TelephoneNumber.prepared(destination) }
        usage.parties.served = Identifier(served)?.text ?? served
        return usage
    }
}

extension Quote.Part {
    init(_ part: RatedPart, _ discounts: [DiscountTaken], _ tariff: Tariff) {
        let price = tariff.prices[part.price]
        let steps =
            price.model == .volume
            ? price.steps.volumeLines(of: Int128(part.quantityMicros), counted: Int128(part.countedMicros - part.allowanceMicros))
            : price.scope == .event
                ? price.steps.lines(
                    from: Int128(part.fromMicros + part.allowanceMicros), to: Int128(part.countedToMicros), countedFrom: Int128(part.fromMicros))
                : Self.linesOverWindow(part, price)
        self.init(
            offering: tariff.offerings[part.offering].id, price: String(decoding: price.id, as: UTF8.self),
            zone: tariff.zoneText(part.zone), ownZone: tariff.zoneText(part.ownZone), startMs: part.startMs,
            quantityMicros: part.quantityMicros, countedMicros: part.countedMicros, allowanceMicros: part.allowanceMicros,
            connectionFeeNanos: part.connectionFeeNanos, allowanceNanos: part.allowanceNanos,
            discounts: discounts.map { Quote.Discount($0, tariff) }, chargeNanos: part.chargeNanos, steps: steps)
    }

    /// What the usage added to the window's sum, which is counted as a whole.
    private static func linesOverWindow(_ part: RatedPart, _ price: Tariff.Price) -> [Quote.Step] {
        let before = max(0, part.sumBeforePlusOne - 1)
        guard price.model == .graduated, let start = price.steps.counted(before),
            let end = price.steps.counted(before + Int128(part.quantityMicros - part.allowanceMicros))
        else { return price.steps.lines(from: 0, to: Int128(part.countedMicros - part.allowanceMicros)) }
        return price.steps.lines(from: start, to: end)
    }
}

extension Tariff {
    /// Empty for none, -1.
    fileprivate func zoneText(_ zone: Int32) -> String { zone < 0 ? "" : String(decoding: zoneIDs[Int(zone)], as: UTF8.self) }
}

extension Quote.Discount {
    init(_ taken: DiscountTaken, _ tariff: Tariff) {
        let discount = tariff.discounts[taken.discount]
        self.init(
            id: String(decoding: discount.id, as: UTF8.self), nanos: taken.nanos, signal: discount.signal < 0 ? "" : tariff.signals[discount.signal],
            multiplierMicros: taken.multiplierMicros, percentMicros: discount.signal < 0 && discount.steps.isEmpty ? discount.percentMicros : nil)
    }
}
