import Foundation
import HTTPAPI
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("Operations server")
struct OperationsServerTests {
    private struct Answer {
        var status: Int
        var contentType: String?
        var body: String
    }

    /// Runs a server on a free port, asks it, and stops it.
    private func ask(_ paths: [String], health: HealthReport, metrics: String = "") async throws -> [Answer] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (ports, started) = AsyncStream<Int>.makeStream()
            let server = OperationsServer(port: 0, health: { health }, metrics: { metrics })
            group.addTask { try await server.run { started.yield($0) } }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            #expect(port > 0)
            var answers: [Answer] = []
            for path in paths { answers.append(try await Self.get(port, path)) }
            group.cancelAll()
            // Returns only once the server has stopped, and throws if it failed.
            try await group.waitForAll()
            await #expect(throws: (any Error).self) { try await Self.get(port, "/health") }
            return answers
        }
    }

    private static func get(_ port: Int, _ path: String) async throws -> Answer {
        let (data, response) = try await URLSession.shared.data(from: URL(string: "http://127.0.0.1:\(port)\(path)")!)
        let http = try #require(response as? HTTPURLResponse)
        return Answer(
            status: http.statusCode, contentType: http.value(forHTTPHeaderField: "Content-Type"), body: String(decoding: data, as: UTF8.self))
    }

    @Test(
        "health and readiness by state",
        arguments: [
            // healthy, ready → /health, /ready
            (true, true, 200, 200),
            (true, false, 200, 503),
            (false, true, 503, 503),
            (false, false, 503, 503),
        ])
    func states(isHealthy: Bool, isReady: Bool, health: Int, ready: Int) async throws {
        let report = HealthReport(
            isHealthy: isHealthy, isReady: isReady, checks: [.init(name: "rate/0", isPassed: isHealthy, detail: "lag 3")])
        let answers = try await ask(["/health", "/ready"], health: report)
        #expect(answers.map(\.status) == [health, ready])
        for answer in answers {
            #expect(answer.contentType == "application/json")
            #expect(try JSONDecoder().decode(HealthReport.self, from: Data(answer.body.utf8)) == report)
        }
    }

    @Test("metrics in the Prometheus text format, byte for byte; other paths are not found")
    func metrics() async throws {
        let text = "# TYPE tollstream_records_total counter\ntollstream_records_total{stage=\"rate\"} 12\n"
        let answers = try await ask(["/metrics", "/nothing"], health: HealthReport(isHealthy: true, isReady: true), metrics: text)
        #expect(answers[0].status == 200 && answers[0].body == text)
        #expect(answers[0].contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answers[1].status == 404)
    }

    @Test("a port in use is an error")
    func portInUse() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (ports, started) = AsyncStream<Int>.makeStream()
            let report = HealthReport(isHealthy: true, isReady: true)
            group.addTask { try await OperationsServer(port: 0, health: { report }, metrics: { "" }).run { started.yield($0) } }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            await #expect(throws: (any Error).self) { try await OperationsServer(port: port, health: { report }, metrics: { "" }).run() }
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
