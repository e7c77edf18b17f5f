import Events
import Quantities

/// Plain usage for measuring: no faults, every account equally busy, voice, messages and data in turn.
struct BenchTraffic {
    let accounts: Int

    static func account(_ number: Int) -> String { "b\(number)" }

    /// Two commands an account.
    func commands() throws -> [CustomerCommand] {
        try (0..<accounts).flatMap { number in
            var open = CustomerCommand()
            open.openAccount.account = Self.account(number)
            open.openAccount.from = "2026-10-01T00:00:00Z"
            open.openAccount.terms.currency = "EUR"
            open.openAccount.terms.timeZone = "Europe/Prague"
            open.openAccount.terms.billCycleDay = 1
            open.openAccount.terms.issuer = "demo"
            open.openAccount.terms.taxCategory = "standard"
            var activate = CustomerCommand()
            activate.activateSubscription.account = Self.account(number)
            activate.activateSubscription.subscription = Self.account(number)
            activate.activateSubscription.offering = "basic"
            activate.activateSubscription.identifiers = ["msisdn:4206\(10_000_000 + number)"]
            activate.activateSubscription.from = "2026-10-01T00:00:00Z"
            return [try open.withContentID(), try activate.withContentID()]
        }
    }

    /// The `number`th usage of a run; `run` keeps the record ids of several runs apart.
    func usage(_ number: Int, run: String, startMs: Int64) -> RawUsage {
        var usage = RawUsage()
        usage.source = "bench"
        usage.stream = run
        usage.recordID = String(number)
        usage.subscriber = "msisdn:4206\(10_000_000 + (number &* 7919) % accounts)"
        usage.startMs = startMs
        switch number % 4 {
        case 0, 1:
            usage.type = "voice"
            usage.quantity = String(1 + number % 599)
            usage.otherParty = "420777\(100_000 + number % 900_000)"
        case 2:
            usage.type = "sms"
            usage.quantity = "1"
            usage.otherParty = "420777\(100_000 + number % 900_000)"
        default:
            usage.type = "data"
            usage.quantity = String(1 + (number &* 104_729) % 50_000_000)
        }
        return usage
    }

    /// Spread over October 2026.
    static func startMs(_ number: Int) -> Int64 { 1_790_812_800_000 + Int64((number &* 2_654_435_761) % 2_500_000_000) }
}
