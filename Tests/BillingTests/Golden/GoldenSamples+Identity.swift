import Events
import SwiftProtobuf

/// What names of usage and conflicts added to messages.
extension GoldenSamples {
    private static let named = Usage.with {
        $0.identityHigh = 0x1111_2222_3333_4444
        $0.identityLow = 0x5555_6666_7777_8888
        $0.rawPartition = 3
        $0.rawOffset = 4
        $0.account = "acc-1"
        $0.subscription = "sub-1"
        $0.type = "voice"
        $0.startMs = 1_791_196_200_250
        $0.quantityMicros = 62_500_000
        $0.parties = .with { $0.served = "msisdn:420601000001"; $0.other = "4915100000" }
        $0.source = "msc-1"
        $0.recordHigh = 0x9999_aaaa_bbbb_cccc
        $0.recordLow = 0xdddd_eeee
        $0.content = 0xffff_0001
        $0.billsConflicts = true
    }

    static let identity: [(name: String, message: any Message & Hashable)] = [
        ("NormalizedRecord-v1-usage_named", NormalizedRecord.with { $0.meta.idHigh = 1; $0.usage = named }),
        (
            "RatedRecord-v1-unrated_conflicting",
            RatedRecord.with {
                $0.meta.idHigh = 1
                $0.normalizedOffset = 1234
                $0.unrated = .with {
                    $0.account = "acc-1"
                    $0.rawPartition = 3
                    $0.rawOffset = 4
                    $0.reason = "conflicting-duplicate"
                    $0.originalRawPartition = 2
                    $0.originalRawOffset = 17
                    $0.originalRawIndex = 5
                }
            }
        ),
        (
            "SuspendedUsage-v1-conflicting",
            SuspendedUsage.with {
                $0.meta.idHigh = 1
                $0.reason = "conflicting-duplicate"
                $0.stage = "rate"
                $0.rawPartition = 3
                $0.rawOffset = 4
                $0.usage = named
                $0.originalRawPartition = 2
                $0.originalRawOffset = 17
                $0.originalRawIndex = 5
            }
        ),
        (
            "CatalogueRecord-v1-content_record_ids",
            CatalogueRecord.with {
                $0.content.sources = [
                    .with {
                        $0.id = "asterisk"
                        $0.format = "csv"
                        $0.columns = ["uniqueid", "start"]
                        $0.recordIds = [.with { $0.column = "uniqueid" }, .with { $0.column = "start" }, .with { $0.constant = "v2" }]
                        $0.billsConflicts = true
                    }
                ]
            }
        ),
    ]
}
