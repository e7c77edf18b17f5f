import Events

/// The catalogues that are measured.
enum BenchTariff {
    /// One price for each type, no conditions.
    static let simple = content { version in
        version.prices = [price("voice", "voice", by: 1_000_000), price("sms", "sms", by: 1_000_000)]
    }

    /// 1,000 zones of 100 prefixes each, a peak and an off-peak price for each zone, two allowances.
    static let large: CatalogueContent = {
        let zones = (0..<1000).map { zone in
            Zone.with {
                $0.id = "z\(zone)"
                $0.prefixes = (0..<100).map { String(100_000 + zone * 100 + $0) }
            }
        }
        var content = BenchTariff.content { version in
            version.allowances = [
                .with { $0.id = "small"; $0.type = "voice"; $0.amountMicros = 600_000_000_000; $0.zones = (0..<500).map { "z\($0)" } },
                .with { $0.id = "big"; $0.type = "voice"; $0.amountMicros = 6_000_000_000_000; $0.conditions.timeBands = ["peak"] },
            ]
            version.prices = (0..<1000).flatMap { zone in
                [true, false].map { isPeak in
                    var price = price("p\(zone)" + (isPeak ? "-peak" : ""), "voice", by: 1_000_000)
                    price.zones = ["z\(zone)"]
                    if isPeak { price.conditions.timeBands = ["peak"] }
                    return price
                }
            }
        }
        content.zones = zones
        content.timeBands = [.with { $0.id = "peak"; $0.weekdays = [1, 2, 3, 4, 5]; $0.fromS = 28_800; $0.toS = 72_000 }]
        return content
    }()

    private static func content(_ change: (inout OfferingVersion) -> Void) -> CatalogueContent {
        var version = OfferingVersion()
        change(&version)
        return .with {
            $0.name = "bench"
            $0.graceMs = 86_400_000
            $0.latePeriods = 2
            $0.usageSpecifications = [.with { $0.type = "voice"; $0.unit = .second }, .with { $0.type = "sms"; $0.unit = .event }]
            $0.timeZones = [
                .with {
                    $0.id = "Europe/Prague"
                    $0.transitionMs = [Int64.min, 1_774_746_000_000, 1_792_890_000_000]
                    $0.offsetSeconds = [3600, 7200, 3600]
                }
            ]
            $0.offerings = [.with { $0.id = "o"; $0.currency = "EUR"; $0.versions = [version] }]
        }
    }

    private static func price(_ id: String, _ type: String, by increment: Int64) -> UsagePrice {
        .with {
            $0.id = id
            $0.type = type
            $0.steps = [.with { $0.incrementMicros = increment; $0.priceNanos = 50_000_000; $0.pricePerMicros = 60_000_000 }]
        }
    }
}
