import Events
import Quantities

/// A customer on one page.
public struct CustomerSummary: Sendable, Encodable {
    public let account: String
    public let from: Timestamp
    public let terms: Terms
    /// Nil where nothing is known of the person, or it was erased.
    public let person: Person?
    public let subscriptions: [Subscription]
    /// Charges that are on no closed period's bill yet, by the period in which they will be billed.
    public let unbilled: [UnbilledPeriod]
    public let unbilledTotal: CurrencyAmount
    /// Of a prepaid account, what has expired and is not written off yet included. Nil before anything was paid in.
    public let balance: CurrencyAmount?
    /// What was ordered for a time that has not come, in the order of time.
    public let ahead: [Ahead]
    /// Closed periods whose invoice has not been issued yet.
    public let awaitingInvoice: [ClosedPeriod]
    /// The latest first.
    public let invoices: [InvoiceHeader]
    /// The latest first; without numbers of other parties.
    public let recentActivity: [Activity]

    public struct Terms: Sendable, Encodable, Equatable {
        public let currency: String
        public let timeZone: String
        public let billCycleDay: Int
        public let issuer: String
        public let taxCategory: String
    }

    public struct Person: Sendable, Encodable, Equatable {
        public let name: String
        public let email: String
        public let address: String
    }

    public struct Subscription: Sendable, Encodable, Equatable {
        public let subscription: String
        /// The plan in force by the last tick.
        public let offering: String
        public let from: Timestamp
        public let to: Timestamp?
        public let identifiers: [Identifier]
        /// Each plan and since when, in order.
        public let plans: [Plan]
        /// In order; the last is open while the subscription is suspended.
        public let suspensions: [Suspension]
    }

    /// An order that is dated ahead: the balance does not hold it yet.
    public struct Ahead: Sendable, Encodable, Equatable {
        public enum Kind: String, Sendable, Encodable {
            case topUp = "top-up"
            case purchase
            case plan
        }

        public let from: Timestamp
        public let kind: Kind
        /// Empty where it is the account's.
        public let subscription: String
        /// The offering; empty of a top-up.
        public let offering: String
        public let amount: CurrencyAmount?
    }

    public struct Suspension: Sendable, Encodable, Equatable {
        public let from: Timestamp
        public let to: Timestamp?
        /// none, outgoing, incoming, data, roaming or all.
        public let barring: String
        public let reason: String
    }

    public struct Identifier: Sendable, Encodable, Equatable {
        /// "scheme:value".
        public let identifier: String
        public let from: Timestamp
        public let to: Timestamp?
    }

    public struct Plan: Sendable, Encodable, Equatable {
        public let offering: String
        public let from: Timestamp
    }

    public struct UnbilledPeriod: Sendable, Encodable, Equatable {
        public let start: Timestamp
        /// Nil while only charges of earlier periods are known for it.
        public let end: Timestamp?
        public let lines: [ChargeLine]
        /// Exact: rounding is the invoice's.
        public let total: CurrencyAmount
    }

    public struct ClosedPeriod: Sendable, Encodable, Equatable {
        public let start: Timestamp
        public let end: Timestamp
        public let closedAt: Timestamp
        public let total: CurrencyAmount
    }

    public struct Activity: Sendable, Encodable, Equatable {
        /// When it happened or took effect; of a refusal, when it was logged. Nil where the log does not say.
        public let time: Timestamp?
        public let kind: ActivityKind
        public let subscription: String
        /// The usage's type, the plan, the invoice's number, or the reason of a refusal with its detail.
        public let what: String
        public let price: String
        public let zone: String
        public let quantity: Quantity?
        public let amount: CurrencyAmount?
    }
}

/// A sum of equal charges, on a bill or on its way to one.
public struct ChargeLine: Sendable, Encodable, Equatable {
    public let kind: ChargeKind
    public let subscription: String
    public let offering: String
    public let price: String
    public let zone: String
    public let type: String
    /// How many charges were summed.
    public let count: Int64
    /// Measured; after rounding up to increments; and paid for by an allowance. Nil for what is no usage.
    public let quantity: Quantity?
    public let counted: Quantity?
    public let allowance: Quantity?
    public let amount: CurrencyAmount
    /// What discounts took off; nil where none did. The amount is what is left.
    public let discount: CurrencyAmount?
    /// Of a late charge: the period that it belongs to.
    public let originalPeriodStart: Timestamp?
    public let originalPeriodEnd: Timestamp?
}
