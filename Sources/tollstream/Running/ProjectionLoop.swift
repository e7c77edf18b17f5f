import Foundation
import KafkaRuntime
import Logging
import ReadModels

/// Keeps the customer view up with the log, on a thread of its own.
final class ProjectionLoop: Sendable {
    private let configuration: Configuration
    /// Stops when there is nothing to project and these workers stop; never where nil.
    private let idleGroup: IdleGroup?
    private let logger: Logger
    private let isStopping = Locked(false)
    private let wake = DispatchSemaphore(value: 0)
    private let outcome = AsyncStream<Result<Void, any Error>>.makeStream()
    private let alive = Locked(true)

    init(_ configuration: Configuration, until idleGroup: IdleGroup?, logger: Logger) throws {
        self.configuration = configuration
        self.idleGroup = idleGroup
        self.logger = logger
    }

    var isAlive: Bool { alive.value }

    func start() {
        let thread = Thread { [self] in
            let result = Result { try run() }
            alive.set(false)
            outcome.continuation.yield(result)
            outcome.continuation.finish()
        }
        thread.name = "project"
        thread.stackSize = 8 << 20
        thread.start()
    }

    func stop() {
        isStopping.set(true)
        wake.signal()
    }

    func waitUntilFinished() async throws {
        for await result in outcome.stream { try result.get() }
    }

    private func run() throws {
        let folder = (configuration.view as NSString).deletingLastPathComponent
        if !folder.isEmpty { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        let view = try CustomerView(path: configuration.view, namespace: configuration.client.namespace, access: .project)
        let runner = ProjectionRunner(log: configuration.client.log(), view: view)
        logger.info("projecting", metadata: ["view": "\(configuration.view)"])
        while !isStopping.value {
            // Asked before: what was committed meanwhile is read in the next round.
            let isOver = idleGroup?.isOver ?? false
            let records = try runner.catchUp { progress in
                self.logger.debug("projecting", metadata: ["topic": "\(progress.topic.rawValue)", "records": "\(progress.records)"])
            }
            if records == 0 {
                if isOver { break }
                // The log is asked anew rather than followed: a view may be half a second old.
                _ = wake.wait(timeout: .now() + .milliseconds(500))
            }
        }
        logger.info("stopped; the view is committed")
    }
}
