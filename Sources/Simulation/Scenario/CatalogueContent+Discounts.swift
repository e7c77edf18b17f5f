import Events

extension CatalogueContent {
    /// One of each kind: by percentage, by spending, by signal, for favourites and on fees.
    static var discounts: [Discount] {
        [
            .with {
                $0.id = "newcomer"; $0.name = "Half the fee at first"; $0.target = .fees; $0.prices = ["fee"]; $0.percentMicros = 50_000_000
                $0.conditions.ageToMs = 40 * 86_400_000
            },
            .with {
                $0.id = "favourite"; $0.name = "Favourite numbers"; $0.type = "voice"; $0.percentMicros = 33_333_333; $0.conditions.favourites = 1
                $0.exclusive = true
            },
            .with {
                $0.id = "congestion"; $0.name = "Busy network"; $0.type = "voice"; $0.zones = ["abroad"]; $0.signal = "congestion"
                $0.atLeastMicros = 500_000; $0.atMostMicros = 3_000_000
            },
            .with {
                $0.id = "spender"; $0.name = "Whoever spends much"; $0.owner = .account
                $0.steps = [
                    .with { $0.percentMicros = 0 }, .with { $0.fromNanos = 1_000_000_000; $0.percentMicros = 10_000_000 },
                    .with { $0.fromNanos = 3_000_000_000; $0.percentMicros = 17_500_000 },
                ]
            },
            .with {
                $0.id = "january"; $0.name = "January's messages"; $0.type = "sms"; $0.prices = ["sms"]; $0.percentMicros = 5_000_000
                $0.fromMs = 1_767_225_600_000; $0.toMs = 1_769_904_000_000
            },
        ]
    }
}
