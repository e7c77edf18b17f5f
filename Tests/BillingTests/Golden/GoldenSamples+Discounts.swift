import Events
import SwiftProtobuf

/// What discounts, favourite numbers and price signals added to messages.
extension GoldenSamples {
    static let discounts: [(name: String, message: any Message & Hashable)] = [
        ("NormalizedRecord-v1-favourites_set", NormalizedRecord.with { $0.favouritesSet = favourites }),
        ("NormalizedRecord-v1-price_signal", NormalizedRecord.with { $0.priceSignal = signal }),
        (
            "CustomerCommand-v1-set_favourites",
            CustomerCommand.with {
                $0.commandID = "c-1"
                $0.setFavourites = .with {
                    $0.account = "acc-1"; $0.subscription = "sub-1"; $0.fromMs = 7; $0.from = "2026-10-03T00:00:00Z"
                    $0.favourites = .with { $0.keyID = "k-1"; $0.numbers = ["+420601000002", "420601000003"] }
                }
            }
        ),
        ("CustomerEvent-v1-favourites_set", CustomerEvent.with { $0.favouritesSet = favourites }),
        (
            "RatedRecord-v1-usage_discounted",
            RatedRecord.with {
                $0.usage.account = "acc-1"
                $0.usage.chargeNanos = 7
                $0.usage.discounts = applied
                $0.usage.discountNanos = -2
            }
        ),
        (
            "RatedRecord-v1-recurring_discounted",
            RatedRecord.with {
                $0.recurring.account = "acc-1"
                $0.recurring.price = "monthly"
                $0.recurring.discounts = applied
                $0.recurring.discountNanos = -2
            }
        ),
        (
            "RatedRecord-v1-favourites_taken",
            RatedRecord.with { $0.favouritesTaken = .with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.fromMs = 7; $0.count = 2 } }
        ),
        ("RatedRecord-v1-price_signal_taken", RatedRecord.with { $0.priceSignalTaken = .with { $0.signal = signal; $0.refused = "too many" } }),
        (
            "PeriodRecord-v1-more_lines_discounted",
            PeriodRecord.with {
                $0.moreLines.account = "acc-1"
                $0.moreLines.lines = [.with { $0.kind = .usage; $0.price = "voice"; $0.discount = .with { $0.currencyCode = "EUR"; $0.units = 1; $0.nanos = 5 } }]
            }
        ),
        (
            "CatalogueRecord-v1-content_discounted",
            CatalogueRecord.with {
                $0.content.offerings = [.with { $0.id = "basic"; $0.versions = [.with { $0.discounts = [byPercent, bySteps, bySignal] }] }]
            }
        ),
    ]

    private static let favourites = FavouritesSet.with {
        $0.account = "acc-1"; $0.subscription = "sub-1"; $0.fromMs = 7
        $0.favourites = .with { $0.keyID = "k-1"; $0.numbers = ["420601000002", "420601000003"] }
    }
    private static let signal = PriceSignal.with { $0.name = "congestion"; $0.fromMs = 7; $0.toMs = 8; $0.multiplierMicros = 1_500_000 }
    private static let applied: [AppliedDiscount] = [
        .with { $0.discount = "spender"; $0.amountNanos = 3; $0.spentBeforeNanos = 50 },
        .with { $0.discount = "busy"; $0.amountNanos = -5; $0.signal = "congestion"; $0.multiplierMicros = 1_500_000 },
    ]
    private static let byPercent = Discount.with {
        $0.id = "happy"; $0.name = "Happy hours"; $0.target = .both; $0.type = "voice"; $0.zones = ["land"]; $0.prices = ["voice"]; $0.fromMs = 1; $0.toMs = 2
        $0.percentMicros = 12_500_000; $0.exclusive = true
        $0.conditions.favourites = 3
    }
    private static let bySteps = Discount.with {
        $0.id = "spender"; $0.target = .fees; $0.owner = .account
        $0.steps = [.with { $0.percentMicros = 1 }, .with { $0.fromNanos = 5; $0.percentMicros = 2 }]
    }
    private static let bySignal = Discount.with { $0.id = "busy"; $0.signal = "congestion"; $0.atLeastMicros = 1; $0.atMostMicros = 2 }
}
