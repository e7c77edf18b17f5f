/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed on every machine.
///
/// Each event has a generator of its own, seeded by the traffic's seed and the event's index: any event can be made anew without those
/// before it.
struct TrafficRandom {
    private var state: UInt64

    init(seed: UInt64, index: UInt64) {
        state = seed &* 0x9e37_79b9_7f4a_7c15 ^ index &* 0xd1b5_4a32_d192_ed03
        _ = next()
    }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    /// A number below `bound`, by multiplication; its bias is below 2^-40 for the bounds of traffic.
    @inline(__always)
    mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

    /// Spread evenly on a scale of doublings, most often in the middle: what durations and volumes look like. From `least` to about
    /// `least` × 2^`doublings`.
    @inline(__always)
    mutating func logNormal(least: UInt64, doublings: Int) -> UInt64 {
        let bits = next() & (1 << UInt64(doublings) - 1)
        let base = least << UInt64(bits.nonzeroBitCount)
        return base + below(base)
    }
}
