import Events
import Pipeline
import Quantities
import Simulation

/// One number, the account that has it, and one that gets it; four usages around the change, in one file.
struct SmallWorld {
    static let start = Timestamp(rfc3339: "2026-01-01T00:00:00Z")!.ms
    static let day: Int64 = 86_400_000
    static let number = "msisdn:420603000001"
    static let usageCount = 4

    let log: InMemoryLog
    let holder: (account: String, subscription: String)
    let next: (account: String, subscription: String)
    /// All that was sent.
    private var items: [Scenario.Item] = []
    private var sequence = 0
    private var files = 0
    private var runs: UInt64 = 0

    var truth: PortTruth { PortTruth(Scenario(items: items)) }

    /// - Parameter plan: of the subscription that has the number; the other's is the one that bills what comes after its end.
    init(_ to: MoveTests.Case.To, isPrepaid: Bool = false, partitions: Int32 = 3, plan: String = "line-eur") throws {
        log = InMemoryLog(partitionCounts: InMemoryLog.smallCluster(partitions))
        let own = Partitioner.partition("a", of: partitions)
        let other = (0..<100).map { "b\($0)" }.first { (Partitioner.partition($0, of: partitions) == own) == (to == .samePartition) }
        holder = ("a", "s-a")
        next = (to == .sameAccount ? "a" : other ?? "", "s-b")
        var setup: [Scenario.Item] = [.catalogue(.simulated, name: "2026-01")]
        for account in Set([holder.account, next.account]).sorted() {
            setup.append(command { $0.openAccount = Self.account(account, isPrepaid) })
            guard isPrepaid else { continue }
            setup.append(command { $0.topUp = .with { $0.account = account; $0.amount = .with { $0.currencyCode = "EUR"; $0.units = 1000 }; $0.fromMs = Self.start } })
        }
        for (who, plan) in [(holder, plan), (next, "flat-eur")] {
            var activate = ActivateSubscription()
            (activate.account, activate.subscription, activate.offering, activate.fromMs) = (who.account, who.subscription, plan, Self.start)
            if who.subscription == holder.subscription { activate.identifiers = [Self.number] }
            setup.append(command { $0.activateSubscription = activate })
        }
        setup.append(.tick(timeMs: Self.start + 12 * Self.day))
        try send(setup)
    }

    private static func account(_ id: String, _ isPrepaid: Bool) -> OpenAccount {
        .with {
            $0.account = id
            $0.fromMs = start
            $0.terms = .with {
                ($0.currency, $0.timeZone, $0.billCycleDay, $0.issuer, $0.taxCategory) = ("EUR", "UTC", 1, "north", "standard")
                if isPrepaid { $0.payment = .prepaid }
            }
        }
    }

    private mutating func command(_ fill: (inout CustomerCommand) -> Void) -> Scenario.Item {
        sequence += 1
        var command = CustomerCommand()
        command.commandID = "\(sequence)"
        fill(&command)
        return .command(command)
    }

    /// Sends, and lets the stages come to rest.
    mutating func send(_ some: [Scenario.Item]) throws {
        items += some
        runs += 1
        try Simulator(seed: runs, scenario: Scenario(items: some), settings: settings, log: log).run()
    }

    private var settings: Simulator.Settings { .init(partitions: log.partitionCount(of: .usageRaw), workersPerStage: 1) }

    func settle() throws { try MoveRun.settle(log, runs &+ 1000, settings) }

    // MARK: What is sent

    /// The `place`th usage of the file: before the change of day 5, at it, after it, and long after it.
    static func usage(_ place: Int) -> Scenario.Item {
        var raw = RawUsage()
        (raw.source, raw.stream, raw.recordID, raw.type) = ("msc-1", "ports", "u\(place)", "voice")
        raw.subscriber = number
        raw.startMs = start + [3, 5, 6, 10][place] * day
        (raw.quantity, raw.unit) = ("\(10 + place)", "s")
        let bytes: [UInt8] = (try? raw.serializedBytes()) ?? []
        return .raw(partition: place, value: bytes, contentType: "application/x-protobuf")
    }

    /// Each time into other partitions.
    mutating func sendFile() throws {
        files += 1
        try send(
            (0..<Self.usageCount).map { place in
                guard case .raw(let partition, let value, let type) = Self.usage(place) else { return Self.usage(place) }
                return .raw(partition: partition + files, value: value, contentType: type)
            })
    }

    mutating func release(_ who: (account: String, subscription: String), day: Int64) -> CustomerCommand {
        bodied { $0.releaseIdentifier = .with { ($0.account, $0.subscription, $0.identifier, $0.atMs) = (who.account, who.subscription, Self.number, Self.at(day)) } }
    }

    mutating func assign(_ who: (account: String, subscription: String), day: Int64) -> CustomerCommand {
        bodied { $0.assignIdentifier = .with { ($0.account, $0.subscription, $0.identifier, $0.fromMs) = (who.account, who.subscription, Self.number, Self.at(day)) } }
    }

    private static func at(_ day: Int64) -> Int64 { start + day * Self.day }

    private mutating func bodied(_ fill: (inout CustomerCommand) -> Void) -> CustomerCommand {
        sequence += 1
        var command = CustomerCommand()
        command.commandID = "\(sequence)"
        fill(&command)
        return command
    }

    private mutating func end(_ who: (account: String, subscription: String), day: Int64) -> CustomerCommand {
        bodied { $0.endSubscription = .with { ($0.account, $0.subscription, $0.atMs) = (who.account, who.subscription, Self.at(day)) } }
    }

    /// What is told at once, each.
    mutating func commands(_ path: MoveTests.Case.Path) -> [[CustomerCommand]] {
        let (holder, next) = (holder, next)
        return switch path {
        case .there: [[release(holder, day: 5)], [assign(next, day: 5)]]
        case .thereAndBack: [[release(holder, day: 5)], [assign(next, day: 5)], [release(next, day: 8)], [assign(holder, day: 8)]]
        case .recycled: [[release(holder, day: 5)], [assign(next, day: 8)]]
        case .ended: [[end(holder, day: 5)], [assign(next, day: 6)]]
        }
    }
}
