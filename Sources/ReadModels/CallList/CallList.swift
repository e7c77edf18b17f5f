import Events
import Quantities

/// The usages behind an invoice, drawn from the log and checked against the invoice's seal.
public struct CallList: Sendable, Encodable {
    public let account: String
    public let periodStart: Timestamp
    /// In the order of rating.
    public let items: [Item]
    /// Records that the seal counts and that are not among the items: of usage that turned out to be another customer's, and comes to nothing on this bill.
    public let hiddenCount: Int
    /// Of the usages that were found; see `MultisetDigest`.
    public let digest: String
    public let seal: InvoiceSeal
    /// True where count and digest are those of the seal: these usages, all of them, unaltered.
    public let verified: Bool
    /// Why it is not verified; nil where it is.
    public let finding: String?

    public struct Item: Sendable, Encodable, Equatable {
        public let time: Timestamp
        public let subscription: String
        public let type: String
        /// The dialled or calling number; nil where there is none, it was erased, or the usage turned out to be another customer's.
        public let otherParty: String?
        /// Measured; after rounding up to increments; and paid for by an allowance.
        public let quantity: Quantity
        public let counted: Quantity
        public let allowance: Quantity
        public let offering: String
        public let price: String
        public let zone: String
        public let amount: CurrencyAmount
        /// What discounts took off; nil where none did. The amount is what is left.
        public let discount: CurrencyAmount?
        /// Where it came after its own period had closed: that period's start.
        public let originalPeriodStart: Timestamp?
        /// The record of usage.raw that it came from.
        public let rawPartition: UInt32
        public let rawOffset: Int64
        /// Where rating anew changed it: "taken back" for what it was charged before, "charged anew" for what it costs now; else nil.
        public let correction: String?

        /// - Parameter sign: -1 for what a correction takes back, 1 for what it charges anew; nil for a usage as it was first rated.
        init(_ usage: RatedUsage, correction sign: Int64? = nil, billedFrom periodStartMs: Int64, currencyCode: String) {
            correction = sign.map { $0 < 0 ? "taken back" : "charged anew" }
            let sign = sign ?? 1
            time = Timestamp(ms: usage.startMs)
            subscription = usage.subscription
            type = usage.type
            otherParty = usage.parties.other.isEmpty ? nil : usage.parties.other
            quantity = Quantity(micros: Int128(sign * usage.quantityMicros), unit: usage.unit)
            counted = Quantity(micros: Int128(sign * usage.countedMicros), unit: usage.unit)
            allowance = Quantity(micros: Int128(sign * usage.allowanceMicros), unit: usage.unit)
            offering = usage.offering
            price = usage.price
            zone = usage.zone
            amount = CurrencyAmount(Amount(nanos: Int128(sign) * Int128(usage.chargeNanos)), currencyCode)
            discount = usage.discountNanos == 0 ? nil : CurrencyAmount(Amount(nanos: Int128(sign) * Int128(usage.discountNanos)), currencyCode)
            originalPeriodStart = usage.periodStartMs == periodStartMs ? nil : Timestamp(ms: usage.periodStartMs)
            rawPartition = usage.rawPartition
            rawOffset = usage.rawOffset
        }
    }

    /// For a terminal, with times of that zone.
    public func text(timeZone: String = "UTC") -> String {
        let clock = LocalTime(timeZone)
        var table = TextTable([
            ("time", .left), ("subscription", .left), ("type", .left), ("other party", .left), ("quantity", .right), ("counted", .right),
            ("allowance", .right), ("unit", .left), ("zone", .left), ("price", .left), ("discount", .right), ("amount", .right),
            ("belongs to", .left),
        ])
        // A reader looks for a time of day; the order of rating is in the JSON.
        for item in items.enumerated().sorted(by: { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }).map(\.element) {
            table.add([
                clock.text(item.time), item.subscription, item.type, item.otherParty ?? "", item.quantity.decimal, item.counted.decimal,
                item.allowance.decimal, item.quantity.unit, item.zone, item.price, item.discount?.decimal ?? "", item.amount.decimal,
                [item.originalPeriodStart.map { "period of \(clock.text($0))" }, item.correction].compactMap { $0 }.joined(separator: ", "),
            ])
        }
        let verdict = finding.map { "NOT VERIFIED: \($0)" } ?? "verified: \(seal.usageCount) usages, digest \(digest.prefix(16))…"
        let hidden = hiddenCount == 0 ? "" : "\n\n\(hiddenCount) records of usage that is another customer's were taken back, come to nothing and are not shown"
        return (table.isEmpty ? "no usage" : table.text()) + hidden + "\n\n" + verdict
    }
}
