import Events
import Quantities

/// What an audit found. Amounts are exact decimals as text, by currency.
public struct AuditReport: Codable, Sendable {
    /// True where every claim was proven for all that the stages have done.
    public var holds = true
    public var usage = UsageCounts()
    public var suspended: [SuspendedCount] = []
    public var sums: [CurrencySums] = []
    /// By unit, of what was used at all.
    public var quantities: [QuantitySum] = []
    public var accounts: Int64 = 0
    public var periods: Int64 = 0
    /// Of those, what was prepaid in full and has no invoice.
    public var prepaidPeriods: Int64 = 0
    public var drafts: Int64 = 0
    public var invoices: Int64 = 0
    public var ticks: Int64 = 0
    /// Ranges that late facts, or a corrected catalogue, proposed to rate anew, and that was not done yet.
    public var proposed: Int64 = 0
    public var checks: [CheckResult] = []
    public var offenders: [Offender] = []

    /// Usage by fate. `received` = records with all fates final + in flight; a record may hold several usages.
    public struct UsageCounts: Codable, Hashable, Sendable {
        /// Records in usage.raw, recycled ones included.
        public var received: Int64 = 0
        /// Of those, sent back by recycling; and what recycling sent on by usage.moves.
        public var recycled: Int64 = 0
        public var recycledMoves: Int64 = 0
        /// Of what was received, not yet read by normalize.
        public var awaitingNormalize: Int64 = 0
        /// Usages that normalize found an account for. normalized + arrived = rated + duplicate + unrated + rejected + moved + awaitingRate.
        public var normalized: Int64 = 0
        public var awaitingRate: Int64 = 0
        /// Another's than the account's for which they were normalized: found before they were charged, or taken back after.
        /// moved + takenBack + recycledMoves = arrived + unheld + awaitingMove.
        public var moved: Int64 = 0
        public var takenBack: Int64 = 0
        /// Of those, what came to its holder, what none was found for, and what is not yet read by move.
        public var arrived: Int64 = 0
        public var unheld: Int64 = 0
        public var awaitingMove: Int64 = 0
        public var rated: Int64 = 0
        public var duplicate: Int64 = 0
        public var unrated: Int64 = 0
        /// Of those, what has the record id of another usage and other content.
        public var conflicting: Int64 = 0
        /// Of what was rated or rejected, other content under a record id that was accepted before, as its source says.
        public var conflictsBilled: Int64 = 0
        /// Refused for good by the offering's policy for suspended and ended subscriptions.
        public var rejected: Int64 = 0
        /// Suspended by normalize, the recycled ones included.
        public var suspended: Int64 = 0
        /// Usage whose raw record is no longer kept.
        public var expired: Int64 = 0

        public init() {}
    }

    public struct SuspendedCount: Codable, Hashable, Sendable {
        public var stage: String
        public var reason: String
        /// Still waiting for a correction.
        public var open: Int64
        /// Sent through once more: another record carries the final fate.
        public var recycled: Int64
    }

    /// Of all accounts with this currency.
    public struct CurrencySums: Codable, Hashable, Sendable {
        public var currency: String
        public var rated: String
        public var recurring: String
        public var oneTime: String
        /// What of it prepaid balances paid; what came into them, what expired of them, and what they are.
        public var prepaid: String
        public var toppedUp: String
        public var expired: String
        public var balance: String
        public var closed: String
        public var unbilled: String
        /// rated + recurring + oneTime - prepaid - closed - unbilled: zero where the audit holds.
        public var difference: String
        public var invoicedNet: String
        public var rounding: String
        public var tax: String
        public var invoicedTotal: String
        /// Closed, but not yet in an invoice.
        public var awaitingInvoice: String
    }

    /// Of all accounts, where nothing of the log has expired: plain decimals of the unit.
    public struct QuantitySum: Codable, Hashable, Sendable {
        /// "s", "B", "event" or "amount".
        public var unit: String
        public var used: String
        /// On the lines of closed periods.
        public var billed: String
        public var unbilled: String
        /// used - billed - unbilled: zero where the audit holds.
        public var difference: String
    }

    public struct CheckResult: Codable, Hashable, Sendable {
        public var check: AuditCheck
        public var failures: Int
    }
}
