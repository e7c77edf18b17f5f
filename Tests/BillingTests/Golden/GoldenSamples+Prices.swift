import Events
import SwiftProtobuf

/// What the wider price model added to messages.
extension GoldenSamples {
    static let prices: [(name: String, message: any Message & Hashable)] = [
        (
            "RawUsage-v1-usage_detailed",
            RawUsage.with {
                $0.source = "msc-1"
                $0.type = "voice"
                $0.subscriber = "420601000001"
                $0.start = "2026-10-05T12:30:00+02:00"
                $0.quantity = "62.5"
                $0.category = "call"
                $0.direction = "mt"
                $0.service = "internet"
                $0.network = "26201"
                $0.otherNetwork = "23001"
            }
        ),
        (
            "NormalizedRecord-v1-usage_detailed",
            NormalizedRecord.with {
                $0.usage.account = "acc-1"
                $0.usage.category = "call"
                $0.usage.direction = .forwarded
                $0.usage.service = "internet"
                $0.usage.network = "26201"
                $0.usage.otherNetwork = "23001"
            }
        ),
        (
            "RatedRecord-v1-usage_priced",
            RatedRecord.with {
                $0.normalizedOffset = 1234
                $0.usage.account = "acc-1"
                $0.usage.part = 1
                $0.usage.partCount = 2
                $0.usage.connectionFeeNanos = 1_000_000_000
                $0.usage.allowanceNanos = 2_000_000_000
                $0.usage.draws = [.with { $0.allowance = "minutes"; $0.drawn = 60_000_000; $0.left = 5 }]
                $0.usage.sumBeforeMicrosPlusOne = 1
            }
        ),
        (
            "RatedRecord-v1-allowance_notice",
            RatedRecord.with {
                $0.normalizedOffset = 1234
                $0.allowanceNotice = .with {
                    $0.account = "acc-1"
                    $0.subscription = "sub-1"
                    $0.offering = "basic"
                    $0.allowance = "minutes"
                    $0.percent = 80
                    $0.periodStartMs = 1_790_805_600_000
                    $0.periodEndMs = 1_793_487_600_000
                    $0.used = 48_000_000
                    $0.amount = 60_000_000
                }
            }
        ),
        ("CatalogueRecord-v1-content_priced", CatalogueRecord.with { $0.content = content }),
        (
            "CatalogueRecord-v1-content_sessions",
            CatalogueRecord.with {
                $0.content.offerings = [
                    .with {
                        $0.id = "basic"
                        $0.versions = [
                            .with {
                                $0.prices = [
                                    .with { $0.id = "part"; $0.session = .split; $0.rounds = .part; $0.sessionGroup = "home" },
                                    .with { $0.id = "usage"; $0.session = .split; $0.rounds = .usage },
                                ]
                            }
                        ]
                    }
                ]
            }
        ),
        ("NormalizedRecord-v1-rerate", NormalizedRecord.with { $0.rerate = order }),
        ("NormalizedRecord-v1-catalogue_correcting", NormalizedRecord.with { $0.catalogue = .with { $0.name = "2026-11"; $0.correctsFromMs = 7 } }),
        ("RatedRecord-v1-usage_corrected", RatedRecord.with { $0.usageCorrected = order.usages[0] }),
        ("RatedRecord-v1-fee_corrected", RatedRecord.with { $0.feeCorrected = order.fees[0] }),
        (
            "RatedRecord-v1-rerate_proposed",
            RatedRecord.with { $0.rerateProposed = .with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.fromMs = 1; $0.toMs = 2; $0.why = "plan" } }
        ),
        (
            "RatedRecord-v1-rerate_proposed_late",
            RatedRecord.with {
                $0.rerateProposed = .with {
                    $0.account = "acc-1"; $0.subscription = "sub-1"; $0.fromMs = 1; $0.toMs = 2; $0.why = "end"; $0.kind = .end; $0.applies = true
                }
            }
        ),
        (
            "RatedRecord-v1-usage_corrected_refused",
            RatedRecord.with {
                $0.usageCorrected = order.usages[0]
                $0.usageCorrected.replacement = []
                $0.usageCorrected.refused = .with { $0.account = "acc-1"; $0.rawOffset = 4; $0.reason = "subscription-barred"; $0.rejected = true }
            }
        ),
        (
            "RatedRecord-v1-usage_corrected_brought_back",
            RatedRecord.with {
                $0.usageCorrected = order.usages[0]
                $0.usageCorrected.reversed = []
                $0.usageCorrected.refusedBefore = .with { $0.account = "acc-1"; $0.rawOffset = 4; $0.reason = "subscription-not-active" }
            }
        ),
        (
            "NormalizedRecord-v1-rerate_by_time",
            NormalizedRecord.with {
                $0.rerate = order
                $0.rerate.sequence = .start
                $0.rerate.adjusts = true
                $0.rerate.base = [.with { $0.subscription = "sub-1"; $0.offering = "basic"; $0.startMs = 1; $0.endMs = 2; $0.meters = [.with { $0.meter = "a"; $0.value = 3 }] }]
            }
        ),
        ("RatedRecord-v1-rerated_by_time", RatedRecord.with { $0.rerated = .with { $0.account = "acc-1"; $0.rerate = "r1"; $0.sequence = .start } }),
        ("CatalogueRecord-v1-content_late_facts", CatalogueRecord.with { $0.content.lateFactsApplied = [.plan, .suspension, .end, .favourites] }),
        (
            "RatedRecord-v1-rerated",
            RatedRecord.with { $0.rerated = .with { $0.account = "acc-1"; $0.rerate = "r1"; $0.fromMs = 1; $0.toMs = 2; $0.catalogue = .init([1, 2, 3]) } }
        ),
    ]

    private static let order = RerateOrder.with {
        $0.rerate = "r1"; $0.account = "acc-1"; $0.asOfOffset = 9; $0.chunk = 1; $0.chunkCount = 2; $0.fromMs = 1; $0.toMs = 2; $0.catalogue = .init([1, 2, 3])
        $0.subscriptions = ["", "sub-1"]
        $0.counters = [
            .with {
                $0.subscription = "sub-1"; $0.offering = "basic"; $0.window = 1; $0.startMs = 3; $0.endMs = 4; $0.lastRatedMs = 5
                $0.meters = [.with { $0.meter = "a:minutes"; $0.value = -6 }]
            }
        ]
        $0.usages = [
            .with {
                $0.rerate = "r1"
                $0.original = .with { $0.high = 1; $0.low = 2 }
                $0.reversed = [.with { $0.account = "acc-1"; $0.price = "voice"; $0.chargeNanos = 10 }]
                $0.replacement = [.with { $0.account = "acc-1"; $0.price = "voice"; $0.chargeNanos = 7 }]
            }
        ]
        $0.fees = [
            .with {
                $0.rerate = "r1"
                $0.reversed = .with { $0.account = "acc-1"; $0.price = "monthly"; $0.chargeNanos = 10 }
                $0.replacement = .with { $0.account = "acc-1"; $0.price = "monthly"; $0.chargeNanos = 7 }
            }
        ]
    }

    private static let content = CatalogueContent.with {
        $0.timeBands = [
            .with {
                $0.id = "peak"; $0.years = [2026]; $0.months = [1]; $0.monthDays = [31]; $0.weekdays = [1, 7]; $0.fromS = 28_800; $0.toS = 72_000
                $0.holidays = "cz"; $0.onHolidays = .never; $0.timeZone = "UTC"
            }
        ]
        $0.holidayCalendars = [.with { $0.id = "cz"; $0.days = ["12-24", "2026-04-06"] }]
        $0.networks = [.with { $0.id = "home"; $0.prefixes = ["23001"] }]
        $0.priceProfiles = [
            .with { $0.category = "call"; $0.subject = "anna"; $0.validFromMs = 7; $0.offering = "basic"; $0.fallbackSubjects = ["", "bob"] }
        ]
        $0.offerings = [.with { $0.id = "basic"; $0.status = .retired; $0.versions = [version] }]
    }

    private static let version = OfferingVersion.with {
        $0.reach = .newSales
        $0.noticeMs = 86_400_000
        $0.allowances = [
            .with {
                $0.id = "money"; $0.amountNanos = 5; $0.priority = -1; $0.owner = .account; $0.limit = 3; $0.prorated = true; $0.noticePercents = [50, 100]
                $0.rollover = .with { $0.cap = 9; $0.periods = 2 }
                $0.conditions.timeBands = ["peak"]
            }
        ]
        $0.prices = [
            .with {
                $0.id = "voice"; $0.session = .split; $0.owner = .account; $0.model = .volume; $0.minimumNanos = 1; $0.maximumNanos = 2; $0.chargesZero = true
                $0.scope = .week
                $0.rounding = .with { $0.mode = .up; $0.decimals = 2 }
                $0.steps = [.with { $0.incrementMicros = 1; $0.pricePerMicros = 1; $0.flatNanos = 7 }]
                $0.conditions = .with {
                    $0.timeBands = ["peak"]; $0.directions = [.originated, .terminated, .forwarded]; $0.services = ["internet"]; $0.categories = ["call"]
                    $0.networks = ["home"]; $0.origins = ["land"]; $0.segments = ["business"]; $0.net = .offNet; $0.ageFromMs = 1; $0.ageToMs = 2
                    $0.firstUse = .ofDay
                }
            }
        ]
    }
}
