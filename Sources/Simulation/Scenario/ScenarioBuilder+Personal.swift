import Events

/// What makes prices personal or moves them.
extension ScenarioBuilder {
    /// Some subscriptions choose favourite numbers, some twice, some none any more; some lists are refused.
    mutating func addFavourites(_ accounts: Int) {
        for account in 0..<accounts where random.happens(perMille: 600) {
            for round in 0...random.below(2) {
                let at = Self.start + Int64(random.below(55)) * Self.day
                var set = SetFavourites()
                set.account = "acc-\(account)"
                set.subscription = "sub-\(account)"
                set.fromMs = at + Int64(random.below(10) - 5) * Self.day
                set.favourites.keyID = "key-\(account)"
                set.favourites.numbers = random.pick([
                    ["+49301234567"], ["0033123456789", "420777123456"], ["420777123456", "33123456789"], [], ["49301234567", "49301234567"], ["anna"],
                ])
                command("favourites-\(account)-\(round)", at: at) { $0.setFavourites = set }
            }
        }
    }

    /// Signals that overlap, reach back, come late, or make no sense.
    mutating func addSignals() {
        for _ in 0..<(2 + random.below(6)) {
            let at = Self.start + Int64(random.below(60)) * Self.day
            var signal = PriceSignal()
            signal.name = random.pick(["congestion", "congestion", "unheard"])
            signal.fromMs = at + Int64(random.below(10) - 3) * Self.day + Int64(random.below(86_400_000))
            signal.toMs = signal.fromMs + Int64(random.below(12)) * Self.day
            signal.multiplierMicros = random.pick([1_500_000, 250_000, 0, 1_234_567, 4_000_000, -1])
            send(.signal(signal), at: at)
        }
    }
}
