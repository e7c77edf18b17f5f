import Events
import Pipeline
import Quantities
import Rating

extension InMemoryLog {
    /// Rates the history anew, and appends the orders that put it right, as `tollstream rerate --apply` does.
    public func orderRerate(_ request: RerateRequest) throws -> RerateOutcome {
        var request = request
        request.keepsOrders = true
        let outcome = try Rerater(self, request).run()
        for account in outcome.orders {
            for order in account.orders {
                var hash = SipHash128()
                hash.combine(text: order.rerate)
                hash.combine(text: order.account)
                var record = NormalizedRecord()
                record.meta = Meta(cause: hash.finish(), stage: 0, ordinal: UInt64(order.chunk), engine: Engine.version)
                record.rerate = order
                append(.usageNormalized, partition: account.partition, key: Array(account.account.utf8), value: try record.serializedBytes())
            }
        }
        return outcome
    }
}
