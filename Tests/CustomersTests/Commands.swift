/// Commands as JSON, short to write.
enum Command {
    static func open(
        _ account: String, id: String, from: String = #""fromMs": "1000""#, currency: String = "EUR", timeZone: String = "Europe/Prague",
        day: Int = 1, issuer: String = "tollnet", tax: String = "S", name: String = "Ada"
    ) -> String {
        """
        {"commandId": "\(id)", "openAccount": {"account": "\(account)", \(from), "person": {"name": "\(name)"}, "terms":
          {"currency": "\(currency)", "timeZone": "\(timeZone)", "billCycleDay": \(day), "issuer": "\(issuer)", "taxCategory": "\(tax)"}}}
        """
    }

    static func activate(
        _ account: String, _ subscription: String, id: String, offering: String = "basic", from: Int = 2000, identifiers: [String] = []
    ) -> String {
        let list = identifiers.map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"commandId": "\(id)", "activateSubscription": {"account": "\(account)", "subscription": "\(subscription)",
              "offering": "\(offering)", "fromMs": "\(from)", "identifiers": [\(list)]}}
            """
    }

    static func openPrepaid(_ account: String, id: String, limit: Int64 = 0, payment: String = "PAYMENT_MODE_PREPAID") -> String {
        open(account, id: id, tax: #"S", "payment": "\#(payment)", "creditLimitNanos": "\#(limit)"#)
    }

    static func buy(_ account: String, _ subscription: String, id: String, offering: String = "extra", from: Int = 3000) -> String {
        #"{"commandId": "\#(id)", "buyOffering": {"account": "\#(account)", "subscription": "\#(subscription)", "offering": "\#(offering)", "fromMs": "\#(from)"}}"#
    }

    /// `amount` is the body of the Money message.
    static func topUp(_ account: String, id: String, amount: String = #""currencyCode": "EUR", "units": "5""#, expires: Int = 0, from: Int = 3000) -> String {
        #"{"commandId": "\#(id)", "topUp": {"account": "\#(account)", "amount": {\#(amount)}, "expiresMs": "\#(expires)", "fromMs": "\#(from)"}}"#
    }

    static func setPrepaid(_ account: String, id: String, _ rest: String) -> String {
        #"{"commandId": "\#(id)", "setPrepaid": {"account": "\#(account)"\#(rest.isEmpty ? "" : ", " + rest)}}"#
    }

    static func changePlan(_ account: String, _ subscription: String, id: String, offering: String = "plus", from: Int = 3000) -> String {
        #"{"commandId": "\#(id)", "changePlan": {"account": "\#(account)", "subscription": "\#(subscription)", "offering": "\#(offering)", "fromMs": "\#(from)"}}"#
    }

    static func end(_ account: String, _ subscription: String, id: String, at: Int) -> String {
        #"{"commandId": "\#(id)", "endSubscription": {"account": "\#(account)", "subscription": "\#(subscription)", "atMs": "\#(at)"}}"#
    }

    static func suspend(
        _ account: String, _ subscription: String, id: String, from: Int, reason: String = "unpaid", barring: String = "BARRING_LEVEL_ALL"
    ) -> String {
        """
        {"commandId": "\(id)", "suspendSubscription": {"account": "\(account)", "subscription": "\(subscription)", "reason": "\(reason)",
          "barring": "\(barring)", "fromMs": "\(from)"}}
        """
    }

    static func resume(_ account: String, _ subscription: String, id: String, from: Int) -> String {
        #"{"commandId": "\#(id)", "resumeSubscription": {"account": "\#(account)", "subscription": "\#(subscription)", "fromMs": "\#(from)"}}"#
    }

    static func assign(_ account: String, _ subscription: String, _ identifier: String, id: String, from: Int) -> String {
        #"{"commandId": "\#(id)", "assignIdentifier": {"account": "\#(account)", "subscription": "\#(subscription)", "identifier": "\#(identifier)", "fromMs": "\#(from)"}}"#
    }

    static func favourites(_ account: String, _ subscription: String, _ numbers: [String], id: String, from: Int) -> String {
        let list = numbers.map { "\"\($0)\"" }.joined(separator: ", ")
        return #"{"commandId": "\#(id)", "setFavourites": {"account": "\#(account)", "subscription": "\#(subscription)", "favourites": {"numbers": [\#(list)]}, "fromMs": "\#(from)"}}"#
    }

    static func release(_ account: String, _ subscription: String, _ identifier: String, id: String, at: Int) -> String {
        #"{"commandId": "\#(id)", "releaseIdentifier": {"account": "\#(account)", "subscription": "\#(subscription)", "identifier": "\#(identifier)", "atMs": "\#(at)"}}"#
    }
}
