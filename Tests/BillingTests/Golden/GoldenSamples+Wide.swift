import Events
import SwiftProtobuf

/// What quantities of more than 64 bits, and bounds of usage, added to messages.
extension GoldenSamples {
    private static let tenTerabytes: Int128 = 10_000_000_000_000_000_000

    static let wide: [(name: String, message: any Message & Hashable)] = [
        (
            "PeriodRecord-v1-closed_wide",
            PeriodRecord.with {
                $0.closed.account = "acc-1"
                $0.closed.lines = [
                    .with { $0.kind = .usage; $0.unit = .byte; $0.set(quantity: tenTerabytes, counted: tenTerabytes + 1, allowance: 2 * tenTerabytes) }
                ]
            }
        ),
        (
            "RatedRecord-v1-usage_wide",
            RatedRecord.with {
                $0.usage.account = "acc-1"
                $0.usage.sumBeforeMicrosPlusOne = .max
                $0.usage.wideSumBeforePlusOne = "10000000000000000001"
                $0.usage.draws = [.with { $0.allowance = "a"; $0.drawn = 7; $0.left = .max; $0.wideLeft = "10000000000000000000" }]
            }
        ),
        (
            "RatedRecord-v1-allowance_notice_wide",
            RatedRecord.with {
                $0.allowanceNotice.account = "acc-1"
                $0.allowanceNotice.set(used: tenTerabytes, amount: 2 * tenTerabytes)
            }
        ),
        (
            "NormalizedRecord-v1-rerate_wide",
            NormalizedRecord.with { $0.rerate.counters = [.with { $0.offering = "basic"; $0.meters = [MeterValue("p:data", tenTerabytes)] }] }
        ),
        (
            "CatalogueRecord-v1-content_wide",
            CatalogueRecord.with {
                $0.content.usageSpecifications = [.with { $0.type = "data"; $0.unit = .byte; $0.mostMicros = 7; $0.aheadMs = 8 }]
                $0.content.offerings = [
                    .with {
                        $0.id = "basic"
                        $0.versions = [
                            .with {
                                $0.allowances = [
                                    .with { $0.id = "a"; $0.set(quantity: tenTerabytes); $0.set(limit: tenTerabytes - 1); $0.rollover.set(cap: 3 * tenTerabytes) }
                                ]
                                $0.prices = [.with { $0.id = "p"; $0.steps = [RateStep(), .with { $0.set(from: tenTerabytes) }] }]
                            }
                        ]
                    }
                ]
            }
        ),
    ]
}
