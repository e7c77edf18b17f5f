import Foundation
import KafkaRuntime
import Logging
import Pipeline
import Synchronization
import Topology

/// A worker, whatever its stage.
protocol AnyRunner: Sendable {
    func start()
    func stop()
    func waitUntilFinished() async throws
    var snapshot: RunnerSnapshot { get }
}

extension StageRunner: AnyRunner {}

/// All workers of a process. When one fails, the others drain and stop, and the process ends with that failure.
final class StageGroup: Sendable {
    let runners: [any AnyRunner]
    let projection: ProjectionLoop?
    private let logger: Logger
    private let hasFinished = Mutex(false)
    /// A worker drains within seconds; a client that waits for a broker which is gone may not come back at all.
    private static let drainSeconds = 30

    private struct Builder: StageVisitor {
        var runners: [any AnyRunner] = []
        let configuration: Configuration
        var options: WorkerOptions
        let instances: Int
        let metrics: MetricsRegistry
        let logger: Logger

        mutating func visit<S: Stage>(_ stage: S) throws {
            for worker in 0..<instances {
                options.worker = worker
                runners.append(try StageRunner(stage: stage, client: configuration.client, options: options, metrics: metrics, logger: logger))
            }
        }
    }

    init(
        _ plan: StagePlan, _ configuration: Configuration, _ options: WorkerOptions, instances: Int, metrics: MetricsRegistry, logger: Logger
    ) throws {
        self.logger = logger
        var options = options
        let idleGroup = IdleGroup(seconds: options.idleSeconds)
        options.idleGroup = idleGroup
        var builder = Builder(configuration: configuration, options: options, instances: instances, metrics: metrics, logger: logger)
        try Topology().visit(plan.stages, &builder)
        // A slot of the same name may be that of a process which was started for this stage alone.
        options.instance += "-beside"
        // Numbers change hands once in a while, and the directory of all of them is large.
        options.defersTables = true
        var beside = Builder(configuration: configuration, options: options, instances: 1, metrics: metrics, logger: logger)
        try Topology().visit(plan.companions, &beside)
        runners = builder.runners + beside.runners
        projection = plan.projects ? try ProjectionLoop(configuration, until: options.untilIdle ? idleGroup : nil, metrics: metrics, logger: logger) : nil
    }

    func start() {
        for runner in runners { runner.start() }
        projection?.start()
    }

    func stop() {
        for runner in runners { runner.stop() }
        projection?.stop()
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.drainSeconds)) { [self] in
            if hasFinished.withLock({ $0 }) { return }
            var late = runners.map(\.snapshot).filter { $0.state != .stopped && $0.state != .failed }.map(\.worker)
            if projection?.isAlive == true { late.append("project") }
            logger.critical(
                "not drained in time; what is not committed is left to the next start", metadata: ["seconds": "\(Self.drainSeconds)", "workers": "\(late)"])
            // Not `exit`: it would clean up under the threads that hang.
            _exit(1)
        }
    }

    func waitUntilFinished() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for runner in runners { group.addTask { try await runner.waitUntilFinished() } }
            if let projection { group.addTask { try await projection.waitUntilFinished() } }
            defer { hasFinished.withLock { $0 = true } }
            var failure: (any Error)?
            while let result = await group.nextResult() {
                if case .failure(let error) = result, failure == nil {
                    failure = error
                    stop()
                }
            }
            if let failure { throw failure }
        }
    }
}
