extension RateState {
    /// The periods of the priced parts that have ended and had no usage before; nil for none, as almost always.
    @inline(__always)
    func endedPeriodsWithoutUsage(_ context: UsageContext) -> [(startMs: Int64, endMs: Int64)]? {
        let openStartMs = accounts[Int(context.account)].openStartMs
        if parts[0].periodEndMs > openStartMs { return nil }
        // A usage of zero is none.
        if parts[0].quantityMicros == 0, binding?.tariff.rulesVersion != .first { return nil }
        var periods: [(startMs: Int64, endMs: Int64)] = []
        for part in parts where part.periodEndMs <= openStartMs && part.periodStartMs != periods.last?.startMs {
            if !hasUsage(context.subscription, periodStartMs: part.periodStartMs) { periods.append((part.periodStartMs, part.periodEndMs)) }
        }
        return periods.isEmpty ? nil : periods
    }
}
