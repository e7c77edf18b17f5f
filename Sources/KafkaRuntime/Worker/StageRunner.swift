import Foundation
import Logging
import Pipeline

/// One worker of a stage: one thread that steps, one member of the stage's consumer group, one transactional producer with a thread that sends.
///
/// Each turn polls a batch, steps it, and hands outputs, changelog and offsets over, to be committed in one transaction while the next batch is
/// stepped. Whatever fails before its commit is known to hold is aborted, and all state is thrown away and restored from the changelog.
public final class StageRunner<S: Stage>: Sendable {
    private let stage: S
    private let client: ClientConfiguration
    private let options: WorkerOptions
    private let metrics: MetricsRegistry
    private let logger: Logger
    private let control: RunnerControl

    /// Throws where an option can't be used. Nothing is connected before `start`.
    public init(
        stage: S, client: ClientConfiguration, options: WorkerOptions = WorkerOptions(), metrics: MetricsRegistry = MetricsRegistry(),
        logger: Logger
    ) throws(ConfigurationError) {
        try options.validate()
        self.stage = stage
        self.client = client
        self.options = options
        self.metrics = metrics
        let name = "\(S.name.rawValue).\(options.instance).\(options.worker)"
        var logger = logger
        logger[metadataKey: "stage"] = "\(S.name.rawValue)"
        logger[metadataKey: "worker"] = "\(name)"
        self.logger = logger
        options.idleGroup?.join(name)
        control = RunnerControl(RunnerSnapshot(stage: S.name, worker: name))
    }

    /// Starts the worker's thread. Once.
    public func start() {
        let thread = Thread { [self] in
            // From within: a name given before the start does not reach the system on Linux, which takes 15 characters.
            Thread.current.name = String("\(S.name.rawValue)-\(options.worker)".prefix(15))
            control.finish(Result { try run() })
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Asks the worker to commit what it has and to stop. Returns at once; see `waitUntilFinished`.
    public func stop() { control.requestStop() }

    /// Returns when the worker has stopped, on request or because it was idle; throws what stopped it otherwise.
    public func waitUntilFinished() async throws { try await control.waitUntilFinished() }

    public var snapshot: RunnerSnapshot { control.snapshot }

    private func run() throws {
        let worker = try StageWorker(stage, client, options, WorkerMetrics(metrics, stage: S.name, worker: options.worker), logger, control)
        try worker.work()
    }
}
