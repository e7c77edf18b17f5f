/// 128 bits that name an event for ever.
///
/// Ids are derived, never drawn: `EventID(cause:stage:ordinal:)` gives the same id in every replay.
public struct EventID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static let none = EventID(high: 0, low: 0)

    /// The id of the `ordinal`th output that `stage` made of `cause`.
    public init(cause: EventID, stage: UInt64, ordinal: UInt64) {
        var hash = SipHash128()
        hash.combine(cause.high)
        hash.combine(cause.low)
        hash.combine(stage)
        hash.combine(ordinal)
        self = hash.finish()
    }

    /// 32 hexadecimal digits.
    public var description: String { Hex.string(high) + Hex.string(low) }

    /// Reads what `description` wrote; nil for anything else.
    public init?(_ text: String) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    public static func < (a: EventID, b: EventID) -> Bool { a.high != b.high ? a.high < b.high : a.low < b.low }
}
