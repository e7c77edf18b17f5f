/// Why rating could not price a usage. The raw values stand in usage.rated and usage.suspended and never change.
public enum UnratedReason: String, CaseIterable, Sendable {
    /// Another usage of the same source, stream, subscriber and record id was accepted before, with other content.
    case conflictingDuplicate = "conflicting-duplicate"
    /// The account was never opened in this partition.
    case unknownAccount = "unknown-account"
    /// The account has no such subscription.
    case unknownSubscription = "unknown-subscription"
    /// The usage began before the subscription's activation or at or after its end, and the offering does not bill that.
    case notActive = "subscription-not-active"
    /// The usage began before 1900 or after 9999.
    case startOutOfRange = "start-out-of-range"
    /// Its period ended longer ago than the catalogue takes late usage, or its day has left the duplicate memory.
    case tooOld = "too-old"
    /// No version of the catalogue had come into force.
    case noCatalogue = "no-catalogue"
    /// The catalogue in force has no rules for the account's time zone, so its periods can't be cut.
    case unknownTimeZone = "unknown-time-zone"
    /// The catalogue in force does not have the subscription's offering.
    case unknownOffering = "unknown-offering"
    /// The offering has no version that was in force when the usage began.
    case noVersion = "no-version"
    /// The offering is priced in another currency than the account's.
    case otherCurrency = "other-currency"
    /// The catalogue has no such usage type.
    case unknownType = "unknown-type"
    /// The usage counts another unit than its type.
    case otherUnit = "other-unit"
    /// The quantity is below zero.
    case negativeQuantity = "negative-quantity"
    /// The subscription was suspended when the usage began, its barring level bars such usage, and the offering does not bill that.
    case barred = "subscription-barred"
    /// No price of the offering is for this type and destination.
    case noPrice = "no-price"
    /// The price changes so often during the session that it would be cut into more than a thousand parts.
    case tooManyParts = "too-many-parts"
    /// The quantity's sum or the charge needs more than 64 bits.
    case amountOverflow = "amount-overflow"
    /// The account is prepaid, and the charge is more than its balance and credit limit.
    case insufficientBalance = "insufficient-balance"
}
