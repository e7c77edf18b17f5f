/// Why usage could not be used. The raw value is what `usage.suspended` and the metrics say, and never changes.
///
/// Checked in the order of the cases: a record with several faults shows the first. Nothing is guessed or cut down to fit; zero seconds
/// or bytes are valid usage.
public enum SuspenseReason: String, CaseIterable, Sendable {
    /// The record has no value. Find out why the probe publishes tombstones; there is nothing to recycle.
    case nullValue = "null-value"
    /// The `source` header names no usable source definition of the current catalogue, or text came without one. Publish the definition
    /// (`detail` says what is wrong with one that is there), then recycle.
    case unknownSource = "unknown-source"
    /// The `content-type` header is none that mediation reads: application/json, application/x-protobuf, text/csv, text/plain. Have the
    /// probe corrected, or recycle with another header.
    case unknownContentType = "unknown-content-type"
    /// A record or a line above 1,000,000 bytes, or a field above 1,000 bytes. Nothing legitimate is that long: look at the source.
    case tooLarge = "too-large"
    /// A text record that holds no usage: empty, or nothing but a header line. Harmless; header lines need not be published.
    case noUsage = "no-usage"
    /// Not JSON, protobuf or CSV as the content type promised: cut short, invalid UTF-8, a value of the wrong type, a field given
    /// twice, another number of columns than defined. `detail` names the byte. Correct the original and recycle.
    case malformed = "malformed"
    /// A mandatory field is absent or empty: source, type, subscriber, start or quantity. Correct and recycle.
    case missingField = "missing-field"
    /// The type is none of the catalogue's usage specifications. Publish one, or correct the mapping, then recycle.
    case unknownType = "unknown-type"
    /// The subscriber is no identifier (`Identifier`): correct and recycle.
    case badSubscriber = "bad-subscriber"
    /// The start can't be read as the format says, has no offset from UTC, or lies outside 2000-01-01 to 2100-01-01 UTC. Correct and
    /// recycle.
    ///
    /// Usage ahead of the newest tick is no fault by itself: ticks are made by hand in demos, tests and imports of old files, where the clock
    /// stands anywhere. Its period simply stays open until the clock comes there. How far ahead is too far, `far-ahead` says.
    case badTime = "bad-time"
    /// The unit is unknown, or does not measure what the type counts. Correct and recycle.
    case badUnit = "bad-unit"
    /// The quantity is no plain decimal, is negative, has more decimals than a millionth of the base unit holds exactly, or is above
    /// 10^9 seconds, 10^12 bytes or 10^9 events. Correct and recycle.
    case badQuantity = "bad-quantity"
    /// The direction is none of mo, mt and forwarded. Correct and recycle.
    case badDirection = "bad-direction"
    /// The usage is more than the settings let one of its type be: the longest session (`longest`) or the largest volume (`largest`). `detail` says both.
    /// Correct and recycle; or raise the limit, publish, and recycle.
    case aboveLimit = "above-limit"
    /// The usage begins further ahead of the later of the last tick and the raw record's own timestamp than the settings let one of its type (`ahead`): a
    /// clock that is wrong. Correct and recycle; or raise the limit, publish, and recycle. It is recycled as what is sent then, and measured by that time.
    case farAhead = "far-ahead"
    /// Nobody has ever held the identifier. Recycled by itself when the directory comes to know it.
    case unknownSubscriber = "unknown-subscriber"
    /// The identifier is known, but no subscription held it when the usage began. Recycled by itself when a subscription comes to.
    case noSubscriptionAtTime = "no-subscription-at-time"

    /// Whether the recycle stage waits for the directory to cover the usage.
    public var awaitsDirectory: Bool { self == .unknownSubscriber || self == .noSubscriptionAtTime }
}
