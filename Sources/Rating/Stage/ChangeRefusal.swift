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
    /// So many changes of one subscription are kept that no more fit.
    case tooManyChanges = "too-many-changes"
    /// The purchase was over before any usage that is still taken.
    case purchaseTooOld = "purchase-too-old"
    /// Only an add-on is bought, and only a plan is what a subscription is on.
    case notAddon = "not-an-addon"
    case notPlan = "not-a-plan"
    /// The add-on is priced in another currency than the account's.
    case otherCurrency = "other-currency"
    /// The add-on has no version that was in force at the purchase's time.
    case noVersion = "no-version"
    /// A thousand purchases that can still be used.
    case tooManyPurchases = "too-many-purchases"
    /// The catalogue in force has no rules for the account's time zone, so its periods can't be cut.
    case unknownTimeZone = "unknown-time-zone"
    /// The account is not prepaid.
    case notPrepaid = "not-prepaid"
    /// An amount that is not above zero, or that takes the balance beyond 64 bits.
    case badAmount = "bad-amount"
    /// A balance of a thousand expiries.
    case tooManyExpiries = "too-many-expiries"
    /// The prepaid balance can't pay for the purchase.
    case insufficientBalance = "insufficient-balance"
    /// Something of the account was rated or changed after its history was read, or a chunk of the order before was not carried out: rate anew again.
    case rerateOutdated = "rerate-outdated"
    /// The order of a rerate names counters that there can't be.
    case rerateMalformed = "rerate-malformed"
}
