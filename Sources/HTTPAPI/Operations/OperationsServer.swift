import Foundation
import Hummingbird
import Logging

/// Health, readiness and metrics of a process over HTTP, for its operators: no customer's data passes here.
///
/// - `GET /health`: 200, or 503 when the process should be started anew. JSON, see `HealthReport`.
/// - `GET /ready`: 200, or 503 while it does no work. The same JSON.
/// - `GET /metrics`: the Prometheus text format 0.0.4.
public struct OperationsServer: Sendable {
    private let host: String
    private let port: Int
    private let health: @Sendable () -> HealthReport
    private let metrics: @Sendable () -> String
    private let logger: Logger

    /// - Parameters:
    ///   - port: 0 picks a free one, which `run` reports.
    ///   - health: asked at each request, from any thread; it must not block.
    ///   - metrics: the same.
    public init(
        host: String = "127.0.0.1", port: Int, logger: Logger = Logger(label: "operations"), health: @escaping @Sendable () -> HealthReport,
        metrics: @escaping @Sendable () -> String
    ) {
        self.host = host
        self.port = port
        self.health = health
        self.metrics = metrics
        var logger = logger
        // The server's own notices ("Server started…") are not the process's.
        if logger.logLevel < .warning { logger.logLevel = .warning }
        self.logger = logger
    }

    /// Serves until the task is cancelled, and then returns. Throws where the port can't be had.
    ///
    /// `onStart` is called once with the port when the server listens.
    public func run(onStart: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let application = Application(
            router: router(), configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "tollstream"),
            onServerRunning: { channel in onStart(channel.localAddress?.port ?? 0) }, logger: logger)
        do {
            try await application.run()
        } catch is CancellationError {
            // Asked to stop.
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("health") { [health] _, _ in
            let report = health()
            return try Self.json(report, report.isHealthy ? .ok : .serviceUnavailable)
        }
        router.get("ready") { [health] _, _ in
            let report = health()
            return try Self.json(report, report.isHealthy && report.isReady ? .ok : .serviceUnavailable)
        }
        router.get("metrics") { [metrics] _, _ in
            Self.response(.ok, "text/plain; version=0.0.4; charset=utf-8", metrics())
        }
        return router
    }

    private static func json(_ report: HealthReport, _ status: HTTPResponse.Status) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return response(status, "application/json", String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
    }

    private static func response(_ status: HTTPResponse.Status, _ contentType: String, _ body: String) -> Response {
        Response(
            status: status, headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
