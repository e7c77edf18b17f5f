import Events
import Pipeline
import Quantities
import Rating
import Simulation

/// A town whose numbers went to other accounts as of a time whose usage had been rated by then: told on the twelfth day of what was so from the fifth on.
struct MovingTown {
    static let start: Int64 = 1_767_225_600_000
    static let day: Int64 = 86_400_000

    /// What becomes of a number of the first account, or of another one that stands in for it.
    enum Number: Int, CaseIterable {
        /// Goes to an account whose usage stands in the same partition.
        case near
        /// Goes to one in another partition, and back on the twentieth day.
        case back
        /// Nobody's until the twentieth day, then found to be another's from the fifth on.
        case ownerless
        /// Goes to a subscription that was barred then, which keeps its usage in suspense.
        case barred
        /// Goes from a subscription that was barred then, which rejects its usage.
        case rejected
        /// Stays.
        case kept

        var msisdn: String { "42060300000\(rawValue)" }
        var identifier: String { "msisdn:" + msisdn }
    }

    private var items: [Scenario.Item] = []
    private var seed: UInt64 = 1
    private var watch: ((InMemoryLog) throws -> Void)?
    /// Two of one partition, and two of others.
    private let accounts = [(0, 0), (0, 1), (1, 0), (2, 0)].map { account(in: $0.0, number: $0.1) }

    private static func subscription(_ account: String) -> String { "sub-of-" + account }

    private static func account(in partition: Int32, number: Int) -> String {
        let all = (0..<100).map { "acc-\($0)" }.filter { Array($0.utf8).withUnsafeBytes { Partitioner.partition($0, of: 3) } == partition }
        return all[number]
    }

    /// After all of it: what moved came to its holders, or waits in suspense.
    /// - Parameters:
    ///   - isSettled: false: nothing was rated anew, so that what was charged by the twelfth day still is.
    ///   - seed: where `watch` is given, decides in which order the stages work, one at a time.
    ///   - watch: is shown the log after each.
    static func log(isSettled: Bool = true, seed: UInt64 = 1, watch: ((InMemoryLog) throws -> Void)? = nil) throws -> InMemoryLog {
        var town = MovingTown()
        (town.seed, town.watch) = (seed, watch)
        town.open()
        // So that what is barred is so when it is first used, and what was used is charged before anything is told.
        let log = try town.run(on: nil)
        town.use(2, 3, 6, 7)
        town.tick(day: 12)
        _ = try town.run(on: log)
        town.tell()
        town.tick(day: 13)
        // A copy of what was rated, and a call that comes late.
        town.use(6, 8)
        town.tick(day: 14)
        _ = try town.run(on: log)
        if isSettled { try town.settle(log) }
        town.tellMore()
        town.tick(day: 21)
        town.use(7, 9)
        town.tick(day: 22)
        _ = try town.run(on: log)
        if !isSettled { return log }
        try town.settle(log)
        try recycle(log)
        town.tick(day: 140)
        return try town.run(on: log)
    }

    /// Numbers change hands, and nobody calls: on the twelfth day, and after more facts of the twentieth. Some go with their subscription.
    static func quiet() throws -> (before: InMemoryLog, after: InMemoryLog) {
        var town = MovingTown()
        town.open()
        town.tick(day: 12)
        town.tell()
        town.tick(day: 13)
        let log = try town.run(on: nil)
        let before = log.copy()
        town.tellMore()
        town.end(town.accounts[1], day: 8)
        town.assign(.near, to: town.accounts[3], day: 15)
        // Released by itself, and at that very moment the subscription ends, too.
        town.release(.ownerless, from: town.accounts[2], subscription(town.accounts[2]), day: 9)
        town.end(town.accounts[2], day: 9)
        town.tick(day: 21)
        _ = try town.run(on: log)
        return (before, log)
    }

    /// And the number that its last holder gave up as it ended is assigned again.
    static func quietAfterEnds() throws -> InMemoryLog {
        var town = MovingTown()
        let log = try quiet().after
        town.assign(.ownerless, to: town.accounts[3], day: 15)
        town.tick(day: 22)
        return try town.run(on: log)
    }

