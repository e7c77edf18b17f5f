import Events

extension CatalogueContent {
    /// Two plans in two currencies, two issuers, two time zones: small, but with every kind of price.
    public static var simulated: CatalogueContent { simulated(rules: 2) }

    /// - Parameter rules: the version of the rules of rating that it is written for.
    static func simulated(rules: UInt32) -> CatalogueContent {
        var content = CatalogueContent()
        content.rulesVersion = rules
        content.name = "2026-01"
        content.rulesVersion = 2
        content.graceMs = 2 * 86_400_000
        content.latePeriods = 12
        content.prepaidGraceMs = 5 * 86_400_000
        content.usageSpecifications = [
            .with { $0.type = "voice"; $0.unit = .second; $0.mostMicros = 86_400_000_000; $0.aheadMs = 100 * 86_400_000 },
            .with { $0.type = "sms"; $0.unit = .event; $0.mostMicros = 1_000_000_000; $0.aheadMs = 100 * 86_400_000 },
            .with { $0.type = "data"; $0.unit = .byte },
            .with { $0.type = "payment"; $0.unit = .amount },
        ]
        content.zones = [
            .with { $0.id = "home"; $0.name = "Home"; $0.prefixes = ["420"]; $0.country = .home },
            .with { $0.id = "abroad"; $0.name = "Abroad"; $0.prefixes = ["49", "33"]; $0.premium = true },
            // Within each other, and split out of one.
            .with { $0.id = "mobile"; $0.name = "Mobile"; $0.prefixes = ["4207"]; if rules >= 2 { $0.within = ["home"] } },
            .with { $0.id = "premium"; $0.name = "Premium"; $0.prefixes = ["42090"] },
            .with { $0.id = "free"; $0.name = "Freephone"; $0.prefixes = ["420800"] },
        ]
        content.issuers = [issuer("north", "N-"), issuer("south", "S2026")]
        content.timeZones = [
            .with { $0.id = "UTC"; $0.transitionMs = [Int64.min]; $0.offsetSeconds = [0] },
            // The European change of 29 March and 25 October 2026.
            .with {
                $0.id = "Europe/Prague"
                $0.transitionMs = [Int64.min, 1_774_746_000_000, 1_792_890_000_000]
                $0.offsetSeconds = [3600, 7200, 3600]
            },
        ]
        // Every second two hours, so that many a session is cut.
        content.timeBands = (0..<6).map { (place: Int32) in .with { $0.id = "h\(place)"; $0.fromS = place * 14_400; $0.toS = place * 14_400 + 7200 } }
        content.offerings = ["EUR", "JPY"].flatMap { currency in
            [offering("basic", currency, fee: 9_990_000_000, minutes: 20), offering("plus", currency, fee: 19_500_000_000, minutes: 60), addon(currency)]
        }
        content.offerings += [
            linear("flat-eur", voice: 10_000_000, sms: 50_000_000, ended: .bill), linear("line-eur", voice: 20_000_000, sms: 70_000_000, ended: .reject),
        ]
        // One plan tells fewer zones apart.
        for place in content.offerings.indices where rules >= 2 && content.offerings[place].name == "plus" {
            content.offerings[place].deck = ["home", "abroad", "premium", "free"]
        }
        return content
    }

    private static func issuer(_ id: String, _ prefix: String) -> Issuer {
        .with {
            $0.id = id
            $0.name = id
            $0.series = id + "-2026"
            $0.numberPrefix = prefix
            $0.numberDigits = 5
            $0.taxes = [.with { $0.category = "standard"; $0.percentMicros = id == "north" ? 21_000_000 : 7_700_000 }]
        }
    }

