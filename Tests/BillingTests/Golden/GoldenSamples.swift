import Events
import Quantities
import SwiftProtobuf

/// From which goldens are written, once. A golden that is written stays as it is for ever; what is added to a message gets a further
/// case here.
enum GoldenSamples {
    static let all: [(name: String, message: any Message & Hashable)] =
        billing + usage + rated + customers + reference + prices + discounts + suspensions + prepaid + zones + wide + identity + moves

    private static let meta = Meta.with {
        $0.idHigh = 0x0123_4567_89ab_cdef
        $0.idLow = 1
        $0.causeHigh = 2
        $0.causeLow = 0xfedc_ba98_7654_3210
        $0.moreCauses = [.with { $0.high = 5; $0.low = 6 }]
        $0.engine = 1
    }

    private static let line = Line.with {
        $0.kind = .lateUsage
        $0.subscription = "sub-1"
        $0.offering = "basic"
        $0.price = "voice"
        $0.zone = "de"
        $0.type = "voice"
        $0.unit = .second
        $0.count = 2
        $0.quantityMicros = 121_500_000
        $0.countedMicros = 180_000_000
        $0.allowanceMicros = 60_000_000
        $0.amount = .with { $0.currencyCode = "EUR"; $0.units = -1; $0.nanos = -250_000_000 }
        $0.originalPeriodStartMs = 1_788_213_600_000
        $0.originalPeriodEndMs = 1_790_805_600_000
    }

    private static let seal = Seal.with {
        $0.usageCount = 2
        $0.usageDigest = .init((0..<32).map { UInt8($0) })
        $0.partition = 7
        $0.firstOffset = 1000
        $0.endOffset = 2000
    }

    private static func money(_ units: Int64, _ nanos: Int32) -> Money {
        .with { $0.currencyCode = "EUR"; $0.units = units; $0.nanos = nanos }
    }

    private static let moreLines = MoreLines.with {
        $0.account = "acc-1"
        $0.periodStartMs = 1_790_805_600_000
        $0.chunk = 2
        $0.chunkCount = 3
        $0.lines = [line]
        $0.number = "T26-000001"
        $0.issuer = "tollnet"
        $0.series = "2026"
    }

    private static let billing: [(name: String, message: any Message & Hashable)] = [
        (
            "PeriodRecord-v1-closed",
            PeriodRecord.with {
                $0.meta = meta
                $0.closed = .with {
                    $0.account = "acc-1"
                    $0.periodStartMs = 1_790_805_600_000
                    $0.periodEndMs = 1_793_487_600_000
                    $0.closedAtMs = 1_793_491_200_000
                    $0.terms = Rated.terms
                    $0.total = money(12, 345_678_901)
                    $0.lines = [line]
                    $0.lineCount = 501
                    $0.chunkCount = 2
                    $0.seal = seal
                    $0.issueDate = "2026-11-01"
                    $0.periodFirstDay = "2026-10-01"
                    $0.periodLastDay = "2026-10-31"
                    $0.roundedTotal = money(12, 350_000_000)
                }
            }
        ),
        ("PeriodRecord-v1-more_lines", PeriodRecord.with { $0.meta = meta; $0.moreLines = moreLines }),
        (
            "InvoiceRecord-v1-invoice",
            InvoiceRecord.with {
                $0.meta = meta
                $0.invoice = .with {
                    $0.number = "T26-000001"
                    $0.issuer = "tollnet"
                    $0.series = "2026"
                    $0.issueDate = "2026-11-01"
                    $0.account = "acc-1"
                    $0.periodStartMs = 1_790_805_600_000
                    $0.periodEndMs = 1_793_487_600_000
                    $0.periodFirstDay = "2026-10-01"
                    $0.periodLastDay = "2026-10-31"
                    $0.lines = [line]
                    $0.lineCount = 1
                    $0.chunkCount = 1
                    $0.net = money(12, 350_000_000)
                    $0.rounding = money(0, -4_321_099)
                    $0.tax = .with { $0.category = "S"; $0.percentMicros = 21_000_000; $0.taxable = money(12, 350_000_000); $0.tax = money(2, 590_000_000) }
                    $0.total = money(14, 940_000_000)
                    $0.seal = seal
                    $0.terms = Rated.terms
                }
            }
        ),
        ("InvoiceRecord-v1-more_lines", InvoiceRecord.with { $0.meta = meta; $0.moreLines = moreLines }),
    ]

