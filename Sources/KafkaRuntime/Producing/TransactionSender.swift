import Foundation
import Pipeline

/// Sends a worker's outputs and commits its transactions on a thread of its own, in the order in which the worker hands them over, while the
/// worker steps on: waiting for the broker costs no stepping then.
///
/// One commit is on its way at most: the worker waits for it before it hands the next one over, so two batches are queued at most.
/// After a failure nothing is sent any more until the worker has called `abort`: what it handed over since rests on what was lost.
///
/// `@unchecked Sendable`: from `start` on the sender's thread alone uses and replaces `producer`; all that changes is read and written under `condition`.
final class TransactionSender: @unchecked Sendable {
    private enum Job {
        case send(Outbox)
        case commit(TransactionOffsets?, Batch)
        case abort(timeoutMs: Int32, attempts: Int)
        case renew
    }

    /// A transaction that is committed.
    struct Committed {
        let batch: Batch
        /// Delivering the rest, sending offsets and committing.
        let commitSeconds: Double
        /// When the answer came, and what the process had used of the processors by then.
        let nowNs: Int64
        let cpuNs: Int64
    }

    private var producer: KafkaProducer
    private let make: () throws -> KafkaProducer
    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var isBusy = false
    private var isCommitPending = false
    private var isStopping = false
    private var isStopped = false
    private var failure: (any Error)?
    private var committed: [Committed] = []
    private var abortedCount = 0

    /// - Parameter make: makes a transactional producer and opens it by `initTransactions`; called now, and on the sender's thread by `renew`.
    init(_ make: @escaping () throws -> KafkaProducer) throws {
        self.make = make
        producer = try make()
    }

    func start(name: String) {
        let thread = Thread { [self] in
            Thread.current.name = name
            work()
        }
        thread.start()
    }

    /// Ends the thread once it has done what it is at; what is queued is thrown away. Waits for that a few seconds: a thread that hangs in a
    /// call ends after it, or with the process.
    func stop() {
        let deadline = Date(timeIntervalSinceNow: 5)
        locked {
            jobs.removeAll()
            isStopping = true
            condition.broadcast()
            while !isStopped, condition.wait(until: deadline) {}
        }
    }

    // MARK: The worker's side

    /// Nothing is queued or on its way.
    var isIdle: Bool { locked { !isBusy && jobs.isEmpty } }

    /// A commit is queued or on its way.
    var hasCommit: Bool { locked { isCommitPending } }

    /// Hands records over, and leaves an empty outbox. The transaction begins with the first of them.
    func send(_ outbox: inout Outbox) throws {
        try locked {
            try throwFailure()
            jobs.append(.send(outbox))
            condition.broadcast()
        }
        outbox = Outbox()
    }

    /// Hands the commit of all that was sent over, with the offsets of the input; waits for the one before. Throws what failed until then.
    func commit(_ offsets: TransactionOffsets?, _ batch: Batch) throws {
        try locked {
            while isCommitPending { condition.wait() }
            try throwFailure()
            jobs.append(.commit(offsets, batch))
            isCommitPending = true
            condition.broadcast()
        }
    }

    /// What was committed since the last call.
    func takeCommitted() -> [Committed] {
        locked {
            defer { committed = [] }
            return committed
        }
    }

    /// Throws what failed, if anything did.
    func check() throws { try locked { try throwFailure() } }

    /// Waits until all that was handed over is committed. Throws where it failed.
    func drain() throws {
        try locked {
            while isBusy || !jobs.isEmpty { condition.wait() }
            try throwFailure()
        }
    }

    /// Throws away what is queued, waits for what is on its way, and ends the open transaction without a trace. A commit that was on its way may
    /// have been made. Returns whether there was a transaction to end.
    /// - Parameters:
    ///   - timeoutMs: how long one of the attempts waits. Where none succeeds a new producer can do it, which waits longer.
    ///   - patienceSeconds: throws where what is on its way takes longer.
    func abort(timeoutMs: Int32, attempts: Int, patienceSeconds: Double = 3600) throws -> Bool {
        // Not `.distantFuture`, which traps in `wait(until:)`.
        let deadline = Date(timeIntervalSinceNow: patienceSeconds)
        return try locked {
            jobs.removeAll()
            while isBusy {
                guard condition.wait(until: deadline) else {
                    throw KafkaError(code: "_TIMED_OUT", reason: "the broker has not answered yet", place: "waiting for the commit before an abort")
                }
            }
            failure = nil
            isCommitPending = false
            let before = abortedCount
            jobs.append(.abort(timeoutMs: timeoutMs, attempts: attempts))
            condition.broadcast()
            while isBusy || !jobs.isEmpty { condition.wait() }
            try throwFailure()
            return abortedCount > before
        }
    }

    /// Throws away what is queued, waits for what is on its way, and goes on with a new producer; opening it ends what the old one left open.
    func renew() throws {
        try locked {
            jobs.removeAll()
            while isBusy { condition.wait() }
            failure = nil
            isCommitPending = false
            jobs.append(.renew)
            condition.broadcast()
            while isBusy || !jobs.isEmpty { condition.wait() }
            try throwFailure()
        }
    }

    private func throwFailure() throws {
        if let failure { throw failure }
    }

    private func locked<R>(_ body: () throws -> R) rethrows -> R {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }

    // MARK: The sender's thread

    private func work() {
        while let job = next() {
            let result = Result { try perform(job) }
            locked {
                if case .failure(let error) = result {
                    failure = error
                    jobs.removeAll()
                    isCommitPending = false
                }
                if case .commit = job { isCommitPending = false }
                isBusy = false
                condition.broadcast()
            }
        }
        locked {
            isStopped = true
            condition.broadcast()
        }
    }

    private func next() -> Job? {
        locked {
            while jobs.isEmpty && !isStopping { condition.wait() }
            guard !isStopping else { return nil }
            isBusy = true
            return jobs.removeFirst()
        }
    }

    private func perform(_ job: Job) throws {
        switch job {
        case .send(let outbox):
            if !producer.isInTransaction { try producer.begin() }
            try producer.send(outbox)
        case .commit(let offsets, let batch):
            let startedNs = Monotonic.nowNs
            if let offsets {
                if !producer.isInTransaction { try producer.begin() }
                try producer.sendOffsets(offsets)
            }
            if producer.isInTransaction { try producer.commit() }
            let nowNs = Monotonic.nowNs
            let done = Committed(
                batch: batch, commitSeconds: Double(nowNs - startedNs) / 1e9, nowNs: nowNs, cpuNs: Monotonic.processCPUNs)
            locked { committed.append(done) }
        case .abort(let timeoutMs, let attempts):
            guard producer.isInTransaction else { return }
            try producer.abort(timeoutMs: timeoutMs, attempts: attempts)
            locked { abortedCount += 1 }
        case .renew: producer = try make()
        }
    }
}
