import Events
import Quantities

/// The customers of simulated traffic.
///
/// Accounts are "a000001", "a000002", …; each has one to three subscriptions, "s000001-1", "s000001-2", …, each with an msisdn
/// 42060nnnnnnn and an
/// imsi 23001nnnnnnnnnn, where n is 3 × (account − 1) + subscription − 1.
public struct TrafficPopulation: Hashable, Sendable {
    public let seed: UInt64
    public let accounts: Int

    /// Up to 3,000,000 accounts have numbers.
    public init(seed: UInt64, accounts: Int) {
        precondition((1...3_000_000).contains(accounts), "traffic has 1 to 3,000,000 accounts")
        self.seed = seed
        self.accounts = accounts
    }

    /// How many subscriptions the account has: 70 % have one, 22 % two, 8 % three.
    public func subscriptions(ofAccount number: Int) -> Int {
        var random = TrafficRandom(seed: seed ^ 0x5ab5_c12b, index: UInt64(number))
        let draw = random.below(100)
        return draw < 70 ? 1 : draw < 92 ? 2 : 3
    }

    public static func account(_ number: Int) -> String { "a" + padded(number, 6) }
    public static func subscription(_ number: Int, ofAccount account: Int) -> String { "s" + padded(account, 6) + "-\(number)" }

    /// "msisdn:…" and "imsi:…".
    public static func identifiers(_ number: Int, ofAccount account: Int) -> [String] {
        let line = UInt64(line(number, ofAccount: account))
        return ["msisdn:\(firstMsisdn + line)", "imsi:\(firstIMSI + line)"]
    }

    static let firstMsisdn: UInt64 = 420_600_000_000
    static let firstIMSI: UInt64 = 230_010_000_000_000

    @inline(__always)
    static func line(_ number: Int, ofAccount account: Int) -> Int { 3 * (account - 1) + number - 1 }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

extension TrafficPopulation {
    /// The commands that open every account and activate its subscriptions, made one at a time, in the order of the accounts.
    ///
    /// - Parameters:
    ///   - terms: for all accounts alike, but for the bill-cycle day, which goes through `billCycleDays`.
    ///   - offerings: ids; each subscription has one of them, drawn.
    ///   - fromMs: when accounts and subscriptions begin.
    public func customerCommands(
        terms: BillingTerms, billCycleDays: [UInt32] = [1], offerings: [String], fromMs: Int64
    ) -> some Sequence<CustomerCommand> {
        precondition(!billCycleDays.isEmpty && !offerings.isEmpty, "customers need a bill-cycle day and an offering")
        return (1...accounts).lazy.flatMap { number in
            let account = Self.account(number)
            var random = TrafficRandom(seed: seed ^ 0x0ff3_2196, index: UInt64(number))
            var commands = [
                command(account) {
                    $0.openAccount.account = account
                    $0.openAccount.terms = terms
                    $0.openAccount.terms.billCycleDay = billCycleDays[number % billCycleDays.count]
                    $0.openAccount.person.name = "Customer \(number)"
                    $0.openAccount.fromMs = fromMs
                }
            ]
            for place in 1...subscriptions(ofAccount: number) {
                let subscription = Self.subscription(place, ofAccount: number)
                commands.append(
                    command(subscription) {
                        $0.activateSubscription.account = account
                        $0.activateSubscription.subscription = subscription
                        $0.activateSubscription.offering = offerings[Int(random.below(UInt64(offerings.count)))]
                        $0.activateSubscription.identifiers = Self.identifiers(place, ofAccount: number)
                        $0.activateSubscription.fromMs = fromMs
                    })
            }
            return commands
        }
    }

    private func command(_ subject: String, _ body: (inout CustomerCommand) -> Void) -> CustomerCommand {
        var command = CustomerCommand()
        command.commandID = "traffic-\(seed)-\(subject)"
        var hash = SipHash128()
        hash.combine(text: command.commandID)
        command.meta = Meta(id: hash.finish(), cause: .none, engine: 0)
        body(&command)
        return command
    }
}
