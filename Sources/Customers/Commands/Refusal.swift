/// Why a command changed nothing. They are checked in this order, so that a command with several faults is always refused for the same
/// one; the codes never change.
public enum Refusal: String, CaseIterable, Sendable {
    /// No value, more than 256 KiB, or not a CustomerCommand in JSON or protobuf.
    case malformed
    /// A required field is empty, or the command has no body. The detail names the field.
    case missingField = "missing-field"
    /// Ids of accounts and subscriptions, and segments, are 1 to 64 of A–Z, a–z, 0–9, ".", "_", "-"; command ids 1 to 128 visible ASCII characters.
    case badID = "bad-id"
    /// The id was used before, for a command of another content. Where it was, the detail says.
    case commandIDUsed = "command-id-used"
    /// Not 1 to 128 bytes of text without control characters.
    case badReason = "bad-reason"
    /// No RFC 3339 time with an offset, or not within (1970, 9999].
    case badTime = "bad-time"
    /// Also for the same content under another command id: whoever sends twice uses the same id.
    case accountExists = "account-exists"
    case unknownAccount = "unknown-account"
    /// No currency that ISO 4217 lists.
    case unknownCurrency = "unknown-currency"
    /// Nothing was published yet that the command could be checked against.
    case noCatalogue = "no-catalogue"
    case unknownTimeZone = "unknown-time-zone"
    /// Not 1 to 31.
    case badCycleDay = "bad-cycle-day"
    case unknownIssuer = "unknown-issuer"
    /// The issuer has no such category.
    case unknownTaxCategory = "unknown-tax-category"
    case unknownOffering = "unknown-offering"
    /// It is not launched yet, or not any more. A retired offering keeps the subscribers that it has.
    case offeringNotSold = "offering-not-sold"
    /// The offering is priced in another currency than the account's.
    case currencyMismatch = "currency-mismatch"
    /// Only an add-on is bought.
    case notAddon = "not-an-addon"
    /// A subscription is on a plan, not on an add-on.
    case notPlan = "not-a-plan"
    /// The account is billed after the period: it has no balance.
    case notPrepaid = "not-prepaid"
    /// Not above zero, below it where zero is valid, in another currency than the account's, no exact amount of nine decimals, or beyond 64 bits.
    case badAmount = "bad-amount"
    /// Under whatever account: subscription ids are unique.
    case subscriptionExists = "subscription-exists"
    /// The account has no such subscription.
    case unknownSubscription = "unknown-subscription"
    case badIdentifier = "bad-identifier"
    /// More than 100 favourite numbers, one of them twice, or one that is no number of 1 to 15 digits.
    case badFavourites = "bad-favourites"
    /// Assigned at some time from then on, to whichever subscription.
    case identifierTaken = "identifier-taken"
    /// The subscription does not hold the identifier at that time.
    case identifierNotHeld = "identifier-not-held"
    /// The subscription, or the assignment, has an end already and the time is not before it.
    case alreadyEnded = "already-ended"
    case beforeAccountStart = "before-account-start"
    case beforeSubscriptionStart = "before-subscription-start"
    /// At that time or later.
    case alreadySuspended = "already-suspended"
    /// No suspension of the subscription began before that time and still lasts.
    case notSuspended = "not-suspended"
}

/// A refusal with what was wrong, without personal data.
struct Refused: Equatable {
    var reason: Refusal
    var detail: String

    init(_ reason: Refusal, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
