import Events
import Pipeline
import Rating

extension InMemoryLog {
    /// Rates the history anew, and appends the orders that put it right, as `tollstream rerate --apply` does.
    public func orderRerate(_ request: RerateRequest) throws -> RerateOutcome {
        var request = request
        request.keepsOrders = true
        let outcome = try Rerater(self, request).run()
        for account in outcome.orders {
            let end = end(of: .usageNormalized, partition: account.partition)
            for order in account.orders {
                let record = order.record(partition: account.partition, end: end)
                append(.usageNormalized, partition: account.partition, key: Array(account.account.utf8), value: try record.serializedBytes())
            }
        }
        return outcome
    }
}
