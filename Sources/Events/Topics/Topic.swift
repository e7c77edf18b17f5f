/// Every topic that Tollstream reads or writes, by the name that its file under Topics/ gives it. A namespace goes before it on
/// the broker: `Namespace.name(of:)`.
public enum Topic: String, CaseIterable, Hashable, Sendable {
    case usageRaw = "usage.raw"
    case usageSuspended = "usage.suspended"
    case usageNormalized = "usage.normalized"
    case usageRated = "usage.rated"
    case usageMoves = "usage.moves"
    case clock = "clock"
    case catalogueContent = "catalogue.content"
    case customersCommands = "customers.commands"
    case customersEvents = "customers.events"
    case customersDirectory = "customers.directory"
    case billingPeriods = "billing.periods"
    case billingDrafts = "billing.drafts"
    case billingInvoices = "billing.invoices"
    case stateNormalize = "state.normalize"
    case stateRecycle = "state.recycle"
    case stateRate = "state.rate"
    case stateAggregate = "state.aggregate"
    case stateNumber = "state.number"
    case stateCustomers = "state.customers"
    case stateInvoice = "state.invoice"
    case stateMove = "state.move"
    case stateFormats = "state.formats"

    /// How the values that Tollstream itself writes are encoded.
    public var encoding: Encoding {
        switch self {
        case .billingInvoices: .json
        default: .protobuf
        }
    }

    /// The message and major version of the values, as the header `schema` names it.
    public var schema: String {
        switch self {
        case .usageRaw: "RawUsage/1"
        case .usageSuspended: "SuspendedUsage/1"
        case .usageNormalized: "NormalizedRecord/1"
        case .usageRated: "RatedRecord/1"
        case .usageMoves: "UsageMove/1"
        case .clock: "Tick/1"
        case .catalogueContent: "CatalogueRecord/1"
        case .customersCommands: "CustomerCommand/1"
        case .customersEvents: "CustomerEvent/1"
        case .customersDirectory: "DirectoryEntry/1"
        case .billingPeriods: "PeriodRecord/1"
        case .billingDrafts, .billingInvoices: "InvoiceRecord/1"
        case .stateNormalize, .stateRecycle, .stateRate, .stateAggregate, .stateNumber, .stateCustomers, .stateInvoice, .stateMove, .stateFormats: "State/1"
        }
    }

    /// Whether each record names its schema in the header `schema`. Not where there is a record or more a usage: a header costs a client more
    /// than all fields of the record. There the topic's file names the message, and `Meta.schemaVersion` its version where it is not 1.
    public var hasSchemaHeader: Bool {
        switch self {
        case .usageRaw, .usageNormalized, .usageRated: false
        case .stateNormalize, .stateRecycle, .stateRate, .stateAggregate, .stateNumber, .stateCustomers, .stateInvoice, .stateMove, .stateFormats: false
        default: true
        }
    }

    /// Keyed by account and of one partition count, so that an account has one order (DESIGN: one partition, one order).
    public var isAccountKeyed: Bool {
        switch self {
        case .usageNormalized, .usageRated, .usageMoves, .customersEvents, .billingPeriods, .billingInvoices: true
        case .stateRate, .stateMove, .stateAggregate, .stateInvoice: true
        default: false
        }
    }

    public enum Encoding: String, Sendable {
        case protobuf = "application/x-protobuf"
        case json = "application/json"
    }
}
