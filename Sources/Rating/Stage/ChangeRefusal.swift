/// Why rating could not carry out what the customers stage ordered. The raw values stand in usage.rated and never change; they are
/// tried in this order.
public enum ChangeRefusal: String, CaseIterable, Sendable {
    /// A time before 1900 or after 9999.
    case timeOutOfRange = "time-out-of-range"
    /// The account was opened before.
    case accountExists = "account-exists"
    case unknownAccount = "unknown-account"
    /// The subscription was activated before.
    case subscriptionExists = "subscription-exists"
    case unknownSubscription = "unknown-subscription"
    /// The catalogue in force has no such offering. Also said of a recurring fee that could not be found for that reason.
    case unknownOffering = "unknown-offering"
    /// The subscription is not active at the change's time.
    case notActive = "subscription-not-active"
    /// The suspension has a barring level that this version does not know.
    case unknownBarring = "unknown-barring"
    /// At that time or later.
    case alreadySuspended = "already-suspended"
    case notSuspended = "not-suspended"
    /// Something of the account was rated or changed after its history was read, or a chunk of the order before was not carried out: rate anew again.
    case rerateOutdated = "rerate-outdated"
    /// The order of a rerate names counters that there can't be.
    case rerateMalformed = "rerate-malformed"
}
