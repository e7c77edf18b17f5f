/// What a change names must be known: its time, then its account, then its subscription. Nil where one is not, and `refuse` was told so.
extension RateState {
    /// - Parameter field: what the change calls its time.
    func known(
        subscription id: String, of account: String, at ms: Int64, as field: String = "from", or refuse: (ChangeRefusal, String) -> Void
    ) -> (account: UInt32, subscription: UInt32)? {
        guard let account = known(account: account, at: ms, as: field, or: refuse), let subscription = known(subscription: id, of: account, or: refuse)
        else { return nil }
        return (account, subscription)
    }

    func known(account id: String, at ms: Int64, as field: String = "from", or refuse: (ChangeRefusal, String) -> Void) -> UInt32? {
        if RateStage.knownTimes.contains(ms) { return known(account: id, or: refuse) }
        refuse(.timeOutOfRange, "\(field) \(ms)")
        return nil
    }

    func known(account id: String, or refuse: (ChangeRefusal, String) -> Void) -> UInt32? {
        let account = known(account: id)
        if account == nil { refuse(.unknownAccount, "the account was never opened") }
        return account
    }

    func known(subscription id: String, of account: UInt32, or refuse: (ChangeRefusal, String) -> Void) -> UInt32? {
        let subscription = known(subscription: id, of: account)
        if subscription == nil { refuse(.unknownSubscription, "the account has no such subscription") }
        return subscription
    }

    func known(account id: String) -> UInt32? {
        var id = id
        guard let account = id.withUTF8({ accountIDs.find(UnsafeRawBufferPointer($0)) }), accounts[Int(account)].isKnown else { return nil }
        return account
    }

    func known(subscription id: String, of account: UInt32) -> UInt32? {
        var id = id
        guard let found = id.withUTF8({ subscriptionIDs.find(UnsafeRawBufferPointer($0), owner: account) }),
            subscriptions[Int(found)].isKnown
        else { return nil }
        return found
    }
}
