import Events
import SwiftProtobuf

/// What suspensions, policies and minimum spend added to messages.
extension GoldenSamples {
    static let suspensions: [(name: String, message: any Message & Hashable)] = [
        (
            "CustomerCommand-v1-suspend_subscription",
            CustomerCommand.with {
                $0.commandID = "cmd-1"
                $0.suspendSubscription = .with {
                    $0.account = "acc-1"
                    $0.subscription = "sub-1"
                    $0.reason = "unpaid invoice"
                    $0.barring = .outgoing
                    $0.fromMs = 7
                    $0.from = "2026-10-03T00:00:00Z"
                }
            }
        ),
        (
            "CustomerCommand-v1-resume_subscription",
            CustomerCommand.with {
                $0.commandID = "cmd-1"
                $0.resumeSubscription = .with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.fromMs = 7; $0.from = "2026-10-03T00:00:00Z" }
            }
        ),
        ("CustomerEvent-v1-subscription_suspended", CustomerEvent.with { $0.commandID = "cmd-1"; $0.subscriptionSuspended = suspended }),
        (
            "CustomerEvent-v1-subscription_suspended_international",
            CustomerEvent.with { $0.subscriptionSuspended = suspended; $0.subscriptionSuspended.barring = .outgoingInternational }
        ),
        (
            "CustomerEvent-v1-subscription_suspended_premium",
            CustomerEvent.with { $0.subscriptionSuspended = suspended; $0.subscriptionSuspended.barring = .premium }
        ),
        (
            "CatalogueRecord-v1-content_barring",
            CatalogueRecord.with {
                $0.content.zones = [
                    .with { $0.id = "national"; $0.prefixes = ["1"]; $0.country = .home; $0.premium = false },
                    .with { $0.id = "jamaica"; $0.prefixes = ["1876"]; $0.country = .abroad; $0.premium = true },
                ]
            }
        ),
        ("CustomerEvent-v1-subscription_resumed", CustomerEvent.with { $0.commandID = "cmd-1"; $0.subscriptionResumed = resumed }),
        ("NormalizedRecord-v1-subscription_suspended", NormalizedRecord.with { $0.subscriptionSuspended = suspended }),
        ("NormalizedRecord-v1-subscription_resumed", NormalizedRecord.with { $0.subscriptionResumed = resumed }),
        ("RatedRecord-v1-subscription_suspended", RatedRecord.with { $0.subscriptionSuspended = suspended }),
        ("RatedRecord-v1-subscription_resumed", RatedRecord.with { $0.subscriptionResumed = resumed }),
        (
            "RatedRecord-v1-unrated_rejected",
            RatedRecord.with { $0.unrated = .with { $0.account = "acc-1"; $0.rawOffset = 6; $0.reason = "subscription-barred"; $0.rejected = true } }
        ),
        (
            "CustomerEvent-v1-identifier_released_following",
            CustomerEvent.with { $0.identifierReleased = .with { $0.account = "acc-1"; $0.identifier = "user:7"; $0.atMs = 7; $0.followsEnd = true } }
        ),
        (
            "DirectoryEntry-v1-entry_following",
            DirectoryEntry.with { $0.identifier = "user:7"; $0.assignments = [.with { $0.account = "acc-1"; $0.toMs = 7; $0.followsEnd = true }] }
        ),
        (
            "CatalogueRecord-v1-content_policies",
            CatalogueRecord.with {
                $0.content.offerings = [
                    .with {
                        $0.id = "basic"
                        $0.versions = [
                            .with { $0.whenSuspended = .reject; $0.whenEnded = .bill; $0.noFeesWhenSuspended = true; $0.minimumSpendNanos = 20_000_000_000 }
                        ]
                    }
                ]
            }
        ),
    ]

    private static let suspended = SubscriptionSuspended.with {
        $0.account = "acc-1"; $0.subscription = "sub-1"; $0.reason = "unpaid invoice"; $0.barring = .roaming; $0.fromMs = 7
    }
    private static let resumed = SubscriptionResumed.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.fromMs = 7 }
}
