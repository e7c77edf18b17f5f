import Foundation
import KafkaRuntime
import Logging
import ReadModels
import Synchronization

/// Keeps the customer view up with the log, on a thread of its own.
final class ProjectionLoop: Sendable {
    private let configuration: Configuration
    /// Stops when there is nothing to project and these workers stop; never where nil.
    private let idleGroup: IdleGroup?
    private let logger: Logger
    private let isStopping = Mutex(false)
    private let wake = DispatchSemaphore(value: 0)
    private let outcome = AsyncStream<Result<Void, any Error>>.makeStream()
    private let alive = Mutex(true)
    private let isLeftBehind = Mutex(false)
    private static let stopSeconds = 5
    /// When the view last stood at the end of the log, on the process' own clock; nil before.
    private let caughtUp = Mutex<DispatchTime?>(nil)
    private let metrics: MetricsRegistry
    /// A view asks every half second: one that has not reached the end for so long is behind, or its broker is gone.
    private static let staleSeconds = 10.0

    init(_ configuration: Configuration, until idleGroup: IdleGroup?, metrics: MetricsRegistry, logger: Logger) throws {
        self.metrics = metrics
        self.configuration = configuration
        self.idleGroup = idleGroup
        self.logger = logger
    }

    var isAlive: Bool { alive.withLock { $0 } }

    enum State: String { case catchingUp, running, stopped }

    /// Running only while it keeps up with the log.
    var state: State {
        guard isAlive else { return .stopped }
        guard let last = caughtUp.withLock({ $0 }) else { return .catchingUp }
        return Double(DispatchTime.now().uptimeNanoseconds - last.uptimeNanoseconds) / 1e9 < Self.staleSeconds ? .running : .catchingUp
    }

    func start() {
        let thread = Thread { [self] in
            let result = Result { try run() }
            alive.withLock { $0 = false }
            outcome.continuation.yield(result)
            outcome.continuation.finish()
        }
        thread.name = "project"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Ends the loop; or leaves it behind where it does not end within seconds: a call into a client whose broker is gone can't be called off,
    /// and nothing is lost, for rows and offsets are committed together.
    func stop() {
        isStopping.withLock { $0 = true }
        wake.signal()
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.stopSeconds)) { [self] in
            guard isAlive else { return }
            isLeftBehind.withLock { $0 = true }
            logger.warning("stopped amid a catch-up, or without an answer of the broker; what is not committed is left to the next start")
            outcome.continuation.yield(.success(()))
            outcome.continuation.finish()
        }
    }

    /// The thread still runs though the loop has finished: the process must end without cleaning up under it.
    var mustExitAtOnce: Bool { isLeftBehind.withLock { $0 } }

    func waitUntilFinished() async throws {
        for await result in outcome.stream { try result.get() }
    }

    private func run() throws {
        let view = try CustomerView(path: configuration.view, namespace: configuration.client.namespace, access: .project)
        let runner = ProjectionRunner(log: configuration.client.log(), view: view)
        logger.info("projecting", metadata: ["view": "\(configuration.view)"])
        while !isStopping.withLock({ $0 }) {
            // Asked before: what was committed meanwhile is read in the next round.
            let isOver = idleGroup?.isOver ?? false
            let records: Int
            do { records = try catchUp(runner) } catch where isStopping.withLock({ $0 }) {
                logger.warning("stopped amid a catch-up", metadata: ["error": "\(error)"])
                return
            }
            if records == 0 {
                if isOver { break }
                // The log is asked anew rather than followed: a view may be half a second old.
                _ = wake.wait(timeout: .now() + .milliseconds(500))
            }
        }
        logger.info("stopped; the view is committed")
    }

    private func catchUp(_ runner: ProjectionRunner<KafkaLog>) throws -> Int {
        var counted = 0
        let records = try runner.catchUp { progress in
            logger.debug("projecting", metadata: ["topic": "\(progress.topic.rawValue)", "records": "\(progress.records)"])
            applied(progress.records - counted)
            counted = progress.records
            metrics.set(
                "tollstream_lag_records", Double(progress.end - progress.offset),
                [("stage", "project"), ("topic", progress.topic.rawValue), ("partition", String(progress.partition))],
                help: "Records behind the partition's end")
        }
        applied(records - counted)
        caughtUp.withLock { $0 = .now() }
        metrics.set(
            "tollstream_caught_up_timestamp_seconds", Date().timeIntervalSince1970.rounded(), [("stage", "project")],
            help: "When the view last stood at the end of the log")
        return records
    }

    private func applied(_ records: Int) {
        metrics.add("tollstream_records_in_total", Double(records), [("stage", "project"), ("worker", "0")], help: "Input records committed")
    }
}
