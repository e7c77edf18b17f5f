import Events
import SwiftProtobuf

/// What decks, zones within zones and free usage added to messages.
extension GoldenSamples {
    static let zones: [(name: String, message: any Message & Hashable)] = [
        (
            "CatalogueRecord-v1-content_decks",
            CatalogueRecord.with {
                $0.content.rulesVersion = 2
                $0.content.zones = [
                    .with { $0.id = "national"; $0.prefixes = ["420"] }, .with { $0.id = "mobile"; $0.prefixes = ["4206"]; $0.within = ["national"] },
                ]
                $0.content.offerings = [
                    .with {
                        $0.id = "basic"
                        $0.deck = ["national", "mobile"]
                        $0.versions = [.with { $0.allowances = [.with { $0.id = "traffic"; $0.type = "data"; $0.amountMicros = 5; $0.includesFree = true }] }]
                    }
                ]
            }
        ),
        (
            "RatedRecord-v1-usage_own_zone",
            RatedRecord.with { $0.normalizedOffset = 1234; $0.usage.account = "acc-1"; $0.usage.zone = "national"; $0.usage.ownZone = "mobile" }
        ),
    ]
}
