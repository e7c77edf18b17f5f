import Events
import SwiftProtobuf

/// What changes of an identifier's holder added to messages.
extension GoldenSamples {
    private static let usage = Usage.with {
        $0.identityHigh = 0x1111_2222_3333_4444
        $0.identityLow = 0x5555_6666_7777_8888
        $0.rawPartition = 3
        $0.rawOffset = 4
        $0.rawIndex = 2
        $0.account = "acc-1"
        $0.subscription = "sub-1"
        $0.type = "voice"
        $0.startMs = 1_791_196_200_250
        $0.quantityMicros = 62_500_000
        $0.parties = .with { $0.served = "msisdn:420601000001"; $0.other = "4915100000" }
        $0.recordHigh = 0x9999_aaaa_bbbb_cccc
        $0.recordLow = 0xdddd_eeee
        $0.content = 0xffff_0001
    }
    private static let change = HolderChange.with {
        $0.account = "acc-1"
        $0.subscription = "sub-1"
        $0.identifierHigh = 0x0102_0304_0506_0708
        $0.identifierLow = 0x090a_0b0c_0d0e_0f00
        $0.revision = 3
        $0.held = [.with { $0.fromMs = 1_790_805_600_000; $0.toMs = 1_791_196_000_000 }, .with { $0.fromMs = 1_793_000_000_000 }]
        $0.lostFromMs = 1_791_196_000_000
    }

    static let moves: [(name: String, message: any Message & Hashable)] = [
        ("NormalizedRecord-v1-holder_changed", NormalizedRecord.with { $0.meta.idHigh = 1; $0.holderChanged = change }),
        (
            "NormalizedRecord-v1-usage_moved",
            NormalizedRecord.with {
                $0.meta.idHigh = 1
                $0.meta.causeHigh = 7
                $0.meta.causeLow = 8
                $0.usage = usage
                $0.usage.account = "acc-2"
                $0.usage.subscription = "sub-2"
                $0.usage.moved = .with { $0.event = .with { $0.high = 7; $0.low = 8 }; $0.revision = 3 }
            }
        ),
        ("RatedRecord-v1-holder_changed", RatedRecord.with { $0.meta.idHigh = 1; $0.normalizedOffset = 1234; $0.holderChanged = change }),
        (
            "RatedRecord-v1-moved",
            RatedRecord.with {
                $0.meta.idHigh = 1
                $0.normalizedOffset = 1234
                $0.moved = .with { $0.account = "acc-1"; $0.rawPartition = 3; $0.rawOffset = 4; $0.rawIndex = 2 }
            }
        ),
        (
            "RatedRecord-v1-usage_corrected_moved",
            RatedRecord.with {
                $0.meta.idHigh = 1
                $0.normalizedOffset = 1234
                $0.usageCorrected = .with {
                    $0.rerate = "r1"
                    $0.original = .with { $0.high = 5; $0.low = 6 }
                    $0.reversed = [.with { $0.account = "acc-1"; $0.price = "voice"; $0.chargeNanos = 10 }]
                    $0.moved = usage
                }
            }
        ),
        (
            "UsageMove-v1-move",
            UsageMove.with {
                $0.meta.idHigh = 7
                $0.meta.idLow = 8
                $0.meta.causeHigh = 1
                $0.usage = usage
                $0.revision = 3
                $0.recycles = .with { $0.high = 9; $0.low = 10 }
            }
        ),
        (
            "DirectoryEntry-v1-entry_with_revision",
            DirectoryEntry.with {
                $0.identifier = "msisdn:420601000001"
                $0.assignments = [
                    .with {
                        $0.account = "acc-1"
                        $0.subscription = "sub-1"
                        $0.fromMs = 1_790_805_600_000
                        $0.toMs = 1_791_196_000_000
                        $0.firstToMs = 1_793_874_400_000
                        $0.event = .with { $0.high = 3; $0.low = 4 }
                    },
                    .with { $0.account = "acc-2"; $0.subscription = "sub-2"; $0.fromMs = 1_791_196_000_000 },
                ]
                $0.revision = 3
            }
        ),
        ("CatalogueRecord-v1-content_late_facts_holder", CatalogueRecord.with { $0.content.lateFactsApplied = [.purchase, .rollover, .holder] }),
        (
            "RatedRecord-v1-rerate_proposed_holder",
            RatedRecord.with {
                $0.rerateProposed = .with {
                    $0.account = "acc-1"; $0.subscription = "sub-1"; $0.fromMs = 1; $0.toMs = 2; $0.why = "holder"; $0.kind = .holder; $0.applies = true
                }
            }
        ),
        (
            "SuspendedUsage-v1-moved",
            SuspendedUsage.with {
                $0.meta.idHigh = 1
                $0.meta.causeHigh = 7
                $0.meta.causeLow = 8
                $0.reason = "no-subscription-at-time"
                $0.stage = "move"
                $0.rawPartition = 3
                $0.rawOffset = 4
                $0.rawIndex = 2
                $0.subscriber = "msisdn:420601000001"
                $0.startMs = 1_791_196_200_250
                $0.usage = usage
                $0.directoryRevision = 3
            }
        ),
    ]
}
