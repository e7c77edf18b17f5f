import Events
import Pipeline
import Quantities
import Rating
import Simulation
import Topology

/// A log, and for each of its topics' partitions a hash of all that came into it since.
struct ModelLog {
    private(set) var log: InMemoryLog
    private(set) var history: [Topic: [Int]] = [:]
    /// What changelogs hold follows from what was read.
    private static let told: [Topic] = [.usageRaw, .usageSuspended, .usageNormalized, .usageRated, .usageMoves, .customersDirectory]

    init(_ log: InMemoryLog) {
        self.log = log
        for topic in Self.told { history[topic] = Array(repeating: 0, count: Int(log.partitionCount(of: topic))) }
    }

    func copy() -> ModelLog {
        var copy = self
        copy.log = log.copy()
        return copy
    }

    mutating func append(_ topic: Topic, partition: Int32, key: [UInt8], value: [UInt8]?, headers: [(name: String, value: [UInt8])] = []) {
        log.append(topic, partition: partition, key: key, value: value, headers: headers)
        guard let before = history[topic]?[Int(partition)] else { return }
        var hasher = Hasher()
        hasher.combine(before)
        hasher.combine(key)
        hasher.combine(value)
        history[topic]?[Int(partition)] = hasher.finalize()
    }

    var place: [Int] { Self.told.flatMap { history[$0] ?? [] } }
}

/// A stage at one partition, which does one thing at a time and commits it at once.
protocol ModelActor {
    var name: String { get }
    /// How many entries of the directory it may read before its next step; none where it has nothing to do.
    func choices(_ log: InMemoryLog) -> [Int]
    /// False where it has to wait: it is as though it had not been asked.
    mutating func act(_ log: inout ModelLog, reading entries: Int) throws -> Bool
    var place: [Int] { get }
}

struct StageActor<S: Stage>: ModelActor {
    private let stage: S
    private var task: PartitionTask<S>
    private var tables = S.Tables()
    /// Of the directory: where it goes on, by partition.
    private var directory: [Int64] = []

    /// As a worker that is started on the log.
    init(_ stage: S, partition: Int32, _ log: InMemoryLog) throws {
        self.stage = stage
        var task = PartitionTask<S>(partition: partition, position: 0, inputPartitionCount: log.partitionCount(of: S.input))
        if let changelog = S.changelog {
            try log.read(changelog, partition: partition, 0..<Int64.max) { record in
                try task.restore(key: record.key, value: record.value, offset: record.offset)
                return true
            }
        }
        task.finishRestore()
        let committed = log.committed(S.name, partition: partition)
        task.begin(at: committed ?? 0, group: committed)
        self.task = task
        for topic in S.tableTopics {
            let ends = (0..<log.partitionCount(of: topic)).map { log.end(of: topic, partition: $0) }
            for (partition, end) in ends.enumerated() { try read(topic, Int32(partition), 0..<end, log) }
            if topic == .customersDirectory { directory = ends }
        }
    }

    private mutating func read(_ topic: Topic, _ partition: Int32, _ range: Range<Int64>, _ log: InMemoryLog) throws {
        var tables = tables
        try log.read(topic, partition: partition, range) { record in
            try tables.apply(topic, record)
            return true
        }
        self.tables = tables
    }

    var name: String { "\(S.name.rawValue)/\(task.partition)" }
    var place: [Int] { [Int(task.position)] + directory.map { Int($0) } }

    /// How often the next record was recycled; nil where there is none.
    private func nextAttempts(_ log: InMemoryLog) -> Int? {
        var attempts: Int?
        log.read(S.input, partition: task.partition, task.position..<Int64.max) { record in
            attempts = record.headers.last { $0.name == "recycle-attempts" }.flatMap { Int(String(decoding: $0.value, as: UTF8.self)) } ?? 0
            return false
        }
        return attempts
    }

