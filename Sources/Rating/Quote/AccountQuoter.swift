import Events
import Pipeline
import Quantities

/// Prices usage of one account as it stands now: its plan, its allowances as far as they are used, its counters, by the catalogue in force for it.
/// Reads the rate stage's changelog, and writes nothing.
public struct AccountQuoter {
    private var state: RateState
    private let tariff: Tariff
    private let account: UInt32
    private let id: String
    private let currency: String

    /// - Throws: `QuoteFault` where there is no such account or it can't be priced, and what the log throws.
    public init(_ log: some ReadableLog, account id: String) throws {
        let partition = Partitioner.partition(id, of: try log.partitionCount(of: .stateRate))
        var tables = RateTables()
        try log.read(.catalogueContent, partition: 0, try log.offsets(of: .catalogueContent, partition: 0)) { record in
            try tables.apply(.catalogueContent, record)
            return true
        }
        var state = try RateState(log, partition: partition)
        guard let account = state.known(account: id) else { throw QuoteFault(reason: "rating knows no account \(id)") }
        guard state.bind(tables), let tariff = state.binding?.tariff else {
            throw QuoteFault(reason: "no catalogue is in force for account \(id)")
        }
        self.state = state
        self.tariff = tariff
        self.account = account
        self.id = id
        currency = state.terms[Int(state.accounts[Int(account)].terms)].message.currency
    }

    /// What the usage type counts; nil where the catalogue does not have it.
    public func unit(of type: String) -> UsageUnit? { tariff.types.find(text: type).map { tariff.units[Int($0)] } }

    /// In the order of their activation.
    public var subscriptions: [String] { state.subscriptions(of: account).filter { state.subscriptions[Int($0)].isKnown }.map(state.subscriptionIDs.text) }

    /// - Throws: `NoQuote` where the usage has no price; the subscription is one of `subscriptions`, else that is the reason.
    public mutating func quote(_ request: QuoteRequest, subscription: String) throws(NoQuote) -> Quote {
        guard let number = state.known(subscription: subscription, of: account) else {
            throw NoQuote(
                reason: .unknownSubscription, detail: "account \(id) has no subscription \(subscription); it has \(subscriptions.joined(separator: ", "))")
        }
        let usage = request.usage(account: id, subscription: subscription, unit: unit(of: request.type) ?? .unspecified)
        let context = UsageContext(account: account, subscription: number)
        let endMs = usage.startMs + (usage.unit == .second ? Int64(max(0, usage.quantityMicros / 1000)) : 0)
        if endMs < state.accounts[Int(account)].aheadMs { return try Self.quote(usage, context, tariff, currency, &state) }
        // What is dated ahead of the last tick would be there by then.
        var (then, outbox) = (state, Outbox())
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        var emitter = RatedEmitter(record: InputRecord(partition: 0, offset: 0, key: nothing, value: nil), cause: EventID.none)
        RateStage().carryOut(account, by: endMs, &emitter, state: &then, outbox: &outbox)
        return try Self.quote(usage, context, tariff, currency, &then)
    }

    private static func quote(
        _ usage: Usage, _ context: UsageContext, _ tariff: Tariff, _ currency: String, _ state: inout RateState
    ) throws(NoQuote) -> Quote {
        var quote = try state.quote(usage, context, tariff, currency: currency)
        quote.availableNanos = state.balance(of: context.account).map { Int64(clamping: state.balances[$0].availableNanos(at: usage.startMs)) }
        return quote
    }
}

extension RateState {
    /// The state of one partition as its changelog has it: for those who look, and own none of it.
    init(_ log: some ReadableLog, partition: Int32) throws {
        var state = RateState(partition: partition)
        try log.read(.stateRate, partition: partition, try log.offsets(of: .stateRate, partition: partition)) { record in
            try state.take(record, of: .stateRate)
            return true
        }
        state.finishRestore()
        self = state
    }
}