    /// Late usage is taken of `latePeriods` ended periods; and what the twelfth day told was rated anew when two more had ended.
    static func late(latePeriods: UInt32) throws -> InMemoryLog {
        var town = MovingTown()
        var content = CatalogueContent.simulated
        content.latePeriods = latePeriods
        town.open(content)
        town.use(2, 6)
        town.tick(day: 12)
        town.tell()
        town.tick(day: 75)
        let log = try town.run(on: nil)
        // By name, so that each is answered.
        try town.settle(log, accounts: Set(town.accounts))
        return log
    }

    /// Two numbers call under one record id. The one's holder by then was charged for the other's call by a build that knew no subscribers.
    static func sharedRecordID() throws -> InMemoryLog {
        var town = MovingTown()
        let other = "msisdn:420603000099"
        town.open()
        town.activate(town.accounts[2], "other", "basic-eur", identifiers: [other])
        let log = try town.run(on: nil, stages: [.customers])
        town.use(other, recordID: "shared", day: 6, seconds: 30)
        town.use(Number.back.identifier, recordID: "shared", day: 6, seconds: 60)
        _ = try town.run(on: log, stages: [.normalize])
        for partition in 0..<log.partitionCount(of: .usageNormalized) {
            for offset in log.offsets(inPartition: partition, of: .usageNormalized) {
                try log.alter(.usageNormalized, partition: partition, offset: offset) { bytes in
                    var record = try NormalizedRecord(serializedBytes: bytes)
                    guard record.usage.parties.served == other else { return bytes }
                    (record.usage.recordHigh, record.usage.recordLow, record.usage.content) = (0, 0, 0)
                    return try record.serializedBytes()
                }
            }
        }
        town.tick(day: 12)
        _ = try town.run(on: log)
        town.tell()
        town.tick(day: 13)
        _ = try town.run(on: log)
        try town.settle(log)
        return log
    }

    private mutating func run(on log: InMemoryLog?, stages: [StageName] = StageName.allCases) throws -> InMemoryLog {
        defer { items = [] }
        let isWatched = watch != nil
        let simulator = try Simulator(seed: 1, scenario: Scenario(items: items), settings: .init(stages: isWatched ? [] : stages), log: log)
        try simulator.run()
        if isWatched { try work(simulator.log) }
        return simulator.log
    }

    /// One stage after the other, until none has anything left to do.
    private func work(_ log: InMemoryLog) throws {
        guard let watch else { return try Simulator(seed: 2, log: log).run() }
        var random = SeededRandom(seed: seed)
        var idle: Set<StageName> = []
        while idle.count < StageName.allCases.count {
            let stage = random.pick(StageName.allCases)
            let before = log.digest
            try Simulator(seed: seed, settings: .init(stages: [stage]), log: log).run()
            if log.digest == before { idle.insert(stage) } else { idle = [stage] }
            try watch(log)
        }
    }

    /// Rates anew what was proposed, as a person would.
    private func settle(_ log: InMemoryLog, accounts: Set<String> = []) throws {
        var request = RerateRequest(range: 0..<Int64.max)
        request.accounts = accounts
        request.keepsCatalogues = true
        _ = try log.orderRerate(request)
        try work(log)
    }

    /// Sends on what rating suspended behind a move, as `tollstream recycle` does.
    private static func recycle(_ log: InMemoryLog) throws {
        for partition in 0..<log.partitionCount(of: .usageSuspended) {
            for value in log.values(of: .usageSuspended, partition: partition) {
                let event = try SuspendedUsage(serializedBytes: value)
                guard event.stage == StageName.rate.rawValue, event.usage.hasMoved else { continue }
                let move = UsageMove.with {
                    $0.meta = Meta(cause: event.meta.id, stage: StageName.recycle.idTag, ordinal: 0, engine: Engine.version)
                    $0.usage = event.usage
                    $0.revision = event.usage.moved.revision
                    $0.recycles = EventRef(event.meta.id)
                }
                let key = Array(event.usage.account.utf8)
                let target = key.withUnsafeBytes { Partitioner.partition($0, of: log.partitionCount(of: .usageMoves)) }
                log.append(.usageMoves, partition: target, key: key, value: try move.serializedBytes())
            }
        }
    }

