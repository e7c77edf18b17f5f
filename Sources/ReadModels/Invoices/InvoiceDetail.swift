import Events
import Quantities

/// An invoice in a list.
public struct InvoiceHeader: Sendable, Encodable, Equatable {
    public let number: String
    public let account: String
    /// ISO 8601, in the account's time zone.
    public let issueDate: String
    public let periodFirstDay: String
    public let periodLastDay: String
    public let periodStart: Timestamp
    public let periodEnd: Timestamp
    public let net: CurrencyAmount
    public let tax: CurrencyAmount
    public let total: CurrencyAmount
}

/// An invoice with its lines and what it covers of the log.
public struct InvoiceDetail: Sendable, Encodable, Equatable {
    public let header: InvoiceHeader
    public let issuer: String
    public let series: String
    public let taxCategory: String
    /// In percent: "21".
    public let taxPercent: String
    public let taxable: CurrencyAmount
    /// The exact total of the period less the net: nobody is billed it.
    public let rounding: CurrencyAmount
    public let lines: [ChargeLine]
    /// How many lines the invoice has: more than `lines` while its further records are not in the view yet.
    public let lineCount: Int
    public let seal: InvoiceSeal
}

/// The cut of the log that an invoice covers.
public struct InvoiceSeal: Sendable, Encodable, Equatable {
    public let usageCount: Int64
    /// 64 hexadecimal digits, see `MultisetDigest`.
    public let usageDigest: String
    public let partition: Int32
    /// Offsets [first, end) of usage.normalized.
    public let firstOffset: Int64
    public let endOffset: Int64

    public init(usageCount: Int64, usageDigest: String, partition: Int32, firstOffset: Int64, endOffset: Int64) {
        self.usageCount = usageCount
        self.usageDigest = usageDigest
        self.partition = partition
        self.firstOffset = firstOffset
        self.endOffset = endOffset
    }

    public init(_ seal: Seal) {
        self.init(
            usageCount: seal.usageCount, usageDigest: Hex.string(seal.usageDigest), partition: Int32(seal.partition),
            firstOffset: seal.firstOffset, endOffset: seal.endOffset)
    }
}

/// Which invoices to list. What is nil does not restrict.
public struct InvoiceFilter: Sendable {
    public var account: String?
    public var number: String?
    /// ISO 8601 dates of issue, both included.
    public var issuedFrom: String?
    public var issuedTo: String?
    public var limit: Int?

    public init(account: String? = nil, number: String? = nil, issuedFrom: String? = nil, issuedTo: String? = nil, limit: Int? = nil) {
        self.account = account
        self.number = number
        self.issuedFrom = issuedFrom
        self.issuedTo = issuedTo
        self.limit = limit
    }
}