    func choices(_ log: InMemoryLog) -> [Int] {
        let entries = directory.enumerated().reduce(0) { $0 + Int(log.end(of: .customersDirectory, partition: Int32($1.offset)) - $1.element) }
        // What waits for the directory and for nothing else comes to nothing new by reading less of it.
        if S.name == .recycle { return nextAttempts(log) != nil || entries > 0 ? [entries] : [] }
        guard let attempts = nextAttempts(log) else { return [] }
        // What was recycled in vain has been on its way for so long that the directory is read by now: else it would be left to people in the end.
        return attempts > 1 ? [entries] : Array(0...entries)
    }

    mutating func act(_ log: inout ModelLog, reading entries: Int) throws -> Bool {
        var left = Int64(entries)
        for partition in directory.indices {
            let end = min(log.log.end(of: .customersDirectory, partition: Int32(partition)), directory[partition] + left)
            try read(.customersDirectory, Int32(partition), directory[partition]..<end, log.log)
            left -= end - directory[partition]
            directory[partition] = end
        }
        var outbox = Outbox()
        var (result, task) = (StepResult.done, task)
        try log.log.read(S.input, partition: task.partition, task.position..<Int64.max) { record in
            repeat { result = try task.step(record, stage: stage, tables: tables, outbox: &outbox) } while result == .again
            return false
        }
        if case .waiting = result { return false }
        try task.reached(end: task.position, stage: stage, tables: tables, outbox: &outbox)
        task.flush(into: &outbox)
        self.task = task
        for entry in outbox.entries {
            let key = Array(outbox.bytes[entry.key])
            let partition = entry.partition ?? key.withUnsafeBytes { Partitioner.partition($0, of: log.log.partitionCount(of: entry.topic)) }
            log.append(entry.topic, partition: partition, key: key, value: entry.value.map { Array(outbox.bytes[$0]) }, headers: entry.headers)
        }
        log.log.pretend(S.name, partition: task.partition, committed: task.position)
        return true
    }
}

/// The stages that have to do with moves, at each partition.
private struct ActorFactory: StageVisitor {
    let log: InMemoryLog
    var actors: [any ModelActor] = []

    mutating func visit<S: Stage>(_ stage: S) throws {
        for partition in 0..<log.partitionCount(of: S.input) { actors.append(try StageActor(stage, partition: partition, log)) }
    }
}

/// Every order in which the stages and whoever rates anew may take their turns.
struct MoveModel {
    private struct State {
        var log: ModelLog
        var actors: [any ModelActor]
        /// Rating anew that nothing has asked for.
        var spontaneous: Int
        var path: [String] = []

        var place: [Int] { log.place + actors.flatMap(\.place) + [spontaneous] }
    }

    private(set) var states = 0
    private(set) var ends = 0
    /// Of those, at how many a usage had moved.
    private(set) var movedEnds = 0
    private(set) var failures: [String] = []
    private let mostStates: Int
    private let begin: State
    /// What was asked of a log that was rated so far, and answered: most ways to it are alike to whoever rates anew.
    private var proposals: [[Int]: Set<String>] = [:]
    private var orders: [[Int]: [RerateOutcome.Orders]] = [:]

    /// - Parameter log: at rest, but for what is to be tried.
    init(_ log: InMemoryLog, spontaneous: Int, mostStates: Int = 60_000) throws {
        var factory = ActorFactory(log: log)
        try Topology().visit([.customers, .normalize, .recycle, .rate, .move], &factory)
        begin = State(log: ModelLog(log.copy()), actors: factory.actors, spontaneous: spontaneous)
        self.mostStates = mostStates
    }

