import Events
import Logging
import Pipeline

/// The worker's own thread: everything here runs on it, rebalance callbacks included, which come from inside a poll.
final class StageWorker<S: Stage> {
    let stage: S
    let options: WorkerOptions
    let metrics: WorkerMetrics
    let logger: Logger
    let control: RunnerControl
    let configuration: ClientConfiguration
    let consumer: KafkaConsumer
    let sender: TransactionSender
    /// See open transactions too: know the true ends, of the changelog and of the input.
    let watermarks: KafkaConsumer
    let inputWatermarks: KafkaConsumer
    let changelogReader: KafkaConsumer?
    let follower: TableFollower<S>
    /// The cluster and namespace of the input.
    let inputConfiguration: ClientConfiguration
    /// What the changelog is written in.
    let format: StateFormat

    /// By partition number; nil where not assigned.
    var slots: [PartitionSlot<S>?]
    var run = RecordRun()
    var outbox = Outbox()
    var batch = Batch()
    var restorer: Restorer<S>?
    /// What a rebalance callback could not throw through C.
    var callbackFailure: (any Error)?
    var hasAssignment = false
    var tablesChanged = false
    var consecutiveFailures = 0
    /// Nil from the first record of a batch on.
    var idleSinceMs: Int64? {
        didSet { options.idleGroup?.report(control.name, idleSinceMs: idleSinceMs) }
    }
    private var lastWaitReportMs: Int64 = 0

    init(
        _ stage: S, _ configuration: ClientConfiguration, _ options: WorkerOptions, _ metrics: WorkerMetrics, _ logger: Logger,
        _ control: RunnerControl
    ) throws {
        self.stage = stage
        self.options = options
        self.metrics = metrics
        self.logger = logger
        self.control = control
        self.configuration = configuration
        let id = configuration.namespace.qualified("\(S.name.rawValue).\(options.instance).\(options.worker)")
        watermarks = try KafkaConsumer(reading: configuration, isCommittedOnly: false, logger: logger)
        let input = configuration.inNamespace(options.inputNamespace ?? configuration.namespace)
        inputWatermarks = options.inputNamespace == nil ? watermarks : try KafkaConsumer(reading: input, isCommittedOnly: false, logger: logger)
        let counts = try Topology<S>(configuration.namespace, input: input.namespace).validCounts(watermarks)
        let role = ClientRole.groupMember(
            group: configuration.namespace.group(of: S.name), instance: options.isStaticMember ? id : nil,
            sessionTimeoutMs: options.sessionTimeoutMs)
        // First of all: ends what a predecessor of this slot left open, which blocks readers, the next line's among them.
        sender = try TransactionSender {
            let producer = try KafkaProducer(configuration, mode: .transactional(id: id, timeoutMs: options.transactionTimeoutMs), logger: logger)
            try producer.initTransactions()
            return producer
        }
        follower = TableFollower(input, watermarks: inputWatermarks, counts: counts, logger: logger)
        changelogReader = S.changelog == nil ? nil : try KafkaConsumer(restoring: configuration, logger: logger)
        consumer = try KafkaConsumer(input, role, logger: logger)
        inputConfiguration = input
        let partitionCount = counts[input.namespace.name(of: S.input)] ?? 0
        slots = Array(repeating: nil, count: Int(partitionCount))
        format = try FormatDecision<S>(
            setting: options.stateFormat, configuration: configuration, partitionCount: partitionCount, counts: counts, watermarks: watermarks,
            consumer: consumer, logger: logger, isSpokesman: options.worker == 0
        ).decide()
    }

    func work() throws {
        sender.start(name: String("send-\(S.name.rawValue)".prefix(15)))
        defer { sender.stop() }
        if !options.defersTables { try loadTables() }
        guard !control.isStopping else { return }
        consumer.handle.callbacks.onRebalance = { [unowned self] event, partitions in rebalance(event, partitions) }
        try consumer.subscribe(S.input)
        control.update { $0.state = .waitingForPartitions }
        defer { consumer.handle.callbacks.onRebalance = nil }
        do {
            while !control.isStopping && !isIdleLongEnough { try turnOrRecover() }
            consumer.close()
            if let failure = callbackFailure { throw failure }
            logger.info("stopped; all work is committed")
        } catch {
            metrics.count(.errors)
            logger.error("the worker stops", metadata: ["error": "\(error)"])
            // Best effort: where it fails, the broker's timeout or the slot's next worker ends the transaction.
            _ = try? sender.abort(timeoutMs: 5_000, attempts: 1, patienceSeconds: 5)
            try? noteCommitted()
            dropAll()
            // Nothing is left to commit: the partitions go at once.
            consumer.handle.callbacks.onRebalance = nil
            consumer.close()
            throw error
        }
    }

    func loadTables() throws {
        // With a record in hand it is not idle.
        idleSinceMs = nil
        try follower.begin()
        if !options.defersTables { control.update { $0.state = .loadingTables } }
        var reportedMs = Monotonic.nowMs
        while !follower.isLoaded && !control.isStopping {
            beat()
            _ = try follower.follow(timeoutMs: 100)
            control.update { $0.tableRecords = follower.records }
            if Monotonic.nowMs - reportedMs > 2_000 {
                reportedMs = Monotonic.nowMs
                logger.info("reading the reference tables", metadata: ["records": "\(follower.records)", "missing": "\(follower.missing)"])
            }
        }
    }

