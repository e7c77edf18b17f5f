import Events
import SwiftProtobuf

/// What purchases and prepaid balances added to messages.
extension GoldenSamples {
    static let prepaid: [(name: String, message: any Message & Hashable)] = [
        (
            "CustomerCommand-v1-buy_offering",
            CustomerCommand.with {
                $0.buyOffering = .with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.offering = "extra"; $0.fromMs = 1; $0.from = "2026-10-05T12:30:00+02:00" }
            }
        ),
        (
            "CustomerCommand-v1-top_up",
            CustomerCommand.with {
                $0.topUp = .with {
                    $0.account = "acc-1"; $0.amount = money(5); $0.expiresMs = 2; $0.expires = "2026-11-05T12:30:00+02:00"; $0.fromMs = 1
                    $0.from = "2026-10-05T12:30:00+02:00"
                }
            }
        ),
        (
            "CustomerCommand-v1-set_prepaid",
            CustomerCommand.with {
                $0.setPrepaid = .with {
                    $0.account = "acc-1"; $0.creditLimit = money(1); $0.autoTopUp = .with { $0.below = money(2); $0.amount = money(3) }
                    $0.recurringTopUp.amount = money(4)
                }
            }
        ),
        (
            "CustomerCommand-v1-open_prepaid",
            CustomerCommand.with { $0.openAccount.terms = .with { $0.currency = "EUR"; $0.payment = .prepaid; $0.creditLimitNanos = 7 } }
        ),
        ("CustomerEvent-v1-purchase_ordered", CustomerEvent.with { $0.purchaseOrdered = purchase }),
        ("CustomerEvent-v1-top_up_ordered", CustomerEvent.with { $0.topUpOrdered = topUp }),
        ("CustomerEvent-v1-prepaid_set", CustomerEvent.with { $0.prepaidSet = settings }),
        ("NormalizedRecord-v1-purchase_ordered", NormalizedRecord.with { $0.purchaseOrdered = purchase }),
        ("NormalizedRecord-v1-top_up_ordered", NormalizedRecord.with { $0.topUpOrdered = topUp }),
        ("NormalizedRecord-v1-prepaid_set", NormalizedRecord.with { $0.prepaidSet = settings }),
        (
            "RatedRecord-v1-usage_prepaid",
            RatedRecord.with {
                $0.usage.account = "acc-1"; $0.usage.chargeNanos = 9; $0.usage.prepaidNanos = 9; $0.usage.balanceLeftNanos = -4
                $0.usage.draws = [.with { $0.allowance = "minutes"; $0.drawn = 1; $0.left = 2; $0.purchaseStartMs = 3; $0.offering = "extra" }]
            }
        ),
        (
            "RatedRecord-v1-recurring_prepaid",
            RatedRecord.with { $0.recurring = .with { $0.account = "acc-1"; $0.price = "fee"; $0.chargeNanos = 9; $0.prepaidNanos = 9; $0.balanceLeftNanos = 1 } }
        ),
        (
            "RatedRecord-v1-topped_up",
            RatedRecord.with {
                $0.toppedUp = .with { $0.account = "acc-1"; $0.amountNanos = 5; $0.expiresMs = 2; $0.fromMs = 1; $0.revivedNanos = 3; $0.balanceLeftNanos = 8 }
            }
        ),
        (
            "RatedRecord-v1-one_time",
            RatedRecord.with {
                $0.oneTime = .with {
                    $0.account = "acc-1"; $0.subscription = "sub-1"; $0.offering = "extra"; $0.price = "price"; $0.chargeNanos = 5; $0.periodStartMs = 1
                    $0.periodEndMs = 9; $0.purchaseStartMs = 3; $0.prepaidNanos = 5; $0.balanceLeftNanos = 2
                }
            }
        ),
        (
            "RatedRecord-v1-balance_expired",
            RatedRecord.with { $0.balanceExpired = .with { $0.account = "acc-1"; $0.amountNanos = 5; $0.balanceLeftNanos = -1 } }
        ),
        (
            "RatedRecord-v1-top_up_requested",
            RatedRecord.with { $0.topUpRequested = .with { $0.account = "acc-1"; $0.amountNanos = 5; $0.cause = .lowBalance; $0.balanceLeftNanos = 1 } }
        ),
        (
            "RatedRecord-v1-offering_bought",
            RatedRecord.with { $0.offeringBought = .with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.offering = "extra"; $0.startMs = 3; $0.endMs = 9 } }
        ),
        (
            "PeriodRecord-v1-closed_prepaid",
            PeriodRecord.with {
                $0.closed.account = "acc-1"
                $0.closed.prepaidTotal = money(9)
                $0.closed.isPaid = true
                $0.closed.lines = [.with { $0.kind = .oneTime; $0.prepaid = money(9) }, .with { $0.kind = .lateOneTime; $0.originalPeriodStartMs = 1 }]
            }
        ),
        ("PeriodRecord-v1-more_lines_prepaid", PeriodRecord.with { $0.moreLines = .with { $0.account = "acc-1"; $0.chunk = 2; $0.isPaid = true } }),
        (
            "CatalogueRecord-v1-content_addon",
            CatalogueRecord.with {
                $0.content.prepaidGraceMs = 5
                $0.content.offerings = [
                    .with {
                        $0.id = "extra"
                        $0.kind = .addon
                        $0.versions = [
                            .with {
                                $0.oneTime = [.with { $0.id = "price"; $0.name = "Price"; $0.amountNanos = 5 }]
                                $0.allowances = [
                                    .with { $0.id = "a"; $0.recurs = .once; $0.validityMs = 7 }, .with { $0.id = "b"; $0.recurs = .once; $0.validityPeriods = 2 },
                                ]
                            }
                        ]
                    }
                ]
            }
        ),
    ]

    private static let purchase = PurchaseOrdered.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.offering = "extra"; $0.fromMs = 1 }
    private static let topUp = TopUpOrdered.with { $0.account = "acc-1"; $0.currency = "EUR"; $0.amountNanos = 5; $0.expiresMs = 2; $0.fromMs = 1 }
    private static let settings = PrepaidSet.with {
        $0.account = "acc-1"; $0.creditLimitNanos = 1; $0.autoBelowNanos = 2; $0.autoAmountNanos = 3; $0.recurringAmountNanos = 4
    }

    private static func money(_ units: Int64) -> Money { .with { $0.currencyCode = "EUR"; $0.units = units; $0.nanos = 1 } }
}
