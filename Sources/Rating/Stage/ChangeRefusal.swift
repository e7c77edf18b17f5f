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
    /// The change's time lies in a period that has ended.
    case periodEnded = "period-ended"
    /// Usage at or after the change's time was rated already.
    case usageAlreadyRated = "usage-already-rated"
}
