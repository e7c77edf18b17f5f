import Events
import Pipeline

/// A worker of a stage on the in-memory log: what `KafkaRuntime`'s worker does on Kafka, cut into small actions that the scheduler
/// interleaves with those of others.
final class SimulatedWorker<S: Stage>: SimulatedProcess {
    enum Phase: Equatable {
        /// Nothing is known: the tables and the changelogs have to be read.
        case restoring
        /// Records are read and stepped through; outputs wait in the outbox.
        case stepping
        /// The outbox is being written into a transaction, from this entry on.
        case producing(TransactionID, next: Int)
        /// The transaction is decided; its markers are not all written.
        case finishing(TransactionID)
    }

    let definition: S
    let log: InMemoryLog
    let group: StageGroup
    let number: Int

    var phase = Phase.restoring
    var generation = -1
    var tasks: [PartitionTask<S>] = []
    /// Offsets that the log says are committed, as far as this worker knows, by task.
    var committedPositions: [Int64] = []
    /// By task: what its record waits for, until the tables change.
    var waits: [String?] = []
    var tables = S.Tables()
    var tablePositions: [[Int64]] = []
    /// Ends that had to be read before the first step.
    var restoreTargets: RestoreTargets?
    var outbox = Outbox()
    var hasNews = true
    var orphan: TransactionID?

    struct RestoreTargets {
        var tables: [[Int64]]
        var changelogs: [Int64]
        /// What the group says of each partition.
        var offsets: [Int64?]
    }

    init(_ definition: S, log: InMemoryLog, group: StageGroup, number: Int) {
        self.definition = definition
        self.log = log
        self.group = group
        self.number = number
    }

    var stage: StageName { S.name }
    var keepsPositions: Bool {
        get throws { try S.changelog.map { try log.keepsPositions(S.name, input: S.input, changelog: $0) } ?? false }
    }

    var status: String {
        "worker \(number) of \(S.name.rawValue) is \(phase) in generation \(generation) of \(group.generation), with "
            + tasks.map { "\(S.input.rawValue)/\($0.partition) read to \($0.position)" }.joined(separator: ", ")
            + (restoreTargets.map { ", wants \($0)" } ?? "") + ", orphan \(String(describing: orphan))"
    }

    var waitingFor: String? { waits.lazy.compactMap { $0 }.first }

    func act(_ random: inout SeededRandom, faults: FaultPlan) throws -> Bool {
        switch phase {
        case .restoring: return try restore()
        case .stepping:
            if generation != group.generation {
                forgetTasks()
                return true
            }
            return try work(&random, faults)
        case .producing(let transaction, let next):
            try produce(transaction, from: next, &random, faults)
            return true
        case .finishing(let transaction):
            guard log.isFinished(transaction) else { return false }
            phase = .stepping
            return true
        }
    }

    func crash() {
        if case .producing(let transaction, _) = phase { orphan = transaction }
        forgetTasks()
        tables = S.Tables()
        tablePositions = []
    }

    /// Whatever was not committed leaves no trace.
    func forgetTasks() {
        phase = .restoring
        tasks = []
        waits = []
        committedPositions = []
        restoreTargets = nil
        outbox.removeAll()
    }

    /// Starts a transaction for what is in the outbox, the changelog's entries included.
    private func endBatch() {
        for place in tasks.indices { tasks[place].flush(into: &outbox) }
        let moved = zip(tasks, committedPositions).contains { $0.position != $1 }
        guard moved || !outbox.isEmpty else { return }
        phase = .producing(log.begin(), next: 0)
    }

    private func work(_ random: inout SeededRandom, _ faults: FaultPlan) throws -> Bool {
        if try followTables() {
            hasNews = true
            for place in waits.indices { waits[place] = nil }
        }
        var didStep = false
        let first = tasks.isEmpty ? 0 : random.below(tasks.count)
        for turn in tasks.indices {
            let place = (first + turn) % tasks.count
            if try step(place, atMost: 1 + random.below(faults.stepsAtOnce)) { didStep = true }
        }
        if hasNews || didStep {
            for place in tasks.indices { try reached(place) }
            hasNews = false
            didStep = true
        }
        if !didStep || random.happens(perMille: faults.batchEndPerMille) {
            endBatch()
            if phase != .stepping { return true }
        }
        return didStep
    }

    private func produce(_ transaction: TransactionID, from next: Int, _ random: inout SeededRandom, _ faults: FaultPlan) throws {
        let end = min(outbox.entries.count, next + 1 + random.below(max(1, faults.stepsAtOnce * 4)))
        for entry in outbox.entries[next..<end] { log.produce(entry, of: outbox, in: transaction) }
        guard end == outbox.entries.count else {
            phase = .producing(transaction, next: end)
            return
        }
        // The group refuses offsets of an earlier generation, and then nothing of the transaction is seen.
        if generation != group.generation || random.happens(perMille: faults.abortPerMille) {
            log.abort(transaction)
            forgetTasks()
            return
        }
        log.commit(
            transaction,
            offsets: tasks.map { (InMemoryLog.ConsumerPosition(stage: S.name, partition: $0.partition), $0.position) })
        committedPositions = tasks.map(\.position)
        outbox.removeAll()
        phase = .finishing(transaction)
    }
}
