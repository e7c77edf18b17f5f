import Events
import Quantities

extension Decider {
    /// No list is longer.
    private static let mostFavourites = 100

    func decide(_ command: SetFavourites) -> Decision {
        let from = CommandTime("from", command.from, command.fromMs)
        if let fault = formFault(account: command.account, subscription: command.subscription, time: from) { return fault }
        guard let subscription = subscription(command.subscription, of: command.account) else { return unknownSubscription(of: command.account) }
        guard command.favourites.numbers.count <= Self.mostFavourites else {
            return .refused(.badFavourites, "there are more than \(Self.mostFavourites) numbers")
        }
        var numbers: [String] = []
        for (place, raw) in command.favourites.numbers.enumerated() {
            // As usage has the other party: E.164 digits, where it is a telephone number.
            guard let identifier = Identifier(raw), identifier.text.hasPrefix("msisdn:") else {
                return .refused(.badFavourites, "favourites.numbers[\(place)] is no telephone number")
            }
            let number = String(identifier.text.dropFirst("msisdn:".utf8.count))
            if numbers.contains(number) { return .refused(.badFavourites, "favourites.numbers[\(place)] is there already") }
            numbers.append(number)
        }
        if let fault = timeFault(from.ms, in: subscription) { return fault }
        return .facts([
            .favouritesSet(
                .with {
                    $0.account = command.account
                    $0.subscription = command.subscription
                    $0.favourites.keyID = command.favourites.keyID
                    $0.favourites.numbers = numbers
                    $0.fromMs = from.ms
                })
        ])
    }
}