    /// Visits each state once, and checks what is always so, by what is rated, and what is so where nothing is left to do.
    mutating func explore(always: (InMemoryLog) throws -> [String], inTheEnd check: (InMemoryLog) throws -> [String]) throws {
        var seen: Set<[Int]> = [begin.place]
        var checked: Set<[Int]> = []
        var open = [begin]
        while let state = open.popLast() {
            states += 1
            if states > mostStates { return failures.append("more than \(mostStates) states") }
            // No order of so few records takes so long, unless a usage goes to and fro.
            if state.path.count > 150 { return failures.append("no end to \(state.path.suffix(12).joined(separator: ", "))") }
            if checked.insert(state.log.history[.usageRated] ?? []).inserted {
                let found = try always(state.log.log)
                if !found.isEmpty { failures.append("\(found) after \(state.path.joined(separator: ", "))") }
            }
            var next = try next(of: state)
            if next.isEmpty {
                ends += 1
                let log = state.log.log
                if (0..<log.partitionCount(of: .usageMoves)).contains(where: { log.end(of: .usageMoves, partition: $0) > 0 }) { movedEnds += 1 }
                let found = try check(log)
                if !found.isEmpty { failures.append("\(found) after \(state.path.joined(separator: ", "))") }
            }
            if failures.count >= 3 { return }
            next.removeAll { !seen.insert($0.place).inserted }
            open += next
        }
    }

    private mutating func next(of state: State) throws -> [State] {
        var next: [State] = []
        for (place, actor) in state.actors.enumerated() {
            for entries in actor.choices(state.log.log) {
                var changed = state
                changed.log = state.log.copy()
                guard try changed.actors[place].act(&changed.log, reading: entries) else { continue }
                changed.path.append(actor.name + (entries > 0 ? " (\(entries) of the directory)" : ""))
                next.append(changed)
            }
        }
        let proposed = try proposed(state.log)
        if !proposed.isEmpty, let ordered = try ordering(proposed, state) {
            next.append(ordered)
        } else if state.spontaneous > 0, var ordered = try ordering([], state) {
            ordered.spontaneous -= 1
            next.append(ordered)
        }
        return next
    }

    private mutating func proposed(_ log: ModelLog) throws -> Set<String> {
        let key = log.history[.usageRated] ?? []
        if let known = proposals[key] { return known }
        let found = try MoveRun.openProposals(log.log)
        proposals[key] = found
        return found
    }

    /// Rates anew what is rated by now; nil where the order before is still to be carried out, or nothing comes out.
    private mutating func ordering(_ accounts: Set<String>, _ state: State) throws -> State? {
        let orders = try orders(accounts, state.log)
        if orders.isEmpty { return nil }
        var changed = state
        changed.log = state.log.copy()
        for account in orders {
            let end = state.log.log.end(of: .usageNormalized, partition: account.partition)
            for order in account.orders {
                let record = order.record(partition: account.partition, end: end)
                changed.log.append(
                    .usageNormalized, partition: account.partition, key: Array(account.account.utf8), value: try record.serializedBytes())
            }
        }
        changed.path.append("rerate")
        return changed
    }

    private mutating func orders(_ accounts: Set<String>, _ log: ModelLog) throws -> [RerateOutcome.Orders] {
        let positions = (0..<log.log.partitionCount(of: .usageNormalized)).map { log.log.committed(.rate, partition: $0) ?? 0 }
        let key = (log.history[.usageRated] ?? []) + (log.history[.usageNormalized] ?? []) + positions.map { Int($0) } + [accounts.count]
        if let known = orders[key] { return known }
        var found: [RerateOutcome.Orders] = []
        if try !Self.isOrderWaiting(log.log, positions) {
            var request = RerateRequest(range: 0..<Int64.max)
            (request.accounts, request.keepsCatalogues, request.keepsOrders) = (accounts, true, true)
            found = try Rerater(log.log, request).run().orders
        }
        orders[key] = found
        return found
    }

    private static func isOrderWaiting(_ log: InMemoryLog, _ positions: [Int64]) throws -> Bool {
        var isWaiting = false
        for (partition, position) in positions.enumerated() {
            try log.read(.usageNormalized, partition: Int32(partition), position..<Int64.max) { record in
                guard let value = record.value, case .rerate? = try NormalizedRecord(serializedBytes: BorrowedBytes(value)).body else { return true }
                isWaiting = true
                return false
            }
        }
        return isWaiting
    }
}
