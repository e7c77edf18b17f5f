/// Digests what a usage says: all that its charge can depend on, and nothing else.
///
/// In it: the type, when it began, how much it was, the other party, direction, category, service, the visited and the other network; as mediation
/// understood them. Not in it: how they were spelled (a start in another zone, "60 s" for "1 min", `00420…` for `+420…`: the same call, sent by another
/// way), what names the record (source, stream, record id and subscriber, which `UsageIdentity` has), where the record stands, and whose the subscriber
/// was (an account and a subscription are found, not sent: a file that is sent again after a move is the same usage).
///
/// A multiply-and-fold hash at a third of what SipHash takes: it only tells two contents of one name apart, and places nothing.
public struct UsageContent {
    private var state: UInt64 = 0x2d35_8dcc_aa6c_78a5

    /// - Parameters:
    ///   - startMs: milliseconds since 1970 UTC.
    ///   - quantityMicros: millionths of the type's unit, which therefore needs no place here.
    ///   - otherParty: as normalized; empty for none.
    @inline(__always)
    public init(type: UnsafeRawBufferPointer, startMs: Int64, quantityMicros: Int64, otherParty: UnsafeRawBufferPointer) {
        add(type)
        add(UInt64(bitPattern: startMs))
        add(UInt64(bitPattern: quantityMicros))
        add(otherParty)
    }

    /// What only some prices look at; usage without any of it need not ask. Direction 0 is a call's originator, whether stated or not.
    public mutating func add(
        direction: UInt64, category: UnsafeRawBufferPointer, service: UnsafeRawBufferPointer, network: UnsafeRawBufferPointer,
        otherNetwork: UnsafeRawBufferPointer
    ) {
        if direction == 0, category.count | service.count | network.count | otherNetwork.count == 0 { return }
        add(direction)
        add(category)
        add(service)
        add(network)
        add(otherNetwork)
    }

    public var digest: UInt32 {
        @inline(__always) get {
            let folded = fold(state ^ 0x8bb8_4b93_962e_acc9)
            return UInt32(truncatingIfNeeded: folded ^ folded >> 32)
        }
    }

    @inline(__always)
    private mutating func add(_ word: UInt64) { state = fold(state ^ word) }

    @inline(__always)
    private mutating func add(_ bytes: UnsafeRawBufferPointer) { bytes.forEachWord { add($0) } }

    @inline(__always)
    private func fold(_ word: UInt64) -> UInt64 {
        let product = word.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        // The word itself once more, for a word of zero would make all before it forgotten.
        return product.high ^ product.low &+ word
    }
}