    private static let parties = Parties.with { $0.keyID = "key-1"; $0.served = "420601000001"; $0.other = "4915100000" }

    private static let usageBody = Usage.with {
        $0.identityHigh = 11
        $0.identityLow = 12
        $0.rawPartition = 3
        $0.rawOffset = 4
        $0.rawIndex = 1
        $0.account = "acc-1"
        $0.subscription = "sub-1"
        $0.type = "voice"
        $0.startMs = 1_791_196_200_250
        $0.quantityMicros = 62_500_000
        $0.unit = .second
        $0.parties = parties
        $0.source = "msc-1"
    }

    private static let opened = AccountOpened.with {
        $0.account = "acc-1"
        $0.terms = Rated.terms
        $0.person = .with { $0.keyID = "key-1"; $0.name = "Ada Lovelace"; $0.email = "ada@example.org"; $0.address = "12 St James's Square" }
        $0.fromMs = 1_790_805_600_000
    }
    private static let activated = SubscriptionActivated.with {
        $0.account = "acc-1"
        $0.subscription = "sub-1"
        $0.offering = "basic"
        $0.fromMs = 1_790_805_600_000
        $0.identifiers = ["msisdn:420601000001", "imsi:230011234567890"]
    }
    private static let ordered = PlanChangeOrdered.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.offering = "plus"; $0.fromMs = 1_791_000_000_000 }
    private static let ended = SubscriptionEnded.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.atMs = 1_793_000_000_000 }
    private static let marker = CatalogueMarker.with { $0.hash = .init((0..<32).map { UInt8(255 - $0) }); $0.name = "2026-11" }

    private static func normalized(_ name: String, _ body: NormalizedRecord.OneOf_Body) -> (name: String, message: any Message & Hashable) {
        ("NormalizedRecord-v1-" + name, NormalizedRecord.with { $0.meta = meta; $0.body = body })
    }

    private static let usage: [(name: String, message: any Message & Hashable)] = [
        (
            "RawUsage-v1-usage",
            RawUsage.with {
                $0.source = "msc-1"
                $0.stream = "voice"
                $0.recordID = "r-1"
                $0.type = "voice"
                $0.subscriber = "msisdn:420601000001"
                $0.otherParty = "4915100000"
                $0.start = "2026-10-05T12:30:00.250+02:00"
                $0.startMs = 1_791_196_200_250
                $0.quantity = "62.5"
                $0.unit = "s"
            }
        ),
        normalized("usage", .usage(usageBody)),
        normalized("barrier", .barrier(.with { $0.sequence = 9; $0.timeMs = 1_793_491_200_000; $0.rawPartition = 3; $0.rawPartitionCount = 12 })),
        normalized("catalogue", .catalogue(marker)),
        normalized("account_opened", .accountOpened(opened)),
        normalized("subscription_activated", .subscriptionActivated(activated)),
        normalized("plan_change_ordered", .planChangeOrdered(ordered)),
        normalized("subscription_ended", .subscriptionEnded(ended)),
        (
            "SuspendedUsage-v1-suspended",
            SuspendedUsage.with {
                $0.meta = meta
                $0.reason = "unknown-subscriber"
                $0.detail = "no one holds the identifier"
                $0.stage = "normalize"
                $0.rawPartition = 3
                $0.rawOffset = 4
                $0.rawIndex = 1
                $0.original = .init([0, 1, 254, 255])
                $0.originalContentType = "application/json"
                $0.originalSource = "msc-1"
                $0.originalWasNull = true
                $0.subscriber = "msisdn:420601000001"
                $0.startMs = 1_791_196_200_250
                $0.usage = usageBody
            }
        ),
    ]

    private static func rated(_ name: String, _ body: RatedRecord.OneOf_Body) -> (name: String, message: any Message & Hashable) {
        ("RatedRecord-v1-" + name, RatedRecord.with { $0.meta = meta; $0.normalizedOffset = 1234; $0.body = body })
    }

    private static let rated: [(name: String, message: any Message & Hashable)] = [
        rated(
            "usage",
            .usage(
                .with {
                    $0.account = "acc-1"
                    $0.subscription = "sub-1"
                    $0.type = "voice"
                    $0.startMs = 1_791_196_200_250
                    $0.quantityMicros = 62_500_000
                    $0.countedMicros = 120_000_000
                    $0.allowanceMicros = 60_000_000
                    $0.unit = .second
                    $0.offering = "basic"
                    $0.price = "voice"
                    $0.zone = "de"
                    $0.chargeNanos = -120_000_000
                    $0.periodStartMs = 1_790_805_600_000
                    $0.periodEndMs = 1_793_487_600_000
                    $0.rawPartition = 3
                    $0.rawOffset = 4
                    $0.rawIndex = 1
                    $0.parties = parties
                    $0.catalogue = 0xffff_fefd_fcfb_faf9
                })),
        rated(
            "duplicate",
            .duplicate(
                .with {
                    $0.account = "acc-1"
                    $0.rawPartition = 3
                    $0.rawOffset = 5
                    $0.rawIndex = 1
                    $0.originalRawPartition = 2
                    $0.originalRawOffset = 4
                    $0.originalRawIndex = 6
                })),
        rated("unrated", .unrated(.with { $0.account = "acc-1"; $0.rawPartition = 3; $0.rawOffset = 6; $0.rawIndex = 1; $0.reason = "no-price" })),
        rated(
            "recurring",
            .recurring(
                .with {
                    $0.account = "acc-1"
                    $0.subscription = "sub-1"
                    $0.offering = "basic"
                    $0.price = "monthly"
                    $0.chargeNanos = 9_990_000_000
                    $0.periodStartMs = 1_790_805_600_000
                    $0.periodEndMs = 1_793_487_600_000
                })),
        rated(
            "period_ended",
            .periodEnded(
                .with {
                    $0.account = "acc-1"
                    $0.periodStartMs = 1_790_805_600_000
                    $0.periodEndMs = 1_793_487_600_000
                    $0.closedAtMs = 1_793_491_200_000
                    $0.terms = Rated.terms
                    $0.issueDate = "2026-11-01"
                    $0.periodFirstDay = "2026-10-01"
                    $0.periodLastDay = "2026-10-31"
                })),
        rated("account_opened", .accountOpened(opened)),
        rated("subscription_activated", .subscriptionActivated(activated)),
        rated("plan_changed", .planChanged(.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.offering = "plus"; $0.fromMs = 1_791_000_000_000 })),
        rated("subscription_ended", .subscriptionEnded(ended)),
        rated(
            "change_refused",
            .changeRefused(.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.reason = "usage-already-rated"; $0.detail = "usage after it was rated" })),
        rated("tick", .tick(.with { $0.sequence = 9; $0.timeMs = 1_793_491_200_000 })),
    ]

    private static func command(_ name: String, _ body: CustomerCommand.OneOf_Body) -> (name: String, message: any Message & Hashable) {
        ("CustomerCommand-v1-" + name, CustomerCommand.with { $0.meta = meta; $0.commandID = "cmd-1"; $0.body = body })
    }

    private static func event(_ name: String, _ body: CustomerEvent.OneOf_Body) -> (name: String, message: any Message & Hashable) {
        ("CustomerEvent-v1-" + name, CustomerEvent.with { $0.meta = meta; $0.commandID = "cmd-1"; $0.body = body })
    }

    private static let customers: [(name: String, message: any Message & Hashable)] = [
        command(
            "open_account",
            .openAccount(.with { $0.account = "acc-1"; $0.terms = Rated.terms; $0.person = opened.person; $0.fromMs = 7; $0.from = "2026-10-01T00:00:00+02:00" })),
        command(
            "activate_subscription",
            .activateSubscription(
                .with {
                    $0.account = "acc-1"
                    $0.subscription = "sub-1"
                    $0.offering = "basic"
                    $0.identifiers = ["msisdn:420601000001"]
                    $0.fromMs = 7
                    $0.from = "2026-10-01T00:00:00+02:00"
                })),
        command(
            "change_plan",
            .changePlan(.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.offering = "plus"; $0.fromMs = 7; $0.from = "2026-10-03T00:00:00Z" })),
        command("end_subscription", .endSubscription(.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.atMs = 7; $0.at = "2026-10-26T00:00:00Z" })),
        command(
            "assign_identifier",
            .assignIdentifier(
                .with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.identifier = "user:7"; $0.fromMs = 7; $0.from = "2026-10-03T00:00:00Z" })),
        command(
            "release_identifier",
            .releaseIdentifier(
                .with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.identifier = "user:7"; $0.atMs = 7; $0.at = "2026-10-03T00:00:00Z" })),
        command("catalogue", .catalogue(marker)),
        event("account_opened", .accountOpened(opened)),
        event("subscription_activated", .subscriptionActivated(activated)),
        event("plan_change_ordered", .planChangeOrdered(ordered)),
        event("subscription_ended", .subscriptionEnded(ended)),
        event("identifier_assigned", .identifierAssigned(.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.identifier = "user:7"; $0.fromMs = 7 })),
        event("identifier_released", .identifierReleased(.with { $0.account = "acc-1"; $0.subscription = "sub-1"; $0.identifier = "user:7"; $0.atMs = 7 })),
        event(
            "command_refused",
            .commandRefused(.with { $0.account = "acc-1"; $0.reason = "identifier-taken"; $0.detail = "it is held"; $0.partition = 0; $0.offset = 42 })),
        (
            "DirectoryEntry-v1-entry",
            DirectoryEntry.with {
                $0.identifier = "msisdn:420601000001"
                $0.assignments = [
                    .with {
                        $0.account = "acc-1"
                        $0.subscription = "sub-1"
                        $0.fromMs = 1_790_805_600_000
                        $0.toMs = 1_793_000_000_000
                        $0.event = .with { $0.high = 3; $0.low = 4 }
                    }
                ]
            }
        ),
    ]

    private static let reference: [(name: String, message: any Message & Hashable)] = [
        ("Tick-v1-tick", Tick.with { $0.meta = meta; $0.sequence = 9; $0.timeMs = 1_793_491_200_000; $0.rawEndOffsets = [10, 0, 300] }),
        ("CatalogueRecord-v1-current", CatalogueRecord.with { $0.current = marker }),
        (
            "CatalogueRecord-v1-content",
            CatalogueRecord.with {
                $0.content = .with {
                    $0.name = "2026-11"
                    $0.offerings = [
                        .with {
                            $0.id = "basic"
                            $0.name = "Basic"
                            $0.currency = "EUR"
                            $0.versions = [
                                .with {
                                    $0.validFromMs = 1_767_225_600_000
                                    $0.recurring = [.with { $0.id = "monthly"; $0.name = "Monthly fee"; $0.amountNanos = 9_990_000_000; $0.onlyWithUsage = true }]
                                    $0.allowances = [.with { $0.id = "min"; $0.name = "Minutes"; $0.type = "voice"; $0.amountMicros = 6_000_000_000; $0.zones = ["de"] }]
                                    $0.prices = [
                                        .with {
                                            $0.id = "voice"
                                            $0.name = "Calls"
                                            $0.type = "voice"
                                            $0.zones = ["de"]
                                            $0.scope = .period
                                            $0.connectionFeeNanos = 10_000_000
                                            $0.steps = [.with { $0.fromMicros = 1; $0.incrementMicros = 60_000_000; $0.priceNanos = 50_000_000; $0.pricePerMicros = 60_000_000 }]
                                        }
                                    ]
                                }
                            ]
                        }
                    ]
                    $0.zones = [.with { $0.id = "de"; $0.name = "Germany"; $0.prefixes = ["49"] }]
                    $0.issuers = [
                        .with {
                            $0.id = "tollnet"
                            $0.name = "Tollnet"
                            $0.series = "2026"
                            $0.numberPrefix = "T26-"
                            $0.numberDigits = 6
                            $0.taxes = [.with { $0.category = "S"; $0.percentMicros = 21_000_000 }]
                        }
                    ]
                    $0.timeZones = [.with { $0.id = "Europe/Prague"; $0.transitionMs = [-1, 1_774_746_000_000]; $0.offsetSeconds = [3600, 7200] }]
                    $0.sources = [
                        .with {
                            $0.id = "calls"
                            $0.format = "csv"
                            $0.columns = ["id", "user"]
                            $0.separator = ","
                            $0.stream = "calls"
                            $0.recordID = .with { $0.column = "id" }
                            $0.type = .with { $0.constant = "voice" }
                            $0.subscriber = .with { $0.column = "user" }
                            $0.subscriberScheme = "user"
                            $0.startFormat = "yyyy-MM-dd"
                            $0.timeZone = "Europe/Prague"
                            $0.unit = "min"
                        }
                    ]
                    $0.graceMs = 3_600_000
                    $0.latePeriods = 2
                    $0.usageSpecifications = [.with { $0.type = "voice"; $0.unit = .second }]
                }
            }
        ),
    ]
}