    private func turnOrRecover() throws {
        do {
            try turn()
        } catch let error as KafkaError where error.isRecoverable || error.isProducerForgotten {
            try recover(from: error)
        }
    }

    /// One round: tables, then restore, or else a batch and its commit.
    private func turn() throws {
        beat()
        if try follower.follow(timeoutMs: 0) { noteTablesChanged() }
        if slots.contains(where: { $0?.isRestoring ?? false }) {
            try continueRestore()
            try throwCallbackFailure()
            return
        }
        try fillBatch()
        try throwCallbackFailure()
        try reachEnds()
        try commit()
        try noteCommitted()
        tablesChanged = false
        noteIdle()
    }

    func throwCallbackFailure() throws {
        if let failure = callbackFailure {
            callbackFailure = nil
            throw failure
        }
    }

    private func noteTablesChanged() {
        tablesChanged = true
        for slot in slots { slot?.needsReached = true }
        control.update { $0.tableRecords = follower.records }
    }

    private func beat() {
        control.update { $0.lastBeatMs = Monotonic.nowMs }
    }

    /// Aborts, forgets everything and starts anew from what is committed.
    private func recover(from error: KafkaError) throws {
        consecutiveFailures += 1
        idleSinceMs = nil
        metrics.count(.errors)
        logger.warning("starting anew from the last commit", metadata: ["error": "\(error)", "failures": "\(consecutiveFailures)"])
        if consecutiveFailures > options.maxConsecutiveFailures { throw error }
        try abortOrRenew(after: error)
        // Polls while it waits: only a member that polls stays in its group.
        let resumeMs = Monotonic.nowMs + min(5_000, 50 << Int64(min(consecutiveFailures, 7)))
        for slot in slots { slot?.phase = .restoring }
        restorer = nil
        run.removeAll()
        control.update { $0.state = .restoring }
        while Monotonic.nowMs < resumeMs && !control.isStopping { _ = try consumer.poll(timeoutMs: 50) { _ in } }
        guard !control.isStopping else { return }
        callbackFailure = nil
        let assigned = slots.compactMap { $0?.partition }
        if !assigned.isEmpty { try prepare(assigned) }
    }

    /// A producer that the broker has forgotten can't end its transaction either, nor can one whose abort fails; and one that failed again and again, or of
    /// which only that is known, may be beyond help in a way that it does not tell. A new one of the same id ends what was open.
    private func abortOrRenew(after error: KafkaError) throws {
        if !error.isProducerForgotten, consecutiveFailures % 4 != 3 {
            do {
                // Never without: it tells a worker whose slot was taken over, which must not take it back.
                return try error.isTransactionLost ? abort(timeoutMs: 5_000, attempts: 1) : abort()
            } catch let failure as KafkaError where !failure.isFatal || failure.isProducerForgotten {
                logger.warning("the transaction can't be aborted", metadata: ["error": "\(failure)"])
            }
        }
        logger.warning("making the producer anew", metadata: ["error": "\(error)"])
        outbox.removeAll()
        batch = Batch()
        try sender.renew()
        try noteCommitted()
        metrics.count(.aborts)
        control.update { $0.aborts += 1 }
    }

    func abort(timeoutMs: Int32 = 20_000, attempts: Int = 2) throws {
        outbox.removeAll()
        batch = Batch()
        let isAborted = try sender.abort(timeoutMs: timeoutMs, attempts: attempts)
        // Of the commits before.
        try noteCommitted()
        guard isAborted else { return }
        metrics.count(.aborts)
        control.update { $0.aborts += 1 }
    }

    func dropAll() {
        run.removeAll()
        for index in slots.indices {
            if let slot = slots[index] { metrics.forget(slot.partition) }
            slots[index] = nil
        }
        restorer = nil
        changelogReader?.unassign()
    }

    private func noteIdle() {
        let isIdle = hasAssignment && (follower.isLoaded || options.defersTables) && sender.isIdle && slots.allSatisfy { $0?.isIdle ?? true }
        if !isIdle { idleSinceMs = nil } else if idleSinceMs == nil { idleSinceMs = Monotonic.nowMs }
        let waits = waiting
        let isRestoring = slots.contains { $0?.isRestoring ?? false }
        control.update { snapshot in
            snapshot.waitsFor = waits
            if hasAssignment && !isRestoring { snapshot.state = .running }
        }
        guard !waits.isEmpty, Monotonic.nowMs - lastWaitReportMs > 10_000 else { return }
        lastWaitReportMs = Monotonic.nowMs
        let text = waits.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        logger.info("partitions wait for the reference tables", metadata: ["partitions": "\(text)"])
    }

    private var waiting: [Int32: String] {
        var waits: [Int32: String] = [:]
        for case let slot? in slots {
            if case .parked(_, let reason?) = slot.phase { waits[slot.partition] = reason }
        }
        return waits
    }

    private var isIdleLongEnough: Bool {
        guard options.untilIdle else { return false }
        if let group = options.idleGroup { return group.isOver }
        guard let idleSinceMs else { return false }
        return Double(Monotonic.nowMs - idleSinceMs) >= options.idleSeconds * 1000
    }
}
