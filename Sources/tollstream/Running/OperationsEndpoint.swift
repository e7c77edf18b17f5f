import HTTPAPI
import KafkaRuntime
import Logging

/// Health, readiness and metrics of this process, where a port was given.
struct OperationsEndpoint {
    private let task: Task<Void, any Error>

    static func start(_ http: Configuration.HTTP, _ group: StageGroup, _ metrics: MetricsRegistry, _ logger: Logger) async throws -> Self? {
        guard let port = http.port else { return nil }
        let server = OperationsServer(host: http.host, port: port, logger: logger, health: { report(group) }, metrics: { metrics.renderPrometheus() })
        let (started, announce) = AsyncStream<Int>.makeStream()
        let task = Task {
            do {
                try await server.run { announce.yield($0) }
                announce.finish()
            } catch {
                announce.finish()
                throw error
            }
        }
        for await bound in started {
            logger.info("serving health and metrics", metadata: ["address": "\(http.host):\(bound)"])
            return Self(task: task)
        }
        do { try await task.value } catch {
            throw CommandFailure.configuration("http \(http.host):\(port) can't be served: \(error)")
        }
        return nil
    }

    func stop() async {
        task.cancel()
        _ = await task.result
    }

    private static func report(_ group: StageGroup) -> HealthReport {
        var checks = group.runners.map { runner in
            let snapshot = runner.snapshot
            return HealthReport.Check(name: snapshot.worker, isPassed: snapshot.isAlive && snapshot.isReady, detail: snapshot.state.rawValue)
        }
        if let projection = group.projection {
            checks.append(.init(name: "project", isPassed: projection.state == .running, detail: projection.state.rawValue))
        }
        return HealthReport(
            isHealthy: group.runners.allSatisfy(\.snapshot.isAlive) && group.projection?.isAlive ?? true,
            isReady: group.runners.allSatisfy(\.snapshot.isReady) && group.projection.map { $0.state == .running } ?? true, checks: checks)
    }
}
