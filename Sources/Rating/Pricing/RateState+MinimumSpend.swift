import Events
import Pipeline

/// What a subscription spends at least in a period under its plan.
///
/// Three meters of the period's counter: what usage was charged; once the period has ended, the floor, which is the minimum less the recurring prices; and
/// what was paid as minimum, which is always what the floor is above what was charged. So charges that come late use up what was paid, and whether usage
/// comes in time or late the sum is the same.
extension RateState {
    /// No sum of a minimum is beyond it, in either direction: so the difference of two has its place in 64 bits.
    static let maxSpendNanos = Int64.max / 2

    /// Adds the priced parts to what their plans were charged. False where a sum would be too large.
    mutating func countSpend(_ tariff: Tariff, _ context: UsageContext) -> Bool {
        for place in parts.indices where parts[place].chargeNanos != 0 {
            guard let plan = binding?.offering(ofName: parts[place].planName), tariff.offerings[plan].hasMinimumSpend else { continue }
            let key = CounterKey(subscription: context.subscription, offering: parts[place].planName, window: parts[place].period)
            let name = meterName(tariff.spentMeter)
            let spent = (value(of: name, key) ?? 0) + Int128(parts[place].chargeNanos)
            if spent.magnitude > Self.maxSpendNanos.magnitude { return false }
            update(name, key, spent)
        }
        return true
    }

    /// Whether the usage that was just booked belongs to an ended period, and may change what it lacked of a minimum.
    @inline(__always)
    func touchesMinimum(_ context: UsageContext) -> Bool {
        binding?.tariff.hasMinimumSpends == true && parts[0].periodEndMs <= accounts[Int(context.account)].openStartMs
    }

    /// After late usage: what of its periods' minimums it has used up is given back.
    mutating func settleMinimums(_ context: UsageContext, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        guard let binding else { return }
        for place in parts.indices where parts[place].periodEndMs <= accounts[Int(context.account)].openStartMs {
            let key = CounterKey(subscription: context.subscription, offering: parts[place].planName, window: parts[place].period)
            settleMinimum(key, binding, &emitter, &outbox)
        }
    }

    /// The recurring prices of an ended period were found: what they leave of the minimum is the floor of what usage is charged. `minimum` is nil where more
    /// of them came than were known at the period's end.
    mutating func lowerFloor(
        _ key: CounterKey, minimum: Int64?, by fees: Int128, _ binding: TariffBinding, _ emitter: inout RatedEmitter, _ outbox: inout Outbox
    ) {
        guard binding.tariff.hasMinimumSpends, minimum != 0 else { return }
        updates.removeAll(keepingCapacity: true)
        let name = binding.nameOfMeter[binding.tariff.floorMeter]
        guard let floor = minimum.map({ Int128($0) }) ?? value(of: name, key) else { return }
        update(name, key, max(-Int128(Self.maxSpendNanos), min(Int128(Self.maxSpendNanos), floor - fees)))
        bookUpdates()
        settleMinimum(key, binding, &emitter, &outbox)
    }

    /// Charges what the period still lacks of its floor, less what was paid before.
    private mutating func settleMinimum(_ key: CounterKey, _ binding: TariffBinding, _ emitter: inout RatedEmitter, _ outbox: inout Outbox) {
        updates.removeAll(keepingCapacity: true)
        func meter(_ place: Int) -> UInt32 { binding.nameOfMeter[place] }
        guard let floor = value(of: meter(binding.tariff.floorMeter), key) else { return }
        let due = max(0, floor - (value(of: meter(binding.tariff.spentMeter), key) ?? 0))
        let paid = value(of: meter(binding.tariff.paidMeter), key) ?? 0
        if due == paid { return }
        update(meter(binding.tariff.paidMeter), key, due)
        bookUpdates()
        var charge = RecurringCharge()
        let account = subscriptionIDs.owner(of: key.subscription)
        charge.account = accountIDs.text(of: account)
        charge.subscription = subscriptionIDs.text(of: key.subscription)
        charge.offering = names.text(of: key.offering)
        charge.price = RecurringCharge.minimumSpend
        // Neither is beyond `maxSpendNanos`.
        charge.chargeNanos = Int64(due - paid)
        charge.periodStartMs = key.window.startMs
        charge.periodEndMs = key.window.endMs
        outbox.count("minimum_spends")
        emit(charge, account, &emitter, &outbox)
    }
}
