/// What was bought, for a subscription or for a whole account.
extension RateState {
    /// How many purchases that can still be used one subscription, or one account for all of its subscriptions, may have.
    static let maxPurchases = 1000

    /// The subscription without an id on which all hangs that is the account's own.
    mutating func accountsOwn(_ account: UInt32) -> UInt32 {
        subscriptionNumber(UnsafeRawBufferPointer(start: nil, count: 0), account: account)
    }

    func purchases(of subscription: UInt32) -> [Purchase] {
        let place = Int(subscriptions[Int(subscription)].purchases)
        return place < 0 ? [] : purchases[place]
    }

    mutating func add(_ purchase: Purchase, to subscription: UInt32) {
        restore(purchases: purchases(of: subscription) + [purchase], of: subscription)
        markDirty(subscription: subscription)
    }

    mutating func restore(purchases bought: [Purchase], of subscription: UInt32) {
        if subscriptions[Int(subscription)].purchases >= 0 {
            purchases[Int(subscriptions[Int(subscription)].purchases)] = bought
        } else if !bought.isEmpty {
            subscriptions[Int(subscription)].purchases = Int32(purchases.count)
            purchases.append(bought)
            if subscriptionIDs.length(of: subscription) == 0 {
                accounts[Int(subscriptionIDs.owner(of: subscription))].purchases = subscriptions[Int(subscription)].purchases
            }
        }
    }

    /// Forgets what no usage that is still taken can draw from.
    mutating func dropPurchases(of subscription: UInt32, endedBy keptStartMs: Int64) {
        let place = Int(subscriptions[Int(subscription)].purchases)
        guard place >= 0, purchases[place].contains(where: { $0.endMs <= keptStartMs }) else { return }
        purchases[place].removeAll { $0.endMs <= keptStartMs }
        markDirty(subscription: subscription)
    }
}