    private static func offering(_ plan: String, _ currency: String, fee: Int64, minutes: Int64) -> Offering {
        var version = OfferingVersion()
        version.validFromMs = 0
        version.recurring = [
            .with { $0.id = "fee"; $0.name = "Monthly fee"; $0.amountNanos = fee },
            .with { $0.id = "active"; $0.name = "Fee in months with usage"; $0.amountNanos = 500_000_001; $0.onlyWithUsage = true },
        ]
        // Both policies that are final, and both sides of each other choice.
        (version.whenSuspended, version.whenEnded) = plan == "basic" ? (.reject, .bill) : (.suspend, .reject)
        version.noFeesWhenSuspended = plan == "plus"
        if plan == "basic" { version.minimumSpendNanos = 14_000_000_000 }
        version.allowances = [
            .with {
                $0.id = "minutes"; $0.name = "Minutes"; $0.type = "voice"; $0.amountMicros = minutes * 60_000_000; $0.zones = ["home"]
                $0.prorated = true; $0.noticePercents = [50, 80, 100]
                $0.rollover = .with { $0.cap = 2 * minutes * 60_000_000; $0.periods = 2 }
            },
            .with {
                $0.id = "data"; $0.name = "Data"; $0.type = "data"; $0.amountMicros = 500_000_000_000_000
                $0.owner = .account; $0.limit = 300_000_000_000_000; $0.rollover.periods = 1
            },
            .with {
                $0.id = "welcome"; $0.name = "Minutes to begin with"; $0.type = "voice"; $0.amountMicros = 900_000_000
                $0.recurs = .once; $0.validityMs = 20 * 86_400_000; $0.noticePercents = [100]
            },
            .with { $0.id = "credit"; $0.name = "Credit for messages"; $0.type = "sms"; $0.amountNanos = 500_000_000 },
        ]
        version.prices = [
            .with {
                $0.id = "voice-free"; $0.name = "Freephone"; $0.type = "voice"; $0.zones = ["free"]
                $0.steps = [step(from: 0, increment: 1, price: 0, per: 1)]
            },
            .with {
                $0.id = "voice-premium"; $0.name = "Premium calls"; $0.type = "voice"; $0.zones = ["premium"]
                $0.steps = [step(from: 0, increment: 60_000_000, price: 900_000_001, per: 60_000_000)]
            },
            .with {
                $0.id = "voice-abroad-cheap"; $0.name = "Calls abroad in cheap hours"; $0.type = "voice"; $0.zones = ["abroad"]; $0.session = .split
                $0.conditions.timeBands = (0..<6).map { "h\($0)" }
                $0.rounds = .usage; $0.rounding = .with { $0.mode = .up; $0.decimals = 3 }; $0.maximumNanos = 1_000_000_000
                $0.steps = [step(from: 0, increment: 7_000_000, price: 111_111_111, per: 60_000_000)]
            },
            .with {
                $0.id = "voice-abroad"; $0.name = "Calls abroad"; $0.type = "voice"; $0.zones = ["abroad"]; $0.connectionFeeNanos = 100_000_000
                $0.session = .split
                $0.rounds = .usage; $0.rounding = .with { $0.decimals = 2 }
                $0.steps = [step(from: 0, increment: 60_000_000, price: 333_333_333, per: 60_000_000),
                    step(from: 60_000_000, increment: 1_000_000, price: 333_333_333, per: 60_000_000)]
            },
            .with {
                $0.id = "voice-business"; $0.name = "Calls of businesses"; $0.type = "voice"; $0.conditions.segments = ["business"]
                $0.steps = [step(from: 0, increment: 1_000_000, price: 40_000_000, per: 60_000_000)]
            },
            .with {
                $0.id = "payment"; $0.name = "1.234567 % of payments"; $0.type = "payment"
                $0.rounding = .with { $0.decimals = 2 }
                $0.steps = [step(from: 0, increment: 1, price: 12_345_670, per: 1_000_000)]
            },
            .with {
                $0.id = "voice"; $0.name = "Calls"; $0.type = "voice"
                $0.steps = [step(from: 0, increment: 60_000_000, price: 50_000_000, per: 60_000_000)]
            },
            .with {
                $0.id = "sms"; $0.name = "Messages, cheaper after the account's third of a day"; $0.type = "sms"; $0.scope = .day; $0.owner = .account
                $0.steps = [step(from: 0, increment: 1_000_000, price: 123_456_789, per: 1_000_000),
                    step(from: 3_000_000, increment: 1_000_000, price: 100_000_000, per: 1_000_000)]
            },
            .with {
                $0.id = "data"; $0.name = "Data"; $0.type = "data"; $0.scope = .period
                $0.steps = [step(from: 0, increment: 1_048_576_000_000, price: 7_000_001, per: 1_048_576_000_000)]
            },
        ]
        version.discounts = discounts
        return .with {
            $0.id = plan + "-" + currency.lowercased()
            $0.name = plan
            $0.currency = currency
            $0.versions = [version]
        }
    }

    /// Each unit costs the same: what one usage costs depends on no other.
    private static func linear(_ id: String, voice: Int64, sms: Int64, ended: UsagePolicy) -> Offering {
        var version = OfferingVersion()
        version.recurring = [.with { $0.id = "fee"; $0.name = "Monthly fee"; $0.amountNanos = 5_000_000_000 }]
        version.whenEnded = ended
        version.prices = [("voice", voice), ("sms", sms)].map { type, price in
            .with { $0.id = type; $0.name = type; $0.type = type; $0.steps = [step(from: 0, increment: 1_000_000, price: price, per: 1_000_000)] }
        }
        return .with { $0.id = id; $0.name = id; $0.currency = "EUR"; $0.versions = [version] }
    }

    /// With allowances that end at other times, one of which burns before the plan's.
    private static func addon(_ currency: String) -> Offering {
        var version = OfferingVersion()
        version.oneTime = [
            .with { $0.id = "price"; $0.name = "Price"; $0.amountNanos = 1_990_000_000 },
            .with { $0.id = "setup"; $0.name = "Setup"; $0.amountNanos = 10_000_001 },
        ]
        version.allowances = [
            .with {
                $0.id = "minutes"; $0.name = "Minutes"; $0.type = "voice"; $0.amountMicros = 1_200_000_000; $0.zones = ["abroad"]
                $0.conditions.timeBands = ["h1", "h2", "h5"]; $0.recurs = .once; $0.validityMs = 10 * 86_400_000; $0.noticePercents = [50, 100]
            },
            .with { $0.id = "data"; $0.name = "Data"; $0.type = "data"; $0.amountMicros = 400_000_000_000_000; $0.recurs = .once; $0.validityPeriods = 2 },
            .with { $0.id = "money"; $0.name = "Money"; $0.amountNanos = 700_000_000; $0.priority = -1; $0.recurs = .once; $0.validityPeriods = 1 },
        ]
        return .with {
            $0.id = "extra-" + currency.lowercased()
            $0.name = "Extra"
            $0.currency = currency
            $0.kind = .addon
            $0.versions = [version]
        }
    }

    private static func step(from: Int64, increment: Int64, price: Int64, per: Int64) -> RateStep {
        .with { $0.fromMicros = from; $0.incrementMicros = increment; $0.priceNanos = price; $0.pricePerMicros = per }
    }
}
