import Events
import Quantities

/// The usages behind an invoice, drawn from the log and checked against the invoice's seal.
public struct CallList: Sendable, Encodable {
    public let account: String
    public let periodStart: Timestamp
    /// In the order of rating.
    public let items: [Item]
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
        /// The dialled or calling number; nil where there is none or it was erased.
        public let otherParty: String?
        /// Measured; after rounding up to increments; and paid for by an allowance.
        public let quantity: Quantity
        public let counted: Quantity
        public let allowance: Quantity
        public let offering: String
        public let price: String
        public let zone: String
        public let amount: CurrencyAmount
        /// Where it came after its own period had closed: that period's start.
        public let originalPeriodStart: Timestamp?
        /// The record of usage.raw that it came from.
        public let rawPartition: UInt32
        public let rawOffset: Int64

        init(_ usage: RatedUsage, billedFrom periodStartMs: Int64, currencyCode: String) {
            time = Timestamp(ms: usage.startMs)
            subscription = usage.subscription
            type = usage.type
            otherParty = usage.parties.other.isEmpty ? nil : usage.parties.other
            quantity = Quantity(micros: usage.quantityMicros, unit: usage.unit)
            counted = Quantity(micros: usage.countedMicros, unit: usage.unit)
            allowance = Quantity(micros: usage.allowanceMicros, unit: usage.unit)
            offering = usage.offering
            price = usage.price
            zone = usage.zone
            amount = CurrencyAmount(Amount(nanos: usage.chargeNanos), currencyCode)
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
            ("allowance", .right), ("unit", .left), ("zone", .left), ("price", .left), ("amount", .right), ("belongs to", .left),
        ])
        // A reader looks for a time of day; the order of rating is in the JSON.
        for item in items.enumerated().sorted(by: { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }).map(\.element) {
            table.add([
                clock.text(item.time), item.subscription, item.type, item.otherParty ?? "", item.quantity.decimal, item.counted.decimal,
                item.allowance.decimal, item.quantity.unit, item.zone, item.price, item.amount.decimal,
                item.originalPeriodStart.map { "period of \(clock.text($0))" } ?? "",
            ])
        }
        let verdict = finding.map { "NOT VERIFIED: \($0)" } ?? "verified: \(items.count) usages, digest \(digest.prefix(16))…"
        return (table.isEmpty ? "no usage" : table.text()) + "\n\n" + verdict
    }
}
