import Events
import Pipeline
import Quantities

/// Who is a customer, with which subscriptions and identifiers, and which commands were decided. Persons are not in it: nothing is
/// decided by who they are.
public struct CustomersState: StageState {
    let partition: Int32
    var accounts = EntityTable<String, Account>()
    /// By subscription id, which is unique over all accounts.
    var subscriptions = EntityTable<String, Subscription>()
    /// By the identifier's key.
    var identifiers = EntityTable<EventID, HeldIdentifier>()
    /// By 128 bits of its id, each command that was decided, kept for ever: some 30 bytes a command in the changelog, and customers send few.
    var commands = EntityTable<EventID, DecidedCommand>()
    /// The catalogue version that commands are checked against; empty before the first.
    var catalogue: [UInt8] = []
    var isCatalogueDirty = false
    /// The generation that the changelog is written in; the first has no place for what rating is told of holders.
    private(set) var format = StateFormat.newest

    struct DecidedCommand {
        /// Of the command's content; zero where a build decided it that did not remember it.
        var digest: UInt64 = 0
        /// Where it stands.
        var offset: Int64 = 0
    }

    struct Account {
        var currency: String
        var fromMs: Int64
        var isPrepaid: Bool
    }

    struct Subscription {
        var account: String
        var fromMs: Int64
        /// Zero while it has no end.
        var endMs: Int64 = 0
        /// Keys of the identifiers that it ever held, in order.
        var identifiers: [EventID] = []
        /// The plans as they were ordered, by time; the first from the activation on.
        var plans: [Plan] = []
        /// In order; none overlaps another, and only the last may be open.
        var suspensions: [Suspension] = []

        /// The offering that was ordered for `ms`.
        func offering(at ms: Int64) -> String { plans.last { $0.fromMs <= ms }?.offering ?? "" }
    }

    struct Plan {
        var fromMs: Int64
        var offering: String
    }

    /// [from, to); a `toMs` of zero is open.
    struct Suspension {
        var fromMs: Int64
        var toMs: Int64 = 0
    }

    struct HeldIdentifier {
        var text: String
        /// In the order in which they were made; no two overlap.
        var assignments: [Holding] = []
        /// How often they changed, since builds that count it.
        var revision: Int64 = 0
    }

    /// [from, to); a `toMs` of zero is open.
    struct Holding {
        var subscription: String
        var account: String
        var fromMs: Int64
        var toMs: Int64
        var event: EventID
        /// Usage after the end is still the subscription's where nobody else holds the identifier.
        var followsEnd = false
        /// Usage that began before it goes to this holder first, see `Assignment`. Zero: `toMs` alone counts.
        var firstToMs: Int64 = 0

        func overlaps(from: Int64, to: Int64) -> Bool {
            let ends = toMs == 0 ? Int64.max : toMs
            let otherEnds = to == 0 ? Int64.max : to
            return fromMs < ends && from < otherEnds && from < ends && fromMs < otherEnds
        }

        func holds(at time: Int64) -> Bool { fromMs <= time && (toMs == 0 || time < toMs) }
    }

    public init(partition: Int32) { self.partition = partition }

    public mutating func use(_ format: StateFormat) { self.format = format }

    static func commandKey(_ id: String) -> EventID {
        var hash = SipHash128()
        hash.combine(text: id)
        return hash.finish()
    }
}