    private mutating func open(_ content: CatalogueContent = .simulated) {
        items.append(.catalogue(content, name: "2026-01"))
        tick(day: 0)
        for (place, account) in accounts.enumerated() {
            command("open-\(account)") {
                $0.openAccount = .with {
                    $0.account = account
                    $0.fromMs = Self.start - 40 * Self.day
                    $0.terms = .with {
                        ($0.currency, $0.timeZone, $0.billCycleDay, $0.issuer, $0.taxCategory) = ("EUR", "UTC", 1, "north", "standard")
                    }
                }
            }
            activate(account, Self.subscription(account), place == 3 ? "plus-eur" : "basic-eur",
                identifiers: place == 0 ? Number.allCases.filter { $0 != .rejected }.map(\.identifier) : [])
        }
        activate(accounts[0], "strict", "basic-eur", identifiers: [Number.rejected.identifier])
        for (account, subscription) in [(accounts[0], "strict"), (accounts[3], Self.subscription(accounts[3]))] {
            command("suspend-\(account)") {
                $0.suspendSubscription = .with {
                    ($0.account, $0.subscription, $0.reason, $0.barring) = (account, subscription, "lost device", .all)
                    $0.fromMs = Self.start + 4 * Self.day
                }
            }
            command("resume-\(account)") {
                $0.resumeSubscription = .with { ($0.account, $0.subscription, $0.fromMs) = (account, subscription, Self.start + 10 * Self.day) }
            }
        }
    }

    private mutating func activate(_ account: String, _ subscription: String, _ offering: String, identifiers: [String]) {
        command("activate-\(account)-\(subscription)") {
            $0.activateSubscription = .with {
                ($0.account, $0.subscription, $0.offering) = (account, subscription, offering)
                $0.identifiers = identifiers
                $0.fromMs = Self.start - Self.day
            }
        }
    }

    private mutating func tell() {
        for number in Number.allCases where number != .kept {
            release(number, from: accounts[0], number == .rejected ? "strict" : Self.subscription(accounts[0]), day: 5)
        }
        assign(.near, to: accounts[1], day: 5)
        assign(.back, to: accounts[2], day: 5)
        assign(.barred, to: accounts[3], day: 5)
        assign(.rejected, to: accounts[1], day: 5)
    }

    private mutating func tellMore() {
        release(.back, from: accounts[2], Self.subscription(accounts[2]), day: 5)
        assign(.back, to: accounts[0], day: 5)
        assign(.ownerless, to: accounts[2], day: 5)
    }

    private mutating func end(_ account: String, day: Int64) {
        command("end-\(account)") {
            $0.endSubscription = .with { ($0.account, $0.subscription, $0.atMs) = (account, Self.subscription(account), Self.start + day * Self.day) }
        }
    }

    private mutating func release(_ number: Number, from account: String, _ subscription: String, day: Int64) {
        command("release-\(number)-\(account)") {
            $0.releaseIdentifier = .with {
                ($0.account, $0.subscription, $0.identifier, $0.atMs) = (account, subscription, number.identifier, Self.start + day * Self.day)
            }
        }
    }

    private mutating func assign(_ number: Number, to account: String, day: Int64) {
        command("assign-\(number)-\(account)") {
            $0.assignIdentifier = .with {
                ($0.account, $0.subscription, $0.identifier, $0.fromMs) = (account, Self.subscription(account), number.identifier, Self.start + day * Self.day)
            }
        }
    }

    /// A call of each number on each of the days: of one number and day the same one.
    private mutating func use(_ days: Int64...) {
        for day in days {
            for number in Number.allCases { use(number.identifier, recordID: "\(number)-\(day)", day: day, seconds: 60 + number.rawValue) }
        }
    }

    private mutating func use(_ identifier: String, recordID: String, day: Int64, seconds: Int) {
        let raw = RawUsage.with {
            ($0.source, $0.stream, $0.recordID, $0.type) = ("msc-1", "calls", recordID, "voice")
            ($0.subscriber, $0.otherParty) = (identifier, "420901234567")
            ($0.startMs, $0.quantity, $0.unit) = (Self.start + day * Self.day + 3_600_000, "\(seconds)", "s")
        }
        items.append(.raw(partition: seconds + items.count, value: try? raw.serializedBytes(), contentType: "application/x-protobuf"))
    }

    private mutating func tick(day: Int64) { items.append(.tick(timeMs: Self.start + day * Self.day)) }

    private mutating func command(_ id: String, _ fill: (inout CustomerCommand) -> Void) {
        var command = CustomerCommand()
        command.commandID = id
        fill(&command)
        items.append(.command(command))
    }
}
