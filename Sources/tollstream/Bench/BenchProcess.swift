import Foundation

/// A process of this same program, measured.
final class BenchProcess {
    private let process = Process()
    private let report: String

    init(_ arguments: [String], configuration: Configuration, namespace: String) throws {
        report = NSTemporaryDirectory() + "tollstream-bench-\(UUID().uuidString).json"
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments + ["--report", report, "--namespace", namespace]
        var environment = ProcessInfo.processInfo.environment
        environment["TOLLSTREAM_BOOTSTRAP_SERVERS"] = configuration.client.bootstrapServers
        environment["TOLLSTREAM_LOG_LEVEL"] = environment["TOLLSTREAM_LOG_LEVEL"] ?? "error"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// Drains and stops it.
    func stop() { process.terminate() }

    /// - Throws: `CommandFailure` (1) where it failed.
    func finish() throws -> ProcessReport {
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailure.negative("\((process.arguments ?? []).prefix(2).joined(separator: " ")) exited with \(process.terminationStatus)")
        }
        defer { try? FileManager.default.removeItem(atPath: report) }
        return try ProcessReport.read(report)
    }
}
