import Events
import Quantities

extension RateState {
    /// Moves the counters of the order's subscriptions by what they should have been less what they were, where usage was booked since. What does not
    /// add up, as a largest value, is as near as can be told here; the next rerate finds what is left.
    mutating func moveCounters(_ order: RerateOrder, _ account: UInt32, offset: Int64) {
        func isSame(_ a: CounterValues, _ b: CounterValues) -> Bool {
            (a.subscription, a.offering, a.window, a.startMs, a.endMs) == (b.subscription, b.offering, b.window, b.startMs, b.endMs)
        }
        let gone = order.base.filter { base in !order.counters.contains { isSame($0, base) } }
        for values in order.counters + gone {
            let base = order.base.first { isSame($0, values) }
            let now = order.counters.first { isSame($0, values) }
            var id = values.subscription
            let subscription = id.withUTF8 { subscriptionNumber(UnsafeRawBufferPointer($0), account: account) }
            guard let kind = CountWindow.Kind(rawValue: UInt8(values.window)) else { preconditionFailure("the order was checked") }
            let key = CounterKey(
                subscription: subscription, offering: number(ofName: values.offering),
                window: CountWindow(kind: kind, startMs: values.startMs, endMs: values.endMs))
            let known = counter(key)
            let place = Int(known ?? addCounter(key))
            if known == nil { counters[place].bookedOffset = offset }
            let (wasLast, isLast) = (base.flatMap { $0.hasLastRatedMs ? $0.lastRatedMs : nil }, now.flatMap { $0.hasLastRatedMs ? $0.lastRatedMs : nil })
            let isUsedSince = known != nil && counters[place].lastRatedMs != wasLast ?? Int64.min
            counters[place].lastRatedMs = isUsedSince ? max(counters[place].lastRatedMs, isLast ?? Int64.min) : isLast ?? Int64.min
            for meter in Set((base?.meters ?? []).map(\.meter) + (now?.meters ?? []).map(\.meter)).sorted() {
                let before = base?.meters.first { $0.meter == meter }?.all ?? 0
                let after = now?.meters.first { $0.meter == meter }?.all ?? 0
                if before == after { continue }
                let name = number(ofName: meter)
                meters.set(name, moved(meter, meters.find(name, in: counters[place]) ?? 0, from: before, to: after), in: &counters[place])
            }
            markDirty(counter: Int32(place))
        }
    }

    /// What a meter comes to that stood at `before` and should have stood at `after`.
    private func moved(_ meter: String, _ current: Int128, from before: Int128, to after: Int128) -> Int128 {
        // The last usage of zero, and the last percentage that was told, are no sums.
        if meter == Tariff.zeroMeterName || meter.hasPrefix("n:") { return current == before ? after : max(current, after) }
        // What was spent can be below zero, and what was drawn of rolled amounts before they were handed over is.
        let isSigned = meter.hasPrefix("d:") || meter.hasPrefix("m:") || meter.hasPrefix("r")
        let moved = isSigned ? current + after - before : max(0, current + after - before)
        return canHold(moved) ? moved : Int128(Int64(clamping: moved))
    }
}
