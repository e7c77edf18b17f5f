import Events
import Quantities

/// Records of usage.rated, short to write. Months stand for periods: month n is [n, n + 1) × 30 days.
enum Rated {
    static let monthMs: Int64 = 30 * 86_400_000

    static let terms = BillingTerms.with {
        $0.currency = "EUR"
        $0.timeZone = "Europe/Prague"
        $0.billCycleDay = 1
        $0.issuer = "tollnet"
        $0.taxCategory = "S"
        $0.taxPercentMicros = 21_000_000
        $0.series = "2026"
        $0.numberPrefix = "T26-"
        $0.numberDigits = 6
    }

    static func usage(
        _ account: String, _ nanos: Int64, month: Int64 = 0, subscription: String = "s1", price: String = "voice", zone: String = "",
        type: String = "voice", quantity: Int64 = 60_000_000, counted: Int64 = 60_000_000, allowance: Int64 = 0, offset: Int64 = 0
    ) -> RatedRecord {
        record(offset) {
            $0.usage = .with {
                $0.account = account
                $0.subscription = subscription
                $0.type = type
                $0.startMs = month * monthMs + 5
                $0.quantityMicros = quantity
                $0.countedMicros = counted
                $0.allowanceMicros = allowance
                $0.unit = .second
                $0.offering = "basic"
                $0.price = price
                $0.zone = zone
                $0.chargeNanos = nanos
                $0.periodStartMs = month * monthMs
                $0.periodEndMs = (month + 1) * monthMs
                $0.rawOffset = offset
                $0.parties = .with { $0.served = "420601000001"; $0.other = "420602000002" }
                $0.catalogue = 0x0102_0304_0506_0708
            }
        }
    }

    static func fee(_ account: String, _ nanos: Int64, month: Int64 = 0, subscription: String = "s1", offset: Int64 = 0) -> RatedRecord {
        record(offset) {
            $0.recurring = .with {
                $0.account = account
                $0.subscription = subscription
                $0.offering = "basic"
                $0.price = "monthly"
                $0.chargeNanos = nanos
                $0.periodStartMs = month * monthMs
                $0.periodEndMs = (month + 1) * monthMs
            }
        }
    }

    static func ended(_ account: String, month: Int64 = 0, terms: BillingTerms = terms, offset: Int64 = 0) -> RatedRecord {
        record(offset) {
            $0.periodEnded = .with {
                $0.account = account
                $0.periodStartMs = month * monthMs
                $0.periodEndMs = (month + 1) * monthMs
                $0.closedAtMs = (month + 1) * monthMs + 3_600_000
                $0.terms = terms
                $0.issueDate = "1970-02-01"
                $0.periodFirstDay = "1970-01-01"
                $0.periodLastDay = "1970-01-30"
            }
        }
    }

    static func record(_ offset: Int64, _ fill: (inout RatedRecord) -> Void) -> RatedRecord {
        .with {
            $0.meta = Meta(id: EventID(high: 7, low: UInt64(offset)), cause: EventID(high: 6, low: UInt64(offset)), engine: 1)
            $0.normalizedOffset = offset
            fill(&$0)
        }
    }
}

/// Euros as nanos.
func eur(_ text: String) -> Int64 { Int64(DecimalText.parse(text, decimals: 9)!) }
